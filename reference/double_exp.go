package reference

import "math"

// expDouble is e^a = m*2^k to about 100 bits, for |a| up to 10^6.
//
// The argument is reduced by a multiple of ln 2 and then by 2^-9, the series is
// summed in double-double and squared nine times.
func expDouble(a double) (m double, k int) {
	n := math.Round(a.hi / ln2Wide.hi)
	r := a.plus(double{-ln2Wide.hi, -ln2Wide.lo}.times(double{n, 0}))
	r = r.times(double{0x1p-9, 0})
	p := double{0, 0}
	for i := 9.0; i >= 1; i-- { // p = e^r - 1, Horner: r*(1 + r/2*(1 + r/3*(...)))
		p = r.times(double{1, 0}.plus(p)).over(i)
	}
	for range 9 { // expm1(2r) = q*(2+q) keeps the small part small
		p = p.times(double{2, 0}.plus(p))
	}
	return double{1, 0}.plus(p), int(n)
}

var ln2Wide = double{0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56}

// lnDouble is ln a to about 100 bits of itself, for a > 0: one Newton step from
// the logarithm of the leading part. -Inf at 0.
func lnDouble(a double) double {
	if a.hi == 0 {
		return double{math.Inf(-1), 0}
	}
	f, e := math.Frexp(a.hi)
	if f < math.Sqrt2/2 { // f in [sqrt(1/2), sqrt(2)): near 1 nothing cancels
		f, e = 2*f, e-1
	}
	// In two steps: 2^-e itself may overflow where a is subnormal.
	lo := math.Ldexp(math.Ldexp(a.lo, -e/2), -e-(-e/2))
	y := math.Log(f)
	m, k := expDouble(double{-y, 0})
	r := m.ldexp(k).times(double{f, lo}).plus(double{-1, 0})
	y2 := double{y, 0}.plus(r).plus(r.times(r).times(double{-0.5, 0}))
	return ln2Wide.times(double{float64(e), 0}).plus(y2)
}

// logOf is ln x. math.Log, where it is written in assembly, takes a subnormal
// number's exponent for that of the smallest normal one: -709.1 for 2^-1074.
func logOf(x float64) float64 {
	if x > 0 && x < 0x1p-1022 {
		return math.Log(x*0x1p60) - 60*math.Ln2
	}
	return math.Log(x)
}

// ln1pDouble is ln(1+a) for a >= 0 however small.
func ln1pDouble(a double) double {
	if a.hi > 1e-8 {
		return lnDouble(double{1, 0}.plus(a))
	}
	q := a.times(a) // a - a^2/2 + a^3/3 - a^4/4
	t := double{1. / 3, 0}.plus(a.times(double{-0.25, 0})).times(a).plus(double{-0.5, 0})
	return a.plus(q.times(t))
}

// lnFactorial is ln n! to 96 bits, for integers n >= 0.
//
// Up to 31 from the product, beyond from Stirling's series with the Bernoulli
// numbers up to B_18, whose next term is below 2^-100 of it there.
func lnFactorial(n float64) double {
	if n < 32 {
		f := double{1, 0}
		for i := 2.0; i <= n; i++ {
			f = f.times(double{i, 0})
		}
		if n < 2 {
			return double{}
		}
		return lnDouble(f)
	}
	// ln n! = (n + 1/2) ln n - n + ln(2 pi)/2 + sum B_2k / (2k (2k-1) n^(2k-1))
	x := double{n, 0}
	v := x.plus(double{0.5, 0}).times(lnDouble(x)).minus(x).plus(double{0x1.d67f1c864beb5p-1, -0x1.65b5a1b7ff5dfp-55})
	inv := double{1, 0}.over(n)
	inv2, s := inv.times(inv), double{}
	for i := len(bernoulli) - 1; i >= 0; i-- {
		k := float64(2 * (i + 1))
		s = s.times(inv2).plus(double{bernoulli[i][0], 0}.over(bernoulli[i][1]).over(k * (k - 1)))
	}
	return v.plus(s.times(inv))
}

// bernoulli are the numerators and denominators of B_2, B_4, ..., B_18.
var bernoulli = [...][2]float64{
	{1, 6}, {-1, 30}, {1, 42}, {-1, 30}, {5, 66}, {-691, 2730}, {7, 6}, {-3617, 510},
	{43867, 798},
}

// expWide is e^(hi+lo) with an error just above half a unit in the last place
// of float64, for hi <= 0.
func expWide(hi, lo float64) float64 {
	if hi < -746 || math.IsNaN(hi) {
		return math.Exp(hi)
	}
	m, k := expDouble(double{hi, lo})
	return math.Ldexp(m.hi+m.lo, k)
}
