package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// Softmax sets dst[i] = exp((x[i]-m)/T) / sum_j exp((x[j]-m)/T), m = max x, for
// one row of logits (nats; T > 0 divides them, 0 is greedy, +Inf uniform).
//
// A row with NaN or +Inf, or of -Inf alone, becomes canonical NaN. A masked
// logit (-Inf) has the probability +0. One logit gives exactly 1, and so does a
// token that outweighs all others by 2^25.
//
// dst may be x itself; other overlap, and unequal lengths, panic. T < 0 or NaN
// is refused and nothing is written. Other temperatures are taken as at least
// 2^-64 and at most 2^100.
//
// Error: at most 4 ULP of float32; 16-bit outputs are that, rounded.
//
// Reference: reference.Ops, softmax.
func Softmax[E Element](dst, x []E, temperature float32) error {
	return softmaxRow(best, dst, x, temperature)
}

// SoftmaxRows is Softmax for a batch, with one temperature for all rows, one per
// row, or none (1). Nothing is written if any temperature is refused.
func SoftmaxRows[E Element](dst, x []E, r Rows, temperature ...float32) error {
	stride, dstStride := r.check("SoftmaxRows", len(x), len(dst), true)
	per("SoftmaxRows", "temperature", temperature, r.Count)
	for i, t := range temperature {
		if bad := badTemperature("softmax", i, t, true); bad != nil {
			return bad
		}
	}
	if overlap(dst, x) || len(x) > 0 && len(dst) > 0 && &dst[0] == &x[0] && stride != dstStride {
		panic(fmt.Sprintf("optimized: SoftmaxRows: dst and x overlap and are not the same rows (strides %d and %d)", dstStride, stride))
	}
	isa := r.On.use()
	r.each(func(s *scratch, i int) {
		softmaxInto(isa, s, dst[i*dstStride:][:r.Vocab], x[i*stride:][:r.Vocab], of(temperature, i, 1))
	})
	return nil
}

func softmaxRow[E Element](isa block.ISA, dst, x []E, temperature float32) error {
	if len(dst) != len(x) {
		panic(fmt.Sprintf("optimized: Softmax: len(dst)=%d, want len(x)=%d", len(dst), len(x)))
	}
	if overlap(dst, x) {
		panic("optimized: Softmax: dst and x overlap without being the same slice")
	}
	if bad := badTemperature("softmax", 0, temperature, true); bad != nil {
		return bad
	}
	s := scratches.Get().(*scratch)
	softmaxInto(isa, s, dst, x, temperature)
	scratches.Put(s)
	return nil
}

// softmaxInto is Softmax without its checks.
func softmaxInto[E Element](isa block.ISA, s *scratch, dst, x []E, temperature float32) {
	var r row[E]
	r.keepFor(s, dst)
	r.scanAhead(isa, s, x, temperature)
	one, nan := constants[E]()
	switch {
	case r.kind == empty:
	case r.kind != regular:
		for i := range dst {
			dst[i] = nan
		}
	case temperature == 0:
		i := r.argmax()
		clear(dst)
		dst[i] = one
	case temperature > math.MaxFloat32:
		r.uniform(dst)
	default:
		r.softmax(dst)
	}
}

// uniform spreads probability over the logits above -Inf.
func (r *row[E]) uniform(dst []E) {
	n := r.unmasked()
	var y [1]E
	narrow(block.Portable, y[:], []float32{float32(1 / float64(n))})
	for i := range dst {
		if r.value(i) < -math.MaxFloat32 {
			dst[i] = 0
		} else {
			dst[i] = y[0]
		}
	}
}

// unmasked counts the logits above -Inf.
func (r *row[E]) unmasked() (n int) {
	for i := range r.x {
		if r.value(i) >= -math.MaxFloat32 {
			n++
		}
	}
	return n
}

// keepFor makes accumulate leave the terms where softmax looks for them: in dst
// itself, or in the scratch where dst has 16 bits.
func (r *row[E]) keepFor(s *scratch, dst []E) {
	wide, ok := any(dst).([]float32)
	if !ok {
		s.terms = resize(s.terms, len(dst))
		wide = s.terms
	}
	r.keep = wide
}

// softmax divides the terms by their sum.
func (r *row[E]) softmax(dst []E) {
	if r.keep == nil {
		r.keepFor(r.scratch, dst)
	}
	r.accumulate()
	inv := float64(float32(1 / r.S))
	for c := range r.chunks {
		lo, hi := r.bounds(c)
		t := r.keep[lo:hi]
		narrowBy(r.isa, dst[lo:hi], t, r.divide(c, t, inv))
	}
	if r.Q >= 0 && r.Q*0x1p25 <= r.Tm {
		one, _ := constants[E]()
		dst[r.at] = one
	}
}

// keepPeak saves the chunk of the maximum before a dst that is the row itself is
// overwritten: the dominant token is looked for in it.
func (r *row[E]) keepPeak(c int, dst []float32) {
	if x, ok := any(r.x).([]float32); ok && c == r.best && &dst[0] == &x[0] {
		r.saved = r.part[:copy(r.part[:], r.load(c))]
	}
}

// divide returns the factor that turns the terms of chunk c into probabilities, with
// one rounding each. Where it is no normal number, an exact product comes first,
// and below 2^-160 of the best chunk everything rounds to +0.
func (r *row[E]) divide(c int, t []float32, inv float64) float32 {
	ch := &r.chunks[c]
	d := int(ch.n - r.n)
	switch f := inv * pow2(max(d, -200)); {
	case ch.far || d < -160:
		clear(t)
		return 1
	case f >= 0x1p-126:
		return float32(f)
	default:
		block.Mul(r.isa, t, t, float32(pow2(d+40)))
		return float32(inv * 0x1p-40)
	}
}

// runSoftmax answers a row of the table.
func runSoftmax(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], c.Out[0], k)
	if err != nil {
		return err
	}
	temperature := floats(c.Arg("temperature"))
	return byElement(c,
		func() error {
			return SoftmaxRows(elements[float32](c.Out[0]), elements[float32](c.In[0]), r, temperature...)
		},
		func() error { return SoftmaxRows(elements[BF16](c.Out[0]), elements[BF16](c.In[0]), r, temperature...) },
		func() error { return SoftmaxRows(elements[F16](c.Out[0]), elements[F16](c.In[0]), r, temperature...) })
}
