package optimized

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// Uniform is the number in [0, 1) drawn for a seed at a request's step: 53 bits
// of Philox4x32-10, the same wherever the row stands in whatever batch.
func Uniform(seed, request uint64, step uint32) float64 {
	return reference.PhiloxUniform(seed, request, step)
}

// SampleLogits draws a token from softmax(x/T) by inverting its cumulative
// distribution at u in [0, 1): the first token whose cumulative mass exceeds
// u of the total. T = 0 is the argmax, lowest index.
//
// Masses are integers: the chunk is chosen by whole chunk masses, the token
// inside it by token masses, both compared exactly, so a token of probability 0
// is never drawn for any u, and a larger u never gives a smaller token. The
// distribution drawn from is within 2e-8 of the softmax in total variation.
//
// A row with NaN or +Inf, of -Inf alone, or empty, is refused; so are T < 0 and
// u outside [0, 1).
//
// Reference: reference.Ops, sample_logits.
func SampleLogits[E Element](x []E, temperature float32, u float64) (token int, err error) {
	if bad := badDraw(0, temperature, u); bad != nil {
		return 0, bad
	}
	s := scratches.Get().(*scratch)
	token, bad := sample(best, s, x, temperature, u, 0)
	scratches.Put(s)
	if bad != nil {
		return 0, bad
	}
	return token, nil
}

// SampleLogitsRows draws a token for every row: u holds one number per row (see
// Uniform), temperature one for all rows, one per row, or none (1). Nothing is
// written if any row is refused.
func SampleLogitsRows[E Element](token []int64, x []E, u []float64, r Rows, temperature ...float32) error {
	stride, _ := r.check("SampleLogitsRows", len(x), 0, false)
	per("SampleLogitsRows", "temperature", temperature, r.Count)
	if len(token) != r.Count || len(u) != r.Count {
		panic(fmt.Sprintf("optimized: SampleLogitsRows: len(token)=%d, len(u)=%d, want Count=%d", len(token), len(u), r.Count))
	}
	for i := range r.Count {
		if bad := badDraw(i, of(temperature, i, 1), u[i]); bad != nil {
			return bad
		}
	}
	isa := r.On.use()
	drawn := make([]int64, r.Count)
	refused := make([]*reference.Reject, r.Count)
	r.each(func(s *scratch, i int) {
		t, bad := sample(isa, s, x[i*stride:][:r.Vocab], of(temperature, i, 1), u[i], i)
		drawn[i], refused[i] = int64(t), bad
	})
	for _, bad := range refused {
		if bad != nil {
			return bad
		}
	}
	copy(token, drawn)
	return nil
}

func badDraw(i int, temperature float32, u float64) *reference.Reject {
	if bad := badTemperature("sample_logits", i, temperature, true); bad != nil {
		return bad
	}
	if u >= 0 && u < 1 {
		return nil
	}
	return &reference.Reject{Op: "sample_logits", Arg: "u", Code: "u_range", Value: fmt.Sprint(u), Want: "a number in [0, 1)", Row: i}
}

func sample[E Element](isa block.ISA, s *scratch, x []E, temperature float32, u float64, i int) (int, *reference.Reject) {
	var r row[E]
	r.scan(isa, s, x, temperature)
	switch {
	case r.kind != regular:
		return 0, r.unsampled(i)
	case temperature == 0:
		return r.argmax(), nil
	case temperature > math.MaxFloat32:
		return r.drawUniform(u), nil
	}
	return r.draw(u), nil
}

// unsampled refuses a row that no token can be drawn from.
func (r *row[E]) unsampled(i int) *reference.Reject {
	bad := &reference.Reject{Op: "sample_logits", Arg: "x", Want: "finite logits or -Inf, at least one of them finite", Row: i}
	switch r.kind {
	case empty:
		bad.Code, bad.Value = "row_empty", "empty"
	case masked:
		bad.Code, bad.Value = "row_masked", "all -Inf"
	case infinite:
		bad.Code, bad.Value = "row_infinite", "+Inf somewhere"
	case undefined:
		bad.Code, bad.Value = "row_nan", "NaN somewhere"
	}
	return bad
}

// draw works in two stages. The chunks' masses, floor(q_c*2^(point-32)), are added
// up to a total; k = floor(u*2^53) of 2^53 parts of it falls into one chunk.
// What is left of it inside that chunk, as a share in 53 bits, falls on a token
// by the masses floor(term*2^(50-32)) there.
func (r *row[E]) draw(u float64) int {
	mass := r.masses[:0] // free until a token is weighed
	var total uint64
	for c := range r.chunks {
		ch := &r.chunks[c]
		r.terms(c, nil)
		var q uint64
		if d := int(ch.n-r.n) + point(len(r.x)) - block.Bias; !ch.far && d > -100 {
			q = uint64(ch.mass * pow2(d))
		}
		mass = append(mass, q)
		total += q
	}
	k := uint64(u * 0x1p53)
	hi, lo := bits.Mul64(k, total) // u*total, in units of 2^-53
	target := hi<<11 | lo>>53
	c, before := 0, uint64(0)
	for before+mass[c] <= target {
		before += mass[c]
		c++
	}
	// The remainder u*total - before, over the chunk's mass, in 2^53 parts.
	bhi, blo := before>>11, before<<53
	lo, borrow := bits.Sub64(lo, blo, 0)
	hi, _ = bits.Sub64(hi, bhi, borrow)
	part, _ := bits.Div64(hi, lo, mass[c])
	return r.drawIn(c, part)
}

// drawIn is the first token of chunk c whose cumulative mass exceeds
// part*2^-53 of the chunk's.
func (r *row[E]) drawIn(c int, part uint64) int {
	lo, hi := r.bounds(c)
	t := r.part[:hi-lo]
	r.terms(c, t)
	var total uint64
	for _, v := range t {
		total += uint64(float64(v) * 0x1p18)
	}
	phi, plo := bits.Mul64(part, total)
	target := phi<<11 | plo>>53
	var sum uint64
	for i, v := range t {
		if sum += uint64(float64(v) * 0x1p18); sum > target {
			return lo + i
		}
	}
	panic("optimized: a share of a chunk's mass lies outside it")
}

// drawUniform is the floor(u*n)-th of the n logits above -Inf.
func (r *row[E]) drawUniform(u float64) int {
	hi, lo := bits.Mul64(uint64(u*0x1p53), uint64(r.unmasked()))
	left := int(hi<<11 | lo>>53)
	for i := range r.x {
		if r.value(i) < -math.MaxFloat32 {
			continue
		}
		if left == 0 {
			return i
		}
		left--
	}
	panic("optimized: fewer logits than were counted")
}

// runSampleLogits answers a row of the table.
func runSampleLogits(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], reference.Tensor{}, k)
	if err != nil {
		return err
	}
	u, err := uniforms(c, r.Count)
	if err != nil {
		return err
	}
	temperature := floats(c.Arg("temperature"))
	token := make([]int64, r.Count)
	err = byElement(c,
		func() error { return SampleLogitsRows(token, elements[float32](c.In[0]), u, r, temperature...) },
		func() error { return SampleLogitsRows(token, elements[BF16](c.In[0]), u, r, temperature...) },
		func() error { return SampleLogitsRows(token, elements[F16](c.In[0]), u, r, temperature...) })
	return putInts(c.Out[0], token, err)
}
