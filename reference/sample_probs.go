package reference

import (
	"fmt"
	"math"
)

var sampleProbsOp = &Op{
	Name: "sample_probs", Formula: "first i with cdf_i > u*total, cdf_i = p_0 + ... + p_i",
	In: append([]Arg{
		{Name: "p", Says: "masses, normalised or not", Unit: "1", Dims: matrix, DTypes: floats, Domain: func(c *Call) *Reject {
			if r := randomnessDomain(c); r != nil {
				return r
			}
			return drawnMassDomain(c, "p", true)
		}},
	}, randomness()...),
	Out: []Arg{
		{Name: "token", Says: "token drawn", Unit: "index", Dims: rows, DTypes: []DType{I64}, Judge: ByLaw},
	},
	Ref: sampleProbs, Bound: sampleProbsBound, Edges: sampleProbsEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 2 * n, 8 * n },
	Cites: []string{
		"Devroye: Non-uniform random variate generation, 1986, ch. III.2 (inversion)",
		"pytorch issues 4858 and 13867: multinomial drew tokens of probability 0",
	},
}

// drawnMassDomain refuses rows that are no masses: negative, NaN or infinite ones, a
// sum beyond float32 (float64 for float64) and, where a token must be drawn from
// them, a sum of zero.
func drawnMassDomain(c *Call, arg string, drawn bool) *Reject {
	t := c.Arg(arg)
	most := F32.Max()
	if t.DType == F64 {
		most = F64.Max()
	}
	for i := range t.Shape[0] {
		r := &Reject{Op: c.Op.Name, Arg: arg, Want: "finite masses >= 0 with a sum above 0", Row: i}
		var total sum
		for j, v := range t.Row(i, nil) {
			switch {
			case math.IsNaN(v):
				r.Code = "mass_nan"
			case v < 0:
				r.Code = "mass_negative"
			case math.IsInf(v, 1):
				r.Code = "mass_infinite"
			}
			if r.Code != "" {
				r.Value = fmt.Sprintf("%v at %d", v, j)
				return r
			}
			total.add(v)
		}
		r.Value = fmt.Sprintf("a row of sum %v", total.value())
		switch {
		case !(total.value() <= most):
			r.Code = "total_infinite"
			return r
		case drawn && t.Shape[1] == 0:
			return rowReject(c.Op.Name, i, empty)
		case drawn && total.value() == 0:
			r.Code = "total_zero"
			return r
		}
	}
	return nil
}

// sample_probs draws a token by inverting the cumulative sums of p at u in [0, 1):
// the first i with cdf_i > u*total. p need not be normalised. u is injected, or
// drawn from Philox4x32-10, as for sample_logits.
//
// A token of mass 0 is never drawn, for any u; as u goes to 1 the last token with
// mass answers. A negative, NaN or infinite mass, and a row without mass, are
// refused. `torch.multinomial(top_k_probs, 1)` draws the same distribution from
// uniforms of its own.
func sampleProbs(c *Call) error {
	for i := range c.In[0].Shape[0] {
		c.Out[0].PutInt(i, int64(invertMass(c.In[0].Row(i, nil), c.Uniform(i))))
	}
	return nil
}

// invertMass is the first token whose cumulative mass exceeds u of the total.
// A sum too small for u*total to hold 53 bits is scaled first.
func invertMass(p []float64, u float64) int {
	scale := 1.0
	if largest := largestOf(p); largest < 0x1p-900 {
		scale = 0x1p120
	}
	var total, cdf sum
	for _, v := range p {
		total.add(v * scale)
	}
	limit := u * total.value()
	last := 0
	for j, v := range p {
		if v == 0 {
			continue
		}
		if cdf.add(v * scale); cdf.value() > limit {
			return j
		}
		last = j
	}
	return last
}

func largestOf(p []float64) (m float64) {
	for _, v := range p {
		m = max(m, v)
	}
	return m
}

// sampleProbsBound: every token whose stretch of the exact distribution, made
// longer by delta at both ends, holds u. Tokens without mass are refused.
func sampleProbsBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[0])
	rows := make([]massRow, len(b.Lo))
	for i := range rows {
		rows[i] = newMassRow(c.In[0].Row(i, nil), k, c.DType(), 0)
		first, last := c.openAt(i, rows[i], k)
		b.Lo[i], b.Hi[i] = float64(first), float64(last)
	}
	b.Refuse = func(flat int, got float64) string {
		if j, ok := index(got, len(rows[flat].p)); ok && rows[flat].p[j] == 0 {
			return "the token drawn has no probability"
		}
		return ""
	}
	b.Terms = func(flat int) []Term {
		return []Term{{"cumulative mass", "u_a*(2*S(n) + 5) + n*tiny/total", rows[flat].delta}}
	}
	return b
}

var sampleProbsEdges = []Edge{
	edge("u_zero", "u = 0: the first token with mass", []float64{0, 0.25, 0.75}, drawAt(0), values(1)),
	edge("u_last", "u -> 1: the last token with mass", []float64{0.5, 0.5, 0}, drawAt(1-0x1p-53), values(1)),
	edge("u_on_a_step", "u equal to a step: the token after it", []float64{0.25, 0.25, 0.5}, drawAt(0.5), values(2)),
	edge("u_below_a_step", "just below the step: the token before it", []float64{0.25, 0.25, 0.5}, drawAt(0.5-0x1p-53), values(1)),
	edge("step_over_zeros", "a step followed by tokens without mass", []float64{0.5, 0, 0, 0.5}, drawAt(0.5), values(3)),
	edge("unnormalised", "p need not add up to 1", []float64{1, 2, 1}, drawAt(0.25), values(1)),
	edge("single", "one token: always that", []float64{0.5}, drawAt(0.75), values(0)),
	edge("negative_zero", "-0 is no mass", []float64{math.Copysign(0, -1), 1}, drawAt(0), values(1)),
	edge("total_zero", "no mass at all: refused", []float64{0, 0}, drawAt(0.5), refused("total_zero")),
	edge("mass_negative", "a negative mass: refused", []float64{0.5, -0.25}, drawAt(0.5), refused("mass_negative")),
	edge("mass_nan", "NaN: refused", []float64{0.5, nan}, drawAt(0.5), refused("mass_nan")),
	edge("mass_infinite", "+Inf: refused", []float64{0.5, inf}, drawAt(0.5), refused("mass_infinite")),
	edge("empty_row", "no tokens: refused", nil, drawAt(0.5), refused("row_empty")),
	edge("u_one", "u = 1: refused", []float64{0.5, 0.5}, drawAt(1), refused("u_range")),
	edge("no_randomness", "neither u nor seed: refused", []float64{1}, nil, refused("u_or_seed")),
}
