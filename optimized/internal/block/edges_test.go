package block

import (
	"math"
	"testing"
)

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}

// A chunk too long, an empty one and a short dst are refused before assembly runs
// past an end.
func TestRefusesLengths(t *testing.T) {
	eachISA(t, func(t *testing.T, isa ISA) {
		s := Temperature(1)
		warm := Temperature(2)
		var lanes [Lanes]float32
		var pair Pair
		x, back := make([]float32, 2*Chunk), make([]float32, 2*Chunk)
		for name, f := range map[string]func(){
			"Scan of more than a chunk":  func() { Scan(isa, x[:Chunk+1]) },
			"Terms of more than a chunk": func() { Terms(isa, nil, x[:Chunk+1], 0, &s, 0, &lanes) },
			"Terms of nothing":           func() { Terms(isa, nil, x[:0], 0, &s, 0, &lanes) },
			"Terms into a short dst":     func() { Terms(isa, back[:99:99], x[:100], 0, &s, 0, &lanes) },
			"Mul into a short dst":       func() { Mul(isa, back[:99:99], x[:100], 2) },
			"Gaps of more than a chunk":  func() { Gaps(isa, x[:Chunk+1], 0, &s, 0, 0, &pair) },
			"Gaps of nothing":            func() { Gaps(isa, x[:0], 0, &s, 0, 0, &pair) },
			"Ratios of more than a chunk": func() {
				Ratios(isa, x[:Chunk+1], back[:Chunk+1], 0, &s, 0, 0, 0, &pair)
			},
			"Ratios of nothing":            func() { Ratios(isa, x[:0], back[:0], 0, &s, 0, 0, 0, &pair) },
			"Ratios at a temperature":      func() { Ratios(isa, x[:9], back[:9], 0, &warm, 0, 0, 0, &pair) },
			"Ratios to fewer of the other": func() { Ratios(isa, x[:9], back[:8:8], 0, &s, 0, 0, 0, &pair) },
		} {
			if !panics(f) {
				t.Errorf("%s is accepted", name)
			}
		}
		Scan(isa, x[:Chunk])
		Terms(isa, nil, x[:Chunk], 0, &s, 0, &lanes)
		Gaps(isa, x[:Chunk], 0, &s, 0, 0, &pair)
		Ratios(isa, x[:Chunk], back[:Chunk], 0, &s, 0, 0, 0, &pair)
		for i := range x {
			x[i] = 3
		}
		Terms(isa, back, x[:100], 4, &s, bitsOf(3), &lanes)
		if back[99] == 0 || back[100] != 0 {
			t.Error("a longer dst is not filled just as far as x goes")
		}
	})
}

// Power saturates: at the top, at the bottom, at NaN; and is even in between.
func TestPower(t *testing.T) {
	const lowest, highest = math.MinInt32, math.MaxInt32
	one := Temperature(1)
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for x, want := range map[float32]int32{
		0: 0, 1: 2, -1: -2, 0.5: 0, 0.7: 2, 54: 78, inf: highest, negInf: lowest, math.MaxFloat32: highest, -math.MaxFloat32: lowest,
		2907269: 4194302, 2907270: highest, -2907269: -4194302, -2907270: lowest,
	} {
		if got := Power(x, &one); got != want {
			t.Errorf("Power(%v) = %d, want %d", x, got, want)
		}
	}
	if got := Power(nan, &one); got != lowest {
		t.Errorf("Power(NaN) = %d", got)
	}
}

// Multiplier(1/t) is Temperature(t) where 1/t is exact, and near it elsewhere.
func TestMultiplier(t *testing.T) {
	for e := -64; e <= 100; e++ {
		T := floatOf(uint32(127+e) << 23)
		if got, want := Multiplier(1/float64(T)), Temperature(T); got != want {
			t.Errorf("Multiplier(2^%d) = %+v, want %+v", -e, got, want)
		}
	}
	m := Multiplier(0x1.6a09e667f3bcdp-4)
	near := func(got, want float64) bool { return math.Abs(got-want) <= 0x1p-23*math.Abs(want) }
	if !near(float64(m.A), log2e*m.Inv) || !near(float64(m.CH), ln2/m.Inv) || !near(float64(m.I), m.Inv) ||
		m.Inv != 0x1.6a09e667f3bcdp-4 || m.Unit || math.Abs(float64(m.CH)+float64(m.CL)-ln2/m.Inv) > 0x1p-46*float64(m.CH) {
		t.Errorf("Multiplier gives %+v", m)
	}
}

