package reference

import "math"

// Sums here are compensated, and where the inputs are float64 themselves the
// exponential takes a two-part argument: a reference must not share the errors
// of the kernels it judges.

// twoSum is s + e = a + b exactly, s the rounded sum (Knuth 1969).
func twoSum(a, b float64) (s, e float64) {
	s = a + b
	t := s - a
	return s, (a - (s - t)) + (b - t)
}

// sum accumulates hi + lo, hi the rounded total; lo collects what each addition
// rounded away, so the result is as if added in twice the precision
// (Ogita, Rump, Oishi 2005, Sum2).
type sum struct{ hi, lo float64 }

func (s *sum) add(v float64) {
	var e float64
	s.hi, e = twoSum(s.hi, float64(v)) // a product must be rounded first, not fused
	s.lo += e
}

func (s *sum) value() float64 {
	if math.IsInf(s.hi, 0) || math.IsNaN(s.hi) {
		return s.hi
	}
	return s.hi + s.lo
}

// expWide is e^(hi+lo) with an error just above half a unit in the last place
// of float64, for hi <= 0. The argument is reduced by a multiple of ln 2 and
// then by 2^-9, the series is summed in double-double and squared nine times.
func expWide(hi, lo float64) float64 {
	const (
		ln2Hi = 0x1.62e42fefa39efp-1
		ln2Lo = 0x1.abc9e3b39803fp-56
	)
	if hi < -746 || math.IsNaN(hi) {
		return math.Exp(hi)
	}
	k := math.Round(hi / ln2Hi)
	r := double{hi, lo}.plus(double{-ln2Hi, -ln2Lo}.times(double{k, 0}))
	r = r.times(double{0x1p-9, 0})
	p := double{0, 0}
	for i := 9.0; i >= 1; i-- { // p = (e^r - 1)/1, Horner: r/1*(1 + r/2*(1 + ...))
		p = r.times(double{1, 0}.plus(p)).over(i)
	}
	for range 9 { // expm1(2r) = q*(2+q) keeps the small part small
		p = p.times(double{2, 0}.plus(p))
	}
	e := double{1, 0}.plus(p)
	return math.Ldexp(e.hi+e.lo, int(k))
}

// double is an unevaluated sum hi + lo with |lo| at most half an ulp of hi:
// about 106 bits (Dekker 1971).
type double struct{ hi, lo float64 }

func (a double) plus(b double) double {
	s, e := twoSum(a.hi, b.hi)
	s, e = twoSum(s, e+a.lo+b.lo)
	return double{s, e}
}

func (a double) times(b double) double {
	p := float64(a.hi * b.hi)
	e := math.FMA(a.hi, b.hi, -p) + (a.hi*b.lo + a.lo*b.hi)
	p, e = twoSum(p, e)
	return double{p, e}
}

// over divides by a float64.
func (a double) over(b float64) double {
	q := a.hi / b
	r := math.FMA(-q, b, a.hi) + a.lo
	s, e := twoSum(q, r/b)
	return double{s, e}
}
