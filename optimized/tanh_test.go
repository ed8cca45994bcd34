package optimized

import (
	"math"
	"testing"
)

// The errors that exp and tanh state, against math (itself within 1 unit), over a
// dense range and beside every multiple of ln 2.
func TestTanh(t *testing.T) {
	worst, at := 0.0, 0.0
	abs, where := 0.0, 0.0
	for i := range 200001 {
		v := -float64(i) * 0.0035
		for _, x := range []float64{v, math.Nextafter(-float64(i%1000)*math.Ln2/2, v)} {
			if e := math.Abs(exp(x)-math.Exp(x)) / math.Exp(x) * 0x1p53; x > -700 && e > worst {
				worst, at = e, x
			}
		}
		if e := math.Abs(tanh(v/20)-math.Tanh(v/20)) * 0x1p53; e > abs {
			abs, where = e, v/20
		}
	}
	t.Logf("exp: %.2f units of 2^-53 at %x; tanh: %.2f units, absolute, at %x", worst, at, abs, where)
	if worst > 4 || abs > 8 {
		t.Errorf("exp %.2f units at %x, stated 4; tanh %.2f at %x, stated 8", worst, at, abs, where)
	}
	for _, x := range []float64{0, 50, -50, math.Inf(1), math.Inf(-1)} {
		if tanh(x) != math.Tanh(x) {
			t.Errorf("tanh(%v) = %v", x, tanh(x))
		}
	}
}
