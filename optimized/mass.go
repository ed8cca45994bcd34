package optimized

import (
	"math"
	"math/bits"

	"github.com/seed-210c9500/assay/optimized/internal/block"
)

// Selection and sampling count probability in integers: sums of integers do not
// depend on their order, cumulative masses never decrease, and a comparison is
// exact. A token's mass is its term, in units of 2^N, floored at a fixed point;
// what the floor takes away is at most V units beside a largest token of 2^42 or
// more.

// point is where the fixed point lies: masses are floor(term * 2^(point-32)),
// and their sum stays below 2^64. A term in units of 2^N is below 2^33.
func point(vocab int) int { return min(43, 62-bits.Len(uint(vocab))) }

// weigh is the integer masses of chunk c. The terms' own power differs from N by
// a shift, which is exact.
func (r *row[E]) weigh(c int, point int) []uint64 {
	ch := &r.chunks[c]
	lo, hi := r.bounds(c)
	w := r.masses[:hi-lo]
	shift := int(ch.n-r.n) + point - block.Bias
	if ch.far || shift < -block.Bias-2 {
		clear(w)
		return w
	}
	t := r.part[:hi-lo]
	r.terms(c, t)
	scale := pow2(shift)
	for i, v := range t {
		w[i] = uint64(float64(v) * scale)
	}
	return w
}

// key orders float32 logits as integers: a larger value has a larger key, and
// the two zeros have the same. NaN does not occur.
func key(v float32) uint32 {
	b := math.Float32bits(v + 0)
	return b ^ (uint32(int32(b)>>31) | 1<<31)
}

// share is floor(p*total) for p in [0, 1): 24 bits of p, exactly.
func share(p float32, total uint64) uint64 {
	m, e := math.Frexp(float64(p)) // p = m*2^e, m*2^24 an integer
	hi, lo := bits.Mul64(uint64(m*0x1p24), total)
	down := uint(24 - e)
	switch {
	case down >= 128:
		return 0
	case down >= 64:
		return hi >> (down - 64)
	}
	return hi<<(64-down) | lo>>down
}
