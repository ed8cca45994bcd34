package outside

import (
	"math"
	"math/bits"

	"github.com/seed-210c9500/assay/reference"
)

var rightSample = []Kernel{
	{Op: "sample_probs", DType: reference.F32, Run: rSampleProbs,
		How: "inverse CDF on two levels: blocks of 128, then inside the block"},
	{Op: "sample_logits", DType: reference.F32, Run: rSampleLogits,
		How: "fixed-point masses of 44 bits, binary search in their integer prefix sums"},
	{Op: "sample_gumbel", DType: reference.F32, Run: rSampleGumbel,
		How: "an exponential from each uniform, its float32 logarithm taken from the logit"},
	{Op: "speculative_accept", DType: reference.BF16, Run: rSpeculative,
		How: "u*q and p compared by FMA, the residual drawn on two levels"},
}

// rDraw inverts the cumulative masses at u on two levels. A block's own running
// sum is that of its total, so a block that crosses has a token that does.
func rDraw(p []float32, u float64) int {
	const block = 128
	var top float32
	last := 0
	for j, v := range p {
		if v > 0 {
			top, last = max(top, v), j
		}
	}
	scale := float32(1)
	switch { // sums stay in the range, and above the subnormal numbers
	case top > 0x1p100:
		scale = 0x1p-40
	case top < 0x1p-60:
		scale = 0x1p60
	}
	var before []float32
	var total float32
	for lo := 0; lo < len(p); lo += block {
		before = append(before, total)
		var s float32
		for _, v := range p[lo:min(lo+block, len(p))] {
			s += float32(v * scale)
		}
		total += s
	}
	limit := u * float64(total)
	for b := range before {
		if b+1 < len(before) && float64(before[b+1]) <= limit {
			continue
		}
		var s float32
		for j := b * block; j < min(b*block+block, len(p)); j++ {
			if s += float32(p[j] * scale); p[j] > 0 && float64(before[b]+s) > limit {
				return j
			}
		}
	}
	return last
}

func rSampleProbs(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		c.Out[0].PutInt(i, int64(rDraw(rRow(c.In[0], i), c.Uniform(i))))
	}
	return nil
}

func rSampleLogits(c *reference.Call) error {
	if err := rRefused(c); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		x, T := rRow(c.In[0], i), float32(c.Param("temperature", i))
		m, at, _ := rScan(x)
		if T != 0 {
			at = rFixedDraw(x, m, T, c.Uniform(i))
		}
		c.Out[0].PutInt(i, int64(at))
	}
	return nil
}

// rFixedDraw: the largest mass is 2^44, and integers add without an error.
func rFixedDraw(x []float32, m, T float32, u float64) int {
	cdf := make([]uint64, len(x))
	var total uint64
	for j, v := range x {
		total += uint64(float64(rExpTable(-rGap(m, v, T))) * 0x1p44)
		cdf[j] = total
	}
	hi, _ := bits.Mul64(uint64(u*0x1p53)<<11, total) // floor(u*total) for u of 53 bits
	lo, end := 0, len(cdf)-1
	for lo < end {
		if mid := (lo + end) / 2; cdf[mid] > hi {
			end = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

func rSampleGumbel(c *reference.Call) error {
	if err := rRefused(c); err != nil {
		return err
	}
	n := c.In[0].Shape[1]
	for i := range c.In[0].Shape[0] {
		best, top := -1, float32(0)
		for j, x := range rRow(c.In[0], i) {
			if x == -rInf {
				continue
			}
			u := c.In[1].Get(i*n + j)
			e := -rLog64(u)
			if u > 0.5 {
				e = -math.Log1p(u - 1)
			}
			if key := x - rLn(float32(e)); best < 0 || key > top {
				best, top = j, key
			}
		}
		c.Out[0].PutInt(i, int64(best))
	}
	return nil
}

func rSpeculative(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		p, q := rRow(c.In[0], i), rRow(c.In[1], i)
		d, accepted := int(c.In[2].Int(i)), int64(1)
		if !(math.FMA(c.In[3].Get(i), float64(q[d]), -float64(p[d])) < 0) {
			accepted = 0
			w, some := make([]float32, len(p)), false
			for j := range p {
				w[j] = max(p[j]-q[j], 0)
				some = some || w[j] > 0
			}
			if !some {
				w = p
			}
			d = rDraw(w, c.In[4].Get(i))
		}
		c.Out[0].PutInt(i, int64(d))
		c.Out[1].PutInt(i, accepted)
	}
	return nil
}
