package block

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/cpuid/v2"
)

// available reports whether this build has kernels of the instruction set
// and this processor runs them.
func available(isa ISA) bool {
	switch isa {
	case AVX2:
		return haveAVX2 && cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3, cpuid.F16C)
	case AVX512:
		return haveAVX2 && cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512DQ, cpuid.AVX512BW, cpuid.AVX512VL)
	case NEON:
		return haveNEON
	}
	return true
}

// eachISA runs f for every instruction set. One that is not available skips,
// unless the comma list REQUIRE in the environment names it: then it fails.
func eachISA(t *testing.T, f func(t *testing.T, isa ISA)) {
	for isa := Portable; isa <= NEON; isa++ {
		t.Run(isa.String(), func(t *testing.T) {
			if !available(isa) {
				if slices.Contains(strings.Split(os.Getenv("REQUIRE"), ","), isa.String()) {
					t.Fatalf("%v is required, but this build or processor does not have it", isa)
				}
				t.Skipf("this build or processor does not have %v", isa)
			}
			f(t, isa)
		})
	}
}

// rng is splitmix64: integers only, so that inputs are the same everywhere.
type rng uint64

func (r *rng) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// unit returns a multiple of 2^-24 in [0, 1).
func (r *rng) unit() float32 { return float32(r.next()>>40) * 0x1p-24 }

// normal returns roughly a normal variate: a sum of twelve uniform ones,
// whose partial sums are exact.
func (r *rng) normal() float32 {
	s := float32(-6)
	for range 12 {
		s += float32(r.next()>>44) * 0x1p-20
	}
	return s
}

var negInf = float32(math.Inf(-1))

// distributions are the kinds of logits the tests draw. Products are converted
// where a compiler could fuse them: the inputs are part of a pinned hash.
var distributions = []struct {
	name string
	draw func(r *rng) float32
}{
	{"normal", func(r *rng) float32 { return r.normal() }},
	{"wide", func(r *rng) float32 { return r.normal() * 40 }},
	{"huge", func(r *rng) float32 { return r.normal() * 30000 }},
	{"far up", func(r *rng) float32 { return float32(r.normal()*8) + 300000 }},
	{"far down", func(r *rng) float32 { return float32(r.normal()*8) - 300000 }},
	{"coarse", func(r *rng) float32 { return float32(int32(r.next()%512)-256) * 0.125 }},
	{"masked", func(r *rng) float32 {
		if r.next()&1 == 0 {
			return negInf
		}
		return r.normal()
	}},
	{"masked by -1e9", func(r *rng) float32 {
		if r.next()&1 == 0 {
			return -1e9
		}
		return r.normal()
	}},
	{"subnormal", func(r *rng) float32 { return floatOf(uint32(r.next()) & 0x807fffff) }},
	{"zeros", func(r *rng) float32 { return floatOf(uint32(r.next()) & (1 << 31)) }},
	{"edge", func(r *rng) float32 { return float32(r.unit()*-0.5) - float32(109.5*float32(r.next()&1)) }},
	{"any not positive", func(r *rng) float32 { return float32(-math.Abs(float64(r.finite()))) }},
	{"all -Inf but few", func(r *rng) float32 {
		if r.next()%64 != 0 {
			return negInf
		}
		return r.normal()
	}},
}

// finite returns any bit pattern that is finite or -Inf.
func (r *rng) finite() float32 {
	for {
		if b := uint32(r.next()); b&0x7fffffff < 0x7f800000 || b == 0xff800000 {
			return floatOf(b)
		}
	}
}

var temperatures = []float32{1, 0.2, 0.7, 1.3, 0x1.715476p0, 1e-6, 100, 0x1p-64, 0x1p100}

// lengths are those around every boundary of vector, row, quad and chunk.
func lengths() []int {
	var n []int
	if testing.Short() {
		for i := 1; i <= 1100; i += 1 + i/40 {
			n = append(n, i)
		}
	} else {
		for i := 1; i <= 1100; i++ {
			n = append(n, i)
		}
	}
	for _, c := range []int{1280, 1536, 2048, 2304, 3072, 4096} {
		for d := -20; d <= 20; d++ {
			if c+d <= Chunk {
				n = append(n, c+d)
			}
		}
	}
	return n
}

