package optimized

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

const digits = 200

// bigExp is e^x by its series at x/2^20, squared twenty times, in 200 bits.
func bigExp(x *big.Float) *big.Float {
	r := new(big.Float).SetPrec(digits).SetMantExp(x, -20)
	e := new(big.Float).SetPrec(digits).SetInt64(1)
	for i := int64(30); i >= 1; i-- {
		e.Mul(e, r).Quo(e, new(big.Float).SetInt64(i)).Add(e, new(big.Float).SetInt64(1))
	}
	for range 20 {
		e.Mul(e, e)
	}
	return e
}

// bigLn is ln v by three steps of Newton from math.Log.
func bigLn(v float64) *big.Float {
	y := new(big.Float).SetPrec(digits).SetFloat64(math.Log(v))
	for range 3 { // y += v*e^-y - 1
		d := bigExp(new(big.Float).SetPrec(digits).Neg(y))
		d.Mul(d, big.NewFloat(v)).Sub(d, big.NewFloat(1))
		y.Add(y, d)
	}
	return y
}

// units is the error of got in units of 2^-53 of want.
func units(got float64, want *big.Float) float64 {
	if want.Sign() == 0 {
		return math.Abs(got) * 0x1p1000
	}
	d := new(big.Float).SetPrec(digits).Sub(want, big.NewFloat(got))
	e, _ := d.Quo(d, want).Float64()
	return math.Abs(e) * 0x1p53
}

// The elementary functions are as good as they say.
func TestElementary(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	worst := map[string]float64{}
	see := func(name string, got float64, want *big.Float, x, scale float64) {
		e := units(got, want) / scale
		worst[name] = max(worst[name], e)
		if limit := map[string]float64{"ln": 4, "ratio": 5, "exp": 2, "excess": 3, "power": 2}[name]; !(e <= limit) {
			t.Errorf("%s(%x) = %x: %.2f units of 2^-53", name, x, got, e)
		}
	}
	see("ln", ln(0x1.67e68efebc263dp-01), bigLn(0x1.67e68efebc263dp-01), 0x1.67e68efebc263dp-01, 1)
	for i := range 3000 {
		v := math.Ldexp(1+rnd.Float64(), rnd.IntN(300)-150)
		x, d := 200*(rnd.Float64()-0.5), rnd.Float64()-0.5
		if i%3 == 0 {
			v, d = 0.7+0.8*rnd.Float64(), d*1e-5
		}
		see("ln", ln(v), bigLn(v), v, 1)
		see("exp", exp(x), bigExp(big.NewFloat(x)), x, 1)
		g := bigExp(new(big.Float).SetPrec(digits).SetFloat64(-d))
		see("excess", excess(d), g.Sub(g, big.NewFloat(1)).Add(g, big.NewFloat(d)), d, 1)
		p := float64(float32(rnd.Float64()))
		q := float64(float32(p * (1 + 0.9*(rnd.Float64()-0.5))))
		if p != q {
			want := bigLn(p)
			see("ratio", lnRatio(p, q), want.Sub(want, bigLn(q)), p/q, 1)
		}
		b, a := 1+5000*rnd.Float64(), 4*(rnd.Float64()-0.5)
		l := bigLn(b)
		l.Mul(l, big.NewFloat(a))
		al, _ := l.Float64()
		see("power", power(b, a), bigExp(l), b, 2+math.Abs(al))
	}
	t.Logf("units of 2^-53: %v", worst)
	for _, k := range [][3]float64{{0, 1, 0}, {0, -1, math.Inf(1)}, {0, 0, 1}, {7, 0, 1}, {1, 9, 1}} {
		if got := power(k[0], k[1]); got != k[2] {
			t.Errorf("power(%v, %v) = %v, want %v", k[0], k[1], got, k[2])
		}
	}
	if exp(math.Inf(-1)) != 0 || !math.IsInf(exp(math.Inf(1)), 1) || exp(0) != 1 || exp(math.NaN()) == exp(math.NaN()) {
		t.Error("exp at its ends")
	}
}

// The series of exp and of the arctangent have the nearest numbers to their
// coefficients: one unit off hardly ever shows in what they add up to.
func TestCoefficients(t *testing.T) {
	for i, v := range inverse[1:] {
		if v != 1/float64(i+1) {
			t.Errorf("inverse[%d] is %x", i+1, v)
		}
	}
	for k, v := range odd {
		if v != 1/float64(2*k+1) {
			t.Errorf("odd[%d] is %x", k, v)
		}
	}
}

// Beyond its series, where e^-d - 1 + d is exact in float64, excess is that.
func TestExcessExact(t *testing.T) {
	for d := 0.5078125; d < 0.69; d += 0x1p-7 {
		want := new(big.Float).SetPrec(digits).SetFloat64(exp(-d))
		want.Sub(want, big.NewFloat(1)).Add(want, big.NewFloat(d))
		if got := excess(d); want.Cmp(big.NewFloat(got)) != 0 {
			t.Errorf("excess(%v) = %x, want %x", d, got, want)
		}
	}
}
