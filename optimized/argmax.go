package optimized

import (
	"fmt"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// Argmax is greedy decoding: the lowest index of the largest of a row of logits.
// NaN ranks before every number, so the first NaN wins, then the first +Inf; a row
// of -Inf alone answers 0; -0 equals 0. An empty row is refused. Nothing is
// rounded, so there is no error.
//
// Reference: reference.Ops, argmax.
func Argmax[E Element](x []E) (token int, err error) {
	if len(x) == 0 {
		return 0, emptyRow("argmax", 0)
	}
	s := scratches.Get().(*scratch)
	token = argmaxOf(best, s, x)
	scratches.Put(s)
	return token, nil
}

// ArgmaxRows is Argmax for a batch. Rows without logits are refused, and nothing
// is written.
func ArgmaxRows[E Element](token []int64, x []E, r Rows) error {
	stride, _ := r.check("ArgmaxRows", len(x), 0, false)
	if len(token) != r.Count {
		panic(fmt.Sprintf("optimized: ArgmaxRows: len(token)=%d, want Count=%d", len(token), r.Count))
	}
	if r.Count > 0 && r.Vocab == 0 {
		return emptyRow("argmax", 0)
	}
	isa := r.On.use()
	r.each(func(s *scratch, i int) { token[i] = int64(argmaxOf(isa, s, x[i*stride:][:r.Vocab])) })
	return nil
}

func emptyRow(op string, i int) *reference.Reject {
	return &reference.Reject{Op: op, Arg: "x", Code: "row_empty", Value: "empty", Want: "finite logits or -Inf, at least one of them finite", Row: i}
}

func argmaxOf[E Element](isa block.ISA, s *scratch, x []E) int {
	var r row[E]
	r.scan(isa, s, x, 1)
	if r.kind != undefined {
		return r.argmax()
	}
	for i := range x {
		if v := r.value(i); v != v {
			return i
		}
	}
	return 0
}

// runArgmax answers a row of the table.
func runArgmax(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], reference.Tensor{}, k)
	if err != nil {
		return err
	}
	token := make([]int64, r.Count)
	err = byElement(c,
		func() error { return ArgmaxRows(token, elements[float32](c.In[0]), r) },
		func() error { return ArgmaxRows(token, elements[BF16](c.In[0]), r) },
		func() error { return ArgmaxRows(token, elements[F16](c.In[0]), r) })
	return putInts(c.Out[0], token, err)
}
