package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// Mask says how scores become logits of a softmax and which keys a row sees. The
// zero value changes nothing and hides nothing.
type Mask[E Element] struct {
	Scale   []float32 // multiplies the scores, > 0: one, one per row, or none (1; in Attention 1/sqrt(DK))
	Softcap []float32 // c > 0: scores become c*tanh(score/c); none or 0: not

	Causal bool    // row i sees keys j <= i + Offset
	Offset int64   //
	Length []int64 // row i sees keys j < Length[i]; none: all

	Bias       []E // added to the scores, a row of keys per query; -Inf hides
	BiasStride int // elements from a row of Bias to the next; 0: the number of keys
}

// AttentionSoftmaxRows sets each row of dst to the attention weights of a row of
// raw scores: scaled, capped, biased, a softmax over the keys seen, +0 for the
// others. r.Vocab is the number of keys. What hidden keys hold does not matter. A
// row that sees no key, or -Inf alone, is all +0; one that sees NaN or +Inf becomes
// NaN.
//
// Without cap and bias the scale is part of the exponential's reduction, no score
// is rounded, and dst has Softmax's error. Else scores are formed in float64 and
// rounded once to float32, which moves a weight by up to half an ULP of its score.
//
// dst may be x itself; other overlap, and any with Bias, panics. A scale not above
// 0, a cap below 0, a length outside [0, keys] are refused and nothing is written.
//
// Reference: reference.Ops, attention_softmax.
func AttentionSoftmaxRows[E Element](dst, x []E, r Rows, m Mask[E]) error {
	stride, dstStride := r.check("AttentionSoftmaxRows", len(x), len(dst), true)
	if bad := m.check("AttentionSoftmaxRows", "attention_softmax", r.Count, r.Vocab); bad != nil {
		return bad
	}
	if overlap(dst, x) || len(x) > 0 && len(dst) > 0 && &dst[0] == &x[0] && stride != dstStride {
		panic(fmt.Sprintf("optimized: AttentionSoftmaxRows: dst and x overlap and are not the same rows (strides %d and %d)", dstStride, stride))
	}
	disjoint("AttentionSoftmaxRows", "dst", "Bias", dst, m.Bias)
	isa := r.On.use()
	r.each(func(s *scratch, i int) {
		m.weights(isa, s, dst[i*dstStride:][:r.Vocab], x[i*stride:][:r.Vocab], i)
	})
	return nil
}

// check panics on a shape that cannot be and refuses values that cannot.
func (m *Mask[E]) check(function, op string, count, keys int) *reference.Reject {
	per(function, "Scale", m.Scale, count)
	per(function, "Softcap", m.Softcap, count)
	if len(m.Length) != 0 && len(m.Length) != count {
		panic(fmt.Sprintf("optimized: %s: len(Length)=%d, want %d, one per row", function, len(m.Length), count))
	}
	if m.BiasStride == 0 {
		m.BiasStride = keys
	}
	if m.Bias != nil && m.BiasStride > 0 && count > math.MaxInt/m.BiasStride {
		panic(fmt.Sprintf("optimized: %s: Bias: %d rows %d apart overflow int", function, count, m.BiasStride))
	}
	if want := max(count-1, 0)*m.BiasStride + keys; m.Bias != nil && (m.BiasStride < keys || count > 0 && len(m.Bias) < want) {
		panic(fmt.Sprintf("optimized: %s: len(Bias)=%d, want %d for %d rows of %d, %d apart", function, len(m.Bias), want, count, keys, m.BiasStride))
	}
	bad := func(arg, code, value, want string, i int) *reference.Reject {
		return &reference.Reject{Op: op, Arg: arg, Code: code, Value: value, Want: want, Row: i}
	}
	for i, v := range m.Scale {
		if !(v > 0 && v <= math.MaxFloat32) {
			return bad("scale", "scale_range", fmt.Sprint(v), "a finite number above 0", i)
		}
	}
	for i, v := range m.Softcap {
		if !(v >= 0 && v <= math.MaxFloat32) {
			return bad("softcap", "softcap_range", fmt.Sprint(v), "a finite number >= 0, 0 for none", i)
		}
	}
	for i, v := range m.Length {
		if v < 0 || v > int64(keys) {
			return bad("lengths", "lengths_range", fmt.Sprint(v), fmt.Sprintf("a number of keys in [0, %d]", keys), i)
		}
	}
	return nil
}

