package outside

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

var wrongBeams = []Kernel{
	{Op: "beam_step", DType: reference.F16, Run: wChecked(wLogprobsInStorage),
		Bug: "log-probabilities are rounded to f16 before the scores are added: unequal ones tie"},
	{Op: "beam_step", DType: reference.F32, Run: wChecked(wWarpOfCandidates),
		Bug: "a hypothesis offers its best 32 extensions only, too few for a beam above 32"},
	{Op: "beam_search", DType: reference.F32, Run: wChecked(wEarlyStop), Source: "own; the like in neulab/xnmt pull request 572",
		Bug: "stops once k hypotheses have ended, though a longer one may score better"},
}

// wCandidate is a hypothesis extended by a token.
type wCandidate struct {
	score         float32
	parent, token int
}

func wBest(all []wCandidate) {
	slices.SortFunc(all, func(a, b wCandidate) int {
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

// wExtend lists a hypothesis' extensions; round is applied to log-probabilities.
func wExtend(x []float32, score float32, parent int, round func(float32) float32) []wCandidate {
	all := make([]wCandidate, len(x))
	m, _, ok := wTop(x)
	var ls float32
	if ok {
		_, s := wTerms(x, m, 1)
		ls = wLn(s)
	}
	for j, v := range x {
		all[j] = wCandidate{-wInf, parent, j}
		if ok && !wIsInf(score, -1) {
			all[j].score = float32(score + round(float32(float32(v-m)-ls)))
		}
	}
	return all
}

func wExactly(v float32) float32 { return v }

// wDeadEnd refuses a beam with a live hypothesis that cannot be extended.
func wDeadEnd(c *reference.Call) error {
	for r := range c.In[0].Shape[0] {
		if _, _, ok := wTop(wLoad(c.In[0], r)); !ok && !math.IsInf(c.In[1].Get(r), -1) {
			_, err := c.Truth()
			return err
		}
	}
	return nil
}

func wStep(c *reference.Call, each int, round func(float32) float32) error {
	if err := wDeadEnd(c); err != nil {
		return err
	}
	var all []wCandidate
	for r := range c.In[0].Shape[0] {
		row := wExtend(wLoad(c.In[0], r), float32(c.In[1].Get(r)), r, round)
		wBest(row)
		all = append(all, row[:min(each, len(row))]...)
	}
	wBest(all)
	for n := range c.Out[0].Shape[0] {
		a := wCandidate{score: -wInf}
		if n < len(all) {
			a = all[n]
		}
		wStore(c.Out[0], n, a.score)
		wStoreInt(c.Out[1], n, a.parent)
		wStoreInt(c.Out[2], n, a.token)
	}
	return nil
}

func wLogprobsInStorage(c *reference.Call) error {
	return wStep(c, math.MaxInt, func(v float32) float32 { return float32(reference.F16.Round(float64(v))) })
}

func wWarpOfCandidates(c *reference.Call) error { return wStep(c, 32, wExactly) }

// wHypothesis is a sequence of a beam search.
type wHypothesis struct {
	tokens       []int
	logp, scored float32
}

func wEarlyStop(c *reference.Call) error {
	if _, err := c.Truth(); err != nil {
		return err
	}
	k, longest, a := int(c.Param("k", 0)), int(c.Param("max_len", 0)), c.Param("length_penalty", 0)
	eos := -1
	if t := c.Arg("eos"); !t.Absent() && t.Int(0) >= 0 && t.Int(0) < int64(c.In[0].Shape[0]) {
		eos = int(t.Int(0))
	}
	finish := func(h wHypothesis) wHypothesis {
		n := float64(len(h.tokens))
		if c.Pick("normalisation") == "gnmt" {
			n = (5 + n) / 6
		}
		h.scored = float32(h.logp / float32(math.Pow(n, a)))
		return h
	}
	live, done := []wHypothesis{{}}, []wHypothesis{}
	for n := 0; n < longest && len(live) > 0 && len(done) < k; n++ {
		var all []wCandidate
		for i, h := range live {
			all = append(all, wExtend(wNext(c, h.tokens), h.logp, i, wExactly)...)
		}
		wBest(all)
		var next []wHypothesis
		for _, b := range all[:min(k, len(all))] {
			if wIsInf(b.score, -1) {
				break
			}
			h := wHypothesis{tokens: append(slices.Clone(live[b.parent].tokens), b.token), logp: b.score}
			if b.token == eos {
				done = append(done, finish(h))
			} else {
				next = append(next, h)
			}
		}
		live = next
	}
	for _, h := range live {
		done = append(done, finish(h))
	}
	slices.SortStableFunc(done, func(a, b wHypothesis) int {
		switch {
		case a.scored > b.scored:
			return -1
		case a.scored < b.scored:
			return 1
		}
		return 0
	})
	wStoreFound(c, done[:min(k, len(done))])
	return nil
}

// wNext are the logits after a prefix.
func wNext(c *reference.Call, prefix []int) []float32 {
	if n := len(prefix); n > 0 {
		return wLoad(c.In[0], prefix[n-1])
	}
	x := make([]float32, c.In[1].Len())
	for j := range x {
		x[j] = float32(c.In[1].Get(j))
	}
	return x
}

func wStoreFound(c *reference.Call, found []wHypothesis) {
	longest := c.Out[1].Shape[1]
	for i := range c.Out[0].Len() {
		h := wHypothesis{scored: -wInf}
		if i < len(found) {
			h = found[i]
		}
		wStore(c.Out[0], i, h.scored)
		wStoreInt(c.Out[2], i, len(h.tokens))
		for j := range longest {
			token := -1
			if j < len(h.tokens) {
				token = h.tokens[j]
			}
			wStoreInt(c.Out[1], i*longest+j, token)
		}
	}
}
