package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// TopPFilter keeps the nucleus of one row of logits and sets dst to its
// probabilities, renormalised, +0 outside; it returns how many tokens it keeps.
// In the order value descending, index ascending, a token is kept iff the mass
// before it is at most p: the token that crosses p stays. p = 1 keeps everything
// and is exactly Softmax; p = 0 keeps the argmax.
//
// Masses are integers over an integer total, within 3e-8 of the softmax in total
// variation; the renormalised probabilities are the Softmax of the kept logits.
// No sort takes place: three rounds over histograms of the logits' bits.
//
// A row with NaN or +Inf, or of -Inf alone, becomes NaN and keeps 0. dst must
// not overlap x; unequal lengths panic. p outside [0, 1] is refused and nothing
// is written.
//
// Reference: reference.Ops, top_p_filter.
func TopPFilter[E Element](dst, x []E, p float32) (kept int, err error) {
	if len(dst) != len(x) {
		panic(fmt.Sprintf("optimized: TopPFilter: len(dst)=%d, want len(x)=%d", len(dst), len(x)))
	}
	if len(x) > 0 && (overlap(dst, x) || &dst[0] == &x[0]) {
		panic("optimized: TopPFilter: dst and x overlap")
	}
	if bad := badUnit("top_p_filter", "p", 0, p); bad != nil {
		return 0, bad
	}
	s := scratches.Get().(*scratch)
	kept = topP(best, s, dst, x, p)
	scratches.Put(s)
	return kept, nil
}

// TopPFilterRows is TopPFilter for a batch, with one p for all rows, one per row,
// or none (1). kept may be nil.
func TopPFilterRows[E Element](dst []E, kept []int64, x []E, r Rows, p ...float32) error {
	stride, dstStride := r.check("TopPFilterRows", len(x), len(dst), true)
	per("TopPFilterRows", "p", p, r.Count)
	if len(kept) != 0 && len(kept) != r.Count {
		panic(fmt.Sprintf("optimized: TopPFilterRows: len(kept)=%d, want Count=%d", len(kept), r.Count))
	}
	if len(x) > 0 && len(dst) > 0 && (overlap(dst, x) || &dst[0] == &x[0]) {
		panic("optimized: TopPFilterRows: dst and x overlap")
	}
	for i, v := range p {
		if bad := badUnit("top_p_filter", "p", i, v); bad != nil {
			return bad
		}
	}
	isa := r.On.use()
	r.each(func(s *scratch, i int) {
		n := topP(isa, s, dst[i*dstStride:][:r.Vocab], x[i*stride:][:r.Vocab], of(p, i, 1))
		if len(kept) > 0 {
			kept[i] = int64(n)
		}
	})
	return nil
}

func topP[E Element](isa block.ISA, s *scratch, dst, x []E, p float32) (kept int) {
	var r row[E]
	r.scan(isa, s, x, 1)
	if r.kind != regular || p == 1 {
		softmaxInto(isa, s, dst, x, 1)
		if r.kind == regular {
			kept = len(x)
		}
		return kept
	}
	kept = r.keepFrom(dst, cut(r.nucleus(p)))
	softmaxInto(isa, s, dst, dst, 1)
	return kept
}

// maskOf is -Inf in the element type.
func maskOf[E Element]() (v E) {
	switch p := any(&v).(type) {
	case *float32:
		*p = float32(math.Inf(-1))
	case *BF16:
		*p = 0xff80
	case *F16:
		*p = 0xfc00
	}
	return v
}

// nucleus is where the kept tokens end: the key at which the running mass first
// exceeds p of the total, and how many of the tokens with that very key stay.
func (r *row[E]) nucleus(p float32) (last uint32, ties int) {
	at := point(len(r.x))
	end := r.descend(func(c int) []uint64 { return r.weigh(c, at) }, func(total uint64) uint64 { return share(p, total) })
	return end.key, r.fitting(end.key, end.limit-end.before, end.own)
}

// fitting is how many of the tokens with this key are kept, when the mass before
// the first of them leaves room: the first always, and then one for every whole
// mass that fits.
func (r *row[E]) fitting(k uint32, room, mass uint64) int {
	n := uint64(r.equal(k))
	each := mass / n // the masses of one value are equal
	if each == 0 {
		return int(n)
	}
	return int(min(n, room/each+1))
}

// runTopPFilter answers a row of the table.
func runTopPFilter(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], c.Out[0], k)
	if err != nil {
		return err
	}
	p := floats(c.Arg("p"))
	kept := make([]int64, r.Count)
	err = byElement(c,
		func() error {
			return TopPFilterRows(elements[float32](c.Out[0]), kept, elements[float32](c.In[0]), r, p...)
		},
		func() error { return TopPFilterRows(elements[BF16](c.Out[0]), kept, elements[BF16](c.In[0]), r, p...) },
		func() error { return TopPFilterRows(elements[F16](c.Out[0]), kept, elements[F16](c.In[0]), r, p...) })
	return putInts(c.Out[1], kept, err)
}
