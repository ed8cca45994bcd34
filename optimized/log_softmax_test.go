package optimized

import (
	"math"
	"testing"
)

// What cannot be is named by the function or the operation, and nothing is written.
func TestLogSoftmaxRefusals(t *testing.T) {
	x, y := noise(4, 1), []float32{9, 9, 9, 9}
	r := Rows{Count: 2, Vocab: 2}
	nan := float32(math.NaN())
	logSumExp := func(temperature float32) func() error {
		return func() error {
			lse, err := LogSumExp(x, temperature)
			if lse != 0 {
				t.Errorf("%v beside %v", lse, err)
			}
			return err
		}
	}
	for says, f := range map[string]func() error{
		"optimized: LogSoftmaxRows: len(temperature)=3, want 1 or 2, one per row":                          func() error { return LogSoftmaxRows(y, x, r, 1, 1, 1) },
		"optimized: LogSumExpRows: len(temperature)=3, want 1 or 2, one per row":                           func() error { return LogSumExpRows(y[:2], x, r, 1, 1, 1) },
		"log_softmax: temperature is -1 in row 0, want a number >= 0, +Inf allowed (temperature_negative)": func() error { return LogSoftmax(y, x, -1) },
		"log_softmax: temperature is NaN in row 1, want a number >= 0, +Inf allowed (temperature_nan)":     func() error { return LogSoftmaxRows(y, x, r, 0, nan) },
		"logsumexp: temperature is 0 in row 0, want a number above 0 (temperature_zero)":                   logSumExp(0),
		"logsumexp: temperature is -2 in row 0, want a number >= 0, +Inf allowed (temperature_negative)":   logSumExp(-2),
		"logsumexp: temperature is 0 in row 1, want a number above 0 (temperature_zero)":                   func() error { return LogSumExpRows(y[:2], x, r, 1, 0) },
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
