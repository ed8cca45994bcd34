package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// EntropyFromLogits is the entropy, in nats, of softmax(x/T) of one row of logits:
// ln S + sum_i p_i (m-x[i])/T, every part at least 0. T = 0 gives 0, T = +Inf ln n
// over the n logits above -Inf. A row with NaN or +Inf, or of -Inf alone, has
// canonical NaN; one without logits 0. T < 0 or NaN is refused.
//
// Error: at most 4 units of 2^-24 of itself, however small, 2.08 seen (H =
// 1.8648047e-05, V = 2).
//
// Reference: reference.Ops, entropy_from_logits.
func EntropyFromLogits[E Element](x []E, temperature float32) (h float32, err error) {
	if bad := badTemperature("entropy_from_logits", 0, temperature, true); bad != nil {
		return 0, bad
	}
	s := scratches.Get().(*scratch)
	v := entropyOf(best, s, x, temperature)
	scratches.Put(s)
	return canonical(v), nil
}

// EntropyFromLogitsRows is EntropyFromLogits for a batch, in nats, or in bits: h
// holds one number per row, temperature one for all rows, one per row, or none (1).
func EntropyFromLogitsRows[E Element](h []float32, x []E, bits bool, r Rows, temperature ...float32) error {
	stride, _ := r.check("EntropyFromLogitsRows", len(x), 0, false)
	onePerRow("EntropyFromLogitsRows", "h", len(h), r)
	per("EntropyFromLogitsRows", "temperature", temperature, r.Count)
	if bad := badTemperatures("entropy_from_logits", temperature, true); bad != nil {
		return bad
	}
	isa, unit := r.On.use(), unitOf(bits)
	r.each(func(s *scratch, i int) {
		h[i] = canonical(entropyOf(isa, s, x[i*stride:][:r.Vocab], of(temperature, i, 1)) / unit)
	})
	return nil
}

// unitOf divides nats into the unit wanted.
func unitOf(bits bool) float64 {
	if bits {
		return math.Ln2
	}
	return 1
}

func entropyOf[E Element](isa block.ISA, s *scratch, x []E, temperature float32) float64 {
	var r row[E]
	r.scan(isa, s, x, temperature)
	switch {
	case r.kind == empty:
		return 0
	case r.kind != regular:
		return math.NaN()
	case temperature == 0:
		return 0
	case temperature > math.MaxFloat32:
		return logCount(r.unmasked())
	}
	for c := range r.chunks {
		r.beside(c, func(x []float32, ch *chunk, lanes *block.Pair) {
			block.Gaps(isa, x, ch.n, &r.s, ch.mag, ch.max, lanes)
		})
	}
	r.total()
	return r.logSum() + r.innerSum(true)/r.S
}

// beside adds up what f weighs with the terms of chunk c, beside their mass.
func (r *row[E]) beside(c int, f func(x []float32, ch *chunk, lanes *block.Pair)) {
	ch := &r.chunks[c]
	if ch.far {
		return
	}
	x := r.load(c)
	f(x, ch, &r.pair)
	ch.mass = block.Tree(r.isa, r.pair.Terms(), len(x))
	ch.inner = block.Tree(r.isa, r.pair.Weighed(), len(x))
	if c == r.best {
		r.peak = *r.pair.Terms()
	}
}

// inner adds up f(i, term, logit as it is run) over the terms of chunk c above 0, in
// float32 in the lanes and the tree of the terms themselves, beside their mass.
// Its unit is that of the chunk, 2^N_c.
func (r *row[E]) inner(c int, f func(i int, t, x float32) float32) {
	ch := &r.chunks[c]
	lo, hi := r.bounds(c)
	if ch.far {
		return
	}
	t := r.part[:hi-lo]
	r.terms(c, t)
	for i, x := range r.load(c) {
		if t[i] > 0 {
			t[i] = f(lo+i, t[i], x)
		}
	}
	var sums [block.Lanes]float32
	for l := range sums {
		sums[l] = block.LaneOf(t, l, -1)
	}
	ch.inner = block.Tree(r.isa, &sums, block.Lanes)
}

// innerSum adds up the chunks' inner sums, halves first, in units of 2^N. With
// gaps, those of a chunk are relative to its own maximum and become relative to
// the row's: the difference comes in times the chunk's mass.
func (r *row[E]) innerSum(gaps bool) float64 {
	p := 1
	for p < len(r.chunks) {
		p *= 2
	}
	if cap(r.sums) < p {
		r.sums = make([]float64, p)
	}
	q := r.sums[:p]
	top := float64(r.chunks[r.best].max)
	for i := range q {
		q[i] = 0
		if i >= len(r.chunks) || r.chunks[i].far {
			continue
		}
		c := &r.chunks[i]
		v := c.inner
		if gaps {
			v += float64(float64((top-float64(c.max))*r.s.Inv) * c.mass)
		}
		if d := int(c.n - r.n); d >= -256 {
			q[i] = v * pow2(d)
		}
	}
	for w := p / 2; w >= 1; w /= 2 {
		for i := range w {
			q[i] += q[i+w]
		}
	}
	return q[0]
}

// runEntropyFromLogits answers a row of the table.
func runEntropyFromLogits(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], reference.Tensor{}, k)
	if err != nil {
		return err
	}
	t, bits := floats(c.Arg("temperature")), c.Pick("unit") == "bits"
	h := make([]float32, r.Count)
	return putFloats(c.Out[0], h, byElement(c,
		func() error { return EntropyFromLogitsRows(h, elements[float32](c.In[0]), bits, r, t...) },
		func() error { return EntropyFromLogitsRows(h, elements[BF16](c.In[0]), bits, r, t...) },
		func() error { return EntropyFromLogitsRows(h, elements[F16](c.In[0]), bits, r, t...) }))
}

// second is the second matrix of an operation on two: its rows must be as far
// apart as the first's.
func second(t reference.Tensor, r Rows) error {
	if t.Shape[1] > 1 && t.Stride[1] != 1 || t.Shape[0] > 1 && t.Stride[0] != r.Stride {
		return fmt.Errorf("rows of the second matrix are %d apart, of the first %d: %w", t.Stride[0], r.Stride, reference.ErrUnsupported)
	}
	return nil
}
