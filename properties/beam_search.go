package properties

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

var searchLaws = []Law{
	// Scores of another length, an ended hypothesis that goes on, the same one twice.
	law("search_scores", "every hypothesis has the score of its very sequence, ends where it ends, and stands there once; scores descend", []string{"beam_search"}, nil, (*trial).searchScores),
	// All k hypotheses of the first step are one and the same.
	law("search_one_step", "one step from the start is beam_step's: the likeliest first tokens", []string{"beam_search"}, nil, (*trial).searchOneStep),
	// The search stops early; a finished hypothesis is dropped for live ones.
	law("search_exhaustive", "a beam as wide as there are sequences finds the best of all, by enumeration", []string{"beam_search"}, nil, (*trial).searchExhaustive),
}

// bigrams is the model of a search, in float64.
type bigrams struct {
	start  []float64   // log-probabilities of the first token
	after  [][]float64 // and of the token after each; nil of a row without a distribution
	eos    int
	alpha  float64
	gnmt   bool
	length int
}

func modelOf(c *reference.Call) *bigrams {
	m := &bigrams{eos: -1, alpha: c.Param("length_penalty", 0), gnmt: c.Pick("normalisation") == "gnmt", length: int(c.Param("max_len", 0))}
	if e := c.Arg("eos"); !e.Absent() && e.Int(0) >= 0 && e.Int(0) < int64(c.In[0].Shape[0]) {
		m.eos = int(e.Int(0))
	}
	x := make([]float64, c.In[1].Len())
	for i := range x {
		x[i] = c.In[1].Get(i)
	}
	m.start = logProbs(x)
	for r := range c.In[0].Shape[0] {
		m.after = append(m.after, logProbs(c.In[0].Row(r, nil)))
	}
	return m
}

// next are the log-probabilities after a prefix.
func (m *bigrams) next(prefix []int) []float64 {
	if len(prefix) == 0 {
		return m.start
	}
	return m.after[prefix[len(prefix)-1]]
}

func (m *bigrams) norm(n int) float64 {
	if m.gnmt {
		return math.Pow((5+float64(n))/6, m.alpha)
	}
	return math.Pow(float64(n), m.alpha)
}

// score is a sequence's; NaN of one that the model cannot have.
func (m *bigrams) score(h []int) float64 {
	sum := 0.0
	for n, token := range h {
		lp := m.next(h[:n])
		if lp == nil || token >= len(lp) || n+1 < len(h) && token == m.eos {
			return nan
		}
		sum += lp[token]
	}
	return sum / m.norm(len(h))
}

// all lists every sequence with a probability.
func (m *bigrams) all(prefix []int, visit func(h []int)) {
	for token, lp := range m.next(prefix) {
		if math.IsInf(lp, -1) {
			continue
		}
		h := append(slices.Clone(prefix), token)
		if token == m.eos || len(h) == m.length {
			visit(h)
		} else {
			m.all(h, visit)
		}
	}
}

// hypothesis is the i-th hypothesis of an answer; ok is false where it is malformed.
func hypothesis(c *reference.Call, i int) (h []int, ok bool) {
	width := c.Out[1].Shape[1]
	length := int(c.Out[2].Get(i))
	for j := range width {
		token := c.Out[1].Get(i*width + j)
		if (j < length) != (token >= 0) || token >= float64(c.In[0].Shape[0]) || token != math.Trunc(token) {
			return nil, false
		}
		if j < length {
			h = append(h, int(token))
		}
	}
	return h, length >= 0 && length <= width
}

func (t *trial) searchScores() {
	a, m := t.first, modelOf(t.c.Call)
	seen := map[string]bool{}
	for i := range a.call.Out[0].Len() {
		t.spoke = true
		h, ok := hypothesis(a.call, i)
		got := a.call.Out[0].Get(i)
		if !ok {
			t.failf(a, 1, i*a.call.Out[1].Shape[1], "hypothesis %d is no list of tokens with -1 after its end", i)
			return
		}
		if len(h) == 0 {
			if !math.IsInf(got, -1) {
				t.failf(a, 0, i, "no hypothesis, and a score of %v", got)
			}
			continue
		}
		key := string(runes(h))
		if want := m.score(h); seen[key] || !(math.Abs(got-want) <= t.searchSlack(a, want)) {
			t.failf(a, 0, i, "%v scores %v, want %v; or it is there twice", h, got, want)
			return
		}
		seen[key] = true
		if len(h) < m.length && h[len(h)-1] != m.eos {
			t.failf(a, 1, i*a.call.Out[1].Shape[1], "%v ends without an end", h)
		}
		if i > 0 && got > a.call.Out[0].Get(i-1) {
			t.failf(a, 0, i, "%v after %v", got, a.call.Out[0].Get(i-1))
		}
	}
}

func runes(h []int) []rune {
	r := make([]rune, len(h))
	for i, token := range h {
		r[i] = rune(token)
	}
	return r
}

// searchSlack is what a score may be off by.
func (t *trial) searchSlack(a *reply, score float64) float64 {
	return 2*t.worstSlack(a) + 1e-11*math.Abs(score)
}

// resized is a search with another width and length.
func resized(c *reference.Call, k, length int) *reference.Call {
	in := named(c)
	for name, n := range map[string]int{"k": k, "max_len": length} {
		v := reference.NewTensor(in[name].DType)
		v.PutInt(0, int64(n))
		in[name] = v
	}
	return c.Op.NewCall(in, c.Choice)
}

func (t *trial) searchOneStep() {
	v := t.c.Call.In[0].Shape[0]
	k := min(v, 3)
	if v == 0 || v > 1<<10 {
		return
	}
	b, ok := t.again(resized(t.c.Call, k, 1))
	if !ok {
		return
	}
	lp := modelOf(t.c.Call).start
	order := ranked(lp)
	for i := range k {
		h, ok := hypothesis(b.call, i)
		want := lp[order[i]]
		switch {
		case !ok || len(h) > 1 || len(h) == 0 && !math.IsInf(want, -1):
			t.failf(b, 0, i, "one step gives %v, want token %d", h, order[i])
		case len(h) == 1 && lp[h[0]] < want-t.searchSlack(b, want):
			t.failf(b, 0, i, "number %d after one step is token %d (%v), want %d (%v)", i+1, h[0], lp[h[0]], order[i], want)
		}
	}
}

func (t *trial) searchExhaustive() {
	m := modelOf(t.c.Call)
	v := t.c.Call.In[0].Shape[0]
	m.length = min(m.length, 3)
	k := 1
	for range m.length {
		k *= max(v, 1)
	}
	if k > 130 || k < 1 {
		return
	}
	b, ok := t.again(resized(t.c.Call, k, m.length))
	if !ok {
		return
	}
	var scores []float64
	m.all(nil, func(h []int) { scores = append(scores, m.score(h)) })
	slices.SortFunc(scores, func(a, b float64) int {
		if a > b {
			return -1
		}
		return 1
	})
	for i := range min(k, len(scores)) {
		if got := b.call.Out[0].Get(i); !(math.Abs(got-scores[i]) <= t.searchSlack(b, scores[i])) {
			t.failf(b, 0, i, "of all %d sequences number %d scores %v, the search has %v", len(scores), i+1, scores[i], got)
			return
		}
	}
}
