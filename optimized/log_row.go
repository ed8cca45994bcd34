package optimized

import (
	"math"

	"github.com/seed-210c9500/assay/optimized/internal/block"
)

// Rows whose exponents are composed of several inputs (a prior and a likelihood,
// a score and a prior) are composed in float64, less their maximum m, and
// rounded to float32 only then: what an exponent loses is half a unit of its
// distance from m, whatever its own size. From there they are a row at T = 1.

// compose makes room for n exponents in float64.
func (s *scratch) compose(n int) []float64 {
	s.logs = grow(s.logs, n)
	return s.logs
}

// logRow scans the composed exponents z, none NaN or +Inf, as a row; m is their
// maximum, -Inf where there is no mass.
func (s *scratch) logRow(isa block.ISA, z []float64, r *row[float32]) (m float64) {
	m = math.Inf(-1)
	for _, v := range z {
		m = max(m, v)
	}
	if cap(s.room) < len(z) {
		s.room = make([]float32, len(z))
	}
	x := s.room[:len(z)]
	for i, v := range z {
		x[i] = float32(v - m) // all -Inf: NaN, and nobody looks
	}
	r.scan(isa, s, x, 1)
	return m
}

// probabilities are exp(z_i - lse) and the lse. z has mass.
//
// What rounding z_i - m to float32 left over, r_i, would cost up to 50 ULP far
// below the maximum, so it is put back: y_i (1 + r_i - c), c = sum y_j r_j,
// since exp(r) is 1+r to 2^-36 here.
func (s *scratch) probabilities(isa block.ISA, z []float64) (y []float32, lse float64) {
	var r row[float32]
	m := s.logRow(isa, z, &r)
	s.rest = grow(s.rest, len(z))
	for i, v := range z {
		s.rest[i] = (v - m) - float64(r.x[i])
	}
	r.softmax(r.x) // in place
	for i, p := range r.x {
		if p == 0 {
			s.rest[i] = 0 // masked, or too far below: there is nothing to put back
		}
		z[i] = float64(float64(p) * s.rest[i])
	}
	c := laneSum(z)
	for i, p := range r.x {
		r.x[i] = float32(float64(p) * (1 + (s.rest[i] - c)))
	}
	return r.x, m + (r.logSum() + c)
}

func grow(x []float64, n int) []float64 {
	if cap(x) < n {
		return make([]float64, n)
	}
	return x[:n]
}
