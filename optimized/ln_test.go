package optimized

import (
	"math"
	"math/big"
	"testing"
)

// bigLog is ln v in 200 bits: 2^-k-th roots until close to 1, then the series.
func bigLog(v float64) *big.Float {
	x := new(big.Float).SetPrec(300).SetFloat64(v)
	k := 0
	one := big.NewFloat(1).SetPrec(300)
	for range 40 {
		x.Sqrt(x)
		k++
	}
	s := new(big.Float).Quo(new(big.Float).Sub(x, one), new(big.Float).Add(x, one))
	z := new(big.Float).Mul(s, s)
	sum, p := new(big.Float).SetPrec(300), new(big.Float).Copy(s)
	for i := 1; i < 16; i += 2 {
		sum.Add(sum, new(big.Float).Quo(p, big.NewFloat(float64(i))))
		p.Mul(p, z)
	}
	return sum.SetMantExp(sum, k+1)
}

// The error that ln states, over arguments near 1, small, large, subnormal.
func TestLn(t *testing.T) {
	worst, at := 0.0, 0.0
	state := uint64(1)
	for i := range 6000 {
		state = state*6364136223846793005 + 1442695040888963407
		u := float64(state>>11) * 0x1p-53
		v := []float64{u, 1 - u*0x1p-20, 1 + u, u * 0x1p-1030, math.Ldexp(1+u, int(state>>40%2000)-1000), u * 50}[i%6]
		if v <= 0 || v == 1 {
			continue
		}
		want := bigLog(v)
		e := new(big.Float).SetPrec(300).SetFloat64(ln(v))
		e.Sub(e, want).Quo(e, want)
		if got, _ := e.Float64(); math.Abs(got)*0x1p53 > worst {
			worst, at = math.Abs(got)*0x1p53, v
		}
	}
	t.Logf("worst relative error %.3f units of 2^-53 at %x", worst, at)
	if worst > 4 {
		t.Errorf("ln(%x) errs by %.3f units of 2^-53, stated 4", at, worst)
	}
}
