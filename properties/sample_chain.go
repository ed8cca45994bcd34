package properties

import (
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

var sampleChainLaws = []Law{
	// A filter skipped where another is on; p of all tokens for p of the k.
	law("chain_is_the_shortest", "k with p keeps a prefix, k with min_p another; all three keep the shorter of the two", []string{"sample_chain"}, nil, (*trial).shortest),
	// A draw by rank, or from all tokens where the filters only count.
	law("drawn_is_kept", "the token drawn is among the first in order that are counted as kept, for any uniform", []string{"sample_chain"}, nil, (*trial).drawnIsKept),
	// k = 0 or k > V that keeps nothing.
	law("chain_off", "filters that keep everything change nothing", []string{"sample_chain"}, nil, (*trial).chainOff),
}

// without is the call with some parameters left out.
func without(c *reference.Call, rows []int, names ...string) *reference.Call {
	n := remake(c, rows...)
	for _, name := range names {
		n.In[n.Op.Input(name)] = reference.Tensor{}
	}
	return n
}

func (t *trial) shortest() {
	rows := t.few(4)
	if len(rows) == 0 {
		return
	}
	a, ok := t.again(without(t.c.Call, rows, "min_p"))
	if !ok {
		return
	}
	b, ok := t.again(without(t.c.Call, rows, "p"))
	if !ok {
		return
	}
	const kept = 1
	for i, r := range rows {
		p, m, got := a.call.Out[kept].Get(i), b.call.Out[kept].Get(i), t.first.call.Out[kept].Get(r)
		if want := min(p, m); got != want && (t.k.Bits != "" || !t.first.inside(kept, r)) {
			t.failf(t.first, kept, r, "%v tokens kept; %v without min_p, %v without p", got, p, m)
		}
	}
}

func (t *trial) drawnIsKept() {
	for r := range t.first.call.Out[0].Len() {
		x := t.row(r)
		token, kept := t.first.call.Out[0].Get(r), t.first.call.Out[1].Get(r)
		if len(x) > 1<<14 || !(token >= 0 && token < float64(len(x))) {
			continue
		}
		t.spoke = true
		at := slices.Index(ranked(x), int(token))
		if float64(at) >= kept && !(t.k.Ties == "any" && t.first.inside(0, r)) {
			t.failf(t.first, 0, r, "%v tokens kept, and token %v is number %d in order", kept, token, at+1)
			return
		}
	}
}

func (t *trial) chainOff() {
	rows := t.few(3)
	if len(rows) == 0 {
		return
	}
	v := float64(t.c.Call.In[0].Shape[1])
	a, ok := t.again(without(t.c.Call, rows, "k", "p", "min_p"))
	if !ok {
		return
	}
	for _, k := range []float64{0, v, v + 1} {
		c := remake(t.c.Call, rows...)
		give(c, "k", k)
		give(c, "p", 1)
		give(c, "min_p", 0)
		b, ok := t.again(c)
		if !ok {
			return
		}
		for i := range rows {
			was, got := a.call.Out[0].Get(i), b.call.Out[0].Get(i)
			if was != got && (t.k.Bits != "" || !b.inside(0, i)) {
				t.failf(b, 0, i, "k = %v, p = 1, min_p = 0 draws %v, without them it is %v", k, got, was)
			}
			if got := b.call.Out[1].Get(i); got != v && t.c.Call.Param("temperature", rows[i]) != 0 {
				t.failf(b, 1, i, "k = %v, p = 1, min_p = 0 keeps %v", k, got)
			}
		}
	}
}
