// Package block is what one call into assembly does to at most one chunk of
// a row: its maximum and where that is, its exponentials with their lane sums
// ([Terms]) and with what is weighed by them ([Gaps], [Ratios]), the tree over
// the lanes, scalings, the float64 sums and maps of [Sum] and [Map], 16-bit
// elements widened and narrowed, and the products of attention. Every
// instruction set gives the same bits as [Portable].
//
// # Terms
//
// With M = 1.5*2^23, B = 32, the chunk power N and the constants of [Scaling],
// the term of a logit x is, every operation one IEEE 754 operation rounded to
// nearest even:
//
//	lo = float(N-159) * ch
//	v  = x if x >= lo, else lo
//	zr = fma(v, a, M+127+B-N)        // rounds x/(T*ln 2) to an integer n
//	n  = zr - (M+127+B-N)
//	r  = fma(n, -ch, v)              // exact, |r| <= T*ln(2)/2, about
//	r  = fma(n, -cl, r) * i          // r/T; i = 1 when T = 1
//	p  = exp(r), degree 6, Horner in fma
//	e  = zr - M - 127 = n - N + B
//	T  = p * 2^e if e >= -126, else +0
//
// so T is exp(x/T) * 2^(B-N), up to 2^32.5 for the maximum of its own chunk.
// The general form clamps as written: at the clamp e is exactly -127, and the
// scale float(bits(zr)<<23) is exactly +0. -Inf is clamped like any other.
//
// The fast form, for T = 1, has no clamp and no 127, and adds e to the
// exponent field of p. It gives the same bits where every e is at least -125,
// because p lies in [0.7, 1.42] and the result is normal. Without the 127 the
// constant has the other parity, and a tie of x*a would round to the other
// neighbour; but there is no tie for |x*a| < 2^22 when the significand of a
// has its last bit set, as that of T = 1 has. Other temperatures do have ties
// (a = 1 at T = 0x1.715476p0), and always take the general form.
//
// Measured, in units in the last place of T: 0.8913 for T = 1 over every
// float32 with 2^-25 <= |x| < 2^16, at x = -0x1.765026p+02, where the term is
// 0x1.79fcb4p+31 and should be 0x1.79fcb5c85b41ap+31. For eleven temperatures,
// 10^8 samples each, 1.1465, at T = 0.2, x = -0x1.96a0acp+00, where it is
// 0x1.74c894p+24 and should be 0x1.74c8964b00a5ep+24 (TestExpError and
// TestScaledExpError with -sweep).
//
// # Layout
//
// A chunk is 16 rows of 256 lanes; element i is in row i/256, lane i%256.
// Absent elements have the term +0. With r_j the term in row j, the sum of a
// lane is ((a0+a1)+a2)+a3, a_g = (r_4g + r_4g+1) + (r_4g+2 + r_4g+3).
// The tree widens the lanes to float64 and adds halves: lane l takes lane
// l+128, then l+64, and so on to l+1.
//
// # Preconditions
//
// The processor rounds to nearest even and neither flushes subnormal results
// nor reads subnormal inputs as zero (MXCSR and FPCR as the Go runtime sets
// them; a C library built with -ffast-math may change them).
package block

const (
	Lanes = 256          // lanes of a row
	Rows  = 16           // rows of a chunk
	Chunk = Rows * Lanes // elements of a chunk
	Quad  = 4 * Lanes    // elements of a group of four rows, the unit of the lane sum
	Bias  = 32           // B: the maximum's own term is near 2^B
	Reach = 127 + Bias   // terms with n < N-126-B are +0; the clamp stands one below
	magic = 0x1.8p23     // M: adding it rounds to an integer
	log2e = 0x1.71547652b82fep0
	ln2   = 0x1.62e42fefa39efp-1
)

// Coefficients of exp on [-ln(2)/2, ln(2)/2], highest first; the last two are
// exactly 1. The polynomial with these roundings is the minimax fit of degree
// 6 whose coefficients are float32.
const (
	c6 = 0x1.694cc6p-10
	c5 = 0x1.123986p-7
	c4 = 0x1.555a26p-5
	c3 = 0x1.555492p-3
	c2 = 0x1.fffffap-2
)

