package block

import "math"

// Logarithms in float64 from + - * / alone, every product rounded before it is
// added, so that no compiler fuses them: the same bits on every processor, far
// below the rounding of a float32 result.

const (
	ln2High = 0x1.62e42fefa3800p-1 // 37 bits of ln 2: times an exponent it is exact
	ln2Low  = 0x1.ef35793c76730p-45
)

// split writes v > 0, normal, as 2^e*f with f in (sqrt(1/2), sqrt(2)], without a
// branch: the half of what a row holds would go either way.
func split(v float64) (e, f float64) {
	const one = 0x3ff << 52
	const above = 0x3ff6a09e667f3bce // the first number above sqrt(2)
	b := math.Float64bits(v)
	u := b + (one - (above - 1<<52))
	return float64(int(u>>52) - 1023), math.Float64frombits(b - u&(0x7ff<<52) + one)
}

// Ln is the natural logarithm of v > 0, subnormal or not: at most 4 units of 2^-53
// of itself, 3.52 seen (v = 0x1.67e68efebc263dp-01).
func Ln(v float64) float64 {
	k := 0.0
	if v < 0x1p-1022 {
		v, k = v*0x1p64, -64
	}
	e, f := split(v)
	return lnScaled(k+e, lnNear((f-1)/(f+1)))
}

// lnScaled is k*ln(2) + l.
func lnScaled(k, l float64) float64 { return float64(k*ln2High) + (float64(k*ln2Low) + l) }

// lnNear is 2*atanh(s) for |s| <= 3 - 2*sqrt(2), eleven terms: what is left out is
// below 2^-55 of it.
func lnNear(s float64) float64 {
	z := float64(s * s)
	p := float64(z*(1./21)) + 1./19
	p = float64(p*z) + 1./17
	p = float64(p*z) + 1./15
	p = float64(p*z) + 1./13
	p = float64(p*z) + 1./11
	p = float64(p*z) + 1./9
	p = float64(p*z) + 1./7
	p = float64(p*z) + 1./5
	p = float64(p*z) + 1./3
	p = float64(p*z) + 1
	return float64(float64(2*s) * p)
}

// LnRatio is ln(p/q) of two float32 values above 0, near 1 from the difference,
// which is exact there: at most 5 units of 2^-53 of itself, 4.67 seen (p/q =
// 0x1.69f1464e9540dp-01).
func LnRatio(p, q float64) float64 { return lnShare(p, q, p-q) }

// lnShare is ln(p/m), given d = p - m.
func lnShare(p, m, d float64) float64 {
	if p > 0.71*m && p < 1.41*m {
		return lnNear(d / (p + m))
	}
	return Ln(p / m)
}

// ExcessSeries is e^-d - 1 + d >= 0 by its series, for |d| <= 1/2: at most 3 units of
// 2^-53 of itself, 2.72 seen (d = -0x1.08e8d8af12928p-02).
func ExcessSeries(d float64) float64 {
	v := 0.0
	for i := 16; i >= 3; i-- {
		v = float64(float64((1+v)*d) * minusInverse[i])
	}
	return float64(float64(float64(d*d)*0.5) * (1 + v))
}

var minusInverse = [...]float64{3: -1. / 3, -1. / 4, -1. / 5, -1. / 6, -1. / 7, -1. / 8, -1. / 9, -1. / 10, -1. / 11, -1. / 12, -1. / 13, -1. / 14, -1. / 15, -1. / 16}
