package optimized

import "math"

// tanh is (1 - e^-2|y|)/(1 + e^-2|y|) with the sign of y: absolute error below 8
// units of 2^-53 (TestTanh), which a soft cap c turns into c times that.
func tanh(y float64) float64 {
	if y != y {
		return y
	}
	e := exp(-2 * math.Abs(y))
	return math.Copysign((1-e)/(1+e), y)
}
