package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// LogSoftmax sets dst[i] = (x[i]-m)/T - ln sum_j exp((x[j]-m)/T), m = max x, for one
// row of logits (nats). T divides them: 0 gives 0 at the argmax and -Inf elsewhere,
// +Inf gives -ln n over the n logits above -Inf.
//
// A row with NaN or +Inf, or of -Inf alone, becomes canonical NaN. A masked
// logit (-Inf) has -Inf. One logit gives exactly 0.
//
// dst may be x itself; other overlap, and unequal lengths, panic. T < 0 or NaN
// is refused and nothing is written.
//
// Error: at most 4 units of 2^-24 of |y|, 2.68 seen (y = -265.11696 at T = 0.7, V =
// 4097); 16-bit outputs are that, rounded.
//
// Reference: reference.Ops, log_softmax.
func LogSoftmax[E Element](dst, x []E, temperature float32) error {
	if len(dst) != len(x) {
		panic(fmt.Sprintf("optimized: LogSoftmax: len(dst)=%d, want len(x)=%d", len(dst), len(x)))
	}
	if overlap(dst, x) {
		panic("optimized: LogSoftmax: dst and x overlap without being the same slice")
	}
	if bad := badTemperature("log_softmax", 0, temperature, true); bad != nil {
		return bad
	}
	s := scratches.Get().(*scratch)
	logSoftmaxInto(best, s, dst, x, temperature)
	scratches.Put(s)
	return nil
}

// LogSoftmaxRows is LogSoftmax for a batch, with one temperature for all rows, one
// per row, or none (1). Nothing is written if any temperature is refused.
func LogSoftmaxRows[E Element](dst, x []E, r Rows, temperature ...float32) error {
	stride, dstStride := r.check("LogSoftmaxRows", len(x), len(dst), true)
	per("LogSoftmaxRows", "temperature", temperature, r.Count)
	if bad := badTemperatures("log_softmax", temperature, true); bad != nil {
		return bad
	}
	sameRows("LogSoftmaxRows", dst, x, dstStride, stride)
	isa := r.On.use()
	r.each(func(s *scratch, i int) {
		logSoftmaxInto(isa, s, dst[i*dstStride:][:r.Vocab], x[i*stride:][:r.Vocab], of(temperature, i, 1))
	})
	return nil
}

// sameRows panics unless an output is its input, row for row, or apart from it.
func sameRows[E Element](op string, dst, x []E, dstStride, stride int) {
	if overlap(dst, x) || len(x) > 0 && len(dst) > 0 && &dst[0] == &x[0] && stride != dstStride {
		panic(fmt.Sprintf("optimized: %s: dst and x overlap and are not the same rows (strides %d and %d)", op, dstStride, stride))
	}
}

func badTemperatures(op string, temperature []float32, zero bool) *reference.Reject {
	for i, t := range temperature {
		if bad := badTemperature(op, i, t, zero); bad != nil {
			return bad
		}
	}
	return nil
}

// logSoftmaxInto is LogSoftmax without its checks: y = RN(RN((x-m)*i) - RN(ln S)),
// the product skipped at T = 1. Where x - m overflows it is taken in float64.
func logSoftmaxInto[E Element](isa block.ISA, s *scratch, dst, x []E, temperature float32) {
	var r row[E]
	r.scanAhead(isa, s, x, temperature)
	_, nan := constants[E]()
	one, _ := constants[E]()
	switch {
	case r.kind == empty:
		return
	case r.kind != regular:
		for i := range dst {
			dst[i] = nan
		}
		return
	case temperature == 0:
		at := r.argmax()
		for i := range dst {
			dst[i] = maskOf[E]()
		}
		dst[at] = one - one
		return
	}
	_, logSum := r.logSumExp(temperature)
	// Below 2^103 no difference from a float32 overflows.
	if top := r.max; temperature <= math.MaxFloat32 && top < 0x1p102 {
		k := [4]float64{float64(top), float64(r.s.I), logSum}
		for lo := 0; lo < len(x); lo += block.Chunk {
			hi := min(lo+block.Chunk, len(x))
			v := widen(r.isa, x[lo:hi], r.buf[:])
			out, wide := any(dst[lo:hi]).([]float32)
			if !wide {
				out = v
			}
			block.Apply(isa, block.LogProb, out, v, nil, &k)
			if !wide {
				narrow(r.isa, dst[lo:hi], v)
			}
		}
		return
	}
	r.logSoftmaxFar(dst, temperature, float32(logSum))
}

