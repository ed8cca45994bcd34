package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var (
	onDivergences = []string{"kl", "js", "kl_from_logits"}
	onGibbs       = []string{"kl", "cross_entropy_pq", "kl_from_logits", "cross_entropy_soft"}
	onImpossible  = []string{"kl", "cross_entropy_pq", "kl_from_logits", "cross_entropy_soft"}
	onSkewed      = []string{"js"}
)

var divergenceLaws = []Law{
	// The difference of two rounded logarithms, 1e-4 for the same row; a row
	// normalised by the other's total.
	law("no_divergence_of_equals", "a distribution does not diverge from itself", onDivergences, nil, (*trial).ofItself),
	// Arguments swapped, a sign, log-probabilities taken for probabilities.
	law("gibbs", "a divergence is at least 0, a cross-entropy at least the entropy", onGibbs, nil, (*trial).gibbs),
	// q clipped to [1e-9, 1]; p and q swapped: the one is finite where the other is not.
	law("impossible_is_infinite", "where q has nothing and p something it is infinite, where p has nothing q may have what it likes", onImpossible, nil, (*trial).impossible),
	// beta and 1-beta swapped, the mixture weighted the wrong way.
	law("skew_is_symmetric", "p and q swapped with beta and 1-beta change nothing", onSkewed, nil, (*trial).swapped),
	// The other divergence's terms, a missing half.
	law("skew_is_bounded", "at most the entropy of (beta, 1-beta): ln 2 at one half", onSkewed, nil, (*trial).jsBounded),
	// Two maxima mixed up.
	law("other_shift", "a number added to y's logits changes nothing", []string{"kl_from_logits"}, nil, (*trial).otherShift),
}

// ofItself puts each row beside itself.
func (t *trial) ofItself() {
	rows := t.few(3)
	if len(rows) == 0 {
		return
	}
	c := remake(t.c.Call, rows...)
	c.In[1] = c.In[0].Clone()
	b, ok := t.again(c)
	if !ok {
		return
	}
	for r := range rows {
		if finiteRow(c.In[0].Row(r, nil)) && !math.IsNaN(b.truth().Out[0].Get(r)) {
			t.expect(b, 0, r, 0, 0, "a row beside itself")
		}
	}
}

// gibbs: sum p ln(p/q) >= S_p ln(S_p/S_q). A cross-entropy is that much more than
// -sum p ln p.
func (t *trial) gibbs() {
	c := t.c.Call
	first, second := c.Op.In[0].Name, c.Op.In[1].Name
	for _, r := range spread(c.In[0].Shape[0], 16) {
		switch c.Op.Name {
		case "kl_from_logits":
			if !math.IsNaN(t.first.truth().Out[0].Get(r)) {
				t.atLeast(t.first, 0, r, 0, 0, "a negative divergence")
			}
			continue
		case "cross_entropy_soft":
			q, ok := massRow(c, "q", r)
			if all := total(q); ok && all > 0 && !math.IsNaN(t.first.truth().Out[0].Get(r)) {
				t.atLeast(t.first, 0, r, entropyOf(q)+all*math.Log(all), 0x1p-44*(all+1), "a loss below the targets' entropy")
			}
			continue
		}
		p, ok := massRow(c, first, r)
		q, fine := massRow(c, second, r)
		sp, sq := total(p), total(q)
		if !ok || !fine || sp == 0 || sq == 0 {
			continue
		}
		least := sp * math.Log(sp/sq)
		if c.Op.Name == "cross_entropy_pq" {
			least += entropyOf(p)
		}
		t.atLeast(t.first, 0, r, least/perUnit(c), 0x1p-44*(sp+math.Abs(least)), "below what two such rows can have")
	}
}

// entropyOf is -sum p ln p.
func entropyOf(p []float64) (h float64) {
	for _, v := range p {
		if v > 0 {
			h -= v * math.Log(v)
		}
	}
	return h
}

