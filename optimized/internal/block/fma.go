package block

import "math"

func floatOf(b uint32) float32 { return math.Float32frombits(b) }
func bitsOf(f float32) uint32  { return math.Float32bits(f) }

// FMA returns a*b+c rounded once to float32, for every input, subnormal
// results included. Go has no such operation in float32:
// float32(float64(a)*float64(b)+float64(c)) rounds twice.
//
// The product is exact in float64. Only the sum can round, and that does harm
// only where its result is the midpoint of two float32, or where the result
// is subnormal and the midpoints lie elsewhere. There the sum is first rounded
// to odd, which 53 >= 24+2 bits make harmless (Boldo and Melquiond, Emulation
// of FMA and correctly rounded sums: proved algorithms using rounding to odd,
// IEEE Transactions on Computers 57(4), 2008).
func FMA(a, b, c float32) float32 {
	p := float64(a) * float64(b)
	z := float64(c)
	s := p + z
	u := math.Float64bits(s)
	if u&0x1fffffff != 0x10000000 && u&(0x7ff<<52) >= (1023-126)<<52 {
		return float32(s)
	}
	return float32(odd(p, z, s))
}

// odd returns p+z rounded to odd, given s = p+z rounded to nearest.
//
//go:noinline
func odd(p, z, s float64) float64 {
	// Knuth's TwoSum: e is the exact error of s.
	b := s - p
	e := (p - (s - b)) + (z - b)
	u := math.Float64bits(s)
	if e == 0 || e != e || u&1 == 1 { // exact, not finite, or odd already
		return s
	}
	if (e > 0) == (s > 0) { // the sum lies beyond s: s cut off is s, made odd is the next
		return math.Float64frombits(u + 1)
	}
	return math.Float64frombits(u - 1) // s cut off is the one before, and odd
}
