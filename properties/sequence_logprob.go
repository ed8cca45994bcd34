package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var sequenceLaws = []Law{
	// Padding that carries a sentinel is summed; a NaN times a mask of 0.
	law("beyond_the_length", "what stands beyond a sequence's length changes nothing", onSequences, nil, (*trial).beyondLength),
	// The first token skipped, the end token left out, a length one too long.
	law("sequence_splits", "a sequence's log-probability is its beginning's and its end's", onSequences, nil, (*trial).splits),
	// ((5+n)/6)^a for n^a, the padded length for the row's own, a sum divided twice.
	law("score_is_penalised", "the score is the log-probability over the penalty of the row's own length", onSequences, nil, (*trial).penalised),
	// A normaliser at a = 0, where there is none.
	law("no_exponent_no_penalty", "with a = 0 the score is the log-probability", onSequences, nil, (*trial).noPenalty),
}

func (t *trial) beyondLength() {
	rows := t.few(8)
	if len(rows) == 0 {
		return
	}
	for _, hold := range []float64{nan, 1, inf} {
		c := remake(t.c.Call, rows...)
		length := c.In[0].Shape[1]
		for r := range rows {
			for i := int(c.Arg("lengths").Int(r)); i < length; i++ {
				c.In[0].Put(r*length+i, hold)
			}
		}
		b, ok := t.again(c)
		if !ok {
			return
		}
		for r, at := range rows {
			for o := range b.call.Out {
				t.alike(o, t.first, at, b, r, same, true, "other padding")
			}
		}
	}
}

func (t *trial) splits() {
	rows := t.few(4)
	if len(rows) == 0 {
		return
	}
	head, tail := remake(t.c.Call, rows...), remake(t.c.Call, rows...)
	length := head.In[0].Shape[1]
	for r := range rows {
		n := int(head.Arg("lengths").Int(r))
		head.Arg("lengths").PutInt(r, int64(n/2))
		tail.Arg("lengths").PutInt(r, int64(n-n/2))
		for i := n / 2; i < n; i++ {
			tail.In[0].SetBits(r*length+i-n/2, head.In[0].Bits(r*length+i))
		}
	}
	a, ok := t.again(head)
	if !ok {
		return
	}
	b, ok := t.again(tail)
	if !ok {
		return
	}
	for r, at := range rows {
		want := a.call.Out[0].Get(r) + b.call.Out[0].Get(r)
		t.expect(t.first, 0, at, want, a.slack(0, r)+b.slack(0, r)+0x1p-50*math.Abs(want), "a beginning and an end")
	}
}

// penaltyOf is what a row's log-probability is divided by.
func penaltyOf(c *reference.Call, r int) float64 {
	n, a := float64(c.Arg("lengths").Int(r)), c.Param("alpha", r)
	switch c.Pick("length_penalty") {
	case "power":
		return math.Pow(n, a)
	case "gnmt":
		return math.Pow((5+n)/6, a)
	}
	return 1
}

func (t *trial) penalised() {
	a := t.first
	for r := range a.call.Out[0].Len() {
		by := penaltyOf(a.call, r)
		want := a.call.Out[0].Get(r) / by
		t.expect(a, 1, r, want, a.slack(0, r)/by+0x1p-46*math.Abs(want), "the log-probability over its penalty")
	}
}

func (t *trial) noPenalty() {
	rows := t.few(4)
	if len(rows) == 0 {
		return
	}
	c := remake(t.c.Call, rows...)
	give(c, "alpha", 0)
	b, ok := t.again(c)
	if !ok {
		return
	}
	for r := range rows {
		t.expect(b, 1, r, b.call.Out[0].Get(r), b.slack(0, r), "a = 0")
	}
}
