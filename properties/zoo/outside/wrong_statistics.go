package outside

import (
	"math"
	"sort"

	"github.com/seed-210c9500/assay/reference"
)

var wrongStatistics = []Kernel{
	{Op: "monte_carlo", DType: reference.F32, Run: wChecked(wBiasedVariance),
		Bug: "the variance divides by n instead of n-1"},
	{Op: "bootstrap_ci", DType: reference.F32, Run: wChecked(wResamplesDropped),
		Bug: "resamples whose mean is NaN are dropped, so a NaN sample goes unnoticed"},
	{Op: "worst_case", DType: reference.F32, Run: wChecked(wZeroTimesInfinity), Source: "own; the like in numpy/numpy issue 12282",
		Bug: "interpolates at position f = 0 too: 0 times an infinite neighbour is NaN"},
}

func wBiasedVariance(c *reference.Call) error {
	for r := range c.In[0].Shape[0] {
		x := c.In[0].Row(r, nil)
		n := float64(len(x))
		var s, dev float64
		for _, v := range x {
			s += v
		}
		mean := s / n
		for _, v := range x {
			dev += (v - mean) * (v - mean)
		}
		se, half := math.NaN(), math.NaN()
		if n > 1 {
			se = math.Sqrt(dev / n / n)
			half = wStudent(c.Param("confidence", r), n-1) * se
		}
		wStore(c.Out[0], r, float32(mean))
		wStore(c.Out[1], r, float32(se))
		wStore(c.Out[2], r, float32(mean-half))
		wStore(c.Out[3], r, float32(mean+half))
	}
	return nil
}

// wStudent is t with P(|T| <= t) = confidence, by halving: the tail is the
// incomplete beta function of n/(n+t^2).
func wStudent(confidence, n float64) float64 {
	lo, hi := 0.0, 1.0
	for wBeta(n/2, 0.5, n/(n+hi*hi)) > 1-confidence && hi < 1e150 {
		hi *= 2
	}
	for range 200 {
		if mid := (lo + hi) / 2; wBeta(n/2, 0.5, n/(n+mid*mid)) > 1-confidence {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}

// wBeta is the regularised incomplete beta function, by its continued fraction.
func wBeta(a, b, x float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(a+b+2):
		return 1 - wBeta(b, a, 1-x)
	}
	ga, _ := math.Lgamma(a)
	gb, _ := math.Lgamma(b)
	gab, _ := math.Lgamma(a + b)
	front := math.Exp(gab-ga-gb+a*math.Log(x)+b*math.Log1p(-x)) / a
	away := func(v float64) float64 {
		if math.Abs(v) < 1e-300 {
			return 1e-300
		}
		return v
	}
	f, C, D := 1.0, 1.0, 0.0
	for i := range 10000 {
		m := float64(i / 2)
		var d float64
		switch {
		case i == 0:
			d = 1
		case i%2 == 0:
			d = m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		default:
			d = -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		}
		D = 1 / away(1+d*D)
		C = away(1 + d/C)
		f *= C * D
		if math.Abs(1-C*D) < 1e-15 {
			break
		}
	}
	return front * (f - 1)
}

// wQuantile is the type 7 quantile at position h of sorted samples.
func wQuantile(x []float64, h float64) float64 {
	i := min(int(h), len(x)-1)
	if f := h - float64(i); f > 0 && i+1 < len(x) && x[i+1] != x[i] {
		return x[i] + f*(x[i+1]-x[i])
	}
	return x[i]
}

func wResamplesDropped(c *reference.Call) error {
	for r := range c.In[0].Shape[0] {
		x := c.In[0].Row(r, nil)
		var means []float64
		for b := range int(c.Param("resamples", 0)) {
			var s float64
			for j := range x {
				s += x[reference.ResampleIndex(wWord(c, "seed", r), wWord(c, "request", r), uint32(b), uint32(j), len(x))]
			}
			if mean := s / float64(len(x)); !math.IsNaN(mean) && !math.IsInf(mean, 0) {
				means = append(means, mean)
			}
		}
		lo, hi := math.NaN(), math.NaN()
		if len(means) > 0 {
			sort.Float64s(means)
			confidence, last := c.Param("confidence", r), float64(len(means)-1)
			lo, hi = wQuantile(means, (1-confidence)/2*last), wQuantile(means, (1+confidence)/2*last)
		}
		wStore(c.Out[0], r, float32(lo))
		wStore(c.Out[1], r, float32(hi))
	}
	return nil
}

func wZeroTimesInfinity(c *reference.Call) error {
	for r := range c.In[0].Shape[0] {
		x := c.In[0].Row(r, nil)
		sort.Float64s(x)
		v := math.NaN()
		if len(x) > 0 && !math.IsNaN(x[0]) {
			h := float64(len(x)-1) * c.Param("quantile", r)
			i := min(int(h), len(x)-1)
			if v = x[i]; i+1 < len(x) {
				v += (h - float64(i)) * (x[i+1] - x[i])
			}
		}
		wStore(c.Out[0], r, float32(v))
	}
	return nil
}
