package optimized

import (
	"unsafe"

	"github.com/seed-210c9500/assay/optimized/internal/block"
)

// scanAhead is scan where accumulate will follow. The terms of a chunk are run while
// it is at hand, unless their place is that of x.
func (r *row[E]) scanAhead(isa block.ISA, s *scratch, x []E, temperature float32) {
	r.early = len(x) > 0 && (r.keep == nil || unsafe.Pointer(&r.keep[0]) != unsafe.Pointer(&x[0]))
	r.scan(isa, s, x, temperature)
}

// runEarly runs the terms of a chunk as if no row were to be shifted; powers takes
// that back for one that is.
func (r *row[E]) runEarly(c *chunk, x []float32, lo int, top bool) {
	lanes := r.pair.Terms()
	if top {
		lanes = &r.peak
	}
	var dst []float32
	if r.keep != nil {
		dst = r.keep[lo:][:len(x)]
	}
	c.n, c.done = block.Power(c.max, &r.s), true
	block.Terms(r.isa, dst, x, c.n, &r.s, c.mag, lanes)
	c.mass = block.Tree(r.isa, lanes, len(x))
}

// accumulate runs the terms of every chunk.
func (r *row[E]) accumulate() {
	for c := range r.chunks {
		lo, hi := r.bounds(c)
		switch {
		case r.chunks[c].done:
		case r.keep == nil:
			r.terms(c, nil)
		default:
			r.keepPeak(c, r.keep)
			r.terms(c, r.keep[lo:hi])
		}
	}
	r.total()
}
