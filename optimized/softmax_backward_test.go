package optimized

import "testing"

// What cannot be is named by the function or the operation, and nothing is written.
func TestSoftmaxBackwardRefusals(t *testing.T) {
	x, y := noise(4, 1), []float32{9, 9, 9, 9}
	r := Rows{Count: 2, Vocab: 2}
	for says, f := range map[string]func() error{
		"optimized: SoftmaxBackwardRows: len(temperature)=3, want 1 or 2, one per row":                          func() error { return SoftmaxBackwardRows(y, x, x, r, 1, 1, 1) },
		"softmax_backward: temperature is 0 in row 0, want a number above 0 (temperature_zero)":                 func() error { return SoftmaxBackward(y, x, x, 0) },
		"softmax_backward: temperature is -1 in row 0, want a number >= 0, +Inf allowed (temperature_negative)": func() error { return SoftmaxBackward(y, x, x, -1) },
		"softmax_backward: temperature is 0 in row 1, want a number above 0 (temperature_zero)":                 func() error { return SoftmaxBackwardRows(y, x, x, r, 1, 0) },
	} {
		if got := refusal(f); got != says {
			t.Errorf("%s, want %s", got, says)
		}
	}
	for _, v := range y {
		if v != 9 {
			t.Fatalf("a refused call wrote %v", v)
		}
	}
}
