package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// Heads describes one attention head: Queries rows of Q and O, Keys rows of K and V,
// without gaps. Q and K are DK wide, V and O are DV wide.
type Heads struct {
	Queries, Keys int
	DK, DV        int
	Goroutines    int     // how many share the queries; 0 or 1: the caller's alone
	On            Kernels // zero: the best here
}

// Attention sets each row of o to the mean of the values, weighted by the softmax
// of scale*(q.k) over the keys that the query sees, and lse (nil for none) to
// ln sum exp of those scores. See Mask; the scale is 1/sqrt(DK) unless given.
//
// Neither K nor V of a hidden key matters, NaN included. A query that sees no key
// has the output +0 and lse -Inf; one with NaN or +Inf among its scores has NaN, and
// lse NaN or +Inf. A weight of +0 takes nothing of its value.
//
// Dot products are float64, element d in lane d mod 16 and the lanes halves first;
// weighted sums are float64 in the order of the keys. So the bits depend neither on
// the instruction set nor on the goroutines; a score is rounded once to float32, the
// weights have Softmax's error, an output is rounded once. This form is exact before
// it is fast: a query costs Keys*(DK+DV) float64 products, which vectors take where
// DK is a multiple of 16 and DV of 32.
//
// Neither o nor lse may overlap q, k, v, Bias or the other; that, negative sizes and
// lengths that do not fit panic. Refusals are those of AttentionSoftmaxRows, and
// nothing is written.
//
// Reference: reference.Ops, attention.
func Attention[E Element](o []E, lse []float32, q, k, v []E, h Heads, m Mask[E]) error {
	if min(h.Queries, h.Keys, h.DK, h.DV) < 0 {
		panic(fmt.Sprintf("optimized: Attention: Queries=%d, Keys=%d, DK=%d, DV=%d: none can be negative", h.Queries, h.Keys, h.DK, h.DV))
	}
	for _, a := range []struct {
		name       string
		have, want int
	}{{"o", len(o), h.Queries * h.DV}, {"q", len(q), h.Queries * h.DK}, {"k", len(k), h.Keys * h.DK}, {"v", len(v), h.Keys * h.DV}} {
		if a.have != a.want {
			panic(fmt.Sprintf("optimized: Attention: len(%s)=%d, want %d of %d queries, %d keys, DK=%d, DV=%d", a.name, a.have, a.want, h.Queries, h.Keys, h.DK, h.DV))
		}
	}
	if lse != nil && len(lse) != h.Queries {
		panic(fmt.Sprintf("optimized: Attention: len(lse)=%d, want Queries=%d", len(lse), h.Queries))
	}
	l, same := any(lse).([]E)
	for _, in := range []struct {
		name string
		x    []E
	}{{"q", q}, {"k", k}, {"v", v}, {"Bias", m.Bias}} {
		disjoint("Attention", "o", in.name, o, in.x)
		if same {
			disjoint("Attention", "lse", in.name, l, in.x)
		}
	}
	if same {
		disjoint("Attention", "o", "lse", o, l)
	}
	if bad := m.check("Attention", "attention", h.Queries, h.Keys); bad != nil {
		return bad
	}
	isa := h.On.use()
	Rows{Count: h.Queries, Vocab: h.Keys, Goroutines: h.Goroutines}.each(func(s *scratch, i int) {
		l := m.query(isa, s, o[i*h.DV:][:h.DV], q[i*h.DK:][:h.DK], k, v, h, i)
		if lse != nil {
			lse[i] = l
		}
	})
	return nil
}

// query answers one row; it returns its lse.
func (m *Mask[E]) query(isa block.ISA, s *scratch, o, q, k, v []E, h Heads, i int) float32 {
	n := m.seen(i, h.Keys)
	scale := 1 / math.Sqrt(float64(h.DK))
	if len(m.Scale) > 0 {
		scale = float64(of(m.Scale, i, 1))
	}
	s.wide = resize(s.wide, n)
	s.more = resize(s.more, h.DK)
	s.rest, s.logs = grow(s.rest, h.DK), grow(s.logs, n)
	for d, x := range widen(isa, q, s.more) {
		s.rest[d] = float64(x)
	}
	s.rowsOf(n, h.DK, func(from, to int, room []float32) {
		block.Dots(isa, s.logs[from:to], s.rest, widen(isa, k[from*h.DK:to*h.DK], room))
	})
	if m.formed(i) {
		for j, dot := range s.logs {
			s.wide[j] = m.score(float64(scale*dot), i, j)
		}
	} else {
		for j, dot := range s.logs {
			s.wide[j] = canonical(float64(scale * dot))
		}
	}
	var r row[float32]
	r.scan(isa, s, s.wide, 1)
	lse, _ := r.logSumExp(1)
	if r.attend(s.wide) {
		_, nan := constants[E]()
		for d := range o {
			o[d] = nan
		}
		return lse
	}
	m.mix(isa, s, o, v, n)
	return lse
}

// mix is the sum of the values, weighted by what stands in wide.
func (m *Mask[E]) mix(isa block.ISA, s *scratch, o, v []E, n int) {
	s.sums = s.sums[:0]
	for range o {
		s.sums = append(s.sums, 0)
	}
	s.rowsOf(n, len(o), func(from, to int, room []float32) {
		block.Mix(isa, s.sums, s.wide[from:to], widen(isa, v[from*len(o):to*len(o)], room))
	})
	s.more = resize(s.more, len(o))
	for d, x := range s.sums {
		s.more[d] = canonical(x)
	}
	narrow(isa, o, s.more)
}

// runAttention answers a row of the table.
func runAttention(c *reference.Call, k Kernels) error {
	for _, t := range [...]reference.Tensor{c.In[0], c.In[1], c.In[2], c.Out[0]} {
		if t.Stride[1] != 1 && t.Shape[1] > 1 || t.Stride[0] != t.Shape[1] && t.Shape[0] > 1 || t.DType != c.DType() {
			return reference.ErrUnsupported
		}
	}
	return byElement(c,
		func() error { return attentionOf[float32](c, k) },
		func() error { return attentionOf[BF16](c, k) },
		func() error { return attentionOf[F16](c, k) })
}

func attentionOf[E Element](c *reference.Call, k Kernels) error {
	m, err := maskFrom[E](c)
	if err != nil {
		return err
	}
	h := Heads{Queries: c.In[0].Shape[0], Keys: c.In[1].Shape[0], DK: c.In[0].Shape[1], DV: c.In[2].Shape[1], On: k}
	lse := make([]float32, h.Queries)
	err = Attention(elements[E](c.Out[0]), lse, elements[E](c.In[0]), elements[E](c.In[1]), elements[E](c.In[2]), h, m)
	if err == nil && !c.Out[1].Absent() {
		for i, v := range lse {
			c.Out[1].Put(i, float64(v))
		}
	}
	return err
}