// ISA names an instruction set with its own kernels. The caller chooses it;
// nothing here asks the processor what it can do.
type ISA uint8

// The instruction sets. AVX2 needs AVX2, FMA and F16C. AVX512 needs the subset F and
// AVX2; it uses nothing of BW, DQ or VL. NEON is the arm64 baseline. A set that
// is not part of the build (another architecture, or the tag purego) falls back
// to Portable; one that the processor lacks is a fault.
const (
	Portable ISA = iota
	AVX2
	AVX512
	NEON
)

var isaNames = [...]string{"portable", "avx2", "avx512", "neon"}

// String returns portable, avx2, avx512 or neon.
func (isa ISA) String() string {
	if int(isa) < len(isaNames) {
		return isaNames[isa]
	}
	return "unknown"
}

// Scaling holds the constants that replace x/T by a scaled range reduction.
// Dividing first would round x/T and cost up to 266 ULP of the result.
type Scaling struct {
	A   float32 // log2(e)/T, times x it is the power of two
	CH  float32 // T*ln(2), rounded
	CL  float32 // T*ln(2) - CH, rounded
	I   float32 // 1/T, applied to the reduced argument
	Inv float64 // 1/T, for the steps outside the terms
	// Unit says T = 1: I is exactly 1 and its product is skipped.
	Unit bool
}

// Temperature returns the constants of exp(x/t). t is in [2^-64, 2^100]: the
// caller has clamped it, and has settled 0, +Inf, negative numbers and NaN.
func Temperature(t float32) Scaling {
	f := float64(t)
	return scaling(float64(f*ln2), log2e/f, 1/f) // rounded before ch is subtracted
}

// Multiplier returns the constants of exp(s*x), as attention needs them.
// s is in [2^-100, 2^64].
func Multiplier(s float64) Scaling {
	return scaling(ln2/s, log2e*s, s)
}

func scaling(c, a, inv float64) Scaling {
	h := float32(c)
	return Scaling{
		A:    float32(a),
		CH:   h,
		CL:   float32(c - float64(h)),
		I:    float32(inv),
		Inv:  inv,
		Unit: inv == 1,
	}
}

// Scan returns the maximum of x, with -0 made +0, and the largest of the bit
// patterns without their signs. A NaN is present exactly when mag exceeds
// 0x7f800000, an infinity or a NaN when it is at least that. The maximum is
// unspecified when there is a NaN. Of an empty x it returns -Inf and 0.
// len(x) is at most Chunk.
func Scan(isa ISA, x []float32) (max float32, mag uint32) {
	if len(x) > Chunk {
		panic("block: Scan: more than a chunk")
	}
	max, mag = scan(isa, x)
	return max + 0, mag
}

// Power returns N, the even integer nearest max*a: fma(max, a, 2M) - 2M. Terms is
// defined for |N| <= 2^21. Where |max*a| is beyond 2^22, or max is infinite, Power
// returns the lowest or highest int32; of a NaN, the lowest.
//
// N is even so that the parity of M+B-N is the same in every chunk. x*a can lie
// exactly between two integers (T = log2 e makes a = 1, and x = -5.5 then does),
// and the tie goes to the even sum: with odd and even N equal logits of
// different chunks came out one ULP apart.
func Power(max float32, s *Scaling) int32 {
	z := FMA(max, s.A, 2*magic) - 2*magic
	switch {
	case z >= 0x1p22:
		return 1<<31 - 1
	case z > -0x1p22:
		return int32(z)
	}
	return -1 << 31
}

// coefs are the constants of one chunk, in the order the kernels read them.
type coefs struct {
	a    float32 // 0
	base float32 // 4: M+B-N, in the general form plus 127
	nch  float32 // 8: -ch
	ncl  float32 // 12: -cl
	i    float32 // 16
	lo   float32 // 20

	top   float32 // 24: what is weighed is relative to it
	other float32 // 28: the same of the other row
}

func (k *coefs) set(n int32, s *Scaling) {
	k.a, k.nch, k.ncl, k.i = s.A, -s.CH, -s.CL, s.I
	k.base = magic + float32(Bias+127-n) // exact: an integer below 2^24
	k.lo = float32(float32(n-Reach) * s.CH)
}

