package optimized

import (
	"math"
	"testing"
)

// At an infinite temperature all tokens weigh the same: the nucleus takes its share
// of their number, the largest logits first, and the draw is even among those.
func TestInfinitelyHotChain(t *testing.T) {
	x := []float32{0, 7, 4, 1, 8, 5, 2, 9, 6, 3}
	for _, c := range []struct {
		k, kept int
		p       float32
	}{
		{0, 10, 1}, {0, 6, 0.5}, {0, 1, 0}, {0, 10, 0.9375}, {4, 4, 1}, {4, 3, 0.5},
	} {
		var want []int
		for i, v := range x {
			if int(v) >= len(x)-c.kept {
				want = append(want, i)
			}
		}
		for i, w := range want {
			u := (float64(i) + 0.5) / float64(c.kept)
			token, kept, err := SampleChain(x, u, float32(math.Inf(1)), c.k, c.p, 0)
			if token != w || kept != c.kept || err != nil {
				t.Errorf("k %d, p %v, u %v: token %d of %d (%v), want %d of %d", c.k, c.p, u, token, kept, err, w, c.kept)
			}
		}
	}
}
