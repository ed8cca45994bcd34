package reference

import (
	"fmt"
	"math"
	"slices"
)

var beamSearchOp = &Op{
	Name: "beam_search", Formula: "beam_step from the start row, max_len times; hypotheses that end are set aside; the k best by score",
	In: []Arg{
		{Name: "table", Says: "logits of the token after each token", Unit: "nats", Dims: []string{"vocab", "vocab"}, DTypes: floats},
		{Name: "start", Says: "logits of the first token", Unit: "nats", Dims: []string{"vocab"}, DTypes: floats},
		{Name: "k", Says: "width of the beam", Unit: "hypotheses", DTypes: []DType{I64, I32}, Domain: beamDomain},
		{Name: "max_len", Says: "longest hypothesis, the end token counted", Unit: "tokens", DTypes: []DType{I64, I32}, Domain: maxLenDomain},
		{Name: "eos", Says: "token that ends a hypothesis; none where it is outside the vocabulary", DTypes: []DType{I64}, Optional: true},
		{Name: "length_penalty", Says: "exponent a of the length", Unit: "1", DTypes: real64, Default: 0.0, Domain: lengthPenaltyDomain},
	},
	Out: []Arg{
		{Name: "score", Says: "sum/len^a or sum/((5+len)/6)^a, descending; -Inf where there is no hypothesis", Unit: "nats", Dims: []string{"k"}, DTypes: real64, Judge: Bounded},
		{Name: "tokens", Says: "the hypotheses, -1 after their end", Dims: []string{"k", "max_len"}, DTypes: []DType{I64}, Judge: ByLaw},
		{Name: "length", Says: "their lengths", Unit: "tokens", Dims: []string{"k"}, DTypes: []DType{I64}, Judge: ByLaw},
	},
	Choices: map[string][]string{"normalisation": {"length", "gnmt"}},
	Sizes: func(c *Call, d Dims) {
		d["k"] = max(int(min(c.Param("k", 0), 1<<16)), 0)
		d["max_len"] = max(int(min(c.Param("max_len", 0), 1<<16)), 0)
	},
	Ref: beamSearch, Bound: beamSearchBound, Edges: beamSearchEdges,
	Shapes: []Dims{{"vocab": 100, "k": 4, "max_len": 16}, {"vocab": 1000, "k": 8, "max_len": 32}},
	Work: func(d Dims) (int64, int64) {
		n := int64(d["vocab"]) * int64(d["k"]) * int64(d["max_len"])
		return 22 * n, 4 * n
	},
	Cites: []string{
		"Sutskever, Vinyals, Le: Sequence to sequence learning with neural networks, NIPS 2014, section 3.2",
		"Wu et al.: Google's neural machine translation system, 2016, section 7 (length normalisation)",
	},
}

func maxLenDomain(c *Call) *Reject {
	if v := c.Arg("max_len").Int(0); v < 1 || v > 1<<16 {
		return &Reject{Op: c.Op.Name, Arg: "max_len", Code: "max_len_range", Value: fmt.Sprint(v), Want: "a length from 1 to 65536", Row: -1}
	}
	if v := c.Arg("k").Int(0); v > 1<<16 {
		return &Reject{Op: c.Op.Name, Arg: "k", Code: "k_range", Value: fmt.Sprint(v), Want: "a beam from 1 to 65536", Row: -1}
	}
	return nil
}

func lengthPenaltyDomain(c *Call) *Reject {
	if v := c.Arg("length_penalty").Get(0); math.IsNaN(v) || math.IsInf(v, 0) {
		return &Reject{Op: c.Op.Name, Arg: "length_penalty", Code: "length_penalty_range", Value: fmt.Sprint(v), Want: "a finite number", Row: -1}
	}
	return nil
}

// Hypothesis is a sequence of tokens and what it scores.
type Hypothesis struct {
	Tokens  []int
	LogProb float64 // sum of its tokens' log-probabilities, nats
	Score   float64 // LogProb normalised by the length

	err  float64 // what a kernel's LogProb may be off by
	from candidate
}

// Search holds the parameters of a beam search. Model gives the logits of the
// token that follows a prefix; the prefix is not to be kept.
type Search struct {
	Model         func(prefix []int) []float64
	K, MaxLen     int
	EOS           int     // ends a hypothesis; -1 for none
	LengthPenalty float64 // a
	GNMT          bool    // sum/((5+len)/6)^a instead of sum/len^a

	dtype    DType
	contract *Contract // accounts for a kernel's errors, in the bound
	open     bool      // a decision was closer than those errors
}

