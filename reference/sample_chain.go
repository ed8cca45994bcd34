package reference

import "math"

var sampleChainOp = &Op{
	Name: "sample_chain", Formula: "x/T; the k first; of those renormalised the nucleus p; of those p_i >= min_p*max p; draw by u",
	In: append([]Arg{
		withDomain(logits(), randomnessDomain), temperature(true), countK(true),
		{Name: "p", Says: "nucleus mass", Unit: "1", DTypes: real64, PerRow: true, Default: 1.0, Domain: unitInterval("p")},
		{Name: "min_p", Says: "least probability, as a share of the largest", Unit: "1", DTypes: real64, PerRow: true, Default: 0.0, Domain: unitInterval("min_p")},
	}, randomness()...),
	Out: []Arg{
		{Name: "token", Says: "token drawn", Unit: "index", Dims: rows, DTypes: []DType{I64}, Judge: ByLaw},
		{Name: "kept", Says: "tokens it was drawn from", Unit: "tokens", Dims: rows, DTypes: []DType{I64}, Judge: ByLaw},
	},
	Ref: sampleChain, Bound: sampleChainBound, Edges: sampleChainEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 45 * n, 4 * n },
	Cites: []string{
		"vLLM, v1/sample/ops/topk_topp_sampler.py: top-k, then top-p on the renormalised",
		"Holtzman et al. 2020 (top-p), Fan et al. 2018 (top-k), Nguyen et al. 2025 (min-p)",
	},
}

// sample_chain is the sampler of a text generator: temperature, then top-k, then
// the nucleus p of what is left, renormalised, then min_p, then a draw by
// inversion among the kept tokens in the order of their indices.
//
// Each filter keeps a prefix of one order, value descending and index ascending,
// so the chain keeps the shortest of three prefixes; kept is its length. The raw
// logits are ranked: dividing by T never makes two of them equal. T = 0 is the
// argmax and keeps 1. T = +Inf makes the kept tokens above -Inf equally likely.
// k = 0, p = 1, min_p = 0 turn a filter off.
//
// The text's sample_with_temperature is this with k = 0 and min_p = 0, except
// that it divides by T = 0 and that it draws in the order of rank.
func sampleChain(c *Call) error {
	if r := c.refuseRows(); r != nil {
		return r
	}
	eachRow(c, func(i int, r row) {
		kept := c.chain(i, &r)
		c.Out[0].PutInt(i, int64(r.invertKept(kept, c.Uniform(i))))
		c.Out[1].PutInt(i, int64(len(kept)))
	})
	return nil
}

// chain is what the filters leave of row i, in order of rank.
func (c *Call) chain(i int, r *row) []int {
	order := ranked(r.x)
	if r.T == 0 {
		return order[:1]
	}
	order = order[:c.keep(i, len(order))]
	n := nucleus(renormalise(r, order), order, c.Param("p", i), 0)
	return order[:min(n, r.aboveMinP(order, c.Param("min_p", i)))]
}

// invertKept is the first kept token, by index, whose cumulative mass exceeds u
// of the total.
func (r *row) invertKept(kept []int, u float64) int {
	if r.T == 0 {
		return kept[0]
	}
	return invertMass(renormalise(r, kept), u)
}

// sampleChainBound: the number kept lies between the shortest prefixes that an
// error of the masses leaves open, and the token is judged given the number the
// kernel kept, as sample_logits is.
func sampleChainBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	type open struct {
		row  row
		mass massRow
	}
	rows := make([]open, len(b.Lo))
	eachRow(c, func(i int, r row) {
		rows[i].row = r
		if r.kind != regular {
			return
		}
		order := ranked(r.x)
		if r.T == 0 {
			if out == 0 && k.Ties == "any" {
				b.Lo[i], b.Hi[i] = 0, float64(len(r.x)-1)
			}
			return
		}
		least, most := c.chainOpen(i, &r, order, k)
		if out == 1 {
			b.Lo[i], b.Hi[i] = float64(least), float64(most)
			return
		}
		chosen := int(min(max(c.Out[1].Get(i), float64(least)), float64(most)))
		m := r.keptError(order[:chosen], k, c.DType()).drawn()
		rows[i].mass = m
		first, last := c.openAt(i, m, k)
		b.Lo[i], b.Hi[i] = float64(first), float64(last)
		if k.Ties == "any" && chosen < len(order) && r.x[order[chosen]] == r.x[order[chosen-1]] {
			b.Lo[i], b.Hi[i] = 0, float64(len(r.x)-1) // which of the equals were kept is not known
			rows[i].mass.p = nil
		}
	})
	if out == 0 {
		b.Refuse = func(flat int, got float64) string {
			r := &rows[flat]
			j, ok := index(got, len(r.row.x))
			switch {
			case !ok || r.row.kind != regular:
				return ""
			case r.row.T == 0 && r.row.x[j] != r.row.max:
				return "temperature 0 is the argmax, and this token is below it"
			case math.IsInf(r.row.x[j], -1):
				return "the token drawn has no probability"
			case r.mass.p != nil && math.IsInf(r.row.gap(j), 1), r.mass.p != nil && r.mass.p[j] == 0 && r.row.gap(j) < 700:
				return "the token drawn is not among those kept"
			}
			return ""
		}
	}
	b.Terms = func(flat int) []Term {
		return []Term{{"cumulative mass", "u_a*(2*(c*D + 2*exp_ulp + base) + 2*S(n) + 5), over the kept", rows[flat].mass.delta}}
	}
	return b
}

