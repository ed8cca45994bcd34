package reference

import (
	"math"
	"testing"
)

// Stirling's series meets the product of the integers to 96 bits, and so does
// the logarithm the rule ln(n!) = ln((n-1)!) + ln n.
func TestLnFactorial(t *testing.T) {
	f := double{1, 0}
	for n := 2.0; n <= 60; n++ {
		f = f.times(double{n, 0})
		want, got := lnDouble(f), lnFactorial(n)
		if off := math.Abs(got.minus(want).value()); off > 0x1p-96*want.hi {
			t.Errorf("ln %v! errs by %g of itself", n, off/want.hi)
		}
	}
}

// The ends of the range: probabilities far below the maximum keep their digits,
// and a position just below a sample is not taken for the sample.
func TestFarBelow(t *testing.T) {
	for _, gap := range []float64{600, 705, 720, 740} {
		c := relevancePosteriorOp.NewCall(map[string]Tensor{"score": Of(F32, []int{1, 2}, 0, -gap), "prior": Of(F32, []int{1, 2}, 1, 1)}, nil)
		truth, err := c.Truth()
		if err != nil {
			t.Fatal(err)
		}
		m, k := expDouble(double{-gap, 0})
		if got, want := truth.Out[0].Get(1), math.Ldexp(m.value(), k); math.Abs(got-want) > 4*0x1p-53*want+0x1p-1074 {
			t.Errorf("exp(-%v) = %v, want %v", gap, got, want)
		}
	}
	// 3*q rounds to 1, but is 2^-54 below it: the value is 2^-54 of the way down.
	q := 1. / 3
	if got, want := quantile([]float64{-0x1p60, 0, 1, 2}, q), -0x1p6; got != want {
		t.Errorf("quantile = %v, want %v", got, want)
	}
}
