package outside

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var wrongCounts = []Kernel{
	{Op: "multinomial_logpmf", DType: reference.F64, Run: wChecked(wBareStirling),
		Bug: "factorials of 256 and more by Stirling's formula without its 1/(12n)"},
	{Op: "multinomial_counts", DType: reference.F32, Run: wChecked(wCountsInt16),
		Bug: "the histogram counts in 16 signed bits: from 32,768 on an outcome's count is negative"},
	{Op: "pass_at_k", DType: reference.I64, Run: wChecked(wBinomialsByLgamma),
		Bug: "binomials from float32 logarithms of factorials, which cancel"},
}

func wLnFactorial(n float64) float64 {
	if n >= 256 {
		return n*math.Log(n) - n + 0.5*math.Log(2*math.Pi*n)
	}
	v, _ := math.Lgamma(n + 1)
	return v
}

func wBareStirling(c *reference.Call) error {
	vocab := c.In[0].Shape[1]
	for r := range c.In[0].Shape[0] {
		var n, v float64
		impossible := false
		for j := range vocab {
			k, p := float64(c.In[1].Int(r*vocab+j)), c.In[0].Get(r*vocab+j)
			if k == 0 {
				continue
			}
			n += k
			impossible = impossible || p == 0
			v += k*math.Log(p) - wLnFactorial(k)
		}
		v += wLnFactorial(n)
		if impossible {
			v = math.Inf(-1)
		}
		c.Out[0].Put(r, v)
	}
	return nil
}

func wCountsInt16(c *reference.Call) error {
	vocab := c.In[0].Shape[1]
	for r := range c.In[0].Shape[0] {
		p := wLoad(c.In[0], r)
		cdf, counts := make([]float32, vocab), make([]int16, vocab)
		var total float32
		last := 0
		for j, v := range p {
			total += v
			cdf[j] = total
			if v > 0 {
				last = j
			}
		}
		seed, request := wWord(c, "seed", r), wWord(c, "request", r)
		for i := range wWord(c, "n", r) {
			limit := reference.PhiloxUniform(seed, request, uint32(i)) * float64(total)
			lo, hi := 0, last
			for lo < hi {
				if mid := (lo + hi) / 2; float64(cdf[mid]) > limit {
					hi = mid
				} else {
					lo = mid + 1
				}
			}
			counts[lo]++
		}
		for j, n := range counts {
			wStoreInt(c.Out[0], r*vocab+j, int(n))
		}
	}
	return nil
}

func wBinomialsByLgamma(c *reference.Call) error {
	lf := func(n int64) float32 {
		v, _ := math.Lgamma(float64(n) + 1)
		return float32(v)
	}
	var all float32
	rows := c.In[0].Len()
	for i := range rows {
		n, right, k := c.In[0].Int(i), c.In[1].Int(i), int64(c.Param("k", i))
		var v float32
		switch {
		case right == 0 || k == 0:
		case n-right < k:
			v = 1
		default:
			ln := float32(lf(n-right) - lf(n-right-k))
			ln = float32(ln - float32(lf(n)-lf(n-k)))
			v = float32(1 - wExp(ln))
		}
		wStore(c.Out[0], i, v)
		all += v
	}
	wStore(c.Out[1], 0, float32(all/float32(rows)))
	return nil
}
