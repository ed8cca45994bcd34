package block

import (
	"math"
	"os"
	"testing"
)

// Every 16-bit pattern widens to the same float32, whatever its place.
func TestWidenBits(t *testing.T) {
	x := make([]uint16, 1<<16+40)
	for i := range x {
		x[i] = uint16(i)
	}
	got := make([]float32, len(x))
	eachISA(t, func(t *testing.T, isa ISA) {
		for _, o := range []int{0, 1, 31} {
			WidenBF16(isa, got, x[o:])
			for i, h := range x[o:] {
				if bitsOf(got[i]) != uint32(h)<<16 {
					t.Fatalf("bfloat16 %#x widens to %#x", h, bitsOf(got[i]))
				}
			}
			WidenF16(isa, got, x[o:])
			for i, h := range x[o:] {
				if bitsOf(got[i]) != bitsOf(FromF16(h)) {
					t.Fatalf("binary16 %#x widens to %#x, want %#x", h, bitsOf(got[i]), bitsOf(FromF16(h)))
				}
			}
		}
		for n := range 70 { // nothing beyond the end
			fill(got)
			WidenBF16(isa, got[8:], x[:n])
			guard(t, "widen", got[:8], got[8+n:n+64])
		}
	})
}

// Narrowing rounds as ToBF16 and ToF16: every midpoint, its neighbours, and with
// SWEEP=1 every float32.
func TestNarrowBits(t *testing.T) {
	var bits []uint32
	step := uint32(1)
	if testing.Short() {
		step = 13
	}
	for u := uint32(0); u < 1<<16; u += step {
		for d := range uint32(3) {
			bits = append(bits, u<<16|0x7fff+d, u<<16|d)
		}
	}
	for h := uint16(0); h < 1<<15; h += uint16(step) {
		mid := bitsOf(float32((float64(FromF16(h)) + float64(FromF16(h+1))) / 2))
		bits = append(bits, mid-1, mid, mid+1, mid|1<<31)
	}
	eachISA(t, func(t *testing.T, isa ISA) {
		narrowAll(t, isa, bits, 1)
		narrowAll(t, isa, bits[:len(bits)/2], 0.3)
		for n := range 70 {
			h := make([]uint16, n+8)
			NarrowF16(isa, h, make([]float32, n), 1)
			for i := range h {
				h[i] = 0xabcd
			}
			NarrowBF16(isa, h[:n], make([]float32, n), 1)
			for i, v := range h {
				if (v == 0xabcd) != (i >= n) {
					t.Fatalf("narrowing %d: element %d is %#x", n, i, v)
				}
			}
		}
		if os.Getenv("SWEEP") == "1" {
			all := make([]uint32, 1<<16)
			for u := range uint32(1 << 16) {
				for i := range all {
					all[i] = u<<16 | uint32(i)
				}
				narrowAll(t, isa, all, 1)
			}
		}
	})
}

func narrowAll(t *testing.T, isa ISA, bits []uint32, f float32) {
	t.Helper()
	x, h := make([]float32, len(bits)), make([]uint16, len(bits))
	for i, b := range bits {
		x[i] = math.Float32frombits(b)
	}
	for _, kind := range []struct {
		name string
		all  func(ISA, []uint16, []float32, float32)
		one  func(float32) uint16
	}{{"bfloat16", NarrowBF16, ToBF16}, {"binary16", NarrowF16, ToF16}} {
		kind.all(isa, h, x, f)
		for i, v := range x {
			if want := kind.one(float32(v * f)); h[i] != want {
				t.Fatalf("%x*%g becomes %s %#x, want %#x", v, f, kind.name, h[i], want)
			}
		}
	}
}

// Find returns the lowest of several places, at every place of every length.
func TestFindBits(t *testing.T) {
	eachISA(t, func(t *testing.T, isa ISA) {
		for _, n := range []int{0, 1, 31, 32, 33, 64, 95, 300} {
			x := make([]float32, n)
			for i := range x {
				x[i] = float32(i + 1)
			}
			if got := Find(isa, x, 0.5); got != n {
				t.Fatalf("Find of what is not there: %d of %d", got, n)
			}
			for i := range x {
				was := x[n-1]
				x[n-1] = x[i]
				if got := Find(isa, x, x[i]); got != i {
					t.Fatalf("Find of element %d of %d: %d", i, n, got)
				}
				x[n-1] = was
			}
		}
		if got := Find(isa, []float32{1, floatOf(1 << 31), 0}, 0); got != 1 {
			t.Errorf("-0 equals 0: Find gives %d", got)
		}
	})
}
