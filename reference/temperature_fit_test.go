package reference

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestTemperatureFitKernels(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 13))
	var cases []*Call
	for range 30 {
		n, vocab := 5+r.IntN(30), 2+r.IntN(8)
		x, label := make([]float64, n*vocab), make([]float64, n)
		size := math.Exp(r.NormFloat64())
		for i := range x {
			x[i] = size * r.NormFloat64()
		}
		for i := range label {
			label[i] = float64(r.IntN(vocab))
			x[i*vocab+int(label[i])] += size * math.Abs(r.NormFloat64())
		}
		in := ofLabels(n, vocab, x, label...)
		in["x"] = retype(in["x"], F32)
		cases = append(cases, temperatureFitOp.NewCall(in, nil))
	}
	nll := func(c *Call, T f32) f32 {
		var all f32
		vocab := c.In[0].Shape[1]
		for i := range c.In[0].Shape[0] {
			z := make([]f32, vocab)
			for j := range z {
				z[j] = f32(c.In[0].Get(i*vocab+j)) / T
			}
			all += lse32(z) - z[c.In[1].Int(i)]
		}
		return all / f32(c.In[0].Shape[0])
	}
	done := func(c *Call, T float64) {
		storeRow(c.Out[0], 0, f32(T))
		storeRow(c.Out[1], 0, nll(c, f32(T)))
		c.Out[2].PutInt(0, int64(b2i(T >= hottest)-b2i(T <= coldest)))
	}
	// shrink narrows [lo, hi] by comparing losses a third in from either end.
	shrink := func(c *Call, lo, hi float64, T func(float64) float64) float64 {
		for range 80 {
			a, b := lo+(hi-lo)/3, hi-(hi-lo)/3
			if nll(c, f32(T(a))) <= nll(c, f32(T(b))) {
				hi = b
			} else {
				lo = a
			}
		}
		return T((lo + hi) / 2)
	}
	inverse := func(b float64) float64 { return 1 / b }
	newton := func(c *Call) float64 {
		f := c.fit()
		lo, hi := 0.01, 100.0
		for range 60 {
			if mid := math.Sqrt(lo * hi); f.slope(mid) < 0 {
				lo = mid
			} else {
				hi = mid
			}
		}
		return 1 / lo
	}
	judgeKernels(t, temperatureFitOp, cases, []kernel{
		{"thirds in 1/T", false, func(c *Call) { done(c, shrink(c, 0.01, 100, inverse)) }},
		{"thirds in ln T", false, func(c *Call) { done(c, shrink(c, math.Log(0.01), math.Log(100), math.Exp)) }},
		{"root of the derivative in float64", false, func(c *Call) { done(c, newton(c)) }},
		{"float32 of the reference", false, func(c *Call) { done(c, c.fit().T) }},
		{"not fitted", true, func(c *Call) { done(c, 1) }},
		{"1/T for T", true, func(c *Call) { done(c, 1/c.fit().T) }},
		{"a grid of tenths", true, func(c *Call) { done(c, math.Round(c.fit().T*10)/10+0.1) }},
		{"one row left out", true, func(c *Call) {
			f := c.fit()
			f.rows, f.label = f.rows[1:], f.label[1:]
			lo, hi := 0.01, 100.0
			for range 60 {
				if mid := (lo + hi) / 2; f.slope(mid) < 0 {
					lo = mid
				} else {
					hi = mid
				}
			}
			done(c, 1/hi)
		}},
	})
}
