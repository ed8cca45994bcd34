package properties

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// rowLaws bind every operation whose rows are independent and whose logits
// matter by their differences only.
var rowLaws = []Law{
	// A tail that exponentiates x instead of x - max, a maximum that starts at 0.
	law("shift", "adding one number to all logits changes nothing", onShifts, nil, (*trial).shifted),
	// Scratch or a maximum shared between rows; a reduction that depends on the
	// size of the batch.
	law("row_alone", "a row alone gives what it gives in its batch", slices.Concat(onBatches, onOtherRows), nil, (*trial).rowAlone),
	// A NaN or an infinity that leaks into the next row of the block.
	law("neighbours", "a row beside extreme rows gives what it gives alone", onBatches, nil, (*trial).besideExtremes),
	// A tail's lanes counted, or a size with a path of its own.
	law("padding", "logits of -Inf, or masses of 0, appended change nothing and get nothing", onWidths, nil, (*trial).appended),
	// A lane whose maximum or sum is forgotten; an index that is also a weight.
	law("permutation", "moving the logits moves the results with them", onOrders, nil, (*trial).permuted),
	// The reciprocal of T applied twice, or to some elements only.
	law("temperature", "logits and temperature scaled by the same power of two change nothing", onTemperatures, nil, (*trial).scaled),
}

// The operations that each of these binds.
var (
	onLogitRows    = slices.Concat(onRows, []string{"log_softmax", "logsumexp", "cross_entropy_backward", "cross_entropy_soft", "token_logprobs", "entropy_from_logits", "kl_from_logits"})
	onMassRows     = []string{"softmax_backward", "entropy", "kl", "js", "cross_entropy_pq"}
	onShifts       = slices.Concat(onLogitRows, []string{"argmax", "top_k_filter", "min_p_filter", "sample_gumbel", "sample_chain", "attention_softmax"})
	onWidths       = slices.Concat(onLogitRows, onMassRows, onWeights, onLists, []string{"argmax", "min_p_filter", "sample_gumbel", "sample_chain", "attention_softmax"})
	onBatches      = slices.Concat(onWidths, onSequences, []string{"top_k", "top_k_filter", "attention"})
	onOrders       = slices.Concat(except("sample_logits", onLogitRows), onMassRows, []string{"top_k_filter", "min_p_filter", "attention_softmax", "multinomial_logpmf", "bayes_posterior", "bayes_update"})
	onTemperatures = []string{"softmax", "cross_entropy", "sample_logits", "sample_chain", "log_softmax", "logsumexp", "token_logprobs", "entropy_from_logits", "relevance_posterior"}
)

func except(name string, ops []string) []string {
	return slices.DeleteFunc(slices.Clone(ops), func(op string) bool { return op == name })
}

// sameRows asks every output of a changed call, row by row, for what the first
// gave; rows are where the changed call's rows stood in the first. lse moves
// with the logits by add. from says where each of the changed call's columns
// stood, nil for the same place.
func (t *trial) sameRows(b *reply, rows, from []int, add float64, bits bool, says string) {
	for o := range b.call.Op.Out {
		arg := &b.call.Op.Out[o]
		if b.call.Out[o].Absent() || t.first.call.Out[o].Absent() || len(arg.Dims) == 0 {
			continue
		}
		f := same
		if arg.Name == "lse" && add != 0 {
			f = func(v float64) float64 { return v + add }
		}
		for r, at := range rows {
			switch {
			case arg.Judge == reference.ByLaw && len(arg.Dims) == 1:
				t.sameChoice(o, b, at, r, says)
			case len(arg.Dims) == 1:
				t.alike(o, t.first, at, b, r, f, bits, says)
			case t.sameNucleus(b, at, r):
				t.sameElements(o, b, at, r, from, bits, says)
			}
		}
	}
}

// sameChoice allows a choice to differ only where the bound leaves it open.
func (t *trial) sameChoice(o int, b *reply, at, r int, says string) {
	was, got := t.first.call.Out[o].Get(at), b.call.Out[o].Get(r)
	if was == got || t.finding != nil || t.k.Bits == "" && b.inside(o, r) {
		return
	}
	if b.call.Op.Out[o].Name == "kept" && t.first.bound(o).Hi[at] == float64(len(t.row(at))) {
		return // masked tokens appended count as kept where all are
	}
	t.failf(b, o, r, "%s: %v before, %v after", says, was, got)
}

