package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var listLaws = []Law{
	// A dense pass over all logits, a list read for the row beside it.
	law("others_keep_bits", "a token that is not in the row's list keeps its logit, to the bit", onLists, nil, (*trial).othersKeep),
	// Only the last of several entries counts, or the list is taken for sorted.
	law("list_order", "the order of a list does not matter", onLists, nil, (*trial).listOrder),
	// A negative logit divided: the token is likelier than before.
	law("penalised_no_more", "repetition of 1 or more, frequency and presence of 0 or more raise no logit; the other way round they lower none", []string{"penalties"}, nil, (*trial).penalisedNoMore),
	// Repetition applied per occurrence, frequency once.
	law("occurrences_count", "a list twice over with half the frequency is the same, so is one with repetition and presence alone", []string{"penalties"}, nil, (*trial).occurrencesCount),
	// A penalty that is not neutral where it should be.
	law("penalty_off", "repetition 1, frequency 0 and presence 0 change nothing", []string{"penalties"}, nil, (*trial).penaltyOff),
	// The second bias of a token replaces the first.
	law("biases_add_up", "every bias listed twice is as twice the bias", []string{"logit_bias"}, nil, (*trial).biasesAdd),
	// -1e9 for -Inf, NaN left standing.
	law("listed_are_banned", "listed tokens have -Inf", []string{"banned"}, nil, (*trial).listedBanned),
}

// inList marks the tokens of a row's list.
func inList(c *reference.Call, r int) map[int]bool {
	from, to := list(c, r)
	has := map[int]bool{}
	for i := from; i < to; i++ {
		has[int(c.In[1].Int(i))] = true
	}
	return has
}

func (t *trial) othersKeep() {
	c := t.c.Call
	v := c.In[0].Shape[1]
	for r := range c.In[0].Shape[0] {
		has := inList(c, r)
		for j := range v {
			if has[j] {
				continue
			}
			t.spoke = true
			x, y := c.In[0].Get(r*v+j), t.first.call.Out[0].Get(r*v+j)
			flushed := t.k.FlushIn && math.Abs(x) < c.DType().MinNormal() && y == 0
			if x != y && !(math.IsNaN(x) && math.IsNaN(y)) && !flushed {
				t.failf(t.first, 0, r*v+j, "token %d is not listed; its logit was %v and is %v", j, x, y)
				return
			}
		}
	}
}

// alikeAll asks every element of a changed call for what the first gave.
func (t *trial) alikeAll(b *reply, bits bool, says string) {
	for i := range b.call.Out[0].Len() {
		t.alike(0, t.first, i, b, i, same, bits, says)
	}
}

func (t *trial) listOrder() {
	b, ok := t.again(relisted(t.c.Call, func(from, to int) []int {
		places := make([]int, to-from)
		for i := range places {
			places[i] = to - 1 - i
		}
		return places
	}))
	if ok {
		t.alikeAll(b, t.c.Call.Op.Name != "logit_bias", "every list turned round")
	}
}

func (t *trial) penalisedNoMore() {
	c := t.c.Call
	v := c.In[0].Shape[1]
	for r := range c.In[0].Shape[0] {
		rep, freq, pres := c.Param("repetition", r), c.Param("frequency", r), c.Param("presence", r)
		down, up := rep >= 1 && freq >= 0 && pres >= 0, rep <= 1 && freq <= 0 && pres <= 0
		for j := range inList(c, r) {
			t.spoke = true
			x, y := c.In[0].Get(r*v+j), t.first.call.Out[0].Get(r*v+j)
			if by := t.first.slack(0, r*v+j); down && y > x+by || up && y < x-by {
				t.failf(t.first, 0, r*v+j, "token %d occurs; repetition %v, frequency %v, presence %v turn its logit %v into %v", j, rep, freq, pres, x, y)
				return
			}
		}
	}
}

func twice(from, to int) []int {
	var places []int
	for range 2 {
		for i := from; i < to; i++ {
			places = append(places, i)
		}
	}
	return places
}

func (t *trial) occurrencesCount() {
	c := relisted(t.c.Call, twice)
	if f := c.Arg("frequency"); !f.Absent() {
		f = f.Clone()
		for i := range f.Len() {
			f.Put(i, f.Get(i)/2)
		}
		c.In[c.Op.Input("frequency")] = f
	}
	if b, ok := t.again(c); ok {
		t.alikeAll(b, false, "every list twice over, half the frequency")
	}
}

func (t *trial) penaltyOff() {
	b, ok := t.again(without(t.c.Call, everyRow(t.c.Call), "repetition", "frequency", "presence"))
	if !ok {
		return
	}
	for i := range b.call.Out[0].Len() {
		x, y := t.c.Call.In[0].Get(i), b.call.Out[0].Get(i)
		flushed := t.k.FlushIn && math.Abs(x) < t.c.Call.DType().MinNormal() && y == 0
		if x != y && !(math.IsNaN(x) && math.IsNaN(y)) && !flushed {
			t.failf(b, 0, i, "no penalty, and a logit of %v is %v", x, y)
			return
		}
	}
}

func (t *trial) biasesAdd() {
	two := relisted(t.c.Call, twice)
	one := remake(t.c.Call, everyRow(t.c.Call)...)
	bias := one.Arg("bias")
	for i := range bias.Len() {
		if v := bias.Get(i) * 2; math.Abs(v) > bias.DType.Max() {
			return
		}
		bias.Put(i, bias.Get(i)*2)
	}
	a, ok := t.again(one)
	if !ok {
		return
	}
	if b, ok := t.again(two); ok {
		for i := range b.call.Out[0].Len() {
			t.alike(0, a, i, b, i, same, false, "every bias listed twice, for twice the bias")
		}
	}
}

func (t *trial) listedBanned() {
	v := t.c.Call.In[0].Shape[1]
	for r := range t.c.Call.In[0].Shape[0] {
		has := inList(t.c.Call, r)
		for j := range v {
			t.spoke = true
			if y := t.first.call.Out[0].Get(r*v + j); has[j] && !math.IsInf(y, -1) {
				t.failf(t.first, 0, r*v+j, "token %d is listed and has %v", j, y)
				return
			}
		}
	}
}
