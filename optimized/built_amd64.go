//go:build !purego

package optimized

import "github.com/seed-210c9500/assay/optimized/internal/block"

// built are the instruction sets this build has kernels for.
var built = []block.ISA{block.Portable, block.AVX2, block.AVX512}
