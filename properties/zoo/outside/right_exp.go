package outside

import "math"

// The exponentials of these kernels. All give exactly 1 at 0, 0 at -Inf, and NaN
// for NaN; what they may be off by stands beside them.

// Two parts of ln 2, the first with trailing zeros: n times it is exact.
const (
	rLn2Hi = 0x1.62e4p-1
	rLn2Lo = 0x1.7f7d1cf79abcap-20
)

func rExpEnds(x float32) (y float32, done bool) {
	switch {
	case x != x:
		return x, true
	case x > 88.75:
		return rInf, true
	case x < -104:
		return 0, true
	}
	return 0, false
}

// rExpCody reduces by a multiple of ln 2 in two steps (Cody, Waite) and sums the
// series to the seventh power. 1 ULP.
func rExpCody(x float32) float32 {
	if y, done := rExpEnds(x); done {
		return y
	}
	n := float32(math.RoundToEven(float64(float32(x * math.Log2E))))
	r := x - float32(n*rLn2Hi)
	r -= float32(n * rLn2Lo)
	p := float32(1. / 5040)
	for _, c := range [...]float32{1. / 720, 1. / 120, 1. / 24, 1. / 6, 0.5} {
		p = float32(p*r) + c
	}
	return rLdexp(1+(r+float32(float32(r*r)*p)), int(n))
}

// rExp2 is 2^x, by the series of 2^f for the fraction |f| <= 1/2. 1 ULP of 2^x;
// what x itself was rounded by comes on top.
func rExp2(x float32) float32 {
	switch {
	case x != x:
		return x
	case x >= 128:
		return rInf
	case x < -150:
		return 0
	}
	n := float32(math.RoundToEven(float64(x)))
	f := x - n
	p := float32(1.52527338e-5)
	for _, c := range [...]float32{1.54035304e-4, 1.33335581e-3, 9.61812911e-3, 5.55041087e-2, 2.40226507e-1} {
		p = rFMA(p, f, c)
	}
	g := rFMA(f, 6.93147181e-1, float32(float32(f*f)*p))
	return rLdexp(1+g, int(n))
}

var rExpTableValues = func() (t [32]float32) {
	for j := range t {
		t[j] = float32(math.Exp2(float64(j) / 32))
	}
	return t
}()

// rExpTable takes 2^(j/32) from a table and four powers of what is left. 1.5 ULP.
func rExpTable(x float32) float32 {
	if y, done := rExpEnds(x); done {
		return y
	}
	k := float32(math.RoundToEven(float64(float32(x * (32 * math.Log2E)))))
	r := x - float32(k*(0x1.62p-6))
	r -= float32(k * (math.Ln2/32 - 0x1.62p-6))
	n := int(k)
	t := rExpTableValues[n&31]
	p := r + float32(float32(r*r)*(0.5+float32(r*(1./6+float32(r*(1./24))))))
	return rLdexp(t+float32(t*p), n>>5)
}

// rExpRound is the float64 exponential rounded. Half a ULP.
func rExpRound(x float32) float32 { return float32(math.Exp(float64(x))) }

// rExpQuick stops its series at the fifth power: 60 ULP, for those who declare it.
func rExpQuick(x float32) float32 {
	if y, done := rExpEnds(x); done {
		return y
	}
	n := float32(math.RoundToEven(float64(float32(x * math.Log2E))))
	r := x - float32(n*rLn2Hi)
	r -= float32(n * rLn2Lo)
	p := rFMA(r, 1./120, 1./24)
	p = rFMA(p, r, 1./6)
	p = rFMA(p, r, 0.5)
	p = rFMA(p, r, 1)
	return rLdexp(rFMA(p, r, 1), int(n))
}

// rExpSkewed is off on purpose by one unit beside its rounding, always the way
// that hurts: large results come out high, small ones low. 1.5 ULP.
func rExpSkewed(x float32) float32 {
	v := float32(math.Exp(float64(x)))
	switch {
	case x == 0 || v != v || v < 0x1p-125 || v > 0x1p125:
		return v
	case v > 0x1p-6:
		return math.Float32frombits(math.Float32bits(v) + 1)
	}
	return math.Float32frombits(math.Float32bits(v) - 1)
}

// rExpm1 is e^x - 1 with its digits near 0: by the series up to 1/4, else by
// a difference in float64. 1.5 ULP.
func rExpm1(x float32) float32 {
	if rAbs(x) > 0.25 {
		return float32(math.Exp(float64(x)) - 1)
	}
	p := float32(1. / 5040)
	for _, c := range [...]float32{1. / 720, 1. / 120, 1. / 24, 1. / 6, 0.5} {
		p = float32(p*x) + c
	}
	return x + float32(float32(x*x)*p)
}

// rTanh is the hyperbolic tangent for a >= 0: its series below 1/4, else from
// e^-2a - 1. 2.5 ULP.
func rTanh(a float32) float32 {
	if a > 20 {
		return 1
	}
	if a < 0.25 {
		w := float32(a * a)
		p := float32(62. / 2835)
		for _, c := range [...]float32{-17. / 315, 2. / 15, -1. / 3} {
			p = float32(p*w) + c
		}
		return a + float32(float32(a*w)*p)
	}
	e := float32(math.Expm1(float64(-2 * a)))
	return -e / (2 + e)
}
