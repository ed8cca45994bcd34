package reference

import (
	"fmt"
	"math"
)

var speculativeAcceptOp = &Op{
	Name: "speculative_accept", Formula: "accept the draft iff u < min(1, p_d/q_d), else draw from max(p - q, 0) by u2",
	In: []Arg{
		{Name: "p", Says: "the model's probabilities", Unit: "1", Dims: matrix, DTypes: floats, Domain: func(c *Call) *Reject { return drawnMassDomain(c, "p", true) }},
		{Name: "q", Says: "the draft model's probabilities", Unit: "1", Dims: matrix, DTypes: floats, Domain: func(c *Call) *Reject { return drawnMassDomain(c, "q", false) }},
		{Name: "draft", Says: "token drawn from q", Dims: rows, DTypes: []DType{I64, I32}, Domain: draftDomain},
		{Name: "u", Says: "uniform that decides", Unit: "1", Dims: rows, DTypes: []DType{F64}, Domain: uniformDomain("u")},
		{Name: "u2", Says: "uniform that draws instead", Unit: "1", Dims: rows, DTypes: []DType{F64}, Domain: uniformDomain("u2")},
	},
	Out: []Arg{
		{Name: "token", Says: "token that stands", Unit: "index", Dims: rows, DTypes: []DType{I64}, Judge: ByLaw},
		{Name: "accepted", Says: "1 where it is the draft", Unit: "1", Dims: rows, DTypes: []DType{I64}, Judge: ByLaw},
	},
	Ref: speculativeAccept, Bound: speculativeAcceptBound, Edges: speculativeAcceptEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 3 * n, 8 * n },
	Cites: []string{
		"Leviathan, Kalman, Matias: Fast inference from transformers via speculative decoding, ICML 2023, algorithm 1",
		"Chen et al.: Accelerating large language model decoding with speculative sampling, 2023",
		"vLLM, v1/sample/rejection_sampler.py (accepts where p_d/q_d equals u, nothing where q_d = 0)",
	},
}

func draftDomain(c *Call) *Reject {
	t, vocab := c.Arg("draft"), int64(c.In[0].Shape[1])
	for i := range t.Len() {
		if v := t.Int(i); v < 0 || v >= vocab {
			return &Reject{Op: c.Op.Name, Arg: "draft", Code: "draft_range", Value: fmt.Sprint(v), Want: fmt.Sprintf("a token in [0, %d)", vocab), Row: i}
		}
	}
	return nil
}

// speculative_accept decides on a token d that a draft model drew from q: it is
// accepted iff u < min(1, p_d/q_d), compared as u*q_d < p_d; otherwise a token is
// drawn from the residual max(p - q, 0) by inversion at a second uniform. What
// stands is then distributed as p.
//
// p and q are taken as given; the residual is normalised. q_d = 0 cannot have been
// drawn: it is accepted iff p_d > 0. Where a rejection meets an empty residual,
// which only unnormalised p and q bring about, the token is drawn from p.
func speculativeAccept(c *Call) error {
	for i := range c.In[0].Shape[0] {
		p, q := c.In[0].Row(i, nil), c.In[1].Row(i, nil)
		d := int(c.In[2].Int(i))
		if math.FMA(c.In[3].Get(i), q[d], -p[d]) < 0 { // u*q_d < p_d, the product not rounded
			c.Out[0].PutInt(i, int64(d))
			c.Out[1].PutInt(i, 1)
			continue
		}
		c.Out[0].PutInt(i, int64(invertMass(residual(p, q), c.In[4].Get(i))))
		c.Out[1].PutInt(i, 0)
	}
	return nil
}

// residual is max(p - q, 0); p where that is nothing.
func residual(p, q []float64) []float64 {
	w, some := make([]float64, len(p)), false
	for j := range p {
		w[j] = max(p[j]-q[j], 0)
		some = some || w[j] > 0
	}
	if !some {
		return p
	}
	return w
}

// speculativeAcceptBound: acceptance is open where u*q_d and p_d are apart by no
// more than u, the product or quotient and the difference may be rounded; the
// token is the draft where the kernel accepted, else judged as a draw from the
// residual, whose masses are each off by a rounding.
func speculativeAcceptBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	rows := make([]massRow, len(b.Lo))
	slack := make([]float64, len(b.Lo))
	for i := range b.Lo {
		p, q := c.In[0].Row(i, nil), c.In[1].Row(i, nil)
		d, u := int(c.In[2].Int(i)), c.In[3].Get(i)
		slack[i] = acceptSlack(u, p[d], q[d], k, c.DType())
		both := slack[i] > 0 && math.Abs(u*q[d]-p[d]) <= slack[i]
		switch {
		case out == 1 && both:
			b.Lo[i], b.Hi[i] = 0, 1
		case out == 0:
			accepted := ref.Out[1].Get(i)
			if both {
				accepted = c.Out[1].Get(i)
			}
			if accepted != 0 {
				b.Lo[i], b.Hi[i] = float64(d), float64(d)
				continue
			}
			rows[i] = newMassRow(residual(p, q), k, c.DType(), 1)
			if exactResidual(p, q, k) {
				rows[i] = newMassRow(residual(p, q), k, c.DType(), 0)
			}
			first, last := rows[i].open(c.In[4].Get(i))
			b.Lo[i], b.Hi[i] = float64(first), float64(last)
		}
	}
	if out == 0 {
		b.Refuse = func(flat int, got float64) string {
			if j, ok := index(got, len(rows[flat].p)); ok && rows[flat].p[j] == 0 {
				return "the token drawn has no residual probability"
			}
			return ""
		}
	}
	b.Terms = func(flat int) []Term {
		return []Term{
			{"acceptance", "u*(4 + 2*ln_ulp*(|ln u| + |ln p| + |ln q|) unless tight)*(u*q_d + p_d), 0 where product and quotient are exact", slack[flat]},
			{"cumulative residual", "u_a*(2*S(n) + 7)", rows[flat].delta},
		}
	}
	return b
}

