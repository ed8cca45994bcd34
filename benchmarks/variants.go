package benchmarks

import (
	"bytes"
	"slices"

	"github.com/seed-210c9500/assay/optimized"
	"github.com/seed-210c9500/assay/reference"
)

// Variants are the rows of every implementation in this module.
func Variants() []*reference.Variant {
	return slices.Concat(optimized.Variants)
}

// reading is the read that operations without a row to write are held against.
//
// A loop in Go reads one word at a time and is bound by instructions: eight
// accumulators over uint64 reach a third of what the first cache levels give.
// Comparing one half of a buffer with an equal other half is vectorised in
// the runtime on most architectures and is bound by memory.
var reading = struct {
	name string
	read func(p []byte) bool
}{"equal", func(p []byte) bool { return bytes.Equal(p[:len(p)/2], p[len(p)/2:]) }}
