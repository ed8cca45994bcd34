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

// value holds the very logits, row by row.
func TestTopKValues(t *testing.T) {
	x := []float32{1, 3, 2, 6, 4, 5}
	index, value := make([]int64, 4), make([]float32, 4)
	TopKRows(index, value, x, Rows{Count: 2, Vocab: 3}, 2)
	if !slices.Equal(index, []int64{1, 2, 0, 2}) || !slices.Equal(value, []float32{3, 2, 6, 5}) {
		t.Errorf("%v at %v", value, index)
	}
}

// A filter's probabilities are the Softmax of the logits it keeps, to the bit, and
// one that is off, or not given, keeps them all.
func TestFiltersAreSoftmax(t *testing.T) {
	const vocab = 300
	x := jitter(vocab, 7)
	r := Rows{Count: 1, Vocab: vocab}
	y, left, want := make([]float32, vocab), make([]float32, vocab), make([]float32, vocab)
	var kept [1]int64
	for name, c := range map[string]struct {
		run func() error
		all bool
	}{
		"TopKFilterRows, 0":    {func() error { return TopKFilterRows(y, kept[:], x, r, 0) }, true},
		"TopKFilterRows, none": {func() error { return TopKFilterRows(y, kept[:], x, r) }, true},
		"TopKFilterRows, 50":   {func() error { return TopKFilterRows(y, kept[:], x, r, 50) }, false},
		"TopPFilterRows, 1":    {func() error { return TopPFilterRows(y, kept[:], x, r, 1) }, true},
		"TopPFilterRows, none": {func() error { return TopPFilterRows(y, kept[:], x, r) }, true},
		"TopPFilterRows, 0.9":  {func() error { return TopPFilterRows(y, kept[:], x, r, 0.9) }, false},
		"MinPFilterRows, 0":    {func() error { return MinPFilterRows(y, kept[:], x, r, 0) }, true},
		"MinPFilterRows, none": {func() error { return MinPFilterRows(y, kept[:], x, r) }, true},
		"MinPFilterRows, 0.1":  {func() error { return MinPFilterRows(y, kept[:], x, r, 0.1) }, false},
	} {
		if err := c.run(); err != nil {
			t.Fatal(err)
		}
		for i, v := range x {
			if left[i] = v; y[i] == 0 {
				left[i] = float32(math.Inf(-1))
			}
		}
		if c.all {
			copy(left, x)
		}
		if err := Softmax(want, left, 1); err != nil || !slices.Equal(bitsOf(y), bitsOf(want)) {
			t.Errorf("%s: not the softmax of what is left (%v)", name, err)
		}
		if c.all != (kept[0] == vocab) || kept[0] == 0 {
			t.Errorf("%s keeps %d of %d", name, kept[0], vocab)
		}
	}
}
