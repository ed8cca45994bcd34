package optimized

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// Outputs of another length than the batch panic by name.
func TestFromLogitsOutputs(t *testing.T) {
	x, r := make([]float32, 6), Rows{Count: 3, Vocab: 2}
	for says, f := range map[string]func(out []float32){
		"KLFromLogitsRows: len(kl)=4, want Count=3":     func(out []float32) { KLFromLogitsRows(out, x, x, false, r) },
		"EntropyFromLogitsRows: len(h)=4, want Count=3": func(out []float32) { _ = EntropyFromLogitsRows(out, x, false, r) },
	} {
		out := []float32{9, 9, 9, 9}
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, says) {
					t.Errorf("%q, want %q", got, says)
				}
			}()
			f(out)
		}()
		if out[0] != 9 {
			t.Errorf("%s: it wrote %v", says, out)
		}
	}
}

// Gaps in y that leave float32, times a term or of themselves, leave a divergence
// that does not: half the gap, where x has two equal logits. The second of them may
// lie in another chunk.
func TestKLOfHugeGaps(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, apart := range []int{1, 4096, 9000} {
		for _, c := range []struct{ top, low, want float32 }{
			{0x1p100, 0, 0x1p99},
			{0x1p127, -0x1p126, 0x1.8p126},
			{0x1p127, -0x1p127, 0x1p127}, // the gap is 2^128
		} {
			x, y := make([]float32, apart+1), make([]float32, apart+1)
			for i := range x {
				x[i], y[i] = -inf, -inf
			}
			x[0], x[apart], y[0], y[apart] = 0, 0, c.top, c.low
			if got := KLFromLogits(x, y); got != c.want {
				t.Errorf("y = %v, %v at %d: %v, want %v", c.top, c.low, apart, got, c.want)
			}
		}
	}
}

// The gaps in x count beside those in y, however large y's logits are.
func TestKLShiftsHugeLogits(t *testing.T) {
	x := []float32{0, -1, -3.5}
	want := KLFromLogits(x, make([]float32, 3))
	for _, top := range []float32{0x1p101, 0x1p102, 0x1p127, -0x1p127} {
		if got := KLFromLogits(x, []float32{top, top, top}); got != want || want < 0.25 {
			t.Errorf("y of %v: %v, of 0 %v", top, got, want)
		}
	}
}