// same compares bit for bit.
func same(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if bitsOf(got[i]) != bitsOf(want[i]) {
			t.Fatalf("%s: element %d is %x, want %x", what, i, got[i], want[i])
		}
	}
}

// row draws a row whose Power is in range, and returns it with its constants.
func row(r *rng, d int, n int, s *Scaling, x []float32) (power int32, mag uint32, ok bool) {
	for i := range n {
		x[i] = distributions[d].draw(r)
	}
	max, mag := Scan(Portable, x[:n])
	power = Power(max, s)
	return power, mag, power > -1<<20 && power < 1<<20
}

func TestTermsAgreeWithTerm(t *testing.T) {
	var lanes, want [Lanes]float32
	var quads [Chunk]float32
	x, got := make([]float32, Chunk), make([]float32, Chunk)
	r := rng(1)
	for _, temp := range temperatures {
		s := Temperature(temp)
		for d := range distributions {
			for _, n := range []int{1, 255, 257, 1000, 4095, 4096} {
				power, mag, ok := row(&r, d, n, &s, x)
				if !ok {
					continue
				}
				Terms(Portable, got, x[:n], power, &s, mag, &lanes)
				clear(quads[:])
				for i, v := range x[:n] {
					quads[i] = Term(v, power, &s)
				}
				what := fmt.Sprintf("T=%g %s n=%d", temp, distributions[d].name, n)
				same(t, what, got[:n], quads[:n])
				for l := range want {
					var a [4]float32
					for g := range a {
						q := quads[g*Quad+l:]
						a[g] = (q[0] + q[Lanes]) + (q[2*Lanes] + q[3*Lanes])
					}
					want[l] = ((a[0] + a[1]) + a[2]) + a[3]
				}
				same(t, what+" lanes", lanes[:], want[:])
			}
		}
	}
}

func TestTerms(t *testing.T) {
	eachISA(t, func(t *testing.T, isa ISA) {
		r := rng(2)
		var lanes, want [Lanes]float32
		xs, ds, terms := make([]float32, Chunk+64), make([]float32, Chunk+128), make([]float32, Chunk)
		for turn, n := range lengths() {
			for k := range 6 {
				d := (turn*6 + k) % len(distributions)
				s := Temperature(1)
				if k >= 4 {
					s = Temperature(temperatures[turn%len(temperatures)])
				}
				x := xs[int(r.next()%33):][:n]
				power, mag, ok := row(&r, d, n, &s, x)
				if !ok {
					continue
				}
				what := fmt.Sprintf("T=%g %s n=%d N=%d", 1/s.Inv, distributions[d].name, n, power)
				Terms(Portable, terms, x, power, &s, mag, &want)
				clean := slices.Clone(x)

				fill(lanes[:])
				Terms(isa, nil, x, power, &s, mag, &lanes)
				same(t, what+" lanes without a store", lanes[:], want[:])
				same(t, what+" input", x, clean)

				fill(ds)
				o := 16 + int(r.next()%33)
				fill(lanes[:])
				Terms(isa, ds[o:o+n], x, power, &s, mag, &lanes)
				same(t, what, ds[o:o+n], terms[:n])
				same(t, what+" lanes", lanes[:], want[:])
				same(t, what+" input", x, clean)
				guard(t, what, ds[:o], ds[o+n:])

				// The general form has the same bits where the fast one is legal.
				fill(lanes[:])
				Terms(isa, ds[o:o+n], x, power, &s, 0x7f800000, &lanes)
				same(t, what+" general", ds[o:o+n], terms[:n])
				same(t, what+" general lanes", lanes[:], want[:])

				l := int(r.next() % Lanes)
				if v := Lane(isa, x, l, -1, power, &s); bitsOf(v) != bitsOf(want[l]) {
					t.Fatalf("%s: Lane(%d) = %x, want %x", what, l, v, want[l])
				}
				i := int(r.next() % uint64(n))
				if v, w := Lane(isa, x, i%Lanes, i, power, &s), LaneOf(terms[:n], i%Lanes, i); bitsOf(v) != bitsOf(w) {
					t.Fatalf("%s: Lane without %d = %x, want %x", what, i, v, w)
				}

				fill(lanes[:])
				Terms(isa, x, x, power, &s, mag, &lanes)
				same(t, what+" in place", x, terms[:n])
				same(t, what+" in place lanes", lanes[:], want[:])
			}
		}
	})
}

