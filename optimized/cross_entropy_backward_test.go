package optimized

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// A label outside the row is refused by name, with zeros beside it, and nothing is
// written. One row has no ignore_index, and the refusal speaks of none.
func TestBackwardRefusesLabel(t *testing.T) {
	dx := []float32{9, 9}
	x := []float32{1, 2}
	for label, says := range map[int]string{
		2:  "label is 2 in row 0, want a class in [0, 2) (label_range)",
		-1: "label is -1 in row 0, want a class in [0, 2) (label_range)",
	} {
		loss, lse, err := CrossEntropyBackward(dx, x, label)
		if says := "cross_entropy_backward: " + says; loss != 0 || lse != 0 || fmt.Sprint(err) != says {
			t.Errorf("%v, %v, %v, want 0, 0, %s", loss, lse, err, says)
		}
		loss, lse, err = CrossEntropy(x, label)
		if says := "cross_entropy: " + says; loss != 0 || lse != 0 || fmt.Sprint(err) != says {
			t.Errorf("%v, %v, %v, want 0, 0, %s", loss, lse, err, says)
		}
	}
	if !slices.Equal(dx, []float32{9, 9}) {
		t.Errorf("a refused call wrote %v", dx)
	}
}

// A masked class has the gradient -g*e/V, with one rounding: this one is a tie.
func TestBackwardShareIsExact(t *testing.T) {
	const g, e = 5592407, 0.75 // g*e/2 = (2^24+5)/8, half-way from (2^24+4)/8
	dx := make([]float32, 2)
	err := CrossEntropyBackwardRows(dx, nil, nil, []float32{0, float32(math.Inf(-1))}, []int64{0},
		Rows{Count: 1, Vocab: 2}, Loss{Smoothing: []float32{e}}, Upstream{G: []float32{g}})
	if want := float32(-(0x1p24 + 4) / 8); err != nil || dx[1] != want {
		t.Errorf("dx is %v, want %v (%v)", dx[1], want, err)
	}
}
