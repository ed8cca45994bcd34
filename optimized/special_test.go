package optimized

import (
	"math"
	"testing"
)

// A gap that leaves float32 is scaled before it is rounded.
func TestTheWholeRange(t *testing.T) {
	x := []float32{-3e38, 3e38}
	if err := LogSoftmax(x, x, 1e30); err != nil {
		t.Fatal(err)
	}
	if x[1] != 0 || math.Abs(float64(x[0])/-6e8-1) > 1e-6 {
		t.Errorf("log_softmax of +-3e38 at T = 1e30 is %v, want [-6e8 0]", x)
	}
	p := 1 / (1 + math.Exp(60))
	if kl := float64(KLFromLogits([]float32{0, -60}, []float32{3e38, -3e38})); math.Abs(kl/(p*6e38)-1) > 1e-6 {
		t.Errorf("divergence from +-3e38 is %v, want %v", kl, p*6e38)
	}
}

// What x masks, or puts so far down that its term is 0, leaves y's probability
// in a divergence too small for the first form.
func TestKLOfWhatXHasNot(t *testing.T) {
	want := math.Log1p(math.Exp(-8))
	for _, gone := range []float32{float32(math.Inf(-1)), -30, -60, -90, -110, -150, -200} {
		for _, pad := range []int{0, 5000} { // the lost token in a chunk of its own
			x, y := make([]float32, pad+2), make([]float32, pad+2)
			for i := range x {
				x[i], y[i] = float32(math.Inf(-1)), float32(math.Inf(-1))
			}
			x[0], y[0], x[pad+1], y[pad+1] = 0, 0, gone, -8
			if got := float64(KLFromLogits(x, y)); math.Abs(got-want) > 4*0x1p-24*want {
				t.Errorf("x %v, y -8, %d apart: %v, want %v", gone, pad+1, got, want)
			}
		}
	}
}

// A divergence near the largest number is not infinite, though a term times its
// gap is, in the units of the row.
func TestKLOfFarApartLogits(t *testing.T) {
	for _, y := range [][]float32{{0, 1e29}, {0, 3.5e30}, {0, 1e38}, {0, -3.4e38}, {3.4e38, 1e37}} {
		want := math.Abs(float64(y[1])-float64(y[0])) / 2
		if got := float64(KLFromLogits([]float32{0, 0}, y)); math.Abs(got-want) > 0x1p-22*want {
			t.Errorf("y = %v: %v, want %v", y, got, want)
		}
	}
}
