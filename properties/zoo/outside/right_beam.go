package outside

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

var rightBeam = []Kernel{
	{Op: "beam_step", DType: reference.F32, Run: rBeamStep,
		How: "the k best of each row from raw logits, merged by float32 score"},
	{Op: "beam_search", DType: reference.F32, Run: rBeamSearch,
		How: "rows of log-probabilities computed once and kept, scores in float32"},
}

// rExtended is a hypothesis extended by a token.
type rExtended struct {
	score         float32
	parent, token int
}

func rByScore(a, b rExtended) int {
	switch {
	case a.score > b.score:
		return -1
	case a.score < b.score:
		return 1
	case a.parent != b.parent:
		return a.parent - b.parent
	}
	return a.token - b.token
}

// rRowLogs is ln softmax of a row fit to sample from, ok says whether it is.
func rRowLogs(x []float32) (y []float32, ok bool) {
	m, _, kind := rScan(x)
	if kind != rRegular {
		return nil, false
	}
	return rLogProbs(x, m), true
}

func rBeamStep(c *reference.Call) error {
	if err := rRefused(c); err != nil {
		return err
	}
	k := c.Out[0].Shape[0]
	var all []rExtended
	for i := range c.In[0].Shape[0] {
		x, score := rRow(c.In[0], i), float32(c.In[1].Get(i))
		if score == -rInf {
			for j := range min(k, len(x)) {
				all = append(all, rExtended{score, i, j})
			}
			continue
		}
		lp, _ := rRowLogs(x)
		row := make([]rExtended, len(x))
		for j, v := range lp {
			row[j] = rExtended{score + v, i, j}
		}
		slices.SortFunc(row, rByScore)
		all = append(all, row[:min(k, len(row))]...)
	}
	slices.SortFunc(all, rByScore)
	for n := range k {
		rSet(c.Out[0], n, all[n].score)
		c.Out[1].PutInt(n, int64(all[n].parent))
		c.Out[2].PutInt(n, int64(all[n].token))
	}
	return nil
}

// rHypothesis is a sequence and its log-probability.
type rHypothesis struct {
	tokens []int
	sum    float32
	score  float64
}

func rBeamSearch(c *reference.Call) error {
	if err := rRefused(c); err != nil {
		return err
	}
	table, start := c.Arg("table"), c.Arg("start")
	k, most, a := int(c.Param("k", 0)), int(c.Param("max_len", 0)), c.Param("length_penalty", 0)
	eos := int64(-1)
	if t := c.Arg("eos"); !t.Absent() {
		eos = t.Int(0)
	}
	known := map[int][]float32{}
	logs := func(prefix []int) []float32 {
		last := -1
		x := rFlat(start)
		if len(prefix) > 0 {
			last = prefix[len(prefix)-1]
		}
		if _, done := known[last]; !done {
			if last >= 0 {
				x = rRow(table, last)
			}
			known[last], _ = rRowLogs(x)
		}
		return known[last]
	}
	scored := func(h rHypothesis) rHypothesis {
		n := float64(len(h.tokens))
		if c.Pick("normalisation") == "gnmt" {
			n = (5 + n) / 6
		}
		h.score = float64(h.sum) / math.Pow(n, a)
		return h
	}
	live, done := []rHypothesis{{}}, []rHypothesis{}
	for n := 0; n < most && len(live) > 0; n++ {
		var all []rExtended
		for b, h := range live {
			for j, lp := range logs(h.tokens) {
				if v := h.sum + lp; v > -rInf {
					all = append(all, rExtended{v, b, j})
				}
			}
		}
		slices.SortFunc(all, rByScore)
		var next []rHypothesis
		for _, e := range all[:min(k, len(all))] {
			h := rHypothesis{tokens: append(slices.Clone(live[e.parent].tokens), e.token), sum: e.score}
			if int64(e.token) == eos {
				done = append(done, scored(h))
			} else {
				next = append(next, h)
			}
		}
		live = next
	}
	for _, h := range live {
		done = append(done, scored(h))
	}
	slices.SortStableFunc(done, func(a, b rHypothesis) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	for i := range c.Out[0].Len() {
		h := rHypothesis{score: math.Inf(-1)}
		if i < len(done) {
			h = done[i]
		}
		c.Out[0].Put(i, h.score)
		c.Out[2].PutInt(i, int64(len(h.tokens)))
		for j := range most {
			t := int64(-1)
			if j < len(h.tokens) {
				t = int64(h.tokens[j])
			}
			c.Out[1].PutInt(i*most+j, t)
		}
	}
	return nil
}
