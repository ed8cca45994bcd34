package reference

import (
	"math"
	"testing"
)

// Losses at a sentinel near the largest float32: their float32 sum is infinite,
// their mean is not, and a kernel that adds before it divides is right.
func TestMeanOfHugeLosses(t *testing.T) {
	low := -F32.Max()
	x := Of(F32, []int{2, 2}, 0, low, 0, low)
	smoothed := map[string]Tensor{"x": Of(F32, []int{1, 3}, low, low, 0), "label": labels(2), "smoothing": Scalar(F32, 0.5)}
	for _, l := range []struct {
		name string
		in   map[string]Tensor
		out  int
	}{
		{"mean", map[string]Tensor{"x": x, "label": labels(1, 1)}, 0},
		{"smoothed loss", smoothed, 1},
		{"mean of smoothed losses", smoothed, 0},
	} {
		name, out := l.name, l.out
		c := crossEntropyOp.NewCall(l.in, nil)
		truth, err := c.Truth()
		if err != nil {
			t.Fatal(err)
		}
		b := crossEntropyOp.Bound(c, truth, DefaultContract(F32), out)
		if want := truth.Out[out].Get(0); math.IsInf(want, 0) || !math.IsInf(b.Hi[0], 1) || b.Lo[0] > want {
			t.Errorf("%s: %v in [%v, %v], want a finite value and no upper bound", name, want, b.Lo[0], b.Hi[0])
		}
	}
}