// impossible takes something p has from q, and the same from p alone.
func (t *trial) impossible() {
	rows := t.few(1)
	if len(rows) == 0 || t.c.Call.In[0].Shape[1] < 2 {
		return
	}
	c := remake(t.c.Call, rows[0], rows[0])
	v := c.In[0].Shape[1]
	p, q := c.In[0], c.In[1]
	without := []float64{math.Inf(-1), math.Inf(-1)} // in p, in q
	soft := c.Op.Name == "cross_entropy_soft"
	switch {
	case soft:
		p, q, without = q, p, []float64{0, math.Inf(-1)}
	case c.Op.Name != "kl_from_logits":
		without = []float64{0, 0}
	}
	x, y := p.Row(0, nil), q.Row(0, nil)
	i := -1
	for j := range x {
		if x[j] > without[0] && y[j] > without[1] && (i < 0 || x[j] > x[i]) && !math.IsInf(x[j], 1) {
			i = j
		}
	}
	if i < 0 || !finiteRow(x) || !finiteRow(y) || math.IsInf(t.first.truth().Out[0].Get(rows[0]), 1) || t.k.FlushIn && math.Abs(x[i]) < c.DType().MinNormal() {
		return
	}
	q.Put(i, without[1])
	p.Put(v+i, without[0])
	b, ok := t.again(c)
	if !ok || math.IsNaN(b.truth().Out[0].Get(0)) || math.IsNaN(b.truth().Out[0].Get(1)) {
		return
	}
	if lo, _ := b.interval(0, 0); math.IsInf(lo, 1) && !math.IsInf(b.call.Out[0].Get(0), 1) {
		t.failf(b, 0, 0, "what p has and q lacks gives %v, not +Inf", b.call.Out[0].Get(0))
	}
	if hi := b.bound(0).Hi[1]; !math.IsInf(hi, 1) && !(math.Abs(b.call.Out[0].Get(1)) <= c.Out[0].DType.Max()) {
		t.failf(b, 0, 1, "what q has and p lacks gives %v", b.call.Out[0].Get(1))
	}
}

func (t *trial) swapped() {
	rows := t.few(4)
	if len(rows) == 0 {
		return
	}
	c := remake(t.c.Call, rows...)
	c.In[0], c.In[1] = c.In[1], c.In[0]
	beta := make([]float64, len(rows))
	for i, r := range rows {
		beta[i] = 1 - t.c.Call.Param("beta", r)
		if d := c.Op.In[c.Op.Input("beta")].Type(c.DType()); d.Round(beta[i]) != beta[i] {
			return // the other skew is no number of the type
		}
	}
	give(c, "beta", beta...)
	b, ok := t.again(c)
	if !ok {
		return
	}
	for r, at := range rows {
		t.alike(0, t.first, at, b, r, same, false, "swapped")
	}
}

// jsBounded: the mixture holds beta p, so that KL(p||m) <= -ln beta for each.
func (t *trial) jsBounded() {
	c := t.c.Call
	for _, r := range spread(c.In[0].Shape[0], 16) {
		p, ok := massRow(c, "p", r)
		q, fine := massRow(c, "q", r)
		if !ok || !fine {
			continue
		}
		beta := c.Param("beta", r)
		most := entropyOf([]float64{beta})*total(p) + entropyOf([]float64{1 - beta})*total(q)
		sp, sq := total(p), total(q)
		m := beta*sp + (1-beta)*sq
		least := 0.0
		if beta > 0 && beta < 1 && sp > 0 && sq > 0 {
			least = beta*sp*math.Log(sp/m) + (1-beta)*sq*math.Log(sq/m)
		}
		near := 0x1p-44 * (sp + sq)
		t.atMost(t.first, 0, r, most/perUnit(c), near, "above what a mixture allows")
		t.atLeast(t.first, 0, r, least/perUnit(c), near, "below what two such rows can have")
	}
}

func (t *trial) otherShift() {
	rows := t.few(3)
	if len(rows) == 0 {
		return
	}
	c := remake(t.c.Call, rows...)
	// shiftFor looks at the first input: give it the second.
	turned := &reference.Call{Op: c.Op, In: []reference.Tensor{c.In[1], c.In[0]}, Choice: c.Choice}
	all := make([]int, len(rows))
	for i := range all {
		all[i] = i
	}
	by := shiftFor(turned, all)
	if by == 0 {
		return
	}
	shift(turned, by)
	b, ok := t.again(c)
	if !ok {
		return
	}
	for r, at := range rows {
		t.alike(0, t.first, at, b, r, same, false, "y's logits shifted")
	}
}