// acceptSlack is what a kernel's comparison of u*q and p may be off by: nothing
// where u, the product and the quotient are numbers of its working type. A p that
// may be flushed is off by itself.
func acceptSlack(u, p, q float64, k Contract, in DType) float64 {
	a, lost := k.Acc, 0.0
	if p < k.flushed(in) {
		lost = p
	}
	if u == 0 || q == 0 || p == 0 || a.Round(u) == u && a.Round(u*q) == u*q && q*a.Round(p/q) == p {
		return lost
	}
	logs := 0.0
	if k.Level != "tight" { // compared as logarithms
		logs = 2 * k.LnULP * (math.Abs(logOf(u)) + math.Abs(logOf(p)) + math.Abs(logOf(q)))
	}
	return (4+logs)*a.Unit()*(u*q+p) + 2*k.tiny(a) + lost
}

// exactResidual reports whether every difference is a number of the working type.
func exactResidual(p, q []float64, k Contract) bool {
	for j := range p {
		if w := p[j] - q[j]; k.Acc.Round(w) != w {
			return false
		}
	}
	return true
}

// proposed is one row's q, draft and uniforms.
func proposed(q []float64, draft, u, u2 float64) map[string]Tensor {
	return map[string]Tensor{"q": Of(F64, []int{1, len(q)}, q...), "draft": Vector(I64, draft), "u": Vector(F64, u), "u2": Vector(F64, u2)}
}

func stands(token, accepted float64) Answer { return Answer{Out: [][]float64{{token}, {accepted}}} }

var speculativeAcceptEdges = []Edge{
	edge("same", "p = q: accepted, for any u", []float64{0.5, 0.5}, proposed([]float64{0.5, 0.5}, 1, 1-0x1p-53, 0), stands(1, 1)),
	edge("below_the_ratio", "u just below p/q", []float64{0.25, 0.75}, proposed([]float64{0.5, 0.5}, 0, 0.5-0x1p-24, 0), stands(0, 1)),
	edge("on_the_ratio", "u = p/q: not accepted", []float64{0.25, 0.75}, proposed([]float64{0.5, 0.5}, 0, 0.5, 0), stands(1, 0)).
		also("vllm", stands(0, 1)),
	edge("u_zero", "u = 0 accepts whatever has mass", []float64{0x1p-14, 1}, proposed([]float64{1, 0}, 0, 0, 0), stands(0, 1)),
	edge("no_mass", "a draft without mass in p is never accepted", []float64{0, 1}, proposed([]float64{1, 0}, 0, 0, 0.5), stands(1, 0)).
		also("vllm", stands(0, 1)),
	edge("residual", "the draw is from max(p - q, 0), by index", []float64{0.25, 0.25, 0.5}, proposed([]float64{1, 0, 0}, 0, 0.5, 0.25), stands(1, 0)),
	edge("impossible_draft", "q = 0, p > 0: accepted", []float64{0.5, 0.5}, proposed([]float64{0, 1}, 0, 0.75, 0), stands(0, 1)).
		also("vllm", stands(0, 0)),
	edge("impossible_both", "p = q = 0: not accepted", []float64{0, 1}, proposed([]float64{0, 0.5}, 0, 0, 0), stands(1, 0)),
	edge("empty_residual", "unnormalised, nothing left: drawn from p", []float64{0.25, 0.25}, proposed([]float64{0.5, 0.5}, 0, 0.75, 0.5), stands(1, 0)),
	edge("draft_too_large", "a draft outside the vocabulary: refused", []float64{1}, proposed([]float64{1}, 1, 0, 0), refused("draft_range")),
	edge("mass_negative", "a negative mass: refused", []float64{1, -0.5}, proposed([]float64{1, 0}, 0, 0, 0), refused("mass_negative")),
	edge("q_nan", "NaN in q: refused", []float64{1, 0}, proposed([]float64{1, nan}, 0, 0, 0), refused("mass_nan")),
	edge("total_zero", "p without mass: refused", []float64{0, 0}, proposed([]float64{1, 0}, 0, 0, 0), refused("total_zero")),
	edge("u_one", "u = 1: refused", []float64{1, 0}, proposed([]float64{1, 0}, 0, 1, 0), refused("u_range")),
	edge("u2_negative", "u2 < 0: refused", []float64{1, 0}, proposed([]float64{1, 0}, 0, 0, -0.5), refused("u2_range")),
}