// Run searches. At every step the hypotheses alive are extended as by beam_step
// and the K best extensions kept, whose order is the next beam's. Those that end
// with EOS are set aside, whatever they score, and never dropped for a live one;
// the others live on, until none is left or they have MaxLen tokens, when they
// count as they are. Of all, the K best by Score are returned, best first; ties
// go to the one found first. There is no early stopping: the result is that of
// looking at every step.
//
// An extension of probability 0 is never kept, so there may be fewer than K. With
// K at least the number of all sequences the search is exhaustive.
func (s *Search) Run() ([]Hypothesis, error) {
	live, done := []Hypothesis{{}}, []Hypothesis{}
	for n := 0; n < s.MaxLen && len(live) > 0; n++ {
		next, err := s.step(live)
		if err != nil {
			return nil, err
		}
		live = live[:0:0]
		for _, h := range next {
			if h.Tokens[n] == s.EOS {
				done = append(done, s.scored(h))
			} else {
				live = append(live, h)
			}
		}
	}
	for _, h := range live {
		done = append(done, s.scored(h))
	}
	slices.SortStableFunc(done, func(a, b Hypothesis) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
	for i := range min(s.K, len(done)-1) {
		a, b := done[i], done[i+1]
		s.decide(a.Score-b.Score, s.slack(a)+s.slack(b), slices.Equal(a.Tokens[:len(a.Tokens)-1], b.Tokens[:len(b.Tokens)-1]) && a.LogProb == b.LogProb)
	}
	return done[:min(s.K, len(done))], nil
}

// step extends the live hypotheses and keeps the K best.
func (s *Search) step(live []Hypothesis) ([]Hypothesis, error) {
	var x, score []float64
	for _, h := range live {
		x = append(x, s.Model(h.Tokens)...)
		score = append(score, h.LogProb)
	}
	c := &Call{Op: beamStepOp, In: []Tensor{Of(s.dtype, []int{len(live), len(x) / len(live)}, x...), Vector(F64, score...), Scalar(I64, float64(s.K))}}
	all, err := c.candidates()
	if err != nil {
		return nil, err
	}
	kept := min(s.K, len(all))
	var e stepError
	if s.contract != nil {
		e = c.stepError(all, kept, *s.contract)
	}
	var next []Hypothesis
	for _, a := range all[:kept] {
		if math.IsInf(a.score, -1) {
			break
		}
		h := Hypothesis{Tokens: append(slices.Clone(live[a.parent].Tokens), a.token), LogProb: a.score, err: live[a.parent].err + e.by, from: a}
		next = append(next, h)
	}
	if kept < len(all) && len(next) == kept {
		s.border(live, next, all[kept:], e.by)
	}
	return next, nil
}

// border looks at every kept extension beside every dropped one that is close: the
// last and the first of them may be told apart for sure, and others not.
func (s *Search) border(live, kept []Hypothesis, dropped []candidate, by float64) {
	if s.contract == nil {
		return
	}
	most := 0.0
	for _, h := range append(live, kept...) {
		most = max(most, h.err)
	}
	last := kept[len(kept)-1].LogProb
	for _, b := range dropped {
		if last-b.score > 2*most+by {
			break
		}
		for _, a := range slices.Backward(kept) {
			if a.LogProb-b.score > 2*most+by {
				break
			}
			s.decide(a.LogProb-b.score, a.err+live[b.parent].err+by, a.from.parent == b.parent && a.LogProb == b.score)
		}
	}
}

// decide notes a decision between two that errors may turn round. One prefix
// extended by equal logits has equal scores in every kernel.
func (s *Search) decide(margin, slack float64, same bool) {
	if s.contract != nil && margin <= slack && !same {
		s.open = true
	}
}

func (s *Search) norm(n int) float64 {
	if s.GNMT {
		return math.Pow((5+float64(n))/6, s.LengthPenalty)
	}
	return math.Pow(float64(n), s.LengthPenalty)
}

func (s *Search) scored(h Hypothesis) Hypothesis {
	h.Score = h.LogProb / s.norm(len(h.Tokens))
	return h
}

// slack is what a kernel's score of h may be off by: the sum's error, and the
// power's, taken as exp(a*ln len).
func (s *Search) slack(h Hypothesis) float64 {
	if s.contract == nil {
		return 0
	}
	u, n := s.contract.Acc.Unit(), s.norm(len(h.Tokens))
	power := 0.0
	if s.LengthPenalty != 0 && n != 1 {
		ln := math.Abs(math.Log(n))
		power = u * (2*s.contract.ExpULP + (2*s.contract.LnULP+4)*ln + math.Abs(s.LengthPenalty) + 4)
	}
	return h.err/n + power*math.Abs(h.Score)
}

// search reads the call's table form.
func (c *Call) search(k *Contract) *Search {
	table, start := c.Arg("table"), c.Arg("start")
	s := &Search{K: int(c.Param("k", 0)), MaxLen: int(c.Param("max_len", 0)), EOS: -1,
		LengthPenalty: c.Param("length_penalty", 0), GNMT: c.Pick("normalisation") == "gnmt", dtype: c.DType(), contract: k}
	if eos := c.Arg("eos"); !eos.Absent() {
		if s.EOS = -1; eos.Int(0) >= 0 && eos.Int(0) < int64(table.Shape[0]) {
			s.EOS = int(eos.Int(0))
		}
	}
	s.Model = func(prefix []int) []float64 {
		if len(prefix) > 0 {
			return table.Row(prefix[len(prefix)-1], nil)
		}
		return Tensor{start.DType, []int{1, start.Shape[0]}, []int{0, start.Stride[0]}, start.Off, start.Data}.Row(0, nil)
	}
	return s
}

// beam_search finds likely sequences under a model of bigrams: see Search, whose
// form for any model is tested to agree. Lengths count generated tokens, the end
// token among them. With a = 0 the score is the sum of log-probabilities, which
// prefers short hypotheses; texts that "divide by the length" mean a = 1.
//
// Logits of a row that is reached must be fit to sample from, else the call is
// refused; rows not reached may hold anything.
func beamSearch(c *Call) error {
	found, err := c.search(nil).Run()
	if err != nil {
		return err
	}
	score, tokens, length := c.Out[0], c.Out[1], c.Out[2]
	for i := range tokens.Len() {
		tokens.PutInt(i, -1)
	}
	for i := range score.Len() {
		if score.Put(i, math.Inf(-1)); i >= len(found) {
			length.PutInt(i, 0)
			continue
		}
		score.Put(i, found[i].Score)
		length.PutInt(i, int64(len(found[i].Tokens)))
		for j, t := range found[i].Tokens {
			tokens.PutInt(i*tokens.Shape[1]+j, int64(t))
		}
	}
	return nil
}
