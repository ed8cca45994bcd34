package block

import (
	"math"
	"testing"
)

// Dots and Mix have the bits of their definitions for every width; a weight of 0
// takes nothing, not even of NaN.
func TestHeadsBits(t *testing.T) {
	eachISA(t, func(t *testing.T, isa ISA) {
		r := rng(14)
		for _, width := range []int{0, 1, 15, 16, 17, 32, 48, 64, 100, 128, 256} {
			for _, n := range []int{0, 1, 2, 7, 130, 300} {
				q, k := make([]float64, width), make([]float32, n*width)
				for d := range q {
					q[d] = float64(r.normal())
				}
				for i := range k {
					k[i] = r.normal() * floatOf(uint32(r.next()%20+117)<<23)
				}
				got, want := make([]float64, n), make([]float64, n)
				Dots(isa, got, q, k)
				dotsGeneric(want, q, k)
				for j := range want {
					if math.Float64bits(got[j]) != math.Float64bits(want[j]) {
						t.Fatalf("dot %d of %d, width %d: %x, want %x", j, n, width, got[j], want[j])
					}
				}
				w := make([]float32, n)
				for j := range w {
					if w[j] = r.unit(); j%5 == 2 {
						w[j] = 0
						for d := range width {
							k[j*width+d] = float32(math.NaN())
						}
					}
				}
				mixed, sums := make([]float64, width), make([]float64, width)
				Mix(isa, mixed, w, k)
				mixGeneric(sums, w, k, width)
				for d := range sums {
					if math.Float64bits(mixed[d]) != math.Float64bits(sums[d]) {
						t.Fatalf("mix of %d, width %d: [%d] is %x, want %x", n, width, d, mixed[d], sums[d])
					}
				}
			}
		}
	})
}