// inside reports whether an element is one the bound allows.
func (a *reply) inside(out, flat int) bool {
	lo, hi := a.interval(out, flat)
	got, bound := a.call.Out[out].Get(flat), a.bound(out)
	return got >= lo && got <= hi && (bound.Refuse == nil || bound.Refuse(flat, got) == "")
}

// sameNucleus reports whether two rows kept as many tokens: else their
// probabilities differ by right.
func (t *trial) sameNucleus(b *reply, at, r int) bool {
	o := b.call.Op.Output("kept")
	return o < 0 || t.first.call.Out[o].Get(at) == b.call.Out[o].Get(r)
}

func (t *trial) sameElements(o int, b *reply, at, r int, from []int, bits bool, says string) {
	was, now := t.first.call.Out[o].Shape[1], b.call.Out[o].Shape[1]
	for i := range now {
		j := i
		if from != nil {
			j = from[i]
		}
		if j >= 0 {
			t.alike(o, t.first, at*was+j, b, r*now+i, same, bits, says)
		} else if got := b.call.Out[o].Get(r*now + i); got > 0 {
			t.fail(b, o, r*now+i, "a masked logit got probability")
		}
	}
}

func (t *trial) shifted() {
	rows := t.few(4)
	by := shiftFor(t.c.Call, rows)
	if by == 0 || len(rows) == 0 || t.capped(rows) {
		return
	}
	c := remake(t.c.Call, rows...)
	shift(c, by)
	add := by
	if i := c.Op.Input("temperature"); i >= 0 {
		if !c.In[i].Absent() && len(c.In[i].Shape) > 0 {
			return // lse moves by another amount in every row
		}
		add /= c.Param("temperature", 0)
	}
	if b, ok := t.again(c); ok {
		t.sameRows(b, rows, nil, add, false, "all logits shifted")
	}
}

func (t *trial) rowAlone() {
	if t.c.Call.In[0].Shape[0] < 2 {
		return
	}
	for _, r := range t.few(3) {
		if b, ok := t.again(remake(t.c.Call, r)); ok {
			t.sameRows(b, []int{r}, nil, 0, true, "the row alone")
		}
	}
}

// besideExtremes puts three rows where their neighbours hold NaN, +Inf, the
// largest number and nothing; where rows without a distribution are refused,
// finite extremes alone.
func (t *trial) besideExtremes() {
	rows := t.few(2)
	if len(rows) == 0 {
		return
	}
	r, s := rows[0], rows[len(rows)-1]
	top := t.c.Call.DType().Max()
	values := []float64{nan, inf, top, -inf, -top}
	switch name := t.c.Call.Op.Name; {
	case slices.Contains(onWeights, name):
		values = []float64{1, t.c.Call.DType().MinNormal(), 0.5, 3, 2}
	case slices.Contains(onDrawnLogits, name):
		values = []float64{top, -top, top / 2, -top / 2, 0}
	case slices.Contains(onMasses, name):
		values = []float64{nan, inf, top, 1, t.c.Call.DType().MinSubnormal()}
	}
	c := remake(t.c.Call, r, r, s, s, r, r, s)
	v := c.In[0].Shape[1]
	for i, at := range []int{0, 2, 3, 5} {
		for j := range v {
			c.In[0].Put(at*v+j, values[i])
		}
	}
	if b, ok := t.again(c); ok {
		for i, at := range []int{r, 0, 0, 0, r, 0, s} {
			if i == 1 || i == 4 || i == 6 {
				t.sameRow(b, at, i, "among extreme rows")
			}
		}
	}
}

// sameRow is sameRows for one row of a larger call.
func (t *trial) sameRow(b *reply, at, r int, says string) {
	one := &reply{call: remake(b.call, r), k: b.k, sheet: b.sheet}
	for o, out := range b.call.Out {
		if !out.Absent() && len(out.Shape) > 0 {
			one.call.Out[o] = gather(out, []int{r})
		}
	}
	t.sameRows(one, []int{at}, nil, 0, true, says)
}

