package optimized

import (
	"fmt"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// SoftmaxBackward takes the gradient dy with respect to y = softmax(x/T) back to x:
//
//	dx[i] = y[i] * (dy[i] - sum_j y[j] dy[j]) / T
//
// y is taken as given. A row with NaN or an infinity in y or dy becomes canonical
// NaN. T = +Inf gives 0; T must be above 0.
//
// dx may be y or dy; other overlap, and unequal lengths, panic.
//
// Error: the rounding of the result and 2^-50 of |y[i]|/T*(|dy[i]| + sum_j |y[j]
// dy[j]|): the sum is taken in float64 over 256 lanes, in which products are exact.
//
// Reference: reference.Ops, softmax_backward.
func SoftmaxBackward[E Element](dx, y, dy []E, temperature float32) error {
	if len(dx) != len(y) || len(dy) != len(y) {
		panic(fmt.Sprintf("optimized: SoftmaxBackward: len(dx)=%d, len(dy)=%d, want len(y)=%d", len(dx), len(dy), len(y)))
	}
	if overlap(dx, y) || overlap(dx, dy) {
		panic("optimized: SoftmaxBackward: dx overlaps y or dy without being the same slice")
	}
	if bad := badTemperature("softmax_backward", 0, temperature, false); bad != nil {
		return bad
	}
	s := scratches.Get().(*scratch)
	softmaxBackwardInto(best, s, dx, y, dy, temperature)
	scratches.Put(s)
	return nil
}

// SoftmaxBackwardRows is SoftmaxBackward for a batch, with one temperature for all
// rows, one per row, or none (1). The rows of y and dy are Stride apart, those of
// dx DstStride.
func SoftmaxBackwardRows[E Element](dx, y, dy []E, r Rows, temperature ...float32) error {
	stride, dstStride := r.check("SoftmaxBackwardRows", len(y), len(dx), true)
	r.check("SoftmaxBackwardRows", len(dy), len(dx), true)
	per("SoftmaxBackwardRows", "temperature", temperature, r.Count)
	if bad := badTemperatures("softmax_backward", temperature, false); bad != nil {
		return bad
	}
	sameRows("SoftmaxBackwardRows", dx, y, dstStride, stride)
	sameRows("SoftmaxBackwardRows", dx, dy, dstStride, stride)
	isa := r.On.use()
	r.each(func(s *scratch, i int) {
		softmaxBackwardInto(isa, s, dx[i*dstStride:][:r.Vocab], y[i*stride:][:r.Vocab], dy[i*stride:][:r.Vocab], of(temperature, i, 1))
	})
	return nil
}

func softmaxBackwardInto[E Element](isa block.ISA, s *scratch, dx, y, dy []E, temperature float32) {
	var k [4]float64
	d, mag := sumOf(isa, block.Dot, s, y, dy, &k)
	if mag >= 0x7f800000 {
		_, nan := constants[E]()
		for i := range dx {
			dx[i] = nan
		}
		return
	}
	k = [4]float64{d, float64(temperature)}
	pieces(isa, s, y, dy, func(lo int, a, b []float32) {
		out := dx[lo:][:len(a)]
		if wide, ok := any(out).([]float32); ok {
			block.Apply(isa, block.Slope, wide, a, b, &k)
			return
		}
		block.Apply(isa, block.Slope, a, a, b, &k) // a is the scratch's
		narrow(isa, out, a)
	})
}

// runSoftmaxBackward answers a row of the table.
func runSoftmaxBackward(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], c.Out[0], k)
	if err == nil {
		err = second(c.In[1], r)
	}
	if err != nil {
		return err
	}
	t := floats(c.Arg("temperature"))
	return byElement(c,
		func() error { return backwardRows[float32](c, r, t) },
		func() error { return backwardRows[BF16](c, r, t) },
		func() error { return backwardRows[F16](c, r, t) })
}

func backwardRows[E Element](c *reference.Call, r Rows, t []float32) error {
	return SoftmaxBackwardRows(elements[E](c.Out[0]), elements[E](c.In[0]), elements[E](c.In[1]), r, t...)
}
