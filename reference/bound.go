package reference

import (
	"fmt"
	"math"
	"slices"
)

// Bounds is the interval each element of an output must lie in, in row-major
// order. The reference's own error is inside. NaN for both ends asks for NaN.
type Bounds struct {
	Lo, Hi []float64

	// Terms takes a bound apart: what each source of error contributes. A bound
	// is shared: what Terms returns is to be read, not changed.
	Terms func(flat int) []Term

	// Refuse, where set, names what is wrong with a value that lies inside its
	// interval all the same: a token without probability, say, between two that
	// the injected uniform may fall on. "" means nothing is.
	Refuse func(flat int, got float64) string
}

// Term is one source of error in a bound.
type Term struct {
	Name, Formula string
	Value         float64
}

// exactly asks for the reference's values, to the bit but for the sign of zero.
func exactly(ref Tensor) Bounds {
	b := Bounds{Lo: make([]float64, ref.Len()), Terms: func(int) []Term { return nil }}
	for i := range b.Lo {
		b.Lo[i] = ref.Get(i)
	}
	b.Hi = slices.Clone(b.Lo)
	return b
}

// widen opens an interval that still holds the reference's value v: by the
// error `by` of the computation, by the rounding of the result to the output's
// type, and by the smallest number of that type (the smallest normal one where
// the kernel may flush).
func (b *Bounds) widen(flat int, by float64, out DType, k Contract) {
	v := b.Lo[flat]
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	by += 4 * F64.Unit() * math.Abs(v) // the reference's own
	by += out.Unit()*(math.Abs(v)+by) + k.tiny(out)
	b.Lo[flat], b.Hi[flat] = v-by, v+by
	if b.Hi[flat] > out.Max() {
		b.Hi[flat], b.Lo[flat] = math.Inf(1), min(b.Lo[flat], out.Max())
	}
	if b.Lo[flat] < -out.Max() {
		b.Lo[flat], b.Hi[flat] = math.Inf(-1), max(b.Hi[flat], -out.Max())
	}
}

// tiny is the absolute error a result of type d may have near zero, counting an
// intermediate of the accumulation type that underflowed.
func (k Contract) tiny(d DType) float64 {
	if k.FlushOut {
		return d.MinNormal() + k.Acc.MinNormal()
	}
	return d.MinSubnormal() + k.Acc.MinSubnormal()
}

// underflow is what a term below the smallest normal number of the accumulation
// type may be off by: all of it where it may be flushed, else what its exponential
// errs by on the grid of the subnormals.
func (k Contract) underflow(t float64) float64 {
	if k.FlushOut {
		return t
	}
	return (k.ExpULP + 0.5) * k.Acc.MinSubnormal()
}

// lastTerms are the last terms of any bound on a value of type out.
func (k Contract) lastTerms(v float64, out DType) []Term {
	return []Term{
		{"output rounding", fmt.Sprintf("u_o*|y|, u_o = 2^%.0f (%v)", math.Log2(out.Unit()), out), out.Unit() * math.Abs(v)},
		{"smallest number", "a subnormal of the output and the working type; the smallest normal where flushing is declared", k.tiny(out)},
		{"reference", "4*2^-53*|y|", 4 * F64.Unit() * math.Abs(v)},
	}
}

// bounded opens an interval around every finite value of ref by the terms
// given for it; a value with none keeps no interval. Infinities and NaN are
// asked for as they are.
func bounded(ref Tensor, out DType, k Contract, terms func(flat int) []Term) Bounds {
	b := exactly(ref)
	for i := range b.Lo {
		if t := terms(i); t != nil {
			b.widen(i, total(t), out, k)
		}
	}
	b.Terms = func(flat int) []Term {
		t := terms(flat)
		if t == nil {
			return nil
		}
		return slices.Concat(t, k.lastTerms(ref.Get(flat), out))
	}
	return b
}

// own is what the reference itself may err by beside the size of what it adds
// up: a few roundings of float64 each.
func own(size float64) Term {
	return Term{"reference's terms", "8*2^-53*size of the terms", 8 * F64.Unit() * size}
}

// flushed is the smallest positive number of type d that a kernel of the
// contract must see as more than zero.
func (k Contract) flushed(d DType) float64 {
	if k.FlushIn {
		return d.MinNormal()
	}
	return 0
}

func total(terms []Term) (s float64) {
	for _, t := range terms {
		s += t.Value
	}
	return s
}