// chainOpen is how few and how many tokens a kernel may keep of row i.
func (c *Call) chainOpen(i int, r *row, order []int, k Contract) (least, most int) {
	order = order[:c.keep(i, len(order))]
	e := r.keptError(order, k, c.DType())
	top, delta := c.Param("p", i), e.massError()
	if top == 0 || top == 1 { // no mass is compared
		delta = 0
	}
	least, most = nucleus(e.p, order, top, -delta), nucleus(e.p, order, top, delta)
	few, many := e.minPOpen(order, c.Param("min_p", i))
	return max(min(least, few), 1), min(most, many)
}

// chained are the parameters of an edge case.
func chained(u, T, k, p, minP float64) map[string]Tensor {
	return map[string]Tensor{"u": Vector(F64, u), "temperature": Scalar(F64, T), "k": Scalar(I64, k), "p": Scalar(F64, p), "min_p": Scalar(F64, minP)}
}

func drawn(token, kept float64) Answer { return Answer{Out: [][]float64{{token}, {kept}}} }

var sampleChainEdges = []Edge{
	edge("all_off", "no filter: sample_logits", []float64{0, 0, 0, 0}, chained(0.5, 1, 0, 1, 0), drawn(2, 4)),
	edge("k_one", "k = 1: the argmax, for any u", []float64{1, 3, 3}, chained(0.99, 1, 1, 1, 0), drawn(1, 1)),
	edge("p_zero", "p = 0: the argmax, for any u", []float64{1, 3, 3}, chained(0.99, 1, 0, 0, 0), drawn(1, 1)),
	edge("p_of_the_renormalised", "p counts mass among the k, not among all", []float64{0, 0, 0, 0}, chained(0.99, 1, 2, 0.25, 0), drawn(0, 1)),
	edge("order_of_indices", "the draw goes by index, not by rank", []float64{0, 5, 5}, chained(0.25, 1, 2, 1, 0), drawn(1, 2)),
	edge("min_p", "min_p = 1: those equal to the largest", []float64{0, 5, 5}, chained(0.75, 1, 0, 1, 1), drawn(2, 2)),
	edge("zero_temperature", "T = 0: the argmax, lowest index", []float64{1, 3, 3}, chained(0.99, 0, 0, 1, 0), drawn(1, 1)),
	edge("infinite_temperature", "T = +Inf: uniform over what is kept, ranked by the logits as given", []float64{9, -inf, 7, 8}, chained(0.5, inf, 2, 1, 0), drawn(3, 2)),
	edge("tiny_temperature", "a tiny T makes no two logits equal", []float64{1, 1.5}, chained(0.5, 0x1p-60, 0, 1, 0), drawn(1, 2)),
	edge("u_last", "u -> 1: the last kept token", []float64{0, 0, -inf}, chained(1-0x1p-53, 1, 0, 1, 0), drawn(1, 3)),
	edge("masked_row", "all -Inf: refused", []float64{-inf, -inf}, drawAt(0.5), refused("row_masked")),
	edge("infinite_logit", "+Inf: refused", []float64{0, inf}, drawAt(0.5), refused("row_infinite")),
	edge("nan_logit", "NaN: refused", []float64{nan, 0}, drawAt(0.5), refused("row_nan")),
	edge("empty_row", "no tokens: refused", nil, drawAt(0.5), refused("row_empty")),
	edge("k_negative", "k < 0: refused", []float64{0, 0}, chained(0.5, 1, -1, 1, 0), refused("k_negative")),
	edge("p_above_one", "p > 1: refused", []float64{0, 0}, chained(0.5, 1, 0, 2, 0), refused("p_range")),
	edge("min_p_negative", "min_p < 0: refused", []float64{0, 0}, chained(0.5, 1, 0, 1, -1), refused("min_p_range")),
	edge("negative_temperature", "T < 0: refused", []float64{0, 0}, chained(0.5, -1, 0, 1, 0), refused("temperature_negative")),
	edge("u_one", "u = 1: refused", []float64{0, 0}, drawAt(1), refused("u_range")),
}
