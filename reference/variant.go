package reference

import "errors"

// Variant is one implementation of one operation: a row of optimized.Variants,
// gpu.Variants, or of a table of one's own.
type Variant struct {
	Op, Name string
	DTypes   []DType      // element types of the case it takes
	Needs    []string     // processor or device features
	Ready    func() error // nil when it can run here; nil func: always
	Contract Contract
	Run      func(*Call) error // nil, a *Reject, or ErrUnsupported
}

// ErrUnsupported is what a kernel answers to a call it does not take: a type, a
// layout or an option it lacks. It is counted, never silent.
var ErrUnsupported = errors.New("unsupported")
