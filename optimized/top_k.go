package optimized

import (
	"fmt"
	"slices"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// TopK finds the k = len(index) largest of a row of logits, value descending, then
// index ascending, NaN before every number: their places and, where value is not
// nil, the logits themselves. Nothing is rounded. The row is not sorted, only
// what is kept.
//
// More places than logits, and a value of another length, panic.
//
// Reference: reference.Ops, top_k.
func TopK[E Element](index []int64, value []E, x []E) {
	if len(index) > len(x) || value != nil && len(value) != len(index) {
		panic(fmt.Sprintf("optimized: TopK: len(index)=%d, len(value)=%d, want one number of at most len(x)=%d", len(index), len(value), len(x)))
	}
	s := scratches.Get().(*scratch)
	topK(best, s, index, value, x)
	scratches.Put(s)
}

// TopKRows is TopK for a batch: k of each row, index and value (nil for none) k to
// a row.
func TopKRows[E Element](index []int64, value []E, x []E, r Rows, k int) {
	stride, _ := r.check("TopKRows", len(x), 0, false)
	if k < 0 || k > r.Vocab {
		panic(fmt.Sprintf("optimized: TopKRows: k=%d, want 0 to Vocab=%d", k, r.Vocab))
	}
	if len(index) != r.Count*k || value != nil && len(value) != len(index) {
		panic(fmt.Sprintf("optimized: TopKRows: len(index)=%d, len(value)=%d, want Count*k=%d", len(index), len(value), r.Count*k))
	}
	isa := r.On.use()
	r.each(func(s *scratch, i int) {
		var v []E
		if value != nil {
			v = value[i*k:][:k]
		}
		topK(isa, s, index[i*k:][:k], v, x[i*stride:][:r.Vocab])
	})
}

func topK[E Element](isa block.ISA, s *scratch, index []int64, value []E, x []E) {
	if len(index) == 0 {
		return
	}
	var r row[E]
	r.scan(isa, s, x, 1)
	picks := r.leaders(len(index))
	if picks == nil {
		picks = r.pick(r.first(len(index)))
		slices.Sort(picks)
	}
	for n := range index {
		i := picked(picks[len(picks)-1-n])
		index[n] = int64(i)
		if value != nil {
			value[n] = x[i]
		}
	}
}

// TopKFilter keeps the k largest of one row of logits, as TopK ranks them, and
// sets dst to their probabilities, renormalised: the Softmax of the kept logits,
// +0 outside. It returns how many it keeps, min(k, len(x)); k = 0 keeps everything
// and is exactly Softmax.
//
// A row with NaN or +Inf, or of -Inf alone, becomes NaN and keeps 0. dst must not
// overlap x; unequal lengths panic. k < 0 is refused and nothing is written.
//
// Reference: reference.Ops, top_k_filter.
func TopKFilter[E Element](dst, x []E, k int) (kept int, err error) {
	apart("TopKFilter", dst, x, true)
	if bad := badCount("top_k_filter", 0, int64(k)); bad != nil {
		return 0, bad
	}
	s := scratches.Get().(*scratch)
	kept = topKFilter(best, s, dst, x, int64(k))
	scratches.Put(s)
	return kept, nil
}

// TopKFilterRows is TopKFilter for a batch, with one k for all rows, one per row,
// or none (0). kept may be nil.
func TopKFilterRows[E Element](dst []E, kept []int64, x []E, r Rows, k ...int64) error {
	stride, dstStride := r.check("TopKFilterRows", len(x), len(dst), true)
	per("TopKFilterRows", "k", k, r.Count)
	apart("TopKFilterRows", dst, x, false)
	counted("TopKFilterRows", kept, r.Count)
	for i, v := range k {
		if bad := badCount("top_k_filter", i, v); bad != nil {
			return bad
		}
	}
	isa := r.On.use()
	r.each(func(s *scratch, i int) {
		n := topKFilter(isa, s, dst[i*dstStride:][:r.Vocab], x[i*stride:][:r.Vocab], of(k, i, 0))
		if len(kept) > 0 {
			kept[i] = int64(n)
		}
	})
	return nil
}

func topKFilter[E Element](isa block.ISA, s *scratch, dst, x []E, k int64) int {
	var r row[E]
	r.scan(isa, s, x, 1)
	switch {
	case r.kind != regular:
		softmaxInto(isa, s, dst, x, 1)
		return 0
	case k == 0 || k >= int64(len(x)):
		softmaxInto(isa, s, dst, x, 1)
		return len(x)
	}
	kept := r.keepFrom(dst, r.first(int(k)))
	softmaxInto(isa, s, dst, dst, 1)
	return kept
}

// apart panics where dst and x share memory, or, of one row, differ in length.
func apart[E Element](op string, dst, x []E, one bool) {
	if one && len(dst) != len(x) {
		panic(fmt.Sprintf("optimized: %s: len(dst)=%d, want len(x)=%d", op, len(dst), len(x)))
	}
	disjoint(op, "dst", "x", dst, x)
}

// disjoint panics where a and b share memory.
func disjoint[E Element](op, nameA, nameB string, a, b []E) {
	if len(a) > 0 && len(b) > 0 && (overlap(a, b) || &a[0] == &b[0]) {
		panic(fmt.Sprintf("optimized: %s: %s and %s overlap", op, nameA, nameB))
	}
}

// counted panics unless an output of one number a row is absent or as long as
// there are rows.
func counted(op string, kept []int64, count int) {
	if len(kept) != 0 && len(kept) != count {
		panic(fmt.Sprintf("optimized: %s: len(kept)=%d, want Count=%d", op, len(kept), count))
	}
}

func badCount(op string, i int, k int64) *reference.Reject {
	if k >= 0 {
		return nil
	}
	return &reference.Reject{Op: op, Arg: "k", Code: "k_negative", Value: fmt.Sprint(k), Want: "a number of tokens >= 0, 0 for all", Row: i}
}

// runTopK answers a row of the table.
func runTopK(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], reference.Tensor{}, k)
	if err != nil {
		return err
	}
	for i, v := range integers(c.Arg("k")) {
		if bad := badCount("top_k", i, v); bad != nil {
			return bad
		}
	}
	n := c.Out[0].Shape[1]
	index := make([]int64, r.Count*n)
	err = byElement(c,
		func() error { return pickInto[float32](c, index, r, n) },
		func() error { return pickInto[BF16](c, index, r, n) },
		func() error { return pickInto[F16](c, index, r, n) })
	return putInts(c.Out[0], index, err)
}

func pickInto[E Element](c *reference.Call, index []int64, r Rows, n int) error {
	x, out := elements[E](c.In[0]), c.Out[1]
	TopKRows(index, nil, x, r, n)
	for i, j := range index {
		if !out.Absent() {
			out.SetBits(i, c.In[0].Bits(i/n*r.Vocab+int(j)))
		}
	}
	return nil
}

// runTopKFilter answers a row of the table.
func runTopKFilter(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], c.Out[0], k)
	if err != nil {
		return err
	}
	n := integers(c.Arg("k"))
	kept := make([]int64, r.Count)
	err = byElement(c,
		func() error {
			return TopKFilterRows(elements[float32](c.Out[0]), kept, elements[float32](c.In[0]), r, n...)
		},
		func() error { return TopKFilterRows(elements[BF16](c.Out[0]), kept, elements[BF16](c.In[0]), r, n...) },
		func() error { return TopKFilterRows(elements[F16](c.Out[0]), kept, elements[F16](c.In[0]), r, n...) })
	return putInts(c.Out[1], kept, err)
}
