package optimized

import "testing"

// A mass of 2^-51 beside one of 1 is one part of 2^51+1: the last bits of the
// target decide.
func TestLeastMass(t *testing.T) {
	for k, want := range []int{0, 0, 0, 0, 1, 1, 1, 1, 1} {
		if token, err := SampleProbs([]float32{0x1p-51, 1}, float64(k)*0x1p-53); err != nil || token != want {
			t.Errorf("u = %d*2^-53: token %d, want %d (%v)", k, token, want, err)
		}
	}
}
