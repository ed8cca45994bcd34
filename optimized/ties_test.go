package optimized

import (
	"slices"
	"testing"
)

// Equal keys go to the lowest index, where a bound would leave either open.
func TestTies(t *testing.T) {
	if token, err := SampleGumbel([]float32{0, 1, 1}, []float64{0.5, 0.5, 0.5}); err != nil || token != 1 {
		t.Errorf("SampleGumbel draws %d, %v, want 1", token, err)
	}
	best, parent, token := make([]float32, 4), make([]int64, 4), make([]int64, 4)
	x := []float32{0, 0, 0, 0, 0, 0}
	if err := BeamStep(best, parent, token, x, []float32{-1, -1}, Rows{Count: 2, Vocab: 3}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(parent, []int64{0, 0, 0, 1}) || !slices.Equal(token, []int64{0, 1, 2, 0}) {
		t.Errorf("BeamStep: parents %v, tokens %v, want those of the lower row first", parent, token)
	}
	if token, accepted, err := SpeculativeAccept([]float32{0.25, 0.75}, []float32{0.5, 0.5}, 0, 0.5, 0); err != nil || accepted || token != 1 {
		t.Errorf("SpeculativeAccept at u = p/q: token %d, accepted %v, %v, want 1, refused", token, accepted, err)
	}
}
