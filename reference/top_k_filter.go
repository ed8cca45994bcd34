package reference

import "math"

var topKFilterOp = &Op{
	Name: "top_k_filter", Formula: "keep the k first (value desc, index asc); renormalise the kept",
	In: []Arg{logits(), countK(true)},
	Out: []Arg{
		{Name: "probs", Says: "renormalised probabilities, +0 outside", Unit: "1", Dims: matrix, DTypes: floats, Judge: Bounded},
		{Name: "kept", Says: "tokens kept", Unit: "tokens", Dims: rows, DTypes: []DType{I64}, Judge: Exact},
	},
	Ref: topKFilter, Bound: topKFilterBound, Edges: topKFilterEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 23 * n, 8 * n },
	Cites: []string{"Fan, Lewis, Dauphin: Hierarchical neural story generation, ACL 2018"},
}

// top_k_filter keeps the k largest logits, value descending and index ascending,
// and gives their probabilities renormalised, +0 outside; kept is min(k, V), a
// masked token among the first k counted. k = 0 keeps everything and is exactly
// softmax.
//
// Masking with `x < x[k-th]` keeps every token that ties with the k-th, so that
// k = 1 is no longer the argmax; the profile "vllm" answers so.
//
// A row with NaN or +Inf, or all -Inf, gives NaN and keeps 0.
func topKFilter(c *Call) error {
	probs, kept := c.Out[0], c.Out[1]
	eachRow(c, func(i int, r row) {
		if r.kind != regular {
			probs.PutRow(i, r.softmax())
			return
		}
		n := c.keep(i, len(r.x))
		probs.PutRow(i, renormalise(&r, ranked(r.x)[:n]))
		kept.PutInt(i, int64(n))
	})
	return nil
}

// topKFilterBound: the kept set is exact, the probabilities are those of a
// softmax over it. Where the contract leaves ties open, a token that ties with
// the last one kept may be in or out.
func topKFilterBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	if out == 1 {
		return b
	}
	vocab, d := c.In[0].Shape[1], c.Out[0].DType
	rows := make([]*rowError, c.In[0].Shape[0])
	inside := make([]float64, len(b.Lo)) // the least a tied token has where it is kept
	eachRow(c, func(i int, r row) {
		if r.kind != regular {
			return
		}
		n, order := c.keep(i, vocab), ranked(r.x)
		rows[i] = b.keptRow(&r, order[:n], i*vocab, d, k, c.DType())
		if k.Ties == "any" {
			b.eitherOf(&r, order, n, i*vocab, inside)
		}
	})
	b.Terms = keptTerms(rows, vocab, k, d)
	b.Refuse = halfDropped(inside)
	return b
}

// eitherOf opens one row, from base on, where the n-th token in order ties with
// the next: which of the equals a kernel keeps is not known, so each may have its
// probability or none. inside gets the least that a kept one has.
func (b *Bounds) eitherOf(r *row, order []int, n, base int, inside []float64) {
	if n == 0 || n == len(order) || r.x[order[n]] != r.x[order[n-1]] || math.IsInf(r.x[order[n]], -1) {
		return
	}
	last := order[n-1]
	lo, hi := b.Lo[base+last], b.Hi[base+last]
	for j, v := range r.x {
		if v == r.x[last] {
			b.Lo[base+j], b.Hi[base+j], inside[base+j] = 0, hi, lo
		}
	}
}

func halfDropped(inside []float64) func(int, float64) string {
	return func(flat int, got float64) string {
		if got > 0 && got < inside[flat] {
			return "neither dropped nor the probability of a kept token"
		}
		return ""
	}
}

// keptRow sets one row of b, from base on, to a softmax over the kept tokens and
// opens it by that softmax's own bound.
func (b *Bounds) keptRow(r *row, kept []int, base int, out DType, k Contract, in DType) *rowError {
	e := r.keptError(kept, k, in)
	copy(b.Lo[base:], e.p)
	copy(b.Hi[base:], e.p)
	e.open(b, base, out)
	return e
}

// keptTerms takes a bound on probabilities apart, row by row.
func keptTerms(rows []*rowError, vocab int, k Contract, d DType) func(int) []Term {
	return func(flat int) []Term {
		if e := rows[flat/vocab]; e != nil && !e.exact && !math.IsInf(e.row.x[flat%vocab], -1) {
			return append(e.terms(flat%vocab), k.lastTerms(e.p[flat%vocab], d)...)
		}
		return nil
	}
}

var topKFilterEdges = []Edge{
	edge("tie", "k = 1 is the argmax, lowest index, though its value occurs twice", []float64{0, 1, 1}, count(1), nucleusOf(1, 0, 1, 0)).
		also("vllm", nucleusOf(2, 0, 0.5, 0.5)),
	edge("tie_at_the_end", "the lower index stays", []float64{0, 0, 0, 0}, count(2), nucleusOf(2, 0.5, 0.5, 0, 0)).
		also("vllm", nucleusOf(4, 0.25, 0.25, 0.25, 0.25)),
	edge("everything", "k = 0: the filter is off, masked tokens count as kept", []float64{0, -inf, 0}, count(0), nucleusOf(3, 0.5, 0, 0.5)),
	edge("more_than_there_are", "k > V: everything", []float64{0, 0}, count(9), nucleusOf(2, 0.5, 0.5)),
	edge("masked_logits", "a masked token among the k first has probability +0", []float64{-inf, 4, -inf}, count(2), nucleusOf(2, 0, 1, 0)),
	edge("masked_row", "all -Inf: NaN, none kept", []float64{-inf, -inf}, count(1), nucleusOf(0, nan, nan)),
	edge("infinite_logit", "+Inf: NaN, none kept", []float64{inf, 0}, count(1), nucleusOf(0, nan, nan)),
	edge("nan_logit", "NaN: NaN, none kept", []float64{nan, 0}, count(1), nucleusOf(0, nan, nan)),
	edge("empty_row", "no logits: nothing kept", nil, count(1), Answer{Out: [][]float64{{}, {0}}}),
	edge("k_negative", "k < 0: refused", []float64{0, 0}, count(-1), refused("k_negative")),
}

// keptError analyses a softmax over the kept tokens alone.
func (r *row) keptError(kept []int, k Contract, in DType) *rowError {
	only := *r
	only.x = make([]float64, len(r.x))
	fill(only.x, math.Inf(-1))
	for _, j := range kept {
		only.x[j] = r.x[j]
	}
	return newRowError(&only, renormalise(r, kept), k, in)
}