const sentinel = 0x7fabcdef

func fill(x []float32) {
	for i := range x {
		x[i] = floatOf(sentinel)
	}
}

func guard(t *testing.T, what string, parts ...[]float32) {
	t.Helper()
	for _, p := range parts {
		for i := range p {
			if bitsOf(p[i]) != sentinel {
				t.Fatalf("%s: wrote outside dst, at %d of %d", what, i, len(p))
			}
		}
	}
}

func TestScan(t *testing.T) {
	eachISA(t, func(t *testing.T, isa ISA) {
		r := rng(3)
		buf := make([]float32, Chunk+64)
		if max, mag := Scan(isa, nil); max != negInf || mag != 0 {
			t.Fatalf("Scan of nothing is %g, %#x", max, mag)
		}
		for turn, n := range lengths() {
			x := buf[int(r.next()%33):][:n]
			d := turn % (len(distributions) + 1)
			for i := range x {
				if d == len(distributions) {
					x[i] = r.finite()
				} else {
					x[i] = distributions[d].draw(&r)
				}
			}
			wantMax, wantMag := Scan(Portable, x)
			max, mag := Scan(isa, x)
			if bitsOf(max) != bitsOf(wantMax) || mag != wantMag {
				t.Fatalf("n=%d: Scan gives %x, %#x, want %x, %#x", n, max, mag, wantMax, wantMag)
			}
			i := int(r.next() % uint64(n))
			was := x[i]
			x[i] = floatOf(0x7fc00001 | uint32(r.next())&(1<<31))
			if _, mag := Scan(isa, x); mag <= 0x7f800000 {
				t.Fatalf("n=%d: a NaN at %d is not in %#x", n, i, mag)
			}
			x[i] = floatOf(0x7f800000)
			if max, mag := Scan(isa, x); mag != 0x7f800000 || bitsOf(max) != mag {
				t.Fatalf("n=%d: +Inf at %d gives %x, %#x", n, i, max, mag)
			}
			x[i] = was
		}
	})
}

func TestMul(t *testing.T) {
	eachISA(t, func(t *testing.T, isa ISA) {
		r := rng(4)
		buf, out, want := make([]float32, 3*Chunk), make([]float32, 3*Chunk), make([]float32, 3*Chunk)
		for turn, n := range append(lengths(), 0, 4097, 8192, 10000) {
			x := buf[int(r.next()%33):][:n]
			for i := range x {
				x[i] = r.finite()
			}
			f := []float32{1, 0x1.234568p-20, 0x1p-126, 0x1p-149, 0x1.fffffep127, -3}[turn%6]
			for i, v := range x {
				want[i] = v * f
			}
			fill(out)
			o := 16 + int(r.next()%33)
			Mul(isa, out[o:], x, f)
			same(t, fmt.Sprintf("n=%d f=%x", n, f), out[o:o+n], want[:n])
			guard(t, fmt.Sprintf("n=%d", n), out[:o], out[o+n:])
			Mul(isa, x, x, f)
			same(t, fmt.Sprintf("n=%d f=%x in place", n, f), x, want[:n])
		}
	})
}

func TestTree(t *testing.T) {
	eachISA(t, func(t *testing.T, isa ISA) {
		r := rng(5)
		var lanes [Lanes]float32
		for range 1000 {
			for l := range lanes {
				lanes[l] = r.unit() * floatOf(uint32(r.next()%60+110)<<23)
			}
			if got, want := Tree(isa, &lanes, Lanes), treeGeneric(&lanes); got != want {
				t.Fatalf("Tree gives %x, want %x", got, want)
			}
			used := 1 + int(r.next()%Lanes)
			if r.next()&1 == 0 {
				used = 1 + used%80
			}
			clear(lanes[used:])
			if got, want := Tree(isa, &lanes, used), treeGeneric(&lanes); got != want {
				t.Fatalf("Tree of %d lanes gives %x, want %x", used, got, want)
			}
		}
	})
}
