package outside

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var rightNucleus = []Kernel{
	{Op: "top_p_filter", DType: reference.F32, Run: rTopPBisect,
		How: "the threshold by bisection over the ordered bits of the logits, no sort"},
	{Op: "top_p_filter", DType: reference.BF16, Run: rTopPHistogram,
		How: "a histogram of 16-bit keys walked from the top, mass = count * exp"},
}

// rKey32 orders the bits of a float32 as an integer, -0 as +0; rValue32 is its
// inverse.
func rKey32(v float32) uint32 {
	b := math.Float32bits(v + 0)
	if b>>31 != 0 {
		return ^b
	}
	return b | 1<<31
}

func rValue32(k uint32) float32 {
	if k>>31 != 0 {
		return math.Float32frombits(k &^ (1 << 31))
	}
	return math.Float32frombits(^k)
}

// rKeepPrefix writes the renormalised probabilities of the tokens with a value
// above least, and of the first ties tokens that have that very value.
func rKeepPrefix(c *reference.Call, i int, x, e []float32, least float32, ties int) {
	n := 0
	for j, v := range x {
		keep := v > least
		if v == least && ties > 0 {
			keep = true
			ties--
		}
		if keep {
			n++
		} else {
			e[j] = 0
		}
	}
	S := rSumLanes(e, 8)
	for j := range e {
		e[j] /= S
	}
	rStore(c.Out[0], i, e)
	c.Out[1].PutInt(i, int64(n))
}

func rTopPBisect(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		x := rRow(c.In[0], i)
		m, at, kind := rScan(x)
		c.Out[1].PutInt(i, 0)
		if rSpecial(c.Out[0], i, len(x), at, kind, 1, 1, 0) {
			continue
		}
		e := make([]float32, len(x))
		for j, v := range x {
			e[j] = rExpCody(v - m)
		}
		p := c.Param("p", i)
		if p == 1 {
			rKeepPrefix(c, i, x, e, -rInf, len(x))
			continue
		}
		limit := p * rSum64(e)
		above := func(least float32) (s float64) {
			for j, v := range x {
				if v > least {
					s += float64(e[j])
				}
			}
			return s
		}
		lo, hi := rKey32(-rInf), rKey32(m) // the mass above hi is within the limit
		for lo < hi {
			mid := lo + (hi-lo)/2
			if above(rValue32(mid)) <= limit {
				hi = mid
			} else {
				lo = mid + 1
			}
		}
		// hi may lie below a value of the row, in the gap before the next one
		least := m
		for _, v := range x {
			if rKey32(v) >= hi && v < least {
				least = v
			}
		}
		ties, before, each := 0, above(least), float64(rExpCody(least-m))
		for _, v := range x {
			if v == least && before <= limit {
				ties++
				before += each
			}
		}
		rKeepPrefix(c, i, x, e, least, ties)
	}
	return nil
}

func rTopPHistogram(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	inf := rInfinity16(c.In[0].DType)
	count := make([]int, 1<<16)
	for i := range c.In[0].Shape[0] {
		x := rRow(c.In[0], i)
		m, at, kind := rScan(x)
		c.Out[1].PutInt(i, 0)
		if rSpecial(c.Out[0], i, len(x), at, kind, 1, 1, 0) {
			continue
		}
		keys, value := rKeys16(c.In[0], i), map[uint16]float32{}
		e := make([]float32, len(x))
		clear(count)
		for j, k := range keys {
			count[k]++
			value[k] = x[j]
			e[j] = rExpTable(x[j] - m)
		}
		p := float32(c.Param("p", i))
		if p == 1 {
			rKeepPrefix(c, i, x, e, -rInf, len(x))
			continue
		}
		top, bottom := int(rKey16(uint16(c.In[0].Bits(i*len(x)+at)), inf)), int(rKey16(inf|0x8000, inf))
		var S float32
		for k := top; k >= bottom; k-- {
			if count[k] > 0 {
				S += float32(float32(count[k]) * rExpTable(value[uint16(k)]-m))
			}
		}
		limit := float32(p * S)
		least, ties := m, 0
		var before float32
		for k := top; k >= bottom && before <= limit; k-- {
			if count[k] == 0 {
				continue
			}
			least, ties = value[uint16(k)], 0
			each := rExpTable(least - m)
			for start := before; ties < count[k] && before <= limit; {
				ties++
				before = start + float32(float32(ties)*each)
			}
		}
		rKeepPrefix(c, i, x, e, least, ties)
	}
	return nil
}

func rMinPFilter(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		x := rRow(c.In[0], i)
		m, at, kind := rScan(x)
		c.Out[1].PutInt(i, 0)
		if rSpecial(c.Out[0], i, len(x), at, kind, 1, 1, 0) {
			continue
		}
		least := math.Log(c.Param("min_p", i))
		n := 0
		for j, v := range x {
			keep := float32(0)
			if float64(v)-float64(m) >= least {
				keep = 1
				n++
			}
			x[j] = float32(keep * rExpCody(v-m))
		}
		S := rSumLanes(x, 32)
		inv := 1 / S
		for j, e := range x {
			x[j] = float32(e * inv)
		}
		rStore(c.Out[0], i, x)
		c.Out[1].PutInt(i, int64(n))
	}
	return nil
}
