// Package outside holds kernels that were written by people who had read the
// operations and their reference, and nothing of the harness: what that makes of
// them is its score on the unseen.
package outside

import "github.com/seed-210c9500/assay/reference"

// Kernel is one of them.
type Kernel struct {
	Op       string
	Bug      string // what it does wrong, in a few words; "" for a right kernel
	How      string // of a right kernel: how it goes about it
	Source   string // project and issue where the like was seen, "" for own
	DType    reference.DType
	Contract string // what it declares beside the default, as ParseContract reads it
	Run      func(*reference.Call) error
}
