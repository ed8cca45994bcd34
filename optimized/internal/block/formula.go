package block

// Sum names what a row, or a pair of rows, is added up of, in float64. Every
// operation is one IEEE operation; k are the parameters.
//
//	Total     p
//	Dot       p*q
//	SoftLoss  q*((k0 - p) + k1), 0 where q = 0
//	Entropy   -x ln x, 0 where x = 0, with x = p/k0
//	Cross     -x ln y, 0 where x = 0, +Inf where only y = 0, with x = p/k0, y = q/k1
//	KL        x ln(x/y), likewise
//	JS        b*x*ln(x/m) + c*y*ln(y/m), m = b*x + c*y, b = k2, c = k3 = 1-b,
//	          0 for a part whose b*x or c*y is 0
//
// A division by 1 is skipped. The logarithms are [Ln] and [LnRatio]'s.
type Sum uint8

// The sums. Values of Entropy, Cross, KL and JS are right where p and q are
// finite and at least 0, those of SoftLoss where q is.
const (
	Total Sum = iota
	Dot
	SoftLoss
	Entropy
	Cross
	KL
	JS
)

// Map names what becomes of each element.
//
//	Affine      float32(k0*p - k1), in float64
//	Slope       float32(p*(q - k0)/k1), in float64; a division by 1 is skipped
//	ExcessNear  float32(e^-d - 1 + d), d = ((p - k0) - (q - k1)) - k2, in float64 by
//	            [ExcessSeries]; NaN where |d| > 1/2 or d is NaN
//	Product     p*q, in float32
//	LogProb     (p - k0)*k1 - k2, in float32
type Map uint8

// The maps.
const (
	Affine Map = iota
	Slope
	ExcessNear
	Product
	LogProb
)

const unit = 32 // the assembly takes multiples of it

// AddUp adds the values of p, and of q where s is of two rows, to the lanes:
// lanes[i%256] += value(p[i], q[i]), in the order of i. It returns the largest bit
// pattern it has seen: of Dot without signs, of SoftLoss in q, else of p and q. One
// of at least 0x7f800000 says that there may be NaN, an infinity or, but for Dot,
// a number below 0 or a -0. len(q) is len(p), or q is nil.
func AddUp(isa ISA, s Sum, p, q []float32, k *[4]float64, lanes *[Lanes]float64) (mag uint32) {
	if q == nil {
		q = p
	}
	q = q[:len(p)]
	for len(p) > Chunk {
		mag = max(mag, AddUp(isa, s, p[:Chunk], q[:Chunk], k, lanes))
		p, q = p[Chunk:], q[Chunk:]
	}
	n := len(p) &^ (unit - 1)
	if isa == Portable {
		n = len(p)
	}
	if n > 0 {
		mag = max(mag, sum(isa, s, p[:n], q[:n], k, lanes, 0))
	}
	if n < len(p) { // every value of two zeros is a zero, which changes nothing
		var a, b [unit]float32
		copy(a[:], p[n:])
		copy(b[:], q[n:])
		mag = max(mag, sum(isa, s, a[:], b[:], k, lanes, n%Lanes))
	}
	return mag
}

// Apply sets dst[i] to the map's value of p[i], and of q[i] where it takes two;
// dst may be p or q. len(dst) and len(q) are len(p), or q is nil. NaN's payload is
// unspecified.
func Apply(isa ISA, m Map, dst, p, q []float32, k *[4]float64) {
	if q == nil {
		q = p
	}
	dst, q = dst[:len(p)], q[:len(p)]
	for len(p) > Chunk {
		Apply(isa, m, dst[:Chunk], p[:Chunk], q[:Chunk], k)
		dst, p, q = dst[Chunk:], p[Chunk:], q[Chunk:]
	}
	n := len(p) &^ (unit - 1)
	if isa == Portable {
		n = len(p)
	}
	if n > 0 {
		apply(isa, m, dst[:n], p[:n], q[:n], k)
	}
	if n < len(p) {
		var a, b [unit]float32
		copy(a[:], p[n:])
		copy(b[:], q[n:])
		apply(isa, m, a[:], a[:], b[:], k)
		copy(dst[n:], a[:])
	}
}
