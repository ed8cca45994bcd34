package reference

import (
	"fmt"
	"math"
)

var tokenLogprobsOp = &Op{
	Name: "token_logprobs", Formula: "lp = log_softmax(x/T)[label]",
	In: []Arg{
		logits(),
		{Name: "label", Says: "token of each row", Dims: rows, DTypes: []DType{I64, I32}, Domain: labelDomain},
		temperature(false),
	},
	Out: []Arg{
		{Name: "lp", Says: "log-probability of each row's token", Unit: "nats", Dims: rows, DTypes: real64, Judge: Bounded},
	},
	Ref: tokenLogprobs, Bound: tokenLogprobsBound, Edges: tokenLogprobsEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 20 * n, 4 * n },
	Cites: []string{"Blanchard, Higham, Higham 2021 (log-sum-exp)"},
}

var sequenceLogprobOp = &Op{
	Name: "sequence_logprob", Formula: "logprob = sum_{t<length} lp_t; score = logprob, logprob/length^a or logprob/((5+length)/6)^a",
	In: []Arg{
		{Name: "lp", Says: "log-probabilities of the generated tokens, one sequence a row", Unit: "nats", Dims: []string{"rows", "length"}, DTypes: real64},
		{Name: "lengths", Says: "generated tokens of each sequence, the end token among them", Unit: "tokens", Dims: rows, DTypes: []DType{I64, I32}, Domain: lengthsDomain},
		{Name: "alpha", Says: "length penalty a", Unit: "1", DTypes: real64, PerRow: true, Default: 1.0, Domain: alphaDomain},
	},
	Out: []Arg{
		{Name: "logprob", Says: "log-probability of each sequence", Unit: "nats", Dims: rows, DTypes: real64, Judge: Bounded},
		{Name: "score", Says: "the same, normalised for length", Unit: "nats", Dims: rows, DTypes: real64, Judge: Bounded},
	},
	Choices: map[string][]string{"length_penalty": {"none", "power", "gnmt"}},
	Ref:     sequenceLogprob, Bound: sequenceLogprobBound, Edges: sequenceLogprobEdges,
	Shapes: []Dims{{"rows": 4, "length": 32}, {"rows": 64, "length": 512}, {"rows": 8, "length": 8192}},
	Work: func(d Dims) (int64, int64) {
		n := int64(d["rows"]) * int64(d["length"])
		return n, 4 * n
	},
	Cites: []string{"Wu et al.: Google's neural machine translation system, 2016, eq. 14 (((5+len)/6)^a)"},
}

// token_logprobs picks each row's token out of log_softmax(x/T), without
// computing the others: -(gap_t + ln S). A masked token has -Inf. A row with NaN,
// +Inf or nothing but -Inf has NaN. A token outside the row is refused.
func tokenLogprobs(c *Call) error {
	eachRow(c, func(i int, r row) {
		if r.kind != regular {
			c.Out[0].Put(i, math.NaN())
			return
		}
		c.Out[0].Put(i, -(r.gap(int(c.Arg("label").Int(i)))+r.logSum())+0)
	})
	return nil
}

func tokenLogprobsBound(c, ref *Call, k Contract, out int) Bounds {
	all := make([][]Term, c.In[0].Shape[0])
	eachRow(c, func(i int, r row) {
		if r.kind != regular {
			return
		}
		e, ls := newRowError(&r, r.softmax(), k, c.DType()), r.logSum()
		t := e.logSumTerms(ls)
		all[i] = append(t, Term{"gap and difference", "u*(c*d_t + 2(d_t + ln S)); 2u(|lse| + |x_t|/T + |m|/T) more unless tight",
			finiteOrZero(e.logProb(int(c.Arg("label").Int(i)), 0, ls))})
	})
	return bounded(ref.Out[0], c.Out[0].DType, k, func(i int) []Term { return all[i] })
}

// sequence_logprob adds up the log-probabilities of a sequence's tokens,
//
//	logprob = sum_{t<length} lp_t, score = logprob, logprob/length^a or logprob/((5+length)/6)^a,
//
// the logarithm of the product of their probabilities, which itself underflows
// after a few dozen tokens. Sequences are rows, padded to one length; what
// stands at and beyond a row's own length may be anything, NaN too.
//
// Longer sequences have smaller products. score makes them comparable: none
// leaves the sum, power divides by length^a (a = 1: the mean), gnmt by
// ((5+length)/6)^a. An empty sequence has the sum 0; its power score is the
// quotient 0/0^a as IEEE has it, NaN for a > 0. A token of probability 0 (-Inf)
// makes both -Inf.
func sequenceLogprob(c *Call) error {
	for i := range c.In[0].Shape[0] {
		s := added(c.tokens(i))
		c.Out[0].Put(i, s)
		c.Out[1].Put(i, s/c.lengthPenalty(i))
	}
	return nil
}

// tokens are the log-probabilities of sequence i without its padding.
func (c *Call) tokens(i int) []float64 { return c.In[0].Row(i, nil)[:c.In[1].Int(i)] }

func (c *Call) lengthPenalty(i int) float64 {
	n, a := float64(c.In[1].Int(i)), c.Param("alpha", i)
	switch c.Pick("length_penalty") {
	case "power":
		return math.Pow(n, a)
	case "gnmt":
		return math.Pow((5+n)/6, a)
	}
	return 1
}

