package optimized

import (
	"fmt"
	"math"
	"sync"

	"github.com/seed-210c9500/assay/reference"
)

// Rows describes a batch: Count rows of Vocab elements, Stride apart.
type Rows struct {
	Count, Vocab int
	Stride       int     // elements from a row to the next; 0: Vocab
	DstStride    int     // the same for an output of rows; 0: Vocab
	Goroutines   int     // how many share the rows; 0 or 1: the caller's alone
	On           Kernels // zero: the best here
}

// check panics on a shape that cannot be, naming both values, before anything
// is read or written. It returns the strides in force.
func (r Rows) check(op string, x, dst int, rowsOut bool) (stride, dstStride int) {
	stride, dstStride = r.Stride, r.DstStride
	if stride == 0 {
		stride = r.Vocab
	}
	if dstStride == 0 {
		dstStride = r.Vocab
	}
	if r.Count < 0 || r.Vocab < 0 {
		panic(fmt.Sprintf("optimized: %s: Count=%d, Vocab=%d: neither can be negative", op, r.Count, r.Vocab))
	}
	need := func(what string, have, stride int) {
		if stride < r.Vocab {
			panic(fmt.Sprintf("optimized: %s: %s stride %d is shorter than Vocab=%d", op, what, stride, r.Vocab))
		}
		if r.Count > 0 && stride > 0 && r.Count > math.MaxInt/stride {
			panic(fmt.Sprintf("optimized: %s: Count=%d rows %d apart overflow int", op, r.Count, stride))
		}
		if want := max(r.Count-1, 0)*stride + r.Vocab; r.Count > 0 && have < want {
			panic(fmt.Sprintf("optimized: %s: len(%s)=%d, want %d for %d rows of %d, %d apart", op, what, have, want, r.Count, r.Vocab, stride))
		}
	}
	need("x", x, stride)
	if rowsOut {
		need("dst", dst, dstStride)
	}
	return stride, dstStride
}

// per panics unless a parameter has one value, or one per row.
func per[T any](op, name string, v []T, count int) {
	if len(v) > 1 && len(v) != count {
		panic(fmt.Sprintf("optimized: %s: len(%s)=%d, want 1 or %d, one per row", op, name, len(v), count))
	}
}

// of is row i's value of a parameter: the only one, its own, or the default.
func of[T any](v []T, i int, otherwise T) T {
	switch {
	case len(v) == 0:
		return otherwise
	case len(v) == 1:
		return v[0]
	}
	return v[i]
}

// each calls f for every row, in stretches of neighbouring rows, one stretch and
// one scratch a goroutine. Rows do not see each other, so the bits are the same
// for any number.
func (r Rows) each(f func(s *scratch, i int)) {
	stretch := func(from, to int) {
		s := scratches.Get().(*scratch)
		defer scratches.Put(s)
		for i := from; i < to; i++ {
			f(s, i)
		}
	}
	n := min(max(r.Goroutines, 1), r.Count)
	if n <= 1 {
		stretch(0, r.Count)
		return
	}
	var wait sync.WaitGroup
	for g := range n {
		wait.Go(func() { stretch(r.Count*g/n, r.Count*(g+1)/n) })
	}
	wait.Wait()
}

// badTemperature refuses what no row can be divided by.
func badTemperature(op string, i int, t float32, zero bool) *reference.Reject {
	code, want := "", "a number >= 0, +Inf allowed"
	switch {
	case t != t:
		code = "temperature_nan"
	case t < 0:
		code = "temperature_negative"
	case t == 0 && !zero:
		code, want = "temperature_zero", "a number above 0"
	default:
		return nil
	}
	return &reference.Reject{Op: op, Arg: "temperature", Code: code, Value: fmt.Sprint(t), Want: want, Row: i}
}

// badUnit refuses a number outside [0, 1].
func badUnit(op, name string, i int, v float32) *reference.Reject {
	if v >= 0 && v <= 1 {
		return nil
	}
	return &reference.Reject{Op: op, Arg: name, Code: name + "_range", Value: fmt.Sprint(v), Want: "a number in [0, 1]", Row: i}
}
