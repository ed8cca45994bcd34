package outside

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

var wrongSelection = []Kernel{
	{Op: "argmax", DType: reference.BF16, Run: wChecked(wLaterBlock),
		Bug: "blocks of 1,024 are merged with >=: a tie between blocks goes to the later one"},
	{Op: "argmax", DType: reference.F32, Run: wChecked(wPitchIgnored),
		Bug: "row i starts at i*vocab: the row stride of a padded or sliced matrix is ignored"},
	{Op: "top_k", DType: reference.F16, Run: wChecked(wRadixZero), Source: "own; the like in uxlfoundation/oneDPL issue 2713",
		Bug: "radix keys put -0 below +0, which are equal"},
	{Op: "top_k", DType: reference.F32, Run: wChecked(wIndex16),
		Bug: "the index travels in 16 bits beside the key: it wraps beyond 65,536 tokens"},
}

// wNoTokens refuses rows without any.
func wNoTokens(c *reference.Call) error {
	if c.In[0].Shape[0] > 0 && c.In[0].Shape[1] == 0 {
		_, err := c.Truth()
		return err
	}
	return nil
}

// wFirst is the argmax of a row: the first NaN, else the first largest.
func wFirst(x []float32) (v float32, at int) {
	v = x[0]
	for j, w := range x {
		if v != v {
			break
		}
		if w > v || w != w {
			v, at = w, j
		}
	}
	return v, at
}

func wLaterBlock(c *reference.Call) error {
	if err := wNoTokens(c); err != nil {
		return err
	}
	const block = 1024
	for r := range c.In[0].Shape[0] {
		x := wLoad(c.In[0], r)
		best, at := wFirst(x[:min(block, len(x))])
		for from := block; from < len(x) && best == best; from += block {
			v, j := wFirst(x[from:min(from+block, len(x))])
			if v >= best || v != v {
				best, at = v, from+j
			}
		}
		wStoreInt(c.Out[0], r, at)
	}
	return nil
}

func wPitchIgnored(c *reference.Call) error {
	if err := wNoTokens(c); err != nil {
		return err
	}
	t := c.In[0]
	data, vocab := t.Data.([]float32), t.Shape[1]
	if t.Shape[0] > 1 && t.Stride[0] < vocab || t.Stride[1] < 0 {
		return reference.ErrUnsupported
	}
	x := make([]float32, vocab)
	for r := range t.Shape[0] {
		for j := range x {
			x[j] = data[min(t.Off+r*vocab+j*t.Stride[1], len(data)-1)]
		}
		_, at := wFirst(x)
		wStoreInt(c.Out[0], r, at)
	}
	return nil
}

func wRadixZero(c *reference.Call) error {
	k := c.Out[0].Shape[1]
	for r := range c.In[0].Shape[0] {
		vocab := c.In[0].Shape[1]
		keys, order := make([]uint16, vocab), make([]int, vocab)
		for j := range keys {
			order[j] = j
			b := uint16(c.In[0].Bits(r*vocab + j))
			switch {
			case b&0x7fff > 0x7c00:
				keys[j] = math.MaxUint16
			case b>>15 == 1:
				keys[j] = ^b
			default:
				keys[j] = b | 0x8000
			}
		}
		slices.SortStableFunc(order, func(a, b int) int { return int(keys[b]) - int(keys[a]) })
		for n, j := range order[:k] {
			wStoreInt(c.Out[0], r*k+n, j)
			wStore(c.Out[1], r*k+n, float32(c.In[0].Get(r*vocab+j)))
		}
	}
	return nil
}

func wIndex16(c *reference.Call) error {
	k := c.Out[0].Shape[1]
	for r := range c.In[0].Shape[0] {
		x := wLoad(c.In[0], r)
		for n, j := range wRanked(x)[:k] {
			wStoreInt(c.Out[0], r*k+n, int(uint16(j)))
			wStore(c.Out[1], r*k+n, x[j])
		}
	}
	return nil
}
