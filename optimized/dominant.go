package optimized

import "github.com/seed-210c9500/assay/optimized/internal/block"

// atMost is no less than the term of the chunk's maximum, about 2^(B+f) with f
// between -1 and 1: 2^f lies below its chords, of 0 to 1 and of -2 to 0, and a's
// rounding, times at most 2^18, moves f by 2^-6.
func atMost(c *chunk, s *block.Scaling) float64 {
	f := float64(float64(c.max)*float64(s.A)) - float64(c.n)
	return 0x1p32 * (1 + 0x1p-5 + max(f, 0.375*f))
}

// total finds S and, where one token carries a quarter of it or more, Q: the sum
// of all the others, so that neither the rounding of their sum nor the
// logarithm of a number near 1 drowns them.
func (r *row[E]) total() {
	ch := &r.chunks[r.best]
	r.S = r.sum(ch.mass)
	if 4*atMost(ch, &r.s) <= r.S {
		return // which spares small rows the term
	}
	x := r.saved
	if x == nil {
		x = r.load(r.best)
	}
	i := block.Find(r.isa, x, ch.max)
	lane := i % block.Lanes
	lo, hi := r.bounds(r.best)
	var others float32 // of its lane
	if r.keep != nil {
		t := r.keep[lo:hi]
		r.Tm, others = float64(t[i]), block.LaneOf(t, lane, i)
	} else if r.Tm = float64(block.Term(ch.max, ch.n, &r.s)); 4*r.Tm > r.S {
		others = block.Lane(r.isa, x, lane, i, ch.n, &r.s)
	}
	if 4*r.Tm <= r.S {
		return
	}
	r.at, r.peak[lane] = lo+i, others
	r.Q = r.sum(block.Tree(r.isa, &r.peak, len(x)))
	r.S = r.Q + r.Tm
}
