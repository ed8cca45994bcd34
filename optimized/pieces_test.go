package optimized

import (
	"slices"
	"testing"

	"github.com/seed-210c9500/assay/optimized/internal/block"
)

// Rows come a chunk at a time, or one where a row is longer, and the room fits.
func TestRowsOf(t *testing.T) {
	for _, c := range []struct {
		n, width int
		ends     []int
	}{
		{0, 7, nil},
		{10, 1000, []int{4, 8, 10}},
		{3, block.Chunk, []int{1, 2, 3}},
		{2, block.Chunk + 1, []int{1, 2}},
		{2*block.Chunk + 1, 1, []int{block.Chunk, 2 * block.Chunk, 2*block.Chunk + 1}},
		{block.Chunk + 1, 0, []int{block.Chunk, block.Chunk + 1}},
	} {
		var ends []int
		last := 0
		new(scratch).rowsOf(c.n, c.width, func(from, to int, room []float32) {
			if from != last || len(room) < (to-from)*c.width || len(room) > max(block.Chunk, c.width) {
				t.Errorf("%d rows of %d: after %d come %d to %d, with room for %d", c.n, c.width, last, from, to, len(room))
			}
			last = to
			ends = append(ends, to)
		})
		if !slices.Equal(ends, c.ends) {
			t.Errorf("%d rows of %d end at %v, want %v", c.n, c.width, ends, c.ends)
		}
	}
}