// logSoftmaxFar is the same where a difference may overflow, or all count alike.
func (r *row[E]) logSoftmaxFar(dst []E, temperature, ls float32) {
	for c := range r.chunks {
		lo, hi := r.bounds(c)
		v := r.part[:hi-lo]
		for i, x := range widen(r.isa, r.x[lo:hi], r.buf[:]) {
			d := x - r.max
			switch {
			case x < -math.MaxFloat32:
			case temperature > math.MaxFloat32:
				d = 0
			case d < -math.MaxFloat32:
				d = float32(float64((float64(x) - float64(r.max)) * r.s.Inv))
			case !r.s.Unit:
				d = float32(d * r.s.I)
			}
			v[i] = d - ls
		}
		narrow(r.isa, dst[lo:hi], v)
	}
}

// LogSumExp is ln sum_i exp(x[i]/T) of one row of logits, in nats: -Inf of a row of
// -Inf alone or without logits, +Inf with a +Inf, canonical NaN with a NaN. T must
// be above 0; +Inf gives ln n.
//
// Error: at most 1.3 ULP of the larger of |lse| and max |x|/T, 0.71 seen here (lse =
// 0.7531471805599452, V = 2).
//
// Reference: reference.Ops, logsumexp.
func LogSumExp[E Element](x []E, temperature float32) (lse float32, err error) {
	if bad := badTemperature("logsumexp", 0, temperature, false); bad != nil {
		return 0, bad
	}
	var r row[E]
	s := scratches.Get().(*scratch)
	r.scanAhead(best, s, x, temperature)
	lse, _ = r.logSumExp(temperature)
	scratches.Put(s)
	return lse, nil
}

// LogSumExpRows is LogSumExp for a batch: lse holds one number per row.
func LogSumExpRows[E Element](lse []float32, x []E, r Rows, temperature ...float32) error {
	stride, _ := r.check("LogSumExpRows", len(x), 0, false)
	onePerRow("LogSumExpRows", "lse", len(lse), r)
	per("LogSumExpRows", "temperature", temperature, r.Count)
	if bad := badTemperatures("logsumexp", temperature, false); bad != nil {
		return bad
	}
	isa := r.On.use()
	r.each(func(s *scratch, i int) {
		var one row[E]
		t := of(temperature, i, 1)
		one.scanAhead(isa, s, x[i*stride:][:r.Vocab], t)
		lse[i], _ = one.logSumExp(t)
	})
	return nil
}

// onePerRow panics unless a slice has one value per row.
func onePerRow(op, name string, have int, r Rows) {
	if have != r.Count {
		panic(fmt.Sprintf("optimized: %s: len(%s)=%d, want Count=%d", op, name, have, r.Count))
	}
}

// runLogSoftmax answers a row of the table.
func runLogSoftmax(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], c.Out[0], k)
	if err != nil {
		return err
	}
	t := floats(c.Arg("temperature"))
	return byElement(c,
		func() error { return LogSoftmaxRows(elements[float32](c.Out[0]), elements[float32](c.In[0]), r, t...) },
		func() error { return LogSoftmaxRows(elements[BF16](c.Out[0]), elements[BF16](c.In[0]), r, t...) },
		func() error { return LogSoftmaxRows(elements[F16](c.Out[0]), elements[F16](c.In[0]), r, t...) })
}

// runLogSumExp answers a row of the table.
func runLogSumExp(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], reference.Tensor{}, k)
	if err != nil {
		return err
	}
	t := floats(c.Arg("temperature"))
	lse := make([]float32, r.Count)
	return putFloats(c.Out[0], lse, byElement(c,
		func() error { return LogSumExpRows(lse, elements[float32](c.In[0]), r, t...) },
		func() error { return LogSumExpRows(lse, elements[BF16](c.In[0]), r, t...) },
		func() error { return LogSumExpRows(lse, elements[F16](c.In[0]), r, t...) }))
}
