package reference

import (
	"fmt"
	"math"
	"slices"
)

var beamStepOp = &Op{
	Name: "beam_step", Formula: "the k best of score_b + log_softmax(x_b)_i over all b, i; ties to the lower (b, i)",
	In: []Arg{
		logits(),
		{Name: "score", Says: "log-probability of each hypothesis so far", Unit: "nats", Dims: rows, DTypes: real64, Domain: scoreDomain},
		{Name: "k", Says: "how many to keep; more than rows*vocab counts as all", Unit: "hypotheses", DTypes: []DType{I64, I32}, Domain: beamDomain},
	},
	Out: []Arg{
		{Name: "best", Says: "log-probabilities, descending", Unit: "nats", Dims: []string{"k"}, DTypes: real64, Judge: Bounded},
		{Name: "parent", Says: "the hypothesis each extends", Unit: "index", Dims: []string{"k"}, DTypes: []DType{I64}, Judge: ByLaw},
		{Name: "token", Says: "the token it is extended by", Unit: "index", Dims: []string{"k"}, DTypes: []DType{I64}, Judge: ByLaw},
	},
	Sizes: func(c *Call, d Dims) { d["k"] = max(int(min(c.Param("k", 0), float64(d["rows"]*d["vocab"]))), 0) },
	Ref:   beamStep, Bound: beamStepBound, Edges: beamStepEdges,
	Shapes: []Dims{{"rows": 4, "vocab": 1000}, {"rows": 4, "vocab": 32000}, {"rows": 8, "vocab": 128256}},
	Work:   func(d Dims) (int64, int64) { n := size(d); return 22 * n, 4 * n },
	Cites: []string{
		"Lowerre: The Harpy speech recognition system, 1976 (beam search)",
		"Sutskever, Vinyals, Le: Sequence to sequence learning with neural networks, NIPS 2014, section 3.2",
	},
}

func scoreDomain(c *Call) *Reject {
	t := c.Arg("score")
	for i := range t.Len() {
		if v := t.Get(i); math.IsNaN(v) || math.IsInf(v, 1) {
			return &Reject{Op: c.Op.Name, Arg: "score", Code: "score_range", Value: fmt.Sprint(v), Want: "a number, -Inf for a hypothesis that is not there", Row: i}
		}
	}
	return nil
}

func beamDomain(c *Call) *Reject {
	switch v := c.Arg("k").Int(0); {
	case v < 0:
		return &Reject{Op: c.Op.Name, Arg: "k", Code: "k_negative", Value: fmt.Sprint(v), Want: "a beam of at least 1", Row: -1}
	case v == 0:
		return &Reject{Op: c.Op.Name, Arg: "k", Code: "k_zero", Value: "0", Want: "a beam of at least 1", Row: -1}
	}
	return nil
}

// beam_step extends every hypothesis of a beam by every token and keeps the k
// best, by score_b + log_softmax(x_b)_i, descending; ties go to the lower flat
// index, parent first, then token. The rows are the hypotheses of one beam.
//
// A hypothesis of score -Inf is not there: its extensions score -Inf whatever its
// logits hold. Such candidates, and masked tokens, fill the beam where nothing
// better is left. The logits of any other row must be fit to sample from, else the
// call is refused.
func beamStep(c *Call) error {
	all, err := c.candidates()
	if err != nil {
		return err
	}
	c.memo = all
	for n, a := range all[:c.Out[0].Shape[0]] {
		c.Out[0].Put(n, a.score)
		c.Out[1].PutInt(n, int64(a.parent))
		c.Out[2].PutInt(n, int64(a.token))
	}
	return nil
}

// candidate is a hypothesis extended by one token.
type candidate struct {
	score         float64
	parent, token int
}

// candidates are all extensions, best first.
func (c *Call) candidates() ([]candidate, error) {
	if all, done := c.memo.([]candidate); done {
		return all, nil
	}
	all := make([]candidate, 0, c.In[0].Len())
	var refusal *Reject
	eachRow(c, func(i int, r row) {
		score := c.In[1].Get(i)
		if r.kind != regular && !math.IsInf(score, -1) && refusal == nil {
			refusal = rowReject(c.Op.Name, i, r.kind)
		}
		for j, lp := range r.logSoftmax() {
			if math.IsInf(score, -1) {
				lp = 0
			}
			all = append(all, candidate{score + lp, i, j})
		}
	})
	if refusal != nil {
		return nil, refusal
	}
	rank(all)
	return all, nil
}

// rank sorts by score, descending; equals by parent, then by token.
func rank(all []candidate) {
	slices.SortFunc(all, func(a, b candidate) int { // no stable sort, which is much slower
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		case a.parent != b.parent:
			return a.parent - b.parent
		}
		return a.token - b.token
	})
}

// beam is the input of an edge case with several hypotheses.
func beam(vocab int, k float64, score []float64, x ...float64) map[string]Tensor {
	return map[string]Tensor{"x": Of(F64, []int{len(score), vocab}, x...), "score": Vector(F64, score...), "k": Scalar(I64, k)}
}

func beamOf(best, parent, token []float64) Answer {
	return Answer{Out: [][]float64{best, parent, token}}
}

var beamStepEdges = []Edge{
	edge("tie", "ties: the lower parent, then the lower token", nil, beam(2, 3, []float64{-1, -1}, 0, 0, 0, 0), beamOf([]float64{-1 - math.Ln2, -1 - math.Ln2, -1 - math.Ln2}, []float64{0, 0, 1}, []float64{0, 1, 0})),
	edge("one_hypothesis", "greedy when k = 1", nil, beam(3, 1, []float64{0}, -inf, 5, -inf), beamOf([]float64{0}, []float64{0}, []float64{1})),
	edge("dead_hypothesis", "a score of -Inf: its logits may hold anything", nil, beam(2, 2, []float64{-inf, 0}, nan, inf, 0, 0), beamOf([]float64{-math.Ln2, -math.Ln2}, []float64{1, 1}, []float64{0, 1})),
	edge("filled_up", "nothing better is left: candidates of -Inf, in order", nil, beam(2, 3, []float64{-inf, -1}, 0, 0, 7, -inf), beamOf([]float64{-1, -inf, -inf}, []float64{1, 0, 0}, []float64{0, 0, 1})),
	edge("more_than_there_are", "k above rows*vocab: all of them", nil, beam(2, 9, []float64{-1}, 0, 0), beamOf([]float64{-1 - math.Ln2, -1 - math.Ln2}, []float64{0, 0}, []float64{0, 1})),
	edge("sure_token", "a sure token leaves the score as it was", nil, beam(2, 1, []float64{-3}, -inf, 2), beamOf([]float64{-3}, []float64{0}, []float64{1})),
	edge("nan_logit", "NaN in a live row: refused", nil, beam(2, 1, []float64{0}, nan, 0), refused("row_nan")),
	edge("infinite_logit", "+Inf in a live row: refused", nil, beam(2, 1, []float64{0}, inf, 0), refused("row_infinite")),
	edge("masked_row", "a live row all -Inf: refused", nil, beam(2, 1, []float64{0}, -inf, -inf), refused("row_masked")),
	edge("score_nan", "a score of NaN: refused", nil, beam(1, 1, []float64{nan}, 0), refused("score_range")),
	edge("k_zero", "k = 0: refused", nil, beam(1, 0, []float64{0}, 0), refused("k_zero")),
	edge("k_negative", "k < 0: refused", nil, beam(1, -1, []float64{0}, 0), refused("k_negative")),
}
