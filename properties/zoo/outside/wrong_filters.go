package outside

import (
	"sort"

	"github.com/seed-210c9500/assay/reference"
)

var wrongFilters = []Kernel{
	{Op: "top_p_filter", DType: reference.BF16, Run: wChecked(wNucleusInStorage),
		Bug: "the nucleus adds up probabilities that were rounded to bf16"},
	{Op: "top_p_filter", DType: reference.F32, Run: wChecked(wNucleusAscending),
		Bug: "sorts ascending and cuts from the front: of equal logits the lower index goes first"},
	{Op: "min_p_filter", DType: reference.F32, Run: wChecked(wWideStore),
		Bug: "the last vector of a row is stored whole, over up to 7 elements after the row's end"},
	{Op: "top_k_filter", DType: reference.F32, Run: wChecked(wKeptByMass),
		Bug: "kept counts the probabilities above 0: masked and underflown tokens among the k are left out"},
}

// wEachFilter stores, for every row fit for it, the softmax over the tokens that
// f keeps, and their number.
func wEachFilter(c *reference.Call, f func(r int, x []float32) []int) {
	for r := range c.In[0].Shape[0] {
		x := wLoad(c.In[0], r)
		y := make([]float32, len(x))
		if _, _, ok := wTop(x); !ok {
			wFill(y, wNaN)
			wStoreRow(c.Out[0], r, y)
			wStoreInt(c.Out[1], r, 0)
			continue
		}
		kept := f(r, x)
		wRenormalise(x, kept, y)
		wStoreRow(c.Out[0], r, y)
		wStoreInt(c.Out[1], r, len(kept))
	}
}

// wRenormalise is the softmax of the kept logits.
func wRenormalise(x []float32, kept []int, y []float32) {
	m, s := -wInf, float32(0)
	for _, j := range kept {
		m = max(m, x[j])
	}
	for _, j := range kept {
		y[j] = wExp(wGap(x[j], m, 1))
		s += y[j]
	}
	for _, j := range kept {
		y[j] = float32(y[j] / s)
	}
}

func wNucleusInStorage(c *reference.Call) error {
	wEachFilter(c, func(r int, x []float32) []int {
		order, top := wRanked(x), wParam(c, "p", r)
		if top == 1 {
			return order
		}
		y := wSoftmax(x, 1)
		var before float32
		for n, j := range order {
			if before > top {
				return order[:n]
			}
			before += float32(reference.BF16.Round(float64(y[j])))
		}
		return order
	})
	return nil
}

func wNucleusAscending(c *reference.Call) error {
	wEachFilter(c, func(r int, x []float32) []int {
		top := wParam(c, "p", r)
		order := make([]int, len(x))
		for j := range order {
			order[j] = j
		}
		sort.SliceStable(order, func(a, b int) bool { return x[order[a]] < x[order[b]] })
		n := len(order)
		switch {
		case top == 1:
			return order
		case top == 0:
			return order[n-1:]
		}
		y := wSoftmax(x, 1)
		var below float32
		for i, j := range order {
			if below += y[j]; below >= float32(1-top) {
				return order[i:]
			}
		}
		return order[n-1:]
	})
	return nil
}

func wWideStore(c *reference.Call) error {
	const lanes = 8
	wEachFilter(c, func(r int, x []float32) []int {
		least, order := wParam(c, "min_p", r), wRanked(x)
		m := x[order[0]]
		for n, j := range order {
			if wExp(wGap(x[j], m, 1)) < least {
				order = order[:n]
				break
			}
		}
		out := c.Out[0]
		if data, ok := out.Data.([]float32); ok && out.Stride[1] == 1 {
			// What a store of whole vectors leaves behind the row. The next row,
			// where it follows at once, is written later.
			end := out.Off + r*out.Stride[0] + len(x)
			for i := range (lanes - len(x)%lanes) % lanes {
				if end+i < len(data) {
					data[end+i] = 0
				}
			}
		}
		return order
	})
	return nil
}

func wKeptByMass(c *reference.Call) error {
	for r := range c.In[0].Shape[0] {
		x := wLoad(c.In[0], r)
		y := make([]float32, len(x))
		kept := 0
		if _, _, ok := wTop(x); !ok {
			wFill(y, wNaN)
		} else {
			k := int(c.Param("k", r))
			if k <= 0 || k > len(x) {
				k = len(x)
			}
			wRenormalise(x, wRanked(x)[:k], y)
			for _, v := range y {
				if v > 0 {
					kept++
				}
			}
		}
		wStoreRow(c.Out[0], r, y)
		wStoreInt(c.Out[1], r, kept)
	}
	return nil
}