func (t *trial) appended() {
	rows := t.few(2)
	if len(rows) == 0 || t.capped(rows) || t.c.Call.Op.Input("smoothing") >= 0 && t.smoothed(rows) {
		return
	}
	v := t.c.Call.In[0].Shape[1]
	for _, n := range []int{1, 8 - v%8 + 3} {
		from := make([]int, v+n)
		for i := range from {
			from[i] = i
			if i >= v {
				from[i] = -1
			}
		}
		if b, ok := t.again(columns(t.c.Call, rows, from)); ok {
			t.sameRows(b, rows, from, 0, true, "-Inf appended")
		}
	}
}

// smoothed reports whether smoothing spreads a loss over all classes.
func (t *trial) smoothed(rows []int) bool {
	for _, r := range rows {
		if t.c.Call.Param("smoothing", r) != 0 {
			return true
		}
	}
	return false
}

// permuted turns the columns back to front, and by a third. Tokens of equal
// logits change places in the order of a nucleus, so that only rows without ties
// go to it.
func (t *trial) permuted() {
	rows := t.few(2)
	if len(rows) == 0 {
		return
	}
	v := t.c.Call.In[0].Shape[1]
	for _, turn := range []func(i int) int{
		func(i int) int { return v - 1 - i },
		func(i int) int { return (i + v/3 + 1) % v },
	} {
		from, to := make([]int, v), make([]int, v)
		for i := range from {
			from[i] = turn(i)
			to[from[i]] = i
		}
		if t.tied(rows) || !t.c.Call.Arg("lengths").Absent() {
			return
		}
		c := columns(t.c.Call, rows, from)
		if i := c.Op.Input("label"); i >= 0 {
			t.relabel(c, i, to)
		}
		if b, ok := t.again(c); ok {
			t.sameRows(b, rows, from, 0, false, "logits permuted")
		}
	}
}

// capped reports whether scores pass through a soft cap, which keeps no differences.
func (t *trial) capped(rows []int) bool {
	return t.c.Call.Op.Input("softcap") >= 0 && slices.ContainsFunc(rows, func(r int) bool { return t.c.Call.Param("softcap", r) != 0 })
}

// tied reports whether where equal logits stand decides what comes out.
func (t *trial) tied(rows []int) bool {
	op := t.c.Call.Op
	ordered := op.Name == "top_p_filter" || op.Name == "top_k_filter"
	for _, r := range rows {
		if i := op.Input("temperature"); i >= 0 && t.c.Call.Param("temperature", r) == 0 {
			ordered = true
		}
		if !ordered {
			continue
		}
		seen := map[float64]bool{}
		for _, v := range t.row(r) {
			if seen[v] {
				return true
			}
			seen[v] = true
		}
	}
	return false
}

// relabel moves labels to where their columns went.
func (t *trial) relabel(c *reference.Call, i int, to []int) {
	skip := c.Arg("ignore_index")
	for r := range c.In[i].Len() {
		if l := c.In[i].Int(r); skip.Absent() || l != skip.Int(0) {
			c.In[i].PutInt(r, int64(to[l]))
		}
	}
	if !skip.Absent() { // so that no label becomes the ignored one
		for r := range c.In[i].Len() {
			if c.In[i].Int(r) == skip.Int(0) {
				c.In[i].PutInt(r, math.MinInt32)
			}
		}
	}
}

func (t *trial) scaled() {
	rows := t.few(3)
	if len(rows) == 0 {
		return
	}
	for _, by := range []float64{2, 0.25} {
		c := remake(t.c.Call, rows...)
		if !times(c.In[0], by) {
			continue
		}
		T := make([]float64, len(rows))
		for i, r := range rows {
			T[i] = t.c.Call.Param("temperature", r) * by
		}
		give(c, "temperature", T...)
		if b, ok := t.again(c); ok {
			t.sameRows(b, rows, nil, 0, false, "logits and temperature scaled")
		}
	}
}

// times multiplies every element by a power of two; false where one would round.
func times(x reference.Tensor, by float64) bool {
	for i := range x.Len() {
		v := x.Get(i)
		if w := v * by; x.DType.Round(w) != w && !math.IsNaN(v) || math.IsInf(w, 0) != math.IsInf(v, 0) || w != 0 && math.Abs(w) < x.DType.MinNormal() {
			return false
		}
		x.Put(i, v*by)
	}
	return true
}
