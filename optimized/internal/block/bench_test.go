package block

import (
	"math"
	"testing"
)

func BenchmarkTermsP(b *testing.B) {
	x := make([]float32, 4096)
	d := make([]float32, 4096)
	for i := range x {
		x[i] = float32(i%97) * 0.1
	}
	s := Temperature(1)
	var l [Lanes]float32
	b.Run("terms", func(b *testing.B) {
		for b.Loop() {
			Terms(Portable, d, x, 14, &s, 0x41200000, &l)
		}
	})
	b.Run("mathexp", func(b *testing.B) {
		for b.Loop() {
			for i, v := range x {
				d[i] = float32(math.Exp(float64(v)))
			}
		}
	})
	b.Run("tree", func(b *testing.B) {
		for b.Loop() {
			Tree(Portable, &l)
		}
	})
	b.Run("scan", func(b *testing.B) {
		for b.Loop() {
			Scan(Portable, x)
		}
	})
}
