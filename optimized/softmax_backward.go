package optimized

import (
	"fmt"
	"math"

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
	softmaxBackwardInto(s, dx, y, dy, temperature)
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
	r.each(func(s *scratch, i int) {
		softmaxBackwardInto(s, dx[i*dstStride:][:r.Vocab], y[i*stride:][:r.Vocab], dy[i*stride:][:r.Vocab], of(temperature, i, 1))
	})
	return nil
}

func softmaxBackwardInto[E Element](s *scratch, dx, y, dy []E, temperature float32) {
	var l lanes
	finite := true
	pieces(s, y, dy, func(lo int, a, b []float32) {
		for i, v := range a {
			w := b[i]
			finite = finite && abs(v) <= math.MaxFloat32 && abs(w) <= math.MaxFloat32
			l.add(lo+i, float64(float64(v)*float64(w)))
		}
	})
	if !finite {
		_, nan := constants[E]()
		for i := range dx {
			dx[i] = nan
		}
		return
	}
	d, t := l.sum(), float64(temperature)
	pieces(s, y, dy, func(lo int, a, b []float32) {
		out := a
		if _, shared := any(y).([]float32); shared {
			out = s.buf[:len(a)] // a is y itself
		}
		for i, v := range a {
			out[i] = float32(float64(v) * (float64(b[i]) - d) / t)
		}
		narrow(dx[lo:lo+len(a)], out)
	})
}

// pieces walks two rows a chunk at a time, widened.
func pieces[E Element](s *scratch, p, q []E, f func(lo int, p, q []float32)) {
	for lo := 0; lo < len(p); lo += len(s.buf) {
		hi := min(lo+len(s.buf), len(p))
		f(lo, widen(p[lo:hi], s.buf[:]), widen(q[lo:hi], s.part[:]))
	}
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
