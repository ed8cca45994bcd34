package optimized

import (
	"math"
	"slices"
	"testing"

	"github.com/seed-210c9500/assay/optimized/internal/block"
)

// The bound that block.Terms is given holds for the logits as they are run, and
// those of a shifted row may be larger than as they were given.
func TestShiftedBound(t *testing.T) {
	x := make([]float32, 2*block.Chunk)
	for i := range x {
		x[i] = 200000
		if i >= block.Chunk {
			x[i] = float32(10 - 20*(i-block.Chunk))
		}
	}
	var r row[float32]
	r.scan(best, new(scratch), x, 1)
	if !r.shift {
		t.Fatal("the row is not shifted")
	}
	for c := range r.chunks {
		if _, mag := block.Scan(best, r.load(c)); mag > r.chunks[c].mag {
			t.Errorf("chunk %d: %v is said to bound %v", c, math.Float32frombits(r.chunks[c].mag), math.Float32frombits(mag))
		}
	}
}

// A chunk too far down for a mass has the terms +0, whatever lay in their place.
func TestFarTerms(t *testing.T) {
	x := make([]float32, block.Chunk+5)
	for i := range 5 {
		x[block.Chunk+i] = -1e6
	}
	var r row[float32]
	r.scan(best, new(scratch), x, 1)
	dst := []float32{1, 2, float32(math.NaN()), 4, 5}
	if r.terms(1, dst); !r.chunks[1].far || !slices.Equal(bitsOf(dst), make([]uint32, 5)) {
		t.Errorf("the terms are %v", dst)
	}
}
