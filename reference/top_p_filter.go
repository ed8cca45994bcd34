package reference

import "fmt"

var topPFilterOp = &Op{
	Name: "top_p_filter", Formula: "keep i (value desc, index asc) iff mass before i <= p; renormalise the kept",
	In: []Arg{
		logits(),
		{Name: "p", Says: "nucleus mass", Unit: "1", DTypes: real64, PerRow: true, Default: 1.0, Domain: unitInterval("p")},
	},
	Out: []Arg{
		{Name: "probs", Says: "renormalised probabilities, +0 outside", Unit: "1", Dims: matrix, DTypes: floats, Judge: Bounded},
		{Name: "kept", Says: "tokens kept", Unit: "tokens", Dims: rows, DTypes: []DType{I64}, Judge: ByLaw},
	},
	Ref: topPFilter, Bound: topPFilterBound, Edges: topPFilterEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 42 * n, 8 * n },
	Cites: []string{"Holtzman, Buys, Du, Forbes, Choi: The curious case of neural text degeneration, ICLR 2020"},
}

// top_p_filter keeps the nucleus (Holtzman et al. 2020): in the order value
// descending, index ascending, a token is kept iff the probability mass before
// it is at most p, so the token that crosses p stays. probs are the kept
// tokens' probabilities renormalised, +0 outside; kept is their number.
//
// p = 0 keeps the argmax alone, p = 1 everything. The familiar line
// `cumulative - probs > top_p` removes exactly the tokens this removes. Systems
// that stop at cumulative >= p differ only where a prefix equals p exactly.
// A row with NaN or +Inf, or all -Inf, gives NaN and keeps 0.
func topPFilter(c *Call) error {
	probs, kept := c.Out[0], c.Out[1]
	eachRow(c, func(i int, r row) {
		p := r.softmax()
		if r.kind != regular {
			probs.PutRow(i, p)
			return
		}
		order := ranked(r.x)
		n := nucleus(p, order, c.Param("p", i), 0)
		probs.PutRow(i, renormalise(&r, order[:n]))
		kept.Put(i, float64(n))
	})
	return nil
}

// nucleus is the number of tokens, in order, whose mass before them is at most
// top + slack.
func nucleus(p []float64, order []int, top, slack float64) int {
	if top+slack >= 1 {
		return len(order)
	}
	var before sum
	for n, j := range order {
		if before.value() > top+slack {
			return n
		}
		before.add(p[j])
	}
	return len(order)
}

// renormalise is the softmax of the kept logits, 0 for the others.
func renormalise(r *row, kept []int) []float64 {
	y := make([]float64, len(r.x))
	var S sum
	for _, j := range kept {
		y[j] = r.term(j)
		S.add(y[j])
	}
	for _, j := range kept {
		y[j] /= S.value()
	}
	return y
}

func unitInterval(name string) func(*Call) *Reject {
	return func(c *Call) *Reject {
		t := c.Arg(name)
		for i := range t.Len() {
			if v := t.Get(i); !(v >= 0 && v <= 1) {
				return &Reject{Op: c.Op.Name, Arg: name, Code: name + "_range", Value: fmt.Sprint(v), Want: "a number in [0, 1]", Row: i}
			}
		}
		return nil
	}
}

// topPFilterBound. The order is that of the raw logits, so the kept set is
// decided by its size alone. A kernel's masses may be off by delta: a token must
// be kept if the exact mass before it is at most p - delta and must go if it is
// above p + delta; the size lies between. The probabilities are judged given the
// size the kernel chose, as a softmax over its own nucleus.
func topPFilterBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	vocab := c.In[0].Shape[1]
	d := c.Out[out].DType
	rows := make([]*rowError, c.In[0].Shape[0])
	deltas := make([]float64, len(rows))
	eachRow(c, func(i int, r row) {
		if r.kind != regular {
			return
		}
		p := r.softmax()
		e := newRowError(&r, p, k, c.DType())
		order := ranked(r.x)
		top, delta := c.Param("p", i), e.massError()
		deltas[i] = delta
		least, most := nucleus(p, order, top, -delta), nucleus(p, order, top, delta)
		if top == 0 || top == 1 { // no mass is compared
			least = nucleus(p, order, top, 0)
			most = least
		}
		if out == 1 {
			b.Lo[i], b.Hi[i] = float64(max(least, 1)), float64(most)
			return
		}
		chosen := int(min(max(c.Out[1].Get(i), float64(least)), float64(most)))
		rows[i] = b.keptRow(&r, order[:max(chosen, 1)], i*vocab, d, k, c.DType())
	})
	probs := keptTerms(rows, vocab, k, d)
	b.Terms = func(flat int) []Term {
		if out == 1 {
			return []Term{{"mass", "the prefix's mass may be off by u*(2*(c*D + 2*exp_ulp + base) + 2*S(n) + 4)", deltas[flat]}}
		}
		return probs(flat)
	}
	return b
}

func nucleusOf(kept float64, probs ...float64) Answer { return Answer{Out: [][]float64{probs, {kept}}} }

var topPFilterEdges = []Edge{
	edge("everything", "p = 1: an exact no-op, masked tokens count as kept", []float64{0, -inf, 0}, param("p", 1), nucleusOf(3, 0.5, 0, 0.5)),
	edge("nothing_but_the_best", "p = 0: the argmax only, lowest index", []float64{0, 1, 1}, param("p", 0), nucleusOf(1, 0, 1, 0)),
	edge("exact_prefix", "a prefix that equals p: the next token still stays", []float64{0, 0, 0, 0}, param("p", 0.5), nucleusOf(3, 1./3, 1./3, 1./3, 0)),
	edge("below_prefix", "just below a prefix: it crosses there", []float64{0, 0, 0, 0}, param("p", 0.4375), nucleusOf(2, 0.5, 0.5, 0, 0)),
	edge("crossing_token", "the token that crosses p stays", []float64{0, 0}, param("p", 0.25), nucleusOf(1, 1, 0)),
	edge("masked_row", "all -Inf: NaN, none kept", []float64{-inf, -inf}, param("p", 0.5), nucleusOf(0, nan, nan)),
	edge("infinite_logit", "+Inf: NaN, none kept", []float64{inf, 0}, param("p", 0.5), nucleusOf(0, nan, nan)),
	edge("nan_logit", "NaN: NaN, none kept", []float64{nan, 0}, param("p", 0.5), nucleusOf(0, nan, nan)),
	edge("empty_row", "no logits: nothing kept", nil, param("p", 0.5), Answer{Out: [][]float64{{}, {0}}}),
	edge("p_above_one", "p > 1: refused", []float64{0, 0}, param("p", 1.5), refused("p_range")),
	edge("p_negative", "p < 0: refused", []float64{0, 0}, param("p", -0.5), refused("p_range")),
	edge("p_nan", "p = NaN: refused", []float64{0, 0}, param("p", nan), refused("p_range")),
}
