package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var beamLaws = []Law{
	// The top of every row instead of the top of all, the same candidate twice, -Inf
	// kept while something finite is left.
	law("beam_whole", "by brute force: the candidates are distinct, scored right, descending, and none left out is better", []string{"beam_step"}, nil, (*trial).beamWhole),
	// Another path for another width.
	law("narrower_beam", "a narrower beam has the first scores of a wider one", []string{"beam_step"}, nil, (*trial).narrowerBeam),
	// Scores multiplied, or added after the selection.
	law("scores_move", "a number added to all scores is added to the best", []string{"beam_step"}, nil, (*trial).scoresMove),
	// 0 for the score of a hypothesis that is not there; its NaN in a maximum.
	law("dead_stay_dead", "a hypothesis of score -Inf, whatever its logits, changes nothing", []string{"beam_step"}, nil, (*trial).deadStayDead),
}

const (
	bestOut = iota
	parentOut
	tokenOut
)

// logProbs is ln softmax of a row in float64; nil of a row without a distribution.
func logProbs(x []float64) []float64 {
	best, ok := regular(x)
	if !ok {
		return nil
	}
	sum := 0.0
	for _, v := range x {
		sum += math.Exp(v - x[best])
	}
	y := make([]float64, len(x))
	for j, v := range x {
		y[j] = v - x[best] - math.Log(sum)
	}
	return y
}

// worstSlack is the most that one of the best scores may be off by.
func (t *trial) worstSlack(a *reply) float64 {
	by := 0.0
	for n := range a.call.Out[bestOut].Len() {
		if by = max(by, a.slack(bestOut, n)); math.IsNaN(by) {
			return inf // anything is open
		}
	}
	return by*(1+0x1p-20) + 1e-11
}

func (t *trial) beamWhole() {
	c := t.c.Call
	rows, v, k := c.In[0].Shape[0], c.In[0].Shape[1], t.first.call.Out[bestOut].Len()
	if k == 0 || rows*v > 1<<16 {
		return
	}
	all := make([][]float64, rows)
	for r := range all {
		score, lp := c.In[1].Get(r), logProbs(t.row(r))
		all[r] = fill(v, -inf)
		for j := range lp {
			if !math.IsInf(score, -1) {
				all[r][j] = score + lp[j]
			}
		}
	}
	t.spoke = true
	by := t.worstSlack(t.first)
	best, taken := t.first.call.Out[bestOut], map[int]bool{}
	for n := range k {
		b, j := t.first.call.Out[parentOut].Get(n), t.first.call.Out[tokenOut].Get(n)
		if !(b >= 0 && b < float64(rows) && j >= 0 && j < float64(v)) || taken[int(b)*v+int(j)] {
			t.failf(t.first, parentOut, n, "parent %v, token %v: no candidate, or for the second time", b, j)
			return
		}
		taken[int(b)*v+int(j)] = true
		got, want := best.Get(n), all[int(b)][int(j)]
		if got != want && !(math.Abs(got-want) <= by) {
			t.failf(t.first, bestOut, n, "parent %v, token %v scores %v, want %v", b, j, got, want)
			return
		}
		if n > 0 && got > best.Get(n-1) {
			t.failf(t.first, bestOut, n, "%v after %v", got, best.Get(n-1))
			return
		}
	}
	last := best.Get(k - 1)
	for r := range all {
		for j, s := range all[r] {
			if !taken[r*v+j] && s > last+2*by {
				t.failf(t.first, bestOut, k-1, "parent %d, token %d scores %v and is left out; the last one kept has %v", r, j, s, last)
				return
			}
		}
	}
}

func (t *trial) narrowerBeam() {
	k := t.first.call.Out[bestOut].Len()
	for _, fewer := range []int{1, k / 2} {
		if fewer < 1 || fewer >= k || t.c.Call.In[0].Len() > 1<<16 {
			continue
		}
		c := remake(t.c.Call, everyRow(t.c.Call)...)
		give(c, "k", float64(fewer))
		b, ok := t.again(again(c, named(c)))
		if !ok {
			return
		}
		for n := range fewer {
			t.alike(bestOut, t.first, n, b, n, same, true, "a narrower beam")
		}
	}
}

func (t *trial) scoresMove() {
	c := remake(t.c.Call, everyRow(t.c.Call)...)
	score := c.In[1]
	for r := range score.Len() {
		was := score.Get(r)
		if score.Put(r, was-2); score.Get(r)+2 != was && !math.IsInf(was, -1) {
			return // rounded
		}
	}
	if c.In[0].Len() > 1<<16 {
		return
	}
	if b, ok := t.again(c); ok {
		for n := range b.call.Out[bestOut].Len() {
			t.alike(bestOut, t.first, n, b, n, func(v float64) float64 { return v - 2 }, false, "2 less for every hypothesis")
		}
	}
}

func (t *trial) deadStayDead() {
	c := t.c.Call
	rows, v, k := c.In[0].Shape[0], c.In[0].Shape[1], t.first.call.Out[bestOut].Len()
	if k == 0 || k == rows*v || c.In[0].Len() > 1<<14 {
		return
	}
	x := reference.NewTensor(c.DType(), rows+1, v)
	score := reference.NewTensor(c.In[1].DType, rows+1)
	for i := range rows * v {
		x.SetBits(i, c.In[0].Bits(i))
	}
	for j := range v {
		x.Put(rows*v+j, []float64{nan, inf, c.DType().Max(), 0}[j%4])
	}
	for r := range rows {
		score.SetBits(r, c.In[1].Bits(r))
	}
	score.Put(rows, -inf)
	b, ok := t.again(c.Op.NewCall(map[string]reference.Tensor{"x": x, "score": score, "k": c.Arg("k")}, nil))
	if !ok {
		return
	}
	for n := range k {
		t.alike(bestOut, t.first, n, b, n, same, true, "a dead hypothesis added")
		if b.call.Out[parentOut].Get(n) == float64(rows) && !math.IsInf(b.call.Out[bestOut].Get(n), -1) {
			t.failf(b, parentOut, n, "the dead hypothesis is extended")
		}
	}
}
