package optimized

import (
	"math"
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

// Every 16-bit pattern widens to the value reference reads, and narrows back.
func TestEveryPattern16(t *testing.T) {
	b, h := reference.NewTensor(reference.BF16, 1), reference.NewTensor(reference.F16, 1)
	for p := range 1 << 16 {
		b.SetBits(0, uint64(p))
		h.SetBits(0, uint64(p))
		if got, want := float64(BF16(p).Float32()), b.Get(0); got != want && !(got != got && want != want) {
			t.Fatalf("bf16 %04x widens to %v, want %v", p, got, want)
		}
		if got, want := float64(F16(p).Float32()), h.Get(0); got != want && !(got != got && want != want) {
			t.Fatalf("f16 %04x widens to %v, want %v", p, got, want)
		}
		if v := b.Get(0); v == v && ToBF16(float32(v)) != BF16(p) {
			t.Fatalf("bf16 %04x narrows back to %04x", p, ToBF16(float32(v)))
		}
		if v := h.Get(0); v == v && ToF16(float32(v)) != F16(p) {
			t.Fatalf("f16 %04x narrows back to %04x", p, ToF16(float32(v)))
		}
	}
	wide := widen(best, []BF16{0x3f80, 0xff80, 0x0001}, make([]float32, 4))
	if wide[0] != 1 || !math.IsInf(float64(wide[1]), -1) || wide[2] != 0x1p-133 || len(wide) != 3 {
		t.Errorf("widen gives %v", wide)
	}
}

// Rounding to 16 bits is to nearest even, over every pattern of float32 near a
// 16-bit number, half-way point or boundary.
func TestNarrowRounds(t *testing.T) {
	check := func(v float32) {
		for _, x := range []float32{v, -v} {
			if got, want := float64(ToBF16(x).Float32()), reference.BF16.Round(float64(x)); got != want {
				t.Fatalf("bf16 of %x is %v, want %v", x, got, want)
			}
			if got, want := float64(ToF16(x).Float32()), reference.F16.Round(float64(x)); got != want {
				t.Fatalf("f16 of %x is %v, want %v", x, got, want)
			}
		}
	}
	for hi := range 1 << 15 {
		for _, lo := range []uint32{0, 1, 0x0fff, 0x1000, 0x1001, 0x2fff, 0x3000, 0x7fff, 0x8000, 0x8001, 0xffff} {
			if v := math.Float32frombits(uint32(hi)<<16 | lo); v == v {
				check(v)
			}
		}
	}
	for _, v := range []float32{65504, 65519.996, 65520, 65536, 0x1p-24, 0x1p-25, 0x1.000002p-25, 0x1.8p-24, 0x1p-14, 0x1.ffcp-15} {
		check(v)
	}
	if ToBF16(float32(math.NaN())) != 0x7fc0 || ToF16(float32(math.NaN())) != 0x7e00 {
		t.Error("NaN does not narrow to the canonical one")
	}
	if negative := math.Float32frombits(0xffc12345); ToBF16(negative) != 0x7fc0 || ToF16(negative) != 0x7e00 {
		t.Error("a negative NaN does not narrow to the canonical one")
	}
	dst := make([]F16, 2)
	if narrow(best, dst, []float32{1, 2}); dst[0] != 0x3c00 || dst[1] != 0x4000 {
		t.Errorf("narrow gives %04x", dst)
	}
}

// Slices overlap where they share an element and do not begin together.
func TestOverlap(t *testing.T) {
	t.Run("f32", overlaps[float32])
	t.Run("bf16", overlaps[BF16])
	t.Run("f16", overlaps[F16])
}

func overlaps[E Element](t *testing.T) {
	x := make([]E, 24)
	for a := range 17 {
		for b := range 17 {
			for _, n := range [][2]int{{8, 8}, {1, 8}, {7, 2}, {0, 8}} {
				want := a != b && n[0] > 0 && a < b+n[1] && b < a+n[0]
				if got := overlap(x[a:a+n[0]], x[b:b+n[1]]); got != want {
					t.Errorf("overlap of %d from %d and %d from %d is %v", n[0], a, n[1], b, got)
				}
			}
		}
	}
}
