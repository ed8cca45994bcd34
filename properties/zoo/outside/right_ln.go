package outside

import "math"

// rSplit is x = f*2^e with f in [sqrt(1/2), sqrt(2)).
func rSplit(x float32) (f float32, e float32) {
	m, k := math.Frexp(float64(x))
	if m < math.Sqrt2/2 {
		m, k = 2*m, k-1
	}
	return float32(m), float32(k)
}

func rLnEnds(x float32) (y float32, done bool) {
	switch {
	case x != x || x == rInf:
		return x, true
	case x == 0:
		return -rInf, true
	}
	return 0, false
}

// rLn sums the series of the inverse hyperbolic tangent in s = (f-1)/(f+1).
// 1.5 ULP.
func rLn(x float32) float32 {
	if y, done := rLnEnds(x); done {
		return y
	}
	f, e := rSplit(x)
	g := f - 1
	s := g / (2 + g)
	z := float32(s * s)
	p := float32(1. / 11)
	for _, c := range [...]float32{1. / 9, 1. / 7, 1. / 5, 1. / 3} {
		p = float32(p*z) + c
	}
	// 2s + 2s*z*p, with 2s taken as g - s*g so that no digit of g is lost
	tail := float32(float32(e*rLn2Lo) - float32(s*(g-float32(2*float32(z*p)))))
	return float32(e*rLn2Hi) + (g + tail)
}

var rLnTableValues = func() (t [65]float32) {
	for j := range t {
		t[j] = float32(math.Log(1 + float64(j)/64))
	}
	return t
}()

// rLnTable looks up ln(1 + j/64) and adds the logarithm of the small quotient
// that is left; beside 1, where table and exponent would cancel, rLn. 2 ULP.
func rLnTable(x float32) float32 {
	if y, done := rLnEnds(x); done {
		return y
	}
	if x > 0.7 && x < 1.5 {
		return rLn(x)
	}
	m, k := math.Frexp(float64(x))
	f, e := float32(2*m), float32(k-1)
	j := int(float32(f-1)*64 + 0.5)
	c := 1 + float32(j)/64
	r := (f - c) / c
	l := r - float32(float32(r*r)*(0.5-float32(r*(1./3-float32(r*0.25)))))
	return float32(e*rLn2Hi) + (rLnTableValues[j] + (l + float32(e*rLn2Lo)))
}

// rLog2 is the logarithm to base 2: exact for powers of 2. 1.5 ULP.
func rLog2(x float32) float32 {
	if y, done := rLnEnds(x); done {
		return y
	}
	f, e := rSplit(x)
	g := f - 1
	s := g / (2 + g)
	z := float32(s * s)
	p := float32(2. / 11)
	for _, c := range [...]float32{2. / 9, 2. / 7, 2. / 5, 2. / 3} {
		p = rFMA(p, z, c)
	}
	l := g - float32(s*rFMA(-z, p, g)) // ln f
	const hi = 0x1.715476p0
	return e + rFMA(l, hi, float32(l*(math.Log2E-hi)))
}

// rLog1p is ln(1+x). Half a ULP.
func rLog1p(x float32) float32 { return float32(math.Log1p(float64(x))) }
