package block

import (
	"flag"
	"fmt"
	"math"
	"sync"
	"testing"
)

var sweep = flag.Bool("sweep", false, "measure the error of the terms on every float32, not a sample")

// ulps returns the distance of got to want in units in the last place of want.
func ulps(got float32, want float64) float64 {
	_, e := math.Frexp(want)
	return math.Abs(float64(got)-want) / math.Ldexp(1, e-24)
}

// trueTerm is exp(x*inv)*2^(B-n) to about 2^-46: x/T carries its own error,
// ln 2 is split, and math.Exp stays below one unit of 2^-53.
func trueTerm(x float32, t, inv float64, n int32) float64 {
	const hi, lo = 0x1.62e42fefa38p-1, 0x1.ef35793c7673p-45
	q := float64(x) * inv
	e := math.FMA(-q, t, float64(x)) * inv
	k := math.Round(q / ln2)
	r := (q - k*hi) + (e - k*lo)
	return math.Ldexp(math.Exp(r), int(k)+Bias-int(n))
}

type worst struct {
	ulp float64
	x   float32
	got float32
	to  float64
}

func (w *worst) String() string {
	return fmt.Sprintf("%.4f ULP: x = %x, got %x, want %x", w.ulp, w.x, w.got, w.to)
}

// TestExpError measures the error of the terms, T = 1: every float32 with
// 2^-25 <= |x| < 2^16 under -sweep, else one chunk of 4096 in 64.
func TestExpError(t *testing.T) {
	isa := Portable
	for i := range NEON + 1 {
		if available(i) {
			isa = i
		}
	}
	s := Temperature(1)
	skip := uint32(64)
	if testing.Short() {
		skip = 4096
	}
	if *sweep {
		skip = 1
	}
	var all worst
	var mu sync.Mutex
	var wg sync.WaitGroup
	const workers = 2
	for job := range uint32(workers) {
		wg.Go(func() {
			var w worst
			var lanes [Lanes]float32
			x, y := make([]float32, Chunk), make([]float32, Chunk)
			lo, hi := bitsOf(0x1p-25)/Chunk, bitsOf(0x1p16)/Chunk
			for c := lo + job*skip; c < hi; c += workers * skip {
				for sign := range uint32(2) {
					for i := range x {
						x[i] = floatOf(sign<<31 | c*Chunk + uint32(i))
					}
					m, mag := Scan(isa, x)
					n := Power(m, &s)
					Terms(isa, y, x, n, &s, mag, &lanes)
					for i, v := range x {
						want := trueTerm(v, 1, 1, n)
						if u := ulps(y[i], want); u > w.ulp {
							w = worst{u, v, y[i], want}
						}
					}
				}
			}
			mu.Lock()
			if w.ulp > all.ulp {
				all = w
			}
			mu.Unlock()
		})
	}
	wg.Wait()
	t.Logf("T = 1: %v", &all)
	if all.ulp > 0.8914 {
		t.Errorf("the error exceeds the stated bound: %v", &all)
	}
}

// TestScaledExpError samples |x/T| up to 2^16 under several temperatures.
func TestScaledExpError(t *testing.T) {
	cases := 400_000
	if testing.Short() {
		cases = 40_000
	}
	if *sweep {
		cases = 100_000_000
	}
	isa := Portable
	for i := range NEON + 1 {
		if available(i) {
			isa = i
		}
	}
	for _, temp := range []float32{0.2, 0.7, 1.3, 1e-3, 1e-6, 1e6, 0.125, 11.313708, 0x1.715476p0, 0x1p-64, 0x1p100} {
		s := Temperature(temp)
		r := rng(7)
		var w worst
		var lanes [Lanes]float32
		x, y := make([]float32, 256), make([]float32, 256)
		for i := 0; i < cases; i += len(x) {
			width := temp * floatOf(uint32(127-6+i/256%23)<<23) // 2^-6 to 2^16
			center := (r.unit()*2 - 1) * width
			for j := range x {
				x[j] = center - r.unit()*min(width, 40*temp)
			}
			m, mag := Scan(isa, x)
			n := Power(m, &s)
			Terms(isa, y, x, n, &s, mag, &lanes)
			for j, v := range x {
				want := trueTerm(v, float64(temp), s.Inv, n)
				if u := ulps(y[j], want); u > w.ulp {
					w = worst{u, v, y[j], want}
				}
			}
		}
		t.Logf("T = %g: %v", temp, &w)
		if w.ulp > 1.15 {
			t.Errorf("T = %g: the error exceeds the stated bound: %v", temp, &w)
		}
	}
}

