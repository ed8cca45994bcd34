package optimized

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

// dense names the operations whose cases denseCalls makes.
var dense = map[string]bool{
	"log_softmax": true, "logsumexp": true, "softmax_backward": true, "cross_entropy_backward": true, "cross_entropy_soft": true,
	"token_logprobs": true, "sequence_logprob": true, "perplexity": true, "bits_per_token": true, "bits_per_byte": true,
	"entropy": true, "entropy_from_logits": true, "kl": true, "kl_from_logits": true, "cross_entropy_pq": true, "js": true,
	"mutual_information": true, "kl_penalty": true,
}

// denseCalls are calls of an operation: three rows of logits, masses or tokens, over
// widths around the lanes and chunks, spreads and temperatures, with every choice.
func denseCalls(op *reference.Op, d reference.DType, each func(c *reference.Call)) {
	rnd := rand.New(rand.NewPCG(uint64(d), uint64(len(op.Name))))
	bell := func() float64 { return rnd.Float64() + rnd.Float64() + rnd.Float64() - 1.5 }
	choices := allChoices(op)
	turn := 0
	for _, vocab := range []int{1, 2, 7, 255, 257, 4097, 9000} {
		for _, spread := range []float64{0, 0.01, 1, 10, 1e4} {
			row := func(f func(i int) float64) reference.Tensor {
				t := reference.NewTensor(d, 3, vocab)
				for i := range t.Len() {
					t.Put(i, f(i))
				}
				return t
			}
			logit := func(i int) float64 {
				switch {
				case i/vocab == 1 && i%vocab == vocab/2:
					return 3 + 25 // a dominant token
				case i/vocab == 2 && i%5 == 3 && vocab > 5:
					return math.Inf(-1)
				}
				return 3 + float64(spread*bell())
			}
			near := func(x reference.Tensor) reference.Tensor { // a row close to x's, or far
				by := []float64{1e-6, 1e-2, 1, 30}[turn%4]
				return row(func(i int) float64 { return x.Get(i) + float64(by*bell()) })
			}
			mass := func(x reference.Tensor) reference.Tensor {
				sm, _ := reference.ByName("softmax")
				p, _ := sm.NewCall(map[string]reference.Tensor{"x": x}, nil).Truth()
				return row(func(i int) float64 { return p.Out[0].Get(i) })
			}
			in := map[string]reference.Tensor{}
			x := row(logit)
			for _, a := range op.In {
				param := func(v ...float64) { in[a.Name] = reference.Of(a.Type(d), []int{len(v)}, v...) }
				switch a.Name {
				case "x":
					in["x"] = x
				case "y", "q":
					if in[a.Name] = near(x); a.Unit == "1" {
						in[a.Name] = mass(in[a.Name])
					}
				case "p", "joint":
					in[a.Name] = mass(x)
				case "dy":
					in[a.Name] = row(func(int) float64 { return 3 * bell() })
				case "label":
					param(float64(rnd.IntN(vocab)), float64(vocab/2), 0)
				case "ignore_index":
					in[a.Name] = reference.Scalar(reference.I64, []float64{-100, 0}[turn%2])
				case "temperature":
					param(1, 0.7, []float64{1e-3, 1, 50}[turn%3])
				case "smoothing":
					param(0, 0.1, []float64{0, 0.25}[turn%2])
				case "g":
					param(1, -0.3, 1024)
				case "beta":
					param(0.5, 0.1, 1)
				case "alpha":
					param(1, 0.65, -2)
				case "weight":
					if turn%3 == 1 {
						in[a.Name] = reference.NewTensor(a.Type(d), vocab)
						for i := range vocab {
							in[a.Name].Put(i, rnd.Float64())
						}
					}
				case "lengths":
					param(float64(vocab), float64(vocab/2), 0)
				case "bytes":
					in[a.Name] = reference.Scalar(reference.I64, float64(4*vocab))
				case "nll", "lp", "lq":
					sign := -1.0
					if a.Name == "nll" {
						sign = 1
					}
					in[a.Name] = row(func(int) float64 { return sign * math.Abs(min(spread, 20)*bell()) })
					if len(a.Dims) == 1 {
						in[a.Name] = reference.Of(d, []int{vocab}, in[a.Name].Row(0, nil)...)
					}
				case "mask":
					if turn%2 == 1 {
						in[a.Name] = reference.NewTensor(reference.I64, vocab)
						for i := range vocab {
							in[a.Name].Put(i, float64(i%3%2))
						}
					}
				}
			}
			each(op.NewCall(in, choices[turn%len(choices)]))
			turn++
		}
	}
}

func allChoices(op *reference.Op) []map[string]string {
	all := []map[string]string{{}}
	var names []string
	for name := range op.Choices {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		var more []map[string]string
		for _, m := range all {
			for _, option := range op.Choices[name] {
				n := map[string]string{name: option}
				for k, v := range m {
					n[k] = v
				}
				more = append(more, n)
			}
		}
		all = more
	}
	return all
}

// Every variant lies within the bound of its tight contract, and all give the
// same bits.
func TestDense(t *testing.T) {
	for name := range dense {
		op, err := reference.ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			variants, most, calls := variantsOf(name, t), 0.0, 0
			for _, d := range variants[0].DTypes {
				denseCalls(op, d, func(c *reference.Call) {
					calls++
					most = max(most, worst(t, variants[0], c))
					for _, v := range variants[1:] {
						again := op.NewCall(nil, c.Choice)
						again.In = c.In
						for o := range c.Out {
							if c.Out[o].Absent() {
								continue
							}
							again.Out[o] = reference.NewTensor(c.Out[o].DType, c.Out[o].Shape...)
						}
						if err := v.Run(again); err != nil {
							t.Fatal(err)
						}
						for o := range c.Out {
							for i := range c.Out[o].Len() {
								if a, b := c.Out[o].Bits(i), again.Out[o].Bits(i); a != b {
									t.Fatalf("%s/%v: %s[%d] is %x, %s has %x", v.Name, d, op.Out[o].Name, i, b, variants[0].Name, a)
								}
							}
						}
					}
				})
			}
			t.Logf(name+": worst error %.3f of the bound in %d calls, same bits on %d variants", most, calls, len(variants))
		})
	}
}

// variantsOf are the variants of an operation that run here.
func variantsOf(op string, t *testing.T) (v []*reference.Variant) {
	for _, row := range Variants {
		if row.Op == op && row.Ready() == nil {
			v = append(v, row)
		}
	}
	if len(v) == 0 {
		t.Fatalf("no variant of %s", op)
	}
	return v
}