// The names are those that users give.
func TestISANames(t *testing.T) {
	for isa, want := range map[ISA]string{Portable: "portable", AVX2: "avx2", AVX512: "avx512", NEON: "neon", 4: "unknown", 255: "unknown"} {
		if got := isa.String(); got != want {
			t.Errorf("ISA %d is called %s, want %s", isa, got, want)
		}
	}
}

// A lane that no element reaches has the sum +0.
func TestLaneOfNothing(t *testing.T) {
	eachISA(t, func(t *testing.T, isa ISA) {
		s := Temperature(1)
		x := []float32{1, 2, 3}
		if got, want := Lane(isa, x, 1, 2, 4, &s), Lane(isa, x, 1, -1, 4, &s); bitsOf(got) != bitsOf(want) || want == 0 {
			t.Errorf("a skipped element of another lane makes the sum %x, not %x", got, want)
		}
		for lane := 3; lane < Lanes; lane += 50 {
			if got := Lane(isa, x, lane, -1, 4, &s); bitsOf(got) != 0 {
				t.Errorf("lane %d of 3 elements has the sum %x", lane, got)
			}
			if got := LaneOf(x, lane, -1); bitsOf(got) != 0 {
				t.Errorf("lane %d of 3 terms has the sum %x", lane, got)
			}
		}
	})
}

// A step of Horner that lands half-way between two float32 is rounded as one fma
// rounds it. A search over every argument found those at which a tie, or a 1 that
// is one unit of 2^-53 off, shows in the term; they are here, with a few more.
func TestHornerTies(t *testing.T) {
	s := Temperature(1)
	x := []float32{-0x1.54p-2, -0x1.4p-2, 0x1.1ecp-2, 0x1.129p-2, 0x1.6ef5p-3, 0x1.02cp-3, 0x1.ecp-5, -0x1p-12, 0x1p-24, -0x1p-24, 0x1p-25, -0x1p-25, -0x1p-26, 0x1.8p-24, -0x1.8p-25}
	y := make([]float32, len(x))
	var lanes [Lanes]float32
	eachISA(t, func(t *testing.T, isa ISA) {
		Terms(isa, y, x, 0, &s, bitsOf(1), &lanes)
		for i, v := range x {
			if want := literal(v, 0, &s); bitsOf(y[i]) != bitsOf(want) || bitsOf(Term(v, 0, &s)) != bitsOf(want) {
				t.Errorf("the term of %x is %x, want %x", v, y[i], want)
			}
		}
	})
}

// The last bit of the highest coefficient shows in few terms; these are some.
func TestHighestCoefficient(t *testing.T) {
	s := Temperature(1)
	x := []float32{-0x1.5f4f6ep-02, -0x1.4d84aep-02, -0x1.491f52p-02, -0x1.2abf22p-02, -0x1.2043aap-02, -0x1.0f3c4cp-02}
	want := []float32{0x1.6b4e96p+31, 0x1.71acb2p+31, 0x1.7343d6p+31, 0x1.7e716ep+31, 0x1.8260ccp+31, 0x1.88db7p+31}
	y := make([]float32, len(x))
	var lanes [Lanes]float32
	eachISA(t, func(t *testing.T, isa ISA) {
		Terms(isa, y, x, 0, &s, bitsOf(1), &lanes)
		same(t, "terms", y, want)
	})
}

// 1/T one unit above 1 is not 1: the reduced argument is multiplied.
func TestNextToUnit(t *testing.T) {
	s := Temperature(0x1.fffffcp-1)
	if s.I != 1+0x1p-23 || s.Unit {
		t.Fatalf("the constants are %+v", s)
	}
	x, y, want := make([]float32, 64), make([]float32, 64), make([]float32, 64)
	for i := range x {
		x[i] = float32(i) * -0.37
		want[i] = literal(x[i], 0, &s)
	}
	var lanes [Lanes]float32
	eachISA(t, func(t *testing.T, isa ISA) {
		Terms(isa, y, x, 0, &s, bitsOf(24), &lanes)
		same(t, "terms", y, want)
	})
}
