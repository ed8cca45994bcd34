package reference

import "math"

var sampleLogitsOp = &Op{
	Name: "sample_logits", Formula: "first i with cdf_i > u*total, cdf of softmax(x/T)",
	In: append([]Arg{withDomain(logits(), randomnessDomain), temperature(true)}, randomness()...),
	Out: []Arg{
		{Name: "token", Says: "token drawn", Unit: "index", Dims: rows, DTypes: []DType{I64}, Judge: ByLaw},
	},
	Ref: sampleLogits, Bound: sampleLogitsBound, Edges: sampleLogitsEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 20 * n, 4 * n },
	Cites: []string{
		"Devroye: Non-uniform random variate generation, 1986, ch. III.2 (inversion)",
		"Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3, SC 2011 (Philox4x32-10)",
	},
}

// sample_logits draws a token by inverting the cumulative distribution of
// softmax(x/T): the first i with cdf_i > u*total. u in [0, 1) is injected, or
// comes from Philox4x32-10 keyed by the row's seed at its (request, step), never
// from the row's place in a batch.
//
// T = 0 is the argmax, lowest index. A token of zero mass is never drawn, for
// any u; as u goes to 1 the last token with mass answers. A row with NaN or
// +Inf, or all -Inf, cannot be sampled: the call is refused.
func sampleLogits(c *Call) error {
	if r := c.refuseRows(); r != nil {
		return r
	}
	eachRow(c, func(i int, r row) { c.Out[0].PutInt(i, int64(r.invert(c.Uniform(i)))) })
	return nil
}

func (r *row) invert(u float64) int {
	if r.T == 0 {
		return r.argmax
	}
	t, _ := r.terms()
	return invertMass(t, u)
}

// rowReject refuses a row that no token can be drawn from.
func rowReject(op string, i int, k kind) *Reject {
	r := &Reject{Op: op, Arg: "x", Want: "finite logits or -Inf, at least one of them finite", Row: i}
	switch k {
	case empty:
		r.Code, r.Value = "row_empty", "empty"
	case allMasked:
		r.Code, r.Value = "row_masked", "all -Inf"
	case infinite:
		r.Code, r.Value = "row_infinite", "+Inf somewhere"
	case undefined:
		r.Code, r.Value = "row_nan", "NaN somewhere"
	}
	return r
}

// sampleLogitsBound: every token whose stretch of the exact distribution, made
// longer by delta at both ends, holds u. delta is the error a kernel's
// cumulative masses may have. Masked tokens are refused wherever they lie.
func sampleLogitsBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[0])
	type open struct {
		r     row
		delta float64
	}
	rows := make([]open, len(b.Lo))
	eachRow(c, func(i int, r row) {
		rows[i].r = r
		if r.kind != regular {
			return
		}
		if r.T == 0 {
			if k.Ties == "any" {
				b.Lo[i], b.Hi[i] = 0, float64(len(r.x)-1)
			}
			return
		}
		m := newRowError(&r, r.softmax(), k, c.DType()).drawn()
		rows[i].delta = m.delta
		first, last := c.openAt(i, m, k)
		b.Lo[i], b.Hi[i] = float64(first), float64(last)
	})
	b.Refuse = func(flat int, got float64) string {
		r, j := &rows[flat].r, int(got)
		if r.kind != regular || got != math.Trunc(got) || j < 0 || j >= len(r.x) {
			return ""
		}
		if math.IsInf(r.x[j], -1) {
			return "the token drawn has no probability"
		}
		if r.T == 0 && r.x[j] != r.max {
			return "temperature 0 is the argmax, and this token is below it"
		}
		return ""
	}
	b.Terms = func(flat int) []Term {
		return []Term{{"cumulative mass", "u_a*(2*(c*D + 2*exp_ulp + base) + 2*S(n) + 5)", rows[flat].delta}}
	}
	return b
}

func drawAt(u float64) map[string]Tensor { return map[string]Tensor{"u": Vector(F64, u)} }

var sampleLogitsEdges = []Edge{
	edge("u_zero", "u = 0: the first token with mass", []float64{-inf, 0, 0}, drawAt(0), values(1)),
	edge("u_last", "u -> 1: the last token with mass", []float64{0, 0, -inf}, drawAt(1-0x1p-53), values(1)),
	edge("u_on_a_step", "u equal to a step of the distribution: the token after it", []float64{0, 0, 0, 0}, drawAt(0.5), values(2)),
	edge("u_below_a_step", "just below the step: the token before it", []float64{0, 0, 0, 0}, drawAt(0.5-0x1p-53), values(1)),
	edge("single", "one token: always that", []float64{-9}, drawAt(0.75), values(0)),
	edge("zero_temperature", "T = 0: the argmax, lowest index", []float64{1, 3, 3}, map[string]Tensor{"u": Vector(F64, 0.99), "temperature": Scalar(F64, 0)}, values(1)),
	edge("infinite_temperature", "T = +Inf: uniform above -Inf", []float64{9, -inf, -9}, map[string]Tensor{"u": Vector(F64, 0.5), "temperature": Scalar(F64, inf)}, values(2)),
	edge("masked_row", "all -Inf: refused", []float64{-inf, -inf}, drawAt(0.5), refused("row_masked")),
	edge("empty_row", "no tokens: refused", nil, drawAt(0.5), refused("row_empty")),
	edge("infinite_logit", "+Inf: refused", []float64{0, inf}, drawAt(0.5), refused("row_infinite")),
	edge("nan_logit", "NaN: refused", []float64{nan, 0}, drawAt(0.5), refused("row_nan")),
	edge("u_one", "u = 1: refused", []float64{0, 0}, drawAt(1), refused("u_range")),
	edge("u_negative", "u < 0: refused", []float64{0, 0}, drawAt(-0.25), refused("u_range")),
	edge("negative_temperature", "T < 0: refused", []float64{0, 0}, map[string]Tensor{"u": Vector(F64, 0.5), "temperature": Scalar(F64, -1)}, refused("temperature_negative")),
}

// refuseRows refuses the first row of logits that no token can be drawn from.
func (c *Call) refuseRows() *Reject {
	var refusal *Reject
	eachRow(c, func(i int, r row) {
		if refusal == nil && r.kind != regular {
			refusal = rowReject(c.Op.Name, i, r.kind)
		}
	})
	return refusal
}
