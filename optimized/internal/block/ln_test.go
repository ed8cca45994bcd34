package block

import (
	"math"
	"testing"
)

// ln 2 is split without loss: the low part is all of the rest that a float64 holds.
func TestLn2Split(t *testing.T) {
	const rest = math.Ln2 - ln2High // exact, as far as math.Ln2 goes
	if low := float64(ln2Low); low != rest {
		t.Errorf("the low part of ln 2 is %x, want %x", low, rest)
	}
}

// The low product is rounded before the sum: each l makes the sum half a unit of the
// high product, and the error of the low one, were it kept, would break the tie.
func TestLnScaledRounds(t *testing.T) {
	for _, c := range []struct{ k, l, want float64 }{
		{1002, -0x1.e411d321a9e78p-35, 0x1.5b4448e7fd7ccp+09},
		{1003, -0x1.e48da07ff9052p-35, 0x1.5b9d01f3f965ap+09},
		{1004, -0x1.e5096dde4822cp-35, 0x1.5bf5bafff54e8p+09},
	} {
		if got := lnScaled(c.k, c.l); got != c.want {
			t.Errorf("%g*ln 2 + %x = %x, want %x", c.k, c.l, got, c.want)
		}
	}
}

// The terms of the series are 1/(2i+1). The arguments go far beyond those that Ln has:
// there a coefficient that is one unit off changes the sum.
func TestLnNearSeries(t *testing.T) {
	for s := 0x1p-8; s <= 2; s += 0x1p-8 {
		z, p := float64(s*s), 1./21
		for i := 19; i >= 1; i -= 2 {
			p = float64(p*z) + 1/float64(i)
		}
		if got, want := lnNear(s), float64(float64(2*s)*p); got != want {
			t.Errorf("2*atanh(%g) is %x, want %x", s, got, want)
		}
	}
}

func TestMinusInverse(t *testing.T) {
	for i := 3; i < len(minusInverse); i++ {
		if want := -1 / float64(i); minusInverse[i] != want {
			t.Errorf("[%d] is %x, want %x", i, minusInverse[i], want)
		}
	}
}
