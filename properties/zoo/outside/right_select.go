package outside

import (
	"container/heap"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

var rightSelect = []Kernel{
	{Op: "argmax", DType: reference.BF16, Contract: "ties=any", Run: rArgmaxLast,
		How: "a fold over integer keys in which the last of equal finite maxima wins"},
	{Op: "top_k", DType: reference.F16, Run: rTopKRadix,
		How: "radix select on 16-bit keys, then a sort of the selected"},
	{Op: "top_k_filter", DType: reference.F32, Contract: "exp_ulp=64", Run: rTopKFilterHeap,
		How: "a heap of the k best, a short exponential of 60 ULP"},
	{Op: "min_p_filter", DType: reference.F32, Run: rMinPFilter,
		How: "compared as logits with m + ln min_p, dropped tokens multiplied away"},
}

// rKey16 orders the bits of 16-bit floats as integers: NaN above all, -0 as +0.
func rKey16(b uint16, infinity uint16) uint16 {
	switch {
	case b&0x7fff > infinity:
		return 0xffff
	case b == 0x8000:
		b = 0
	}
	if b&0x8000 != 0 {
		return ^b
	}
	return b | 0x8000
}

func rInfinity16(d reference.DType) uint16 {
	if d == reference.BF16 {
		return 0x7f80
	}
	return 0x7c00
}

func rKeys16(t reference.Tensor, i int) []uint16 {
	n := t.Shape[1]
	k := make([]uint16, n)
	for j := range k {
		k[j] = rKey16(uint16(t.Bits(i*n+j)), rInfinity16(t.DType))
	}
	return k
}

func rArgmaxLast(c *reference.Call) error {
	if err := rRefused(c); err != nil {
		return err
	}
	inf := rInfinity16(c.In[0].DType)
	top, bottom := rKey16(inf, inf), rKey16(inf|0x8000, inf)
	for i := range c.In[0].Shape[0] {
		best, at := uint16(0), 0
		for j, k := range rKeys16(c.In[0], i) {
			// NaN, +Inf and rows of -Inf answer with the first, as is asked of them
			if k > best || k == best && k < top && k > bottom {
				best, at = k, j
			}
		}
		c.Out[0].PutInt(i, int64(at))
	}
	return nil
}

// rRadix16 is the k-th largest key, from counts of its high and then its low byte.
func rRadix16(keys []uint16, k int) uint16 {
	var high, low [256]int
	for _, v := range keys {
		high[v>>8]++
	}
	h := 255
	for ; k > high[h]; h-- {
		k -= high[h]
	}
	for _, v := range keys {
		if int(v>>8) == h {
			low[v&255]++
		}
	}
	l := 255
	for ; k > low[l]; l-- {
		k -= low[l]
	}
	return uint16(h<<8 | l)
}

func rTopKRadix(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	k, n := c.Out[0].Shape[1], c.In[0].Shape[1]
	if k == 0 {
		return nil
	}
	for i := range c.In[0].Shape[0] {
		keys := rKeys16(c.In[0], i)
		limit := rRadix16(keys, k)
		var taken, equal []int
		for j, v := range keys {
			switch {
			case v > limit:
				taken = append(taken, j)
			case v == limit:
				equal = append(equal, j)
			}
		}
		slices.SortStableFunc(taken, func(a, b int) int { return int(keys[b]) - int(keys[a]) })
		taken = append(taken, equal[:k-len(taken)]...)
		for r, j := range taken {
			c.Out[0].PutInt(i*k+r, int64(j))
			c.Out[1].Put(i*k+r, c.In[0].Get(i*n+j))
		}
	}
	return nil
}

// rHeap has the worst of the best on top.
type rHeap struct {
	x  []float32
	at []int
}

func (h *rHeap) Len() int { return len(h.at) }
func (h *rHeap) Less(a, b int) bool {
	return rAhead(h.x, h.at[b], h.at[a])
}
func (h *rHeap) Swap(a, b int) { h.at[a], h.at[b] = h.at[b], h.at[a] }
func (h *rHeap) Push(v any)    { h.at = append(h.at, v.(int)) }
func (h *rHeap) Pop() any {
	v := h.at[len(h.at)-1]
	h.at = h.at[:len(h.at)-1]
	return v
}

// rAhead: value descending, then index ascending.
func rAhead(x []float32, a, b int) bool { return x[a] > x[b] || x[a] == x[b] && a < b }

// rBest are the k best of a row without NaN, in no order.
func rBest(x []float32, k int) []int {
	h := &rHeap{x: x}
	for j := range x {
		switch {
		case len(h.at) < k:
			heap.Push(h, j)
		case k > 0 && rAhead(x, j, h.at[0]):
			h.at[0] = j
			heap.Fix(h, 0)
		}
	}
	return h.at
}

// rKept is how many of n tokens a parameter k leaves.
func rKept(k float64, n int) int {
	if k == 0 || k > float64(n) {
		return n
	}
	return int(k)
}

func rTopKFilterHeap(c *reference.Call) error {
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
		best := rBest(x, rKept(c.Param("k", i), len(x)))
		slices.Sort(best)
		e := make([]float32, len(best))
		for r, j := range best {
			e[r] = rExpQuick(x[j] - m)
		}
		S := rSumLanes(e, 4)
		clear(x)
		for r, j := range best {
			x[j] = e[r] / S
		}
		rStore(c.Out[0], i, x)
		c.Out[1].PutInt(i, int64(len(best)))
	}
	return nil
}