// TestClamp checks that the clamp has e = -127 exactly, for every power that
// a row can have and every temperature: then every x below it, and no other
// x with a term, gets the scale +0.
func TestClamp(t *testing.T) {
	step := int32(1)
	if testing.Short() {
		step = 101
	}
	for _, temp := range temperatures {
		s := Temperature(temp)
		for n := int32(-1 << 19); n <= 1<<18+1; n += step {
			var k coefs
			k.set(n, &s)
			if e := FMA(k.lo, k.a, k.base) - magic; e != 0 {
				t.Fatalf("T=%g N=%d: the clamp has e = %g-127", temp, n, e)
			}
		}
	}
}

// TestFastBound checks at the largest magnitude that fast admits, for every
// power, that no e is below -125; and that |x| <= 54 is always admitted.
func TestFastBound(t *testing.T) {
	s := Temperature(1)
	for n := int32(-120); n <= 157; n++ {
		lo, hi := uint32(0), uint32(0x7f800000)
		for hi-lo > 1 {
			if mid := (lo + hi) / 2; fast(n, &s, mid) {
				lo = mid
			} else {
				hi = mid
			}
		}
		base := float32(magic + float32(Bias-n))
		if e := FMA(-floatOf(lo), s.A, base) - magic; e < -125 {
			t.Errorf("N=%d: x = %g has e = %g in the fast form", n, -floatOf(lo), e)
		}
		if top := Power(54, &s); n <= top && !fast(n, &s, bitsOf(54)) {
			t.Errorf("N=%d: 54 is not fast", n)
		}
	}
}

// literal is the specification of the term word for word, without a clamp.
func literal(x float32, n int32, s *Scaling) float32 {
	if x == negInf {
		return 0
	}
	base := float32(magic + float32(Bias+127-n))
	zr := FMA(x, s.A, base)
	k := zr - base
	r := FMA(k, -s.CH, x)
	r = FMA(k, -s.CL, r)
	if !s.Unit {
		r = float32(r * s.I)
	}
	p := FMA(c6, r, c5)
	for _, c := range []float32{c4, c3, c2, 1, 1} {
		p = FMA(p, r, c)
	}
	e := int(zr-magic) - 127
	if e < -126 {
		return 0
	}
	return float32(math.Ldexp(float64(p), e)) // exact in float64: one rounding
}

// TestLiteral compares the clamped form with the literal one around e = -126,
// where terms become subnormal and then +0, and at the maximum.
func TestLiteral(t *testing.T) {
	r := rng(9)
	subnormal, zero := 0, 0
	for _, temp := range temperatures {
		s := Temperature(temp)
		for range 20000 {
			n := int32(r.next()%(3<<18)) - 1<<19
			if r.next()&1 == 0 {
				n = int32(r.next()%200) - 100
			}
			k := []float32{-158.5, -159.5, -158, -0.5, -2 * Reach}[r.next()%5] + r.unit()
			x := (float32(n) + k) * s.CH
			got, want := Term(x, n, &s), literal(x, n, &s)
			if bitsOf(got) != bitsOf(want) {
				t.Fatalf("T=%g N=%d: the term of %x is %x, want %x", temp, n, x, got, want)
			}
			if got == 0 {
				zero++
			} else if got < 0x1p-126 {
				subnormal++
			}
		}
		if got := Term(negInf, 3, &s); bitsOf(got) != 0 {
			t.Errorf("T=%g: the term of -Inf is %x", temp, got)
		}
	}
	t.Logf("%d subnormal terms, %d zero", subnormal, zero)
	if subnormal < 1000 || zero < 1000 {
		t.Error("the cases do not reach what they are for")
	}
}

// TestReductionIsExact checks what termsOf relies on, that x - n*ch is a
// float32: near the half integers, where |x - n*ch| is largest, for
// temperatures that put ch anywhere and for those that put it next to a power
// of two, where the room is smallest.
func TestReductionIsExact(t *testing.T) {
	turns := 200_000
	if testing.Short() {
		turns = 20_000
	}
	r := rng(10)
	for range turns {
		temp := floatOf(uint32(r.next()%160+64)<<23 | uint32(r.next())&0x7fffff)
		if r.next()&1 == 0 {
			temp = floatOf(bitsOf(0x1.715476p0) + uint32(r.next()%16) - 8 + uint32(r.next()%100)<<23)
		}
		s := Temperature(temp)
		if s.CH == 0 {
			continue
		}
		k := float64(int(r.next() % 5))
		if r.next()&1 == 0 {
			k = float64(r.next() % (1 << 19))
		}
		x := float32((k + 0.5) / float64(s.A))
		for d := -6; d <= 6; d++ {
			v := floatOf(bitsOf(x) + uint32(d))
			n := FMA(v, s.A, magic) - magic
			exact := math.FMA(-float64(n), float64(s.CH), float64(v))
			if exact != float64(float32(exact)) {
				t.Fatalf("T=%x x=%x n=%g: %x is not a float32", temp, v, n, exact)
			}
		}
	}
}