// seen is how many keys row i sees, from the first on.
func (m *Mask[E]) seen(i, keys int) int {
	n := int64(keys)
	if len(m.Length) > 0 {
		n = min(n, m.Length[i])
	}
	if m.Causal && m.Offset < n { // no sum that could overflow
		n = min(n, int64(i)+1+m.Offset)
	}
	return int(max(n, 0))
}

// formed reports whether row i's scores must be formed before the softmax.
func (m *Mask[E]) formed(i int) bool { return m.Bias != nil || of(m.Softcap, i, 0) > 0 }

func (m *Mask[E]) weights(isa block.ISA, s *scratch, dst, x []E, i int) {
	n := m.seen(i, len(x))
	clear(dst[n:])
	scale := of(m.Scale, i, 1)
	if !m.formed(i) {
		var r row[E]
		r.scanScaled(isa, s, x[:n], block.Multiplier(float64(min(max(scale, 0x1p-100), 0x1p64))))
		if r.attend(dst[:n]) {
			_, nan := constants[E]()
			for j := range dst {
				dst[j] = nan
			}
		}
		return
	}
	s.wide = resize(s.wide, n)
	z := s.wide
	for j, v := range widen(isa, x[:n], z) {
		z[j] = m.score(float64(scale)*float64(v), i, j)
	}
	var r row[float32]
	r.scan(isa, s, z, 1)
	if r.attend(z) {
		_, nan := constants[E]()
		for j := range dst {
			dst[j] = nan
		}
		return
	}
	narrow(isa, dst[:n], z)
}

// score caps and biases a scaled score.
func (m *Mask[E]) score(v float64, i, j int) float32 {
	var one [1]float32
	b := 0.0
	if m.Bias != nil {
		at := i*m.BiasStride + j
		if b = float64(widen(block.Portable, m.Bias[at:at+1], one[:])[0]); b < -math.MaxFloat32 {
			return float32(math.Inf(-1))
		}
	}
	if c := float64(of(m.Softcap, i, 0)); c > 0 {
		v = float64(c * tanh(v/c))
	}
	return canonical(v + b)
}

// attend is the softmax of a scanned row, +0 where there is nothing to see. It
// reports whether the row has no weights: NaN or +Inf.
func (r *row[E]) attend(dst []E) (undefinedRow bool) {
	switch r.kind {
	case regular:
		r.softmax(dst)
	case empty, masked:
		clear(dst)
	default:
		return true
	}
	return false
}

// runAttentionSoftmax answers a row of the table.
func runAttentionSoftmax(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], c.Out[0], k)
	if err != nil {
		return err
	}
	return byElement(c,
		func() error { return attentionSoftmaxOf[float32](c, r) },
		func() error { return attentionSoftmaxOf[BF16](c, r) },
		func() error { return attentionSoftmaxOf[F16](c, r) })
}

func attentionSoftmaxOf[E Element](c *reference.Call, r Rows) error {
	m, err := maskFrom[E](c)
	if err != nil {
		return err
	}
	return AttentionSoftmaxRows(elements[E](c.Out[0]), elements[E](c.In[0]), r, m)
}

// maskFrom reads a call's mask.
func maskFrom[E Element](c *reference.Call) (m Mask[E], err error) {
	m = Mask[E]{Scale: floats(c.Arg("scale")), Softcap: floats(c.Arg("softcap")), Causal: c.Pick("mask") == "causal", Length: integers(c.Arg("lengths"))}
	if t := c.Arg("offset"); !t.Absent() {
		m.Offset = t.Int(0)
	}
	if t := c.Arg("bias"); !t.Absent() {
		if t.Stride[1] != 1 && t.Shape[1] > 1 || t.Shape[0] > 1 && t.Stride[0] < t.Shape[1] {
			return m, reference.ErrUnsupported
		}
		m.Bias, m.BiasStride = elements[E](t), max(t.Stride[0], t.Shape[1])
	}
	return m, nil
}
