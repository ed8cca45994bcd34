package optimized

import "github.com/seed-210c9500/assay/optimized/internal/block"

// pieces walks two rows a chunk at a time, widened.
func pieces[E Element](isa block.ISA, s *scratch, p, q []E, f func(lo int, p, q []float32)) {
	for lo := 0; lo < len(p); lo += len(s.buf) {
		hi := min(lo+len(s.buf), len(p))
		f(lo, widen(isa, p[lo:hi], s.buf[:]), widen(isa, q[lo:hi], s.part[:]))
	}
}

// rowsOf calls f for n rows of a width, a chunk or one row at a time, with room for
// them widened.
func (s *scratch) rowsOf(n, width int, f func(from, to int, room []float32)) {
	step := max(block.Chunk/max(width, 1), 1)
	s.more = resize(s.more, min(step, n)*width)
	for from := 0; from < n; from += step {
		f(from, min(from+step, n), s.more)
	}
}
