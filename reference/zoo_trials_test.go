package reference

import (
	"math/rand/v2"
	"testing"
)

func attentionCase(r *rand.Rand, class string, keys int) map[string]Tensor {
	in := map[string]Tensor{"Q": NewTensor(F32, 2, 16), "K": NewTensor(F32, keys, 16), "V": NewTensor(F32, keys, 3), "lengths": Vector(I64, float64(keys), float64(1+r.IntN(keys)))}
	spread := map[string]float64{"wide": 4, "near uniform": 0.05}[class]
	if spread == 0 {
		spread = 1
	}
	for name, t := range in {
		for i := range t.Len() {
			if name != "lengths" {
				t.Put(i, spread*r.NormFloat64())
			}
		}
	}
	return in
}

func attention32(c *Call, i int, p path) {
	n := c.seen(i)
	z, q, scale := make([]float32, n), floatRow(c.In[0], i), float32(c.scale(i))
	for j := range z {
		for d, k := range floatRow(c.In[1], j) {
			z[j] += q[d] * k
		}
		z[j] *= scale
	}
	t, S, m := p(z)
	for d := range 3 {
		var o float32
		for j := range t {
			o += t[j] * float32(c.In[2].Get(j*3+d))
		}
		c.Out[0].Put(i*3+d, float64(o/S))
	}
	c.Out[1].Put(i, float64(m+log32(S)))
}

// Honest kernels keep the default contract's bounds; wrong ones are seen to break
// them in most cases.
func TestZooOfSelections(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, tr := range trials {
		worst, cases := 0.0, 0
		caught := map[string]int{}
		for class := range rowClasses {
			for _, vocab := range []int{4, 7, 64, 1000} {
				for range 1 + 64/vocab {
					in := tr.in(r, class, vocab)
					for name, p := range honestSelections {
						c := tr.op.NewCall(in, nil)
						truth, err := c.Truth()
						if err != nil {
							t.Fatal(err)
						}
						for i := range c.In[0].Shape[0] {
							tr.run(c, i, p)
						}
						cases++
						for o := range c.Out {
							wrong, used := outside(c, truth, DefaultContract(F32), o)
							if wrong != "" {
								t.Fatalf("%s accused, %s rows of %d: %s", name, class, vocab, wrong)
							}
							worst = max(worst, used)
						}
						for bad, change := range tr.wrong {
							w := *c
							w.Out = nil
							for _, out := range c.Out {
								w.Out = append(w.Out, out.Clone())
							}
							change(&w)
							for o := range w.Out {
								if wrong, _ := outside(&w, truth, DefaultContract(F32), o); wrong != "" {
									caught[bad]++
									break
								}
							}
						}
					}
				}
			}
		}
		for bad := range tr.wrong {
			if caught[bad]*2 < cases {
				t.Errorf("%s: %q caught in %d cases of %d only", tr.op.Name, bad, caught[bad], cases)
			}
		}
		t.Logf("%s: worst error %.3f of the bound in %d cases, wrong kernels caught %v", tr.op.Name, worst, cases, caught)
	}
}
