package optimized

import (
	"math"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// MinPFilter keeps the tokens of one row of logits whose probability is at least
// minP of the largest, max x - x_i <= -ln minP, and sets dst to their
// probabilities, renormalised: the Softmax of the kept logits, +0 outside. It
// returns how many it keeps. minP = 0 keeps everything and is exactly Softmax;
// minP = 1 keeps the tokens equal to the largest.
//
// The gap and the logarithm are compared in float64, so a token is misjudged only
// where its gap is within 4 units of 2^-53 of -ln minP. Equal logits stay together.
//
// A row with NaN or +Inf, or of -Inf alone, becomes NaN and keeps 0. dst must not
// overlap x; unequal lengths panic. minP outside [0, 1] is refused and nothing is
// written.
//
// Reference: reference.Ops, min_p_filter.
func MinPFilter[E Element](dst, x []E, minP float32) (kept int, err error) {
	apart("MinPFilter", dst, x, true)
	if bad := badUnit("min_p_filter", "min_p", 0, minP); bad != nil {
		return 0, bad
	}
	s := scratches.Get().(*scratch)
	kept = minPFilter(best, s, dst, x, minP)
	scratches.Put(s)
	return kept, nil
}

// MinPFilterRows is MinPFilter for a batch, with one minP for all rows, one per
// row, or none (0). kept may be nil.
func MinPFilterRows[E Element](dst []E, kept []int64, x []E, r Rows, minP ...float32) error {
	stride, dstStride := r.check("MinPFilterRows", len(x), len(dst), true)
	per("MinPFilterRows", "minP", minP, r.Count)
	apart("MinPFilterRows", dst, x, false)
	counted("MinPFilterRows", kept, r.Count)
	for i, v := range minP {
		if bad := badUnit("min_p_filter", "min_p", i, v); bad != nil {
			return bad
		}
	}
	isa := r.On.use()
	r.each(func(s *scratch, i int) {
		n := minPFilter(isa, s, dst[i*dstStride:][:r.Vocab], x[i*stride:][:r.Vocab], of(minP, i, 0))
		if len(kept) > 0 {
			kept[i] = int64(n)
		}
	})
	return nil
}

func minPFilter[E Element](isa block.ISA, s *scratch, dst, x []E, minP float32) int {
	var r row[E]
	r.scan(isa, s, x, 1)
	if r.kind != regular || minP == 0 {
		softmaxInto(isa, s, dst, x, 1)
		if r.kind == regular {
			return len(x)
		}
		return 0
	}
	kept := r.keepNear(dst, -ln(float64(minP)))
	softmaxInto(isa, s, dst, dst, 1)
	return kept
}

// keepNear copies the logits whose gap, over T, is at most reach, -Inf elsewhere,
// and counts them. dst may be the row itself.
func (r *row[E]) keepNear(dst []E, reach float64) (kept int) {
	masked := maskOf[E]()
	m := float64(r.max)
	for c := range r.chunks {
		lo, hi := r.bounds(c)
		for i, v := range widen(r.isa, r.x[lo:hi], r.buf[:]) {
			if d := m - float64(v); float64(d*r.s.Inv) <= reach && d <= math.MaxFloat64 {
				dst[lo+i] = r.x[lo+i]
				kept++
			} else {
				dst[lo+i] = masked
			}
		}
	}
	return kept
}

// runMinPFilter answers a row of the table.
func runMinPFilter(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], c.Out[0], k)
	if err != nil {
		return err
	}
	p := floats(c.Arg("min_p"))
	kept := make([]int64, r.Count)
	err = byElement(c,
		func() error {
			return MinPFilterRows(elements[float32](c.Out[0]), kept, elements[float32](c.In[0]), r, p...)
		},
		func() error { return MinPFilterRows(elements[BF16](c.Out[0]), kept, elements[BF16](c.In[0]), r, p...) },
		func() error { return MinPFilterRows(elements[F16](c.Out[0]), kept, elements[F16](c.In[0]), r, p...) })
	return putInts(c.Out[1], kept, err)
}
