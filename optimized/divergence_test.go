package optimized

import (
	"fmt"
	"strings"
	"testing"
)

// A refused row of masses has the result 0, and the refusal says what it holds.
func TestMassesRefused(t *testing.T) {
	good, bad := []float32{0.5, 0.25}, []float32{0.5, -0.25}
	for _, c := range []struct {
		f    func() (float32, error)
		says string
	}{
		{func() (float32, error) { return Entropy(bad) }, "entropy: p is -0.25 in row 0, want masses >= 0 (p_negative)"},
		{func() (float32, error) { return KL(good, bad) }, "kl: q is -0.25 in row 0, want masses >= 0 (q_negative)"},
		{func() (float32, error) { return CrossEntropyPQ(bad, good) }, "cross_entropy_pq: p is -0.25 in row 0, want masses >= 0 (p_negative)"},
		{func() (float32, error) { return JS(good, bad, 0.5) }, "js: q is -0.25 in row 0, want masses >= 0 (q_negative)"},
		{func() (float32, error) { return JS(good, good, 1.5) }, "js: beta is 1.5 in row 0, want a number in [0, 1] (beta_range)"},
	} {
		if v, err := c.f(); v != 0 || err == nil || err.Error() != c.says {
			t.Errorf("%v, %v, want 0, %s", v, err, c.says)
		}
	}
}

// JSRows takes one beta, or one per row.
func TestBetasPerRow(t *testing.T) {
	p, js := make([]float32, 6), []float32{9, 9, 9}
	defer func() {
		if got, want := fmt.Sprint(recover()), "JSRows: len(beta)=4, want 1 or 3"; !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		if js[0] != 9 {
			t.Errorf("a refused call wrote %v", js)
		}
	}()
	_ = JSRows(js, p, p, Rows{Count: 3, Vocab: 2}, Masses{}, 0, 0.5, 1, 0.5)
}
