package reference

import (
	"math"
	"math/rand/v2"
	"testing"
)

// An honest float32 kernel of one operation, or a wrong one.
type answer struct {
	name string
	run  func(c *Call)
}

// held judges honest and wrong kernels over many cases.
func held(t *testing.T, op *Op, in func(r *rand.Rand) map[string]Tensor, honestSelections, wrong []answer) {
	t.Helper()
	r := rand.New(rand.NewPCG(11, 12))
	const cases = 100
	worst, caught := 0.0, map[string]int{}
	for range cases {
		args := in(r)
		for i, a := range append(honestSelections, wrong...) {
			c := op.NewCall(args, nil)
			truth, err := c.Truth()
			if err != nil {
				t.Fatal(err)
			}
			a.run(c)
			for o := range c.Out {
				bad, used := outside(c, truth, DefaultContract(F32), o)
				if bad != "" && i < len(honestSelections) {
					t.Fatalf("%s accused: %s", a.name, bad)
				}
				if bad != "" {
					caught[a.name]++
					break
				}
				if i < len(honestSelections) {
					worst = max(worst, used)
				}
			}
		}
	}
	for _, a := range wrong {
		if caught[a.name] < cases/8 {
			t.Errorf("%s: %q caught in %d cases of %d only", op.Name, a.name, caught[a.name], cases)
		}
	}
	t.Logf("%s: worst error %.3f of the bound, wrong kernels caught %v", op.Name, worst, caught)
}

// each32 writes f of every logit and how often its token is listed.
func each32(name string, f func(c *Call, flat int, x float32, n int) float32) answer {
	return answer{name, func(c *Call) {
		for i := range c.In[0].Shape[0] {
			times := c.seenBefore(i, c.Op.In[1].Name)
			for j, x := range floatRow(c.In[0], i) {
				c.Out[0].Put(i*c.In[0].Shape[1]+j, float64(f(c, i*c.In[0].Shape[1]+j, x, times[j])))
			}
		}
	}}
}

func TestZooOfPenalties(t *testing.T) {
	p := func(c *Call, name string) float32 { return float32(c.Param(name, 0)) }
	rep := func(c *Call, x float32) float32 {
		if x > 0 {
			return x / p(c, "repetition")
		}
		return x * p(c, "repetition")
	}
	once := func(f func(c *Call, x float32, n int) float32) func(*Call, int, float32, int) float32 {
		return func(c *Call, _ int, x float32, n int) float32 {
			if n == 0 {
				return x
			}
			return f(c, x, n)
		}
	}
	held(t, penaltiesOp, func(r *rand.Rand) map[string]Tensor {
		history := make([]float64, 640)
		for i := range history {
			history[i] = float64(r.IntN(6))
		}
		return map[string]Tensor{"x": drawRows(r, "random", 2, 30), "history": Vector(I64, history...), "offsets": Vector(I64, 0, 25, 640),
			"repetition": Scalar(F32, 1+r.Float64()), "frequency": Scalar(F32, r.Float64()), "presence": Scalar(F32, r.Float64())}
	}, []answer{
		each32("straight", once(func(c *Call, x float32, n int) float32 {
			return rep(c, x) - float32(n)*p(c, "frequency") - p(c, "presence")
		})),
		each32("one token at a time", once(func(c *Call, x float32, n int) float32 {
			x = rep(c, x)
			for range n {
				x -= p(c, "frequency")
			}
			return x - p(c, "presence")
		})),
		each32("reciprocal, penalties summed first", once(func(c *Call, x float32, n int) float32 {
			f := p(c, "repetition")
			if x > 0 {
				f = 1 / f
			}
			return x*f - (float32(n)*p(c, "frequency") + p(c, "presence"))
		})),
		each32("fused", once(func(c *Call, x float32, n int) float32 {
			return float32(float64(rep(c, x)) - float64(n)*float64(p(c, "frequency")) - float64(p(c, "presence")))
		})),
	}, []answer{
		each32("divides negative logits", once(func(c *Call, x float32, n int) float32 {
			return x/p(c, "repetition") - float32(n)*p(c, "frequency") - p(c, "presence")
		})),
		each32("counts once", once(func(c *Call, x float32, n int) float32 { return rep(c, x) - p(c, "frequency") - p(c, "presence") })),
		each32("presence per occurrence", once(func(c *Call, x float32, n int) float32 {
			return rep(c, x) - float32(n)*(p(c, "frequency")+p(c, "presence"))
		})),
		each32("penalises everything", func(c *Call, _ int, x float32, n int) float32 {
			return rep(c, x) - float32(n)*p(c, "frequency") - p(c, "presence")
		}),
	})
}

func TestZooOfDraws(t *testing.T) {
	draw := func(name string, f func(p []float32, u float64) int) answer {
		return answer{name, func(c *Call) {
			for i := range c.In[0].Shape[0] {
				c.Out[0].PutInt(i, int64(f(floatRow(c.In[0], i), c.Uniform(i))))
			}
		}}
	}
	normalised := func(p []float32) []float32 {
		q, total := make([]float32, len(p)), inPairs(p)
		for i := range p {
			q[i] = p[i] / total
		}
		return q
	}
	held(t, sampleProbsOp, func(r *rand.Rand) map[string]Tensor {
		p := NewTensor(F32, 2, 500)
		for i := range p.Len() {
			if r.IntN(3) > 0 {
				p.Put(i, 7*math.Exp(3*r.NormFloat64()))
			}
		}
		// A uniform on a step of the distribution, where kernels differ most.
		step, total, at := 0.0, 0.0, r.IntN(500)
		for j, v := range p.Row(0, nil) {
			if total += v; j <= at {
				step += v
			}
		}
		return map[string]Tensor{"p": p, "u": Vector(F64, min(step/total, 1-0x1p-53), 1-0x1p-53)}
	}, []answer{
		draw("sequential", invert32),
		draw("normalised first", func(p []float32, u float64) int { return invert32(normalised(p), u) }),
		draw("total inPairs, float64 steps", func(p []float32, u float64) int {
			limit, cdf, last := u*float64(inPairs(p)), 0.0, 0
			for j, v := range p {
				if cdf += float64(v); v > 0 && cdf > limit {
					return j
				} else if v > 0 {
					last = j
				}
			}
			return last
		}),
		draw("from the end", func(p []float32, u float64) int {
			left, at := float32(1-u)*inPairs(p), 0
			for j := len(p) - 1; j >= 0; j-- {
				if p[j] == 0 {
					continue
				}
				if at = j; left <= p[j] {
					return j
				}
				left -= p[j]
			}
			return at
		}),
	}, []answer{
		draw("the token after", func(p []float32, u float64) int { return invert32(p, u) + 1 }),
		draw("not normalised", func(p []float32, u float64) int { return invert32(p, u/2) }),
		draw("the largest", func(p []float32, u float64) int { return ranked(widened(p))[0] }),
		draw("last of the row as u -> 1", func(p []float32, u float64) int {
			if u > 0.99 {
				return len(p) - 1
			}
			return invert32(p, u)
		}),
	})
}
