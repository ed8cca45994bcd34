package optimized

import (
	"errors"
	"math"
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

// One row alone has the numbers that it has in a batch, and 0 where it is refused.
func TestSequenceAlone(t *testing.T) {
	x, lp, sum, score := []float32{1, -2, 3}, []float32{0}, []float32{0}, []float32{0}
	r := Rows{Count: 1, Vocab: 3}
	if err := errors.Join(TokenLogProbsRows(lp, x, []int64{1}, r, 0.5), SequenceLogProbRows(sum, score, x, []int64{3}, GNMT, r, 0.5)); err != nil {
		t.Fatal(err)
	}
	token := func(i int, T float32) (a, b float32, err error) { a, err = TokenLogProb(x, i, T); return }
	ranked := func(alpha float32) (a, b float32, err error) { return SequenceLogProb(x, GNMT, alpha) }
	check := func(want string, wantA, wantB float32) func(a, b float32, err error) {
		return func(a, b float32, err error) {
			t.Helper()
			var bad *reference.Reject
			if errors.As(err, &bad); a != wantA || b != wantB || (err != nil) != (want != "") || bad != nil && bad.Code != want {
				t.Errorf("%v, %v, %v, want %v, %v and the code %q", a, b, err, wantA, wantB, want)
			}
		}
	}
	check("", lp[0], 0)(token(1, 0.5))
	check("label_range", 0, 0)(token(3, 0.5))
	check("temperature_zero", 0, 0)(token(1, 0))
	check("", sum[0], score[0])(ranked(0.5))
	check("alpha_range", 0, 0)(ranked(float32(math.NaN())))
}
