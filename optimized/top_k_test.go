package optimized

import (
	"math"
	"slices"
	"testing"
)

// TopK of long rows, where strips lead, and of short ones, against a sort of the
// whole row: ties, NaN, masks; and TopKFilter keeps the very tokens.
func TestTopKAgainstSort(t *testing.T) {
	for _, vocab := range []int{1, 255, 512, 5000, 20000} {
		for _, k := range []int{1, 2, 9, 10, 39, 40, vocab} {
			if k > vocab {
				continue
			}
			x := jitter(vocab, uint64(vocab+k))
			for _, nans := range []int{0, 3} {
				for i := range min(nans, vocab) {
					x[(i*7919+vocab/2)%vocab] = math.Float32frombits(0xffc00001 + uint32(i)) // negative NaN
				}
				want := make([]int, vocab)
				for i := range want {
					want[i] = i
				}
				slices.SortStableFunc(want, func(a, b int) int {
					u, v := x[a], x[b]
					switch {
					case u > v, u != u && v == v:
						return -1
					case u < v, v != v && u == u:
						return 1
					}
					return 0
				})
				index := make([]int64, k)
				TopK(index, nil, x)
				for n, i := range index {
					if int(i) != want[n] {
						t.Fatalf("%d of %d, %d NaN: rank %d is %d (%v), want %d (%v)", k, vocab, nans, n, i, x[i], want[n], x[want[n]])
					}
				}
				if nans > 0 || k == vocab || x[want[k-1]] < -1e30 {
					continue
				}
				y := make([]float32, vocab)
				if _, err := TopKFilter(y, x, k); err != nil {
					t.Fatal(err)
				}
				for i := range y {
					if (y[i] > 0) != slices.Contains(want[:k], i) {
						t.Fatalf("%d of %d: token %d has probability %v", k, vocab, i, y[i])
					}
				}
			}
		}
	}
}