func sequenceLogprobBound(c, ref *Call, k Contract, out int) Bounds {
	u := k.Acc.Unit()
	return bounded(ref.Out[out], c.Out[out].DType, k, func(i int) []Term {
		sizes := c.tokens(i)
		for j, v := range sizes {
			sizes[j] = math.Abs(v)
		}
		s := k.sumTerm("lp_t", sizes)
		terms := []Term{s, own(added(sizes))}
		if out == 1 && c.Pick("length_penalty") != "none" {
			p := c.lengthPenalty(i)
			terms[0].Value, terms[1].Value = s.Value/p, terms[1].Value/p
			score := math.Abs(ref.Out[1].Get(i))
			if score == 0 {
				return terms[:0]
			}
			terms = append(terms, Term{"penalty", "u*|score|*(2*exp_ulp + (2*ln_ulp + 4)*|ln penalty| + 2|a| + 2), ln penalty = a ln length",
				u * score * (2*k.ExpULP + (2*k.LnULP+4)*math.Abs(math.Log(p)) + 2*math.Abs(c.Param("alpha", i)) + 2)})
		}
		return terms
	})
}

func lengthsDomain(c *Call) *Reject {
	most := c.In[0].Shape[1]
	for i := range c.In[1].Len() {
		if n := c.In[1].Int(i); n < 0 || n > int64(most) {
			return &Reject{Op: c.Op.Name, Arg: "lengths", Code: "length_range", Value: fmt.Sprint(n), Want: fmt.Sprintf("a length in [0, %d]", most), Row: i}
		}
	}
	return nil
}

func alphaDomain(c *Call) *Reject {
	t := c.Arg("alpha")
	for i := range t.Len() {
		if v := t.Get(i); math.IsNaN(v) || math.IsInf(v, 0) {
			return &Reject{Op: c.Op.Name, Arg: "alpha", Code: "alpha_range", Value: fmt.Sprint(v), Want: "a finite number", Row: i}
		}
	}
	return nil
}

func scored(logprob, score float64) Answer { return Answer{Out: [][]float64{{logprob}, {score}}} }

func ofLength(n float64, alpha ...float64) map[string]Tensor {
	m := map[string]Tensor{"lengths": labels(n)}
	if len(alpha) > 0 {
		m["alpha"] = Scalar(F64, alpha[0])
	}
	return m
}

var tokenLogprobsEdges = []Edge{
	edge("even", "two equal logits: -ln 2", []float64{1, 1}, labelled(0), values(-math.Ln2)),
	edge("single", "one token: 0", []float64{9}, labelled(0), values(0)),
	edge("far_below", "a probability that underflows keeps its logarithm", []float64{0, -1024}, labelled(1), values(-1024)),
	edge("masked_token", "a masked token: -Inf", []float64{0, -inf}, labelled(1), values(-inf)),
	edge("masked_row", "all -Inf: NaN", []float64{-inf, -inf}, labelled(1), values(nan)),
	edge("infinite_logit", "+Inf: NaN", []float64{inf, 0}, labelled(1), values(nan)),
	edge("nan_logit", "NaN: NaN", []float64{nan, 0}, labelled(1), values(nan)),
	edge("infinite_temperature", "T = +Inf: -ln n", []float64{5, 0}, labelled(1, "temperature", Scalar(F64, inf)), values(-math.Ln2)),
	edge("token_too_large", "token = V: refused", []float64{0, 0}, labelled(2), refused("label_range")),
	edge("token_negative", "token = -1: refused", []float64{0, 0}, labelled(-1), refused("label_range")),
	edge("zero_temperature", "T = 0: refused", []float64{0, 0}, labelled(0, "temperature", Scalar(F64, 0)), refused("temperature_zero")),
}

var sequenceLogprobEdges = []Edge{
	edge("sum", "the sum of the logarithms", []float64{-1, -2, -0.5}, ofLength(3), scored(-3.5, -3.5)),
	edge("padded", "what lies beyond the length may be anything", []float64{-1, -2, nan}, ofLength(2), scored(-3, -3)),
	edge("mean", "power with a = 1: the mean", []float64{-1, -2}, ofLength(2), scored(-3, -1.5)).choosing("length_penalty", "power"),
	edge("power", "4^(1/2) = 2", []float64{-1, -2, -3, -2}, ofLength(4, 0.5), scored(-8, -4)).choosing("length_penalty", "power"),
	edge("negative_alpha", "a = -1 multiplies by the length", []float64{-1, -2}, ofLength(2, -1), scored(-3, -6)).choosing("length_penalty", "power"),
	edge("gnmt", "((5+7)/6)^2 = 4", []float64{-1, -1, -1, -1, -1, -1, -2}, ofLength(7, 2), scored(-8, -2)).choosing("length_penalty", "gnmt"),
	edge("empty_sequence", "no tokens: probability 1", []float64{-1, nan}, ofLength(0), scored(0, 0)),
	edge("empty_sequence_mean", "the mean over no tokens: NaN", []float64{-1}, ofLength(0), scored(0, nan)).choosing("length_penalty", "power"),
	edge("empty_sequence_gnmt", "((5+0)/6)^a is not 0", []float64{-1}, ofLength(0), scored(0, 0)).choosing("length_penalty", "gnmt"),
	edge("impossible_token", "a token of probability 0: -Inf", []float64{-1, -inf}, ofLength(2), scored(-inf, -inf)).choosing("length_penalty", "power"),
	edge("nan_token", "NaN: NaN", []float64{-1, nan}, ofLength(2), scored(nan, nan)),
	edge("too_long", "a length beyond the row: refused", []float64{-1}, ofLength(2), refused("length_range")),
	edge("negative_length", "a negative length: refused", []float64{-1}, ofLength(-1), refused("length_range")),
	edge("alpha_nan", "a = NaN: refused", []float64{-1}, ofLength(1, nan), refused("alpha_range")),
}
