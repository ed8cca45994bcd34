package reference_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

// A model of three tokens: 0 and 1 are words, 2 ends, and is certain after two.
func ExampleSearch() {
	s := reference.Search{K: 2, MaxLen: 3, EOS: 2, Model: func(prefix []int) []float64 {
		if len(prefix) == 2 {
			return []float64{math.Inf(-1), math.Inf(-1), 0}
		}
		return []float64{math.Log(3), 0, math.Inf(-1)} // 3/4 and 1/4
	}}
	found, err := s.Run()
	for _, h := range found {
		fmt.Printf("%v %.4f\n", h.Tokens, math.Exp(h.LogProb))
	}
	fmt.Println(err)
	// Output:
	// [0 0 2] 0.5625
	// [0 1 2] 0.1875
	// <nil>
}

func TestSearchRefuses(t *testing.T) {
	row := func([]int) []float64 { return []float64{0, 0} }
	for name, s := range map[string]reference.Search{
		"no beam":   {K: 0, MaxLen: 1, EOS: -1, Model: row},
		"no length": {K: 1, MaxLen: 0, EOS: -1, Model: row},
		"no distribution": {K: 1, MaxLen: 1, EOS: -1, Model: func([]int) []float64 {
			return []float64{math.NaN(), 0}
		}},
	} {
		var refusal *reference.Reject
		if _, err := s.Run(); !errors.As(err, &refusal) {
			t.Errorf("%s: %v, want a refusal", name, err)
		}
	}
	ragged := reference.Search{K: 2, MaxLen: 2, EOS: -1, Model: func(prefix []int) []float64 {
		if len(prefix) > 0 && prefix[0] == 1 {
			return []float64{0}
		}
		return []float64{0, 0}
	}}
	if found, err := ragged.Run(); err == nil {
		t.Errorf("rows of different lengths: %v, want an error", found)
	}
}
