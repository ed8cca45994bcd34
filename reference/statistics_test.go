package reference

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func sampleCases(op *Op) (cases []*Call) {
	r := rand.New(rand.NewPCG(6, 6))
	for _, n := range []int{2, 3, 50, 600} {
		for kind := range 5 {
			x := make([]float64, n)
			for i := range x {
				x[i] = []float64{r.NormFloat64(), 100 + r.NormFloat64(), float64(r.IntN(2)), math.Exp(5 * r.NormFloat64()), 1 + 1e-3*r.Float64()}[kind]
			}
			in := map[string]Tensor{"samples": Of(F32, []int{1, n}, x...)}
			if op == worstCaseOp {
				in["quantile"] = Scalar(F32, []float64{0.05, 0.5, 0.9, 0.25}[r.IntN(4)])
			}
			cases = append(cases, op.NewCall(in, nil))
		}
	}
	return cases
}

// estimate writes a mean and a sum of squared deviations as monte_carlo does.
func estimate(c *Call, mean, dev, degrees f32) {
	n := f32(c.In[0].Len())
	se := f32(math.Sqrt(float64(dev / degrees / n)))
	half := f32(studentQuantile(c.Param("confidence", 0), int(n)-1)) * se
	for i, v := range []f32{mean, se, mean - half, mean + half} {
		storeRow(c.Out[i], 0, v)
	}
}

func twoPasses(add func([]f32) f32) func(x []f32) (mean, dev f32) {
	return func(x []f32) (mean, dev f32) {
		mean = add(x) / f32(len(x))
		d := make([]f32, len(x))
		for i, v := range x {
			d[i] = (v - mean) * (v - mean)
		}
		return mean, add(d)
	}
}

func TestMonteCarloKernels(t *testing.T) {
	with := func(f func(x []f32) (mean, dev f32), less f32) func(*Call) {
		return func(c *Call) {
			x := column(c.In[0], 0)
			m, d := f(x)
			estimate(c, m, d, f32(len(x))-less)
		}
	}
	judgeKernels(t, monteCarloOp, sampleCases(monteCarloOp), []kernel{
		{"two passes", false, with(twoPasses(sum32), 1)},
		{"two passes, pairwise", false, with(twoPasses(pairwise32), 1)},
		{"Welford", false, with(func(x []f32) (m, s f32) {
			for i, v := range x {
				d := v - m
				m += d / f32(i+1)
				s += d * (v - m)
			}
			return m, s
		}, 1)},
		{"float64", false, func(c *Call) {
			mean, dev := moments(c.In[0].Row(0, nil))
			estimate(c, f32(mean.value()), f32(dev.value()), f32(c.In[0].Len()-1))
		}},
		{"n instead of n-1", true, with(twoPasses(sum32), 0)},
		{"mean square less squared mean", true, with(func(x []f32) (f32, f32) {
			var s, q f32
			for _, v := range x {
				s, q = s+v, q+v*v
			}
			m := s / f32(len(x))
			return m, max(q-m*m*f32(len(x)), 0)
		}, 1)},
		{"normal quantile", true, func(c *Call) {
			m, d := twoPasses(sum32)(column(c.In[0], 0))
			estimate(c, m, d, f32(c.In[0].Len()-1))
			storeRow(c.Out[3], 0, f32(c.Out[0].Get(0)+1.96*c.Out[1].Get(0)))
		}},
	})
}

func TestWorstCaseKernels(t *testing.T) {
	at := func(h func(n, q f32) f32, mix func(a, b, f f32) f32) func(*Call) {
		return func(c *Call) {
			x := sorted(c.In[0].Row(0, nil))
			p := h(f32(len(x)), f32(c.Param("quantile", 0)))
			i := int(min(max(math.Floor(float64(p)), 0), float64(len(x)-1)))
			storeRow(c.Out[0], 0, mix(f32(x[i]), f32(x[min(i+1, len(x)-1)]), p-f32(i)))
		}
	}
	seven := func(n, q f32) f32 { return (n - 1) * q }
	lerp := func(a, b, f f32) f32 { return a + f*(b-a) }
	judgeKernels(t, worstCaseOp, sampleCases(worstCaseOp), []kernel{
		{"plain", false, at(seven, lerp)},
		{"two weights", false, at(seven, func(a, b, f f32) f32 { return (1-f)*a + f*b })},
		{"position from 1", false, at(func(n, q f32) f32 { return n*q - q }, lerp)},
		{"from above", false, at(seven, func(a, b, f f32) f32 { return b - (1-f)*(b-a) })},
		{"type 6", true, at(func(n, q f32) f32 { return (n+1)*q - 1 }, lerp)},
		{"type 5", true, at(func(n, q f32) f32 { return n*q - 0.5 }, lerp)},
		{"nearest", true, at(seven, func(a, b, f f32) f32 {
			if f < 0.5 {
				return a
			}
			return b
		})},
	})
}

// pass@k against exact rational numbers, and the biased formula beside it.
func TestPassAtKExactly(t *testing.T) {
	for n := int64(1); n <= 12; n++ {
		for c := int64(0); c <= n; c++ {
			for k := int64(0); k <= n; k++ {
				q := new(big.Rat).SetFrac(new(big.Int).Binomial(n-c, k), new(big.Int).Binomial(n, k))
				want, _ := q.Sub(big.NewRat(1, 1), q).Float64()
				if got := pass(float64(n), float64(c), float64(k)); got != want {
					t.Fatalf("pass(%d, %d, %d) = %v, want %v", n, c, k, got, want)
				}
			}
		}
	}
}

func TestPassAtKKernels(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	var cases []*Call
	for range 300 {
		n := []float64{5, 10, 200, 1000}[r.IntN(4)]
		c := float64(r.IntN(int(n) + 1))
		cases = append(cases, passAtKOp.NewCall(attempts(n, c, float64(1+r.IntN(int(min(n, 100))))), nil))
	}
	with := func(f func(n, c, k int) f32) func(*Call) {
		return func(c *Call) {
			v := f(int(c.In[0].Int(0)), int(c.In[1].Int(0)), int(c.In[2].Int(0)))
			storeRow(c.Out[0], 0, v)
			storeRow(c.Out[1], 0, v)
		}
	}
	judgeKernels(t, passAtKOp, cases, []kernel{
		{"HumanEval's product", false, with(func(n, c, k int) f32 {
			q := f32(1)
			for i := n - c + 1; i <= n; i++ {
				q *= 1 - f32(k)/f32(i)
				if n-c < k {
					return 1
				}
			}
			return 1 - q
		})},
		{"the other way round", false, with(func(n, c, k int) f32 {
			q := f32(1)
			for i := range k {
				q *= f32(max(n-c-i, 0)) / f32(n-i)
			}
			return 1 - q
		})},
		{"log1p and expm1", false, with(func(n, c, k int) f32 {
			if n-c < k {
				return 1
			}
			var s f32
			for i := n - c + 1; i <= n; i++ {
				s += f32(math.Log1p(-float64(f32(k) / f32(i))))
			}
			return f32(-math.Expm1(float64(s)))
		})},
		{"float64", false, with(func(n, c, k int) f32 { return f32(pass(float64(n), float64(c), float64(k))) })},
		{"biased: 1 - (1-c/n)^k", true, with(func(n, c, k int) f32 { return f32(1 - math.Pow(1-float64(c)/float64(n), float64(k))) })},
		{"one factor too few", true, with(func(n, c, k int) f32 { return f32(pass(float64(n), float64(c), float64(k-1))) })},
		{"c/n", true, with(func(n, c, k int) f32 { return f32(c) / f32(n) })},
	})
}
