package block

import (
	"math"
	"math/big"
	"testing"
)

// exactFMA is a*b+c of finite arguments, rounded once by math/big.
func exactFMA(a, b, c float32) float32 {
	if p, z := float64(a)*float64(b), float64(c); p == 0 && z == 0 || p == -z {
		return float32(p + z) // an exact zero, and its sign
	}
	x := func(f float32) *big.Float { return new(big.Float).SetPrec(1200).SetFloat64(float64(f)) }
	p := x(a)
	f, _ := p.Add(p.Mul(p, x(b)), x(c)).Float32()
	return f
}

// TestFMA draws arguments of few bits and near exponents, where ties, sums
// just beside a tie and cancellations are frequent, at every scale including
// that of subnormal results, and arguments of any bits.
func TestFMA(t *testing.T) {
	cases := 3_000_000
	if testing.Short() {
		cases = 100_000
	}
	r := rng(6)
	sparse := func() uint32 { // a significand of few bits, or nearly a power of two
		switch r.next() % 4 {
		case 0:
			return 1 << (r.next() % 23) & 0x7fffff
		case 1:
			return -(1 << (r.next() % 23)) & 0x7fffff
		case 2:
			first, second := r.next()%23, r.next()%23
			return (1<<first | 1<<second) & 0x7fffff
		}
		return uint32(r.next()) & 0x7fffff
	}
	near, ties, subnormal := 0, 0, 0
	for range cases {
		var a, b, c float32
		if r.next()%8 == 0 {
			// The product is half a unit of c but for 2^-2i: in float64 the
			// sum is a tie, and the truth is beside it.
			i := r.next()%9 + 15
			c = floatOf(uint32(r.next())&(1<<31) | uint32(r.next())%(254<<23))
			unit := floatOf(bitsOf(c)&^(1<<31)+1) - floatOf(bitsOf(c)&^(1<<31))
			scale := floatOf(uint32(r.next()%20+117) << 23)
			a = (1 + floatOf(uint32(127-i)<<23)) * scale
			b = (1 - floatOf(uint32(127-i)<<23)) / scale
			if unit < 0x1p-120 {
				b *= 0x1p-60
				a *= unit * 0x1p59
			} else {
				a *= unit * 0.5
			}
			if r.next()&1 == 0 {
				a = -a
			}
		} else if r.next()%16 == 0 {
			a, b, c = r.finite(), r.finite(), r.finite()
			if a == negInf || b == negInf || c == negInf {
				continue
			}
		} else {
			// The exponents of a, b and the product's distance to c.
			ea := int(r.next()%254) + 1
			ep := int(r.next()%280) - 150 // of the product, unbiased
			eb := ep - (ea - 127) + 127
			ec := ep + 127 + int(r.next()%60) - 30
			if eb < 1 || eb > 254 || ec > 254 {
				continue
			}
			sign := func() uint32 { return uint32(r.next()) & (1 << 31) }
			a = floatOf(sign() | uint32(ea)<<23 | sparse())
			b = floatOf(sign() | uint32(eb)<<23 | sparse())
			c = floatOf(sign() | uint32(max(ec, 0))<<23 | sparse())
		}
		want := exactFMA(a, b, c)
		if got := FMA(a, b, c); bitsOf(got) != bitsOf(want) {
			t.Fatalf("FMA(%x, %x, %x) = %x, want %x", a, b, c, got, want)
		}
		s := float64(a)*float64(b) + float64(c)
		if math.Float64bits(s)&0x1fffffff == 0x10000000 {
			ties++
		}
		if float32(s) != want {
			near++ // the case that the plain formula gets wrong
		}
		if want != 0 && math.Abs(float64(want)) < 0x1p-126 {
			subnormal++
		}
	}
	t.Logf("%d suspects, %d that round twice, %d subnormal results", ties, near, subnormal)
	if ties < cases/1000 || near < cases/10000 || subnormal < cases/100 {
		t.Error("the cases do not reach what they are for")
	}
}

func TestFMASpecial(t *testing.T) {
	inf, nan, zero := float32(math.Inf(1)), float32(math.NaN()), float32(0)
	for _, c := range []struct{ a, b, c, want float32 }{
		{inf, 1, 0, inf}, {inf, -1, inf, nan}, {inf, 0, 1, nan}, {1, 1, negInf, negInf},
		{nan, 1, 1, nan}, {1, nan, 1, nan}, {1, 1, nan, nan},
		{-zero, 1, -zero, float32(math.Copysign(0, -1))}, {1, 1, -1, 0}, {-1, 1, 1, 0},
		{math.MaxFloat32, 2, -math.MaxFloat32, math.MaxFloat32}, {math.MaxFloat32, 2, 0, inf},
		{math.MaxFloat32, 1, 0x1p103, inf}, {math.MaxFloat32, 1, 0x1.fffffep102, math.MaxFloat32},
		// The product is a tie, and what decides it vanishes in float64.
		{1 + 0x1p-12, 1 + 0x1p-12, 0x1p-80, 1 + 0x1p-11 + 0x1p-23}, {1 + 0x1p-12, 1 + 0x1p-12, -0x1p-80, 1 + 0x1p-11},
		{-1 - 0x1p-12, 1 + 0x1p-12, -0x1p-80, -1 - 0x1p-11 - 0x1p-23}, {-1 - 0x1p-12, 1 + 0x1p-12, 0x1p-80, -1 - 0x1p-11},
		// Subnormal: 0.6 units of float64 below a tie, where the sum is odd already.
		{0x1p-75 * (1 + 280*0x1p-23), 0x1p-75 * (1 - 280*0x1p-23), (1<<22 + 1) * 0x1p-149, (1<<22 + 1) * 0x1p-149},
	} {
		if c.a == 0 {
			c.a, c.c = float32(math.Copysign(0, -1)), float32(math.Copysign(0, -1))
		}
		got := FMA(c.a, c.b, c.c)
		if bitsOf(got) != bitsOf(c.want) && !(got != got && c.want != c.want) {
			t.Errorf("FMA(%g, %g, %g) = %g, want %g", c.a, c.b, c.c, got, c.want)
		}
	}
}
