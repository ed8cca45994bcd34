package optimized

import "math"

// exp64 is e^v for v <= 0 from + - * / alone: v less a multiple of ln 2, the
// series to the fourteenth power, and an exact scaling. Its relative error is below
// 4 units of 2^-53 (TestTanh); below -700 it is 0.
func exp64(v float64) float64 {
	if v < -700 {
		return 0
	}
	k := math.Floor(float64(v*1.4426950408889634) + 0.5)
	r := (v - float64(k*ln2High)) - float64(k*ln2Low)
	p := 1.0
	for n := 14; n >= 1; n-- {
		p = 1 + float64(p*r)/float64(n)
	}
	return p * pow2(int(k))
}

// tanh is (1 - e^-2|y|)/(1 + e^-2|y|) with the sign of y: absolute error below 8
// units of 2^-53 (TestTanh), which a soft cap c turns into c times that.
func tanh(y float64) float64 {
	if y != y {
		return y
	}
	e := exp64(-2 * math.Abs(y))
	return math.Copysign((1-e)/(1+e), y)
}
