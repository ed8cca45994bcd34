package reference

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestZooOfGumbel(t *testing.T) {
	draw := func(name string, key func(x float32, u float64) float32) answer {
		return answer{name, func(c *Call) {
			for i := range c.In[0].Shape[0] {
				best, at := float32(math.Inf(-1)), 0
				u := c.In[1].Row(i, nil)
				for j, x := range floatRow(c.In[0], i) {
					if k := key(x, u[j]); k > best {
						best, at = k, j
					}
				}
				c.Out[0].PutInt(i, int64(at))
			}
		}}
	}
	held(t, sampleGumbelOp, func(r *rand.Rand) map[string]Tensor {
		u := NewTensor(F64, 2, 200)
		for i := range u.Len() {
			u.Put(i, float64(r.Uint64()>>11)*0x1p-53)
		}
		return map[string]Tensor{"x": drawRows(r, "random", 2, 200), "u": u}
	}, []answer{
		draw("float32", func(x float32, u float64) float32 { return x - log32(-log32(float32(u))) }),
		draw("float64 noise", func(x float32, u float64) float32 { return x + float32(gumbel(u)) }),
		draw("by log2", func(x float32, u float64) float32 {
			return x - float32(math.Log2(float64(-log32(float32(u)))))*float32(math.Ln2)
		}),
		draw("exponential race", func(x float32, u float64) float32 { return exp2ULP(x) / -log32(float32(u)) }),
	}, []answer{
		draw("no noise", func(x float32, u float64) float32 { return x }),
		draw("one logarithm", func(x float32, u float64) float32 { return x + log32(float32(u)) }),
		draw("sign lost", func(x float32, u float64) float32 { return x + log32(-log32(float32(u))) }),
	})
}

func TestZooOfSpeculation(t *testing.T) {
	decide := func(name string, accept func(u, p, q float32) bool, rest func(p, q []float32) []float32) answer {
		return answer{name, func(c *Call) {
			for i := range c.In[0].Shape[0] {
				p, q, d := floatRow(c.In[0], i), floatRow(c.In[1], i), int(c.In[2].Int(i))
				if accept(float32(c.In[3].Get(i)), p[d], q[d]) {
					c.Out[0].PutInt(i, int64(d))
					c.Out[1].PutInt(i, 1)
				} else {
					c.Out[0].PutInt(i, int64(invert32(rest(p, q), c.In[4].Get(i))))
					c.Out[1].PutInt(i, 0)
				}
			}
		}}
	}
	left := func(p, q []float32) []float32 {
		w := make([]float32, len(p))
		for j := range p {
			w[j] = max(p[j]-q[j], 0)
		}
		return w
	}
	scaled := func(p, q []float32) []float32 {
		w := left(p, q)
		total := inPairs(w)
		for j := range w {
			w[j] /= total
		}
		return w
	}
	held(t, speculativeAcceptOp, func(r *rand.Rand) map[string]Tensor {
		p, q := NewTensor(F32, 2, 100), NewTensor(F32, 2, 100)
		for i := range 2 {
			for _, t := range []Tensor{p, q} {
				x := floatRow(drawRows(r, "random", 1, 100), 0)
				put32(t, i, probabilities(honestSelections["sequential"], x))
			}
		}
		draw := func(i int) float64 { return float64(ranked(q.Row(i, nil))[r.IntN(4)]) }
		return map[string]Tensor{"p": p, "q": q, "draft": Vector(I64, draw(0), draw(1)), "u": Vector(F64, r.Float64(), r.Float64()), "u2": Vector(F64, r.Float64(), r.Float64())}
	}, []answer{
		decide("product", func(u, p, q float32) bool { return u*q < p }, left),
		decide("quotient", func(u, p, q float32) bool { return u < min(1, p/q) }, left),
		decide("normalised residual", func(u, p, q float32) bool { return u < p/q }, scaled),
		decide("logarithms", func(u, p, q float32) bool { return float32(math.Log(float64(u))) < log32(p)-log32(q) }, scaled),
	}, []answer{
		decide("never accepts", func(u, p, q float32) bool { return false }, left),
		decide("draws from p", func(u, p, q float32) bool { return u*q < p }, func(p, q []float32) []float32 { return p }),
		decide("residual the wrong way", func(u, p, q float32) bool { return u*q < p }, func(p, q []float32) []float32 { return left(q, p) }),
		decide("accepts by q/p", func(u, p, q float32) bool { return u*p < q }, left),
	})
}
