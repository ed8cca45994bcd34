package reference

import "math"

var minPFilterOp = &Op{
	Name: "min_p_filter", Formula: "keep i iff p_i >= min_p * max p, p = softmax(x); renormalise the kept",
	In: []Arg{
		logits(),
		{Name: "min_p", Says: "least probability, as a share of the largest", Unit: "1", DTypes: real64, PerRow: true, Default: 0.0, Domain: unitInterval("min_p")},
	},
	Out: []Arg{
		{Name: "probs", Says: "renormalised probabilities, +0 outside", Unit: "1", Dims: matrix, DTypes: floats, Judge: Bounded},
		{Name: "kept", Says: "tokens kept", Unit: "tokens", Dims: rows, DTypes: []DType{I64}, Judge: ByLaw},
	},
	Ref: minPFilter, Bound: minPFilterBound, Edges: minPFilterEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 25 * n, 8 * n },
	Cites: []string{"Nguyen et al.: Turning up the heat: min-p sampling for creative and coherent LLM outputs, ICLR 2025"},
}

// min_p_filter keeps the tokens whose probability is at least min_p of the
// largest: exp(x_i - max x) >= min_p. probs are the kept tokens' probabilities
// renormalised, +0 outside.
//
// min_p = 0 keeps everything and is exactly softmax; min_p = 1 keeps the tokens
// that equal the largest, all of them. Equal logits are kept or dropped together.
// A row with NaN or +Inf, or all -Inf, gives NaN and keeps 0.
func minPFilter(c *Call) error {
	probs, kept := c.Out[0], c.Out[1]
	eachRow(c, func(i int, r row) {
		if r.kind != regular {
			probs.PutRow(i, r.softmax())
			return
		}
		order := ranked(r.x)
		n := r.aboveMinP(order, c.Param("min_p", i))
		probs.PutRow(i, renormalise(&r, order[:n]))
		kept.PutInt(i, int64(n))
	})
	return nil
}

// aboveMinP is the number of tokens, in order, with a term of at least minP: the
// largest term is 1. Near 1 the distances from 1 are compared: a logit below the
// maximum by less than a rounding of its term is below it.
func (r *row) aboveMinP(order []int, minP float64) int {
	for n, j := range order {
		if minP > 0.5 && math.Expm1(-r.gap(j)) < minP-1 || minP <= 0.5 && r.term(j) < minP {
			return n
		}
	}
	return len(order)
}

// minPOpen is how few and how many tokens a kernel of e's contract may keep.
// Token i compares exp(-d_i) with min_p, or p_i with min_p*p_max, or x_i with
// max + ln min_p: relative to min_p that may be off by
//
//	u*(arguments of both + exponentials of both + 2*d_i*ln_ulp + 4)
//
// and, unless tight, by u*4*max|x|/T of the difference formed last. Where the
// gap is 0, or min_p is 0, nothing can go wrong.
func (e *rowError) minPOpen(order []int, minP float64) (least, most int) {
	r := e.row
	if minP == 0 {
		return len(order), len(order)
	}
	for n, j := range order {
		d := r.gap(j)
		t := r.term(j)
		if d == 0 {
			least, most = n+1, n+1
			continue
		}
		by := e.argument(j) + 2*e.base(j) + e.exp(j) + e.exp(r.argmax) + clipGap(d)*2*e.k.LnULP + 4
		if e.exact {
			by = 0
		}
		tiny := e.k.tiny(e.k.Acc) * e.S // a probability that underflows
		if t*math.Exp(e.u*by)+tiny < minP {
			break
		}
		most = n + 1
		if t*math.Exp(-e.u*by)-tiny >= minP {
			least = n + 1
		}
	}
	return least, most
}

// minPFilterBound: the number kept lies between the two of minPOpen; the
// probabilities are judged given that number. Equal logits are parted only by a
// kernel whose exponential is not the same in every lane, and only where min_p is
// their very ratio: then any of them may be the kept ones.
func minPFilterBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	vocab, d := c.In[0].Shape[1], c.Out[0].DType
	rows := make([]*rowError, c.In[0].Shape[0])
	inside := make([]float64, len(b.Lo))
	eachRow(c, func(i int, r row) {
		if r.kind != regular {
			return
		}
		order := ranked(r.x)
		e := newRowError(&r, r.softmax(), k, c.DType())
		least, most := e.minPOpen(order, c.Param("min_p", i))
		if out == 1 {
			b.Lo[i], b.Hi[i] = float64(least), float64(most)
			return
		}
		chosen := int(min(max(c.Out[1].Get(i), float64(least)), float64(most)))
		rows[i] = b.keptRow(&r, order[:chosen], i*vocab, d, k, c.DType())
		b.eitherOf(&r, order, chosen, i*vocab, inside)
	})
	if out == 0 {
		b.Terms, b.Refuse = keptTerms(rows, vocab, k, d), halfDropped(inside)
		return b
	}
	b.Terms = func(flat int) []Term {
		return []Term{{"ratio", "p_i/(min_p*p_max) may be off by u*(c*d_i + 2*base + 4*exp_ulp + 2*ln_ulp*d_i + 4)", 0}}
	}
	return b
}

var minPFilterEdges = []Edge{
	edge("everything", "min_p = 0: an exact no-op, masked tokens count as kept", []float64{0, -inf, 0}, param("min_p", 0), nucleusOf(3, 0.5, 0, 0.5)),
	edge("only_the_largest", "min_p = 1: all that equal the largest", []float64{0, 1, 1}, param("min_p", 1), nucleusOf(2, 0, 0.5, 0.5)),
	edge("masked_logit", "any min_p above 0 drops -Inf", []float64{0, -inf, 0}, param("min_p", 0x1p-100), nucleusOf(2, 0.5, 0, 0.5)),
	edge("equal", "equal logits stay together", []float64{0, 0, 0, 0}, param("min_p", 0.5), nucleusOf(4, 0.25, 0.25, 0.25, 0.25)),
	edge("far_below", "a token far below goes", []float64{8, 0}, param("min_p", 0.125), nucleusOf(1, 1, 0)),
	edge("masked_row", "all -Inf: NaN, none kept", []float64{-inf, -inf}, param("min_p", 0.5), nucleusOf(0, nan, nan)),
	edge("infinite_logit", "+Inf: NaN, none kept", []float64{inf, 0}, param("min_p", 0.5), nucleusOf(0, nan, nan)),
	edge("nan_logit", "NaN: NaN, none kept", []float64{nan, 0}, param("min_p", 0.5), nucleusOf(0, nan, nan)),
	edge("empty_row", "no logits: nothing kept", nil, param("min_p", 0.5), Answer{Out: [][]float64{{}, {0}}}),
	edge("min_p_above_one", "min_p > 1: refused", []float64{0, 0}, param("min_p", 1.5), refused("min_p_range")),
	edge("min_p_negative", "min_p < 0: refused", []float64{0, 0}, param("min_p", -0.5), refused("min_p_range")),
	edge("min_p_nan", "min_p = NaN: refused", []float64{0, 0}, param("min_p", nan), refused("min_p_range")),
}
