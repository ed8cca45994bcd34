package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// CrossEntropySoft is -sum_i q[i] log_softmax(x)[i], in nats, of one row of logits
// under targets q >= 0, taken as given. q[i] = 0 contributes nothing, even of a
// masked logit; q[i] > 0 there gives +Inf. A row with NaN in either, +Inf in either,
// or of -Inf alone gives canonical NaN. Unequal lengths panic, a negative target is
// refused.
//
// Error: at most 4 units of 2^-24 of itself, 0.95 seen (9.250131e-12, V = 2).
//
// Reference: reference.Ops, cross_entropy_soft.
func CrossEntropySoft[E Element](x, q []E) (loss float32, err error) {
	if len(q) != len(x) {
		panic(fmt.Sprintf("optimized: CrossEntropySoft: len(q)=%d, want len(x)=%d", len(q), len(x)))
	}
	s := scratches.Get().(*scratch)
	v, bad := softLoss(best, s, x, q)
	scratches.Put(s)
	if bad >= 0 {
		return 0, negative("cross_entropy_soft", "q", 0, q[bad])
	}
	return canonical(v), nil
}

// CrossEntropySoftRows is CrossEntropySoft for a batch: the rows of x and of q are
// Stride apart, loss holds one number per row. Nothing is written if any row is
// refused.
func CrossEntropySoftRows[E Element](loss []float32, x, q []E, r Rows) error {
	stride, _ := r.check("CrossEntropySoftRows", len(x), 0, false)
	r.check("CrossEntropySoftRows", len(q), 0, false)
	onePerRow("CrossEntropySoftRows", "loss", len(loss), r)
	isa := r.On.use()
	return r.numbers(loss, func(s *scratch, i int) (float64, *reference.Reject) {
		v, bad := softLoss(isa, s, x[i*stride:][:r.Vocab], q[i*stride:][:r.Vocab])
		if bad >= 0 {
			return 0, negative("cross_entropy_soft", "q", i, q[i*stride+bad])
		}
		return v, nil
	})
}

// numbers computes one number per row and writes them all, or none if a row is
// refused.
func (r Rows) numbers(dst []float32, f func(s *scratch, i int) (float64, *reference.Reject)) error {
	v, bad := make([]float32, r.Count), make([]*reference.Reject, r.Count)
	r.each(func(s *scratch, i int) {
		var x float64
		x, bad[i] = f(s, i)
		v[i] = canonical(x)
	})
	for _, b := range bad {
		if b != nil {
			return b
		}
	}
	copy(dst, v)
	return nil
}

func negative[E Element](op, arg string, i int, v E) *reference.Reject {
	var one [1]float32
	return &reference.Reject{Op: op, Arg: arg, Code: arg + "_negative", Value: fmt.Sprint(widen(block.Portable, []E{v}, one[:])[0]), Want: "masses >= 0", Row: i}
}

// softLoss is the loss of one row, and the first negative target, -1 for none.
func softLoss[E Element](isa block.ISA, s *scratch, x, q []E) (loss float64, bad int) {
	var r row[E]
	r.scanAhead(isa, s, x, 1)
	var k [4]float64
	if r.kind == regular {
		_, k[1] = r.logSumExp(1)
		k[0] = float64(r.max)
	}
	loss, mag := sumOf(isa, block.SoftLoss, s, x, q, &k)
	bad, undefined := -1, false
	if mag >= 0x7f800000 {
		pieces(isa, s, x, q, func(lo int, _, q []float32) {
			for i, w := range q {
				if w < 0 && bad < 0 {
					bad = lo + i
				}
				undefined = undefined || !(w <= math.MaxFloat32)
			}
		})
	}
	switch {
	case r.kind == empty:
		return 0, bad
	case r.kind != regular || undefined:
		return math.NaN(), bad
	}
	return loss, bad
}

// runCrossEntropySoft answers a row of the table.
func runCrossEntropySoft(c *reference.Call, k Kernels) error {
	return onPairs(c, k, func(v []float32, r Rows) error {
		return byElement(c,
			func() error {
				return CrossEntropySoftRows(v, elements[float32](c.In[0]), elements[float32](c.In[1]), r)
			},
			func() error { return CrossEntropySoftRows(v, elements[BF16](c.In[0]), elements[BF16](c.In[1]), r) },
			func() error { return CrossEntropySoftRows(v, elements[F16](c.In[0]), elements[F16](c.In[1]), r) })
	})
}

// onPairs runs an operation that gives one number for each pair of rows.
func onPairs(c *reference.Call, k Kernels, f func(v []float32, r Rows) error) error {
	r, err := batch(c.In[0], reference.Tensor{}, k)
	if err == nil {
		err = second(c.In[1], r)
	}
	if err != nil {
		return err
	}
	v := make([]float32, r.Count)
	return putFloats(c.Out[0], v, f(v, r))
}
