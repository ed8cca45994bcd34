package reference

import (
	"fmt"
	"math"
	"slices"
)

// Hypothesis is a sequence of tokens and what it scores.
type Hypothesis struct {
	Tokens  []int
	LogProb float64 // sum of its tokens' log-probabilities, nats
	Score   float64 // LogProb normalised by the length

	err  float64 // what a kernel's LogProb may be off by
	from candidate
}

// Search holds the parameters of a beam search. Model gives the logits of the
// token that follows a prefix, as many for every prefix; the prefix is not to be
// kept.
type Search struct {
	Model         func(prefix []int) []float64
	K, MaxLen     int     // at least 1
	EOS           int     // ends a hypothesis; -1 for none
	LengthPenalty float64 // a
	GNMT          bool    // sum/((5+len)/6)^a instead of sum/len^a

	dtype    DType     // of the logits; zero means F64
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
// Those that end take places of the K from the living. Systems that rank 2K
// extensions, so that K live on (transformers), may find others.
//
// An extension of probability 0 is never kept, so there may be fewer than K. With
// K at least the number of all sequences the search is exhaustive.
func (s *Search) Run() ([]Hypothesis, error) {
	if s.K < 1 || s.MaxLen < 1 {
		return nil, &Reject{Op: "beam_search", Arg: "k, max_len", Code: "search_range", Value: fmt.Sprintf("%d, %d", s.K, s.MaxLen), Want: "both at least 1", Row: -1}
	}
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
		row := s.Model(h.Tokens)
		if len(score) > 0 && len(row)*len(score) != len(x) {
			return nil, fmt.Errorf("beam_search: %d logits after %v, want %d as after the others", len(row), h.Tokens, len(x)/len(score))
		}
		x = append(x, row...)
		score = append(score, h.LogProb)
	}
	dtype := s.dtype
	if dtype == 0 {
		dtype = F64
	}
	c := &Call{Op: beamStepOp, In: []Tensor{Of(dtype, []int{len(live), len(x) / len(live)}, x...), Vector(F64, score...), Scalar(I64, float64(s.K))}}
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