// fast reports whether every e of the chunk is at least -125, so that the
// form without a clamp gives the same bits: N-n is at most 157. mag bounds
// |x|, hence n >= -mag*log2(e) - 1/2, and 157.25 leaves room for the rounding
// of a. With T = 1 it holds for |x| <= 54 whatever the maximum of the chunk.
func fast(n int32, s *Scaling, mag uint32) bool {
	return s.Unit && mag < 0x7f800000 && float64(n)+float64(log2e*float64(floatOf(mag))) <= 157.25
}

// Terms computes the terms of x relative to N = n, stores them in dst unless
// dst is nil, and sets every lane to its sum:
//
//	for i := range x { t[i] = Term(x[i], n, s); dst[i] = t[i] }
//	for l := range lanes { lanes[l] = the lane sum of t, absent terms +0 }
//
// len(x) is 1 to Chunk, x holds no NaN and no +Inf, -Inf has the term +0.
// n is at least Power of every element. mag is Scan's, or any upper bound of
// it; it only decides which form runs. dst may be x itself; otherwise it must
// not overlap x. dst, if not nil, is at least as long as x.
//
// The error of a term is at most 0.8913 ULP for T = 1 (see the package).
func Terms(isa ISA, dst, x []float32, n int32, s *Scaling, mag uint32, lanes *[Lanes]float32) {
	if len(x)-1 >= Chunk || len(x) == 0 {
		panic("block: Terms: len(x) is not 1 to Chunk")
	}
	if dst != nil {
		dst = dst[:len(x)]
	}
	terms(isa, dst, x, n, s, mag, lanes)
}

// Lane returns the sum of one lane of the chunk x, with the term of element
// skip set to +0 (skip < 0: none). It is the sum that Terms leaves in
// lanes[lane], without the dominant token.
func Lane(isa ISA, x []float32, lane, skip int, n int32, s *Scaling) float32 {
	// The column of the lane, taken as one row: its lanes are the terms.
	var v [Rows]float32
	rows := 0
	for i := lane; i < len(x); i += Lanes {
		v[rows] = x[i]
		rows++
	}
	if rows == 0 || rows == 1 && skip == lane {
		return 0
	}
	var t [Lanes]float32
	terms(isa, nil, v[:rows], n, s, 0xffffffff, &t)
	if skip >= 0 && skip%Lanes == lane {
		t[skip/Lanes] = 0
	}
	return laneSum((*[Rows]float32)(t[:]))
}

// LaneOf is Lane of a chunk whose terms are already stored in t.
func LaneOf(t []float32, lane, skip int) float32 {
	var v [Rows]float32
	for i, j := lane, 0; i < len(t); i, j = i+Lanes, j+1 {
		if i != skip {
			v[j] = t[i]
		}
	}
	return laneSum(&v)
}

// Fold sets every lane to its sum of the terms t, as Terms does.
func Fold(t []float32, lanes *[Lanes]float32) {
	for i := 0; i < len(t); i += Quad {
		fold(lanes, t[i:min(i+Quad, len(t))], i == 0)
	}
}

func laneSum(t *[Rows]float32) float32 {
	s := (t[0] + t[1]) + (t[2] + t[3])
	for g := 4; g < Rows; g += 4 {
		s += (t[g] + t[g+1]) + (t[g+2] + t[g+3])
	}
	return s
}

// Mul sets dst[i] = x[i]*f, one rounding each, subnormal results included.
// It works on len(x) elements, any number of them; dst may be x itself and
// must not overlap it otherwise. The payload of a NaN result is unspecified.
// Intel processors take a microcode assist for each vector with a subnormal
// result: 6 to 16 ns an element in place of 0.05.
func Mul(isa ISA, dst, x []float32, f float32) {
	dst = dst[:len(x)]
	for len(x) > Chunk { // one call into assembly at most a chunk: it cannot be preempted
		mul(isa, dst[:Chunk], x[:Chunk], f)
		dst, x = dst[Chunk:], x[Chunk:]
	}
	mul(isa, dst, x, f)
}
