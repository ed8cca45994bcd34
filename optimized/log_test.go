package optimized

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// ln against a logarithm of 200 bits.
func TestLnStated(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	most, at := 0.0, 0.0
	for i := range 20_000 {
		v := math.Float64frombits(uint64(1023-150+r.IntN(300))<<52 | r.Uint64()>>12)
		switch i % 4 {
		case 0:
			if i == 0 {
				v = 0x1.62a6d28ae21bfp+0 // the worst of 200,000
			}
		case 1:
			v = float64(float32(1 + 0.01*r.NormFloat64()))
		case 2:
			v = float64(float32(0.7 + 0.8*r.Float64()))
		case 3:
			v = float64(math.Float32frombits(1 + r.Uint32N(0x7f7fffff)))
		}
		if e := math.Abs(lnError(v)); e > most {
			most, at = e, v
		}
	}
	t.Logf("worst error %.2f units of 2^-53, at %x", most, at)
	if most > 3 || ln(1) != 0 {
		t.Errorf("ln errs by %.2f units at %x; ln 1 = %v", most, at, ln(1))
	}
}

// lnError is what exp(ln v)/v differs from 1 by, over |ln v|, in units of
// 2^-53: from v*(sum of (-y)^k/k!) in 220 bits.
func lnError(v float64) float64 {
	y := ln(v)
	if y == 0 {
		return 0
	}
	const bits = 220
	n := 0
	x := new(big.Float).SetPrec(bits).SetFloat64(-y)
	for math.Abs(y) > math.Ldexp(1, n-8) {
		n++
	}
	x.SetMantExp(x, -n)
	term, e := big.NewFloat(1).SetPrec(bits), big.NewFloat(1).SetPrec(bits)
	for k := 1; k < 30; k++ {
		term.Mul(term, x)
		term.Quo(term, new(big.Float).SetInt64(int64(k)))
		e.Add(e, term)
	}
	for range n {
		e.Mul(e, e)
	}
	e.Mul(e, new(big.Float).SetFloat64(v))
	off, _ := e.Sub(e, big.NewFloat(1)).Float64()
	return off / math.Abs(y) * 0x1p53
}
