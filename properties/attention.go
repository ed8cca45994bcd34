package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var attentionLaws = []Law{
	// Weights that do not add up to 1, an output divided before the last block.
	law("values_of_one", "values of 1 give 1 where a key is seen, 0 elsewhere", []string{"attention"}, nil, (*trial).valuesOfOne),
	// A mean over one key too few, a weight taken from another key.
	law("mean_of_values", "every output lies between the least and the largest of the values", []string{"attention"}, nil, (*trial).meanOfValues),
	// A value rounded where weights are.
	law("values_scale", "values twice as large give outputs twice as large, and the same lse", []string{"attention"}, nil, (*trial).valuesScale),
	// A block's maximum that is not rescaled; the last keys of a block skipped.
	law("keys_turned_round", "keys and values in another order change nothing", []string{"attention"}, nil, (*trial).keysTurned),
}

const valueIn = 2 // where attention's values stand

func (t *trial) valuesOfOne() {
	rows := firstRows(t.c.Call, 12)
	if len(rows) == 0 {
		return
	}
	c := remake(t.c.Call, rows...)
	for i := range c.In[valueIn].Len() {
		c.In[valueIn].Put(i, 1)
	}
	b, ok := t.again(c)
	if !ok {
		return
	}
	for i := range b.call.Out[0].Len() {
		want := 1.0
		if math.IsInf(b.truth().Out[1].Get(i/b.call.Out[0].Shape[1]), -1) {
			want = 0
		}
		if got := b.call.Out[0].Get(i); math.Abs(got-want) > 1.01*b.slack(0, i)+0x1p-40 {
			t.failf(b, 0, i, "all values are 1, and the output is %v", got)
			return
		}
	}
}

func (t *trial) meanOfValues() {
	a := t.first
	x := t.c.Call.In[valueIn]
	for n := range x.Shape[1] {
		lo, hi := inf, -inf
		for j := range x.Shape[0] {
			v := x.Get(j*x.Shape[1] + n)
			lo, hi = min(lo, v), max(hi, v)
		}
		if !(lo <= hi) || math.IsInf(lo, 0) || math.IsInf(hi, 0) {
			continue
		}
		for r := range a.call.Out[0].Shape[0] {
			i := r*x.Shape[1] + n
			got, want := a.call.Out[0].Get(i), a.truth().Out[0].Get(i)
			if math.IsNaN(want) || math.IsInf(a.truth().Out[1].Get(r), -1) {
				continue
			}
			t.spoke = true
			if by := a.slack(0, i); !(got >= lo-by && got <= hi+by) && !math.IsNaN(by) {
				t.failf(a, 0, i, "a mean of values between %v and %v is %v", lo, hi, got)
				return
			}
		}
	}
}

func (t *trial) valuesScale() {
	rows := firstRows(t.c.Call, 8)
	c := remake(t.c.Call, rows...)
	if len(rows) == 0 || !times(c.In[valueIn], 2) {
		return
	}
	b, ok := t.again(c)
	if !ok {
		return
	}
	for i := range b.call.Out[0].Len() {
		t.alike(0, t.first, i, b, i, func(v float64) float64 { return 2 * v }, false, "values twice as large")
	}
	for i := range b.call.Out[1].Len() {
		t.alike(1, t.first, i, b, i, same, true, "values twice as large")
	}
}

func (t *trial) keysTurned() {
	rows := t.few(4)
	if len(rows) == 0 || !t.c.Call.Arg("lengths").Absent() {
		return
	}
	c := remake(t.c.Call, rows...)
	keys := keysOf(c)
	back := make([]int, keys)
	for j := range back {
		back[j] = keys - 1 - j
	}
	for _, name := range []string{"K", "V"} {
		i := c.Op.Input(name)
		c.In[i] = gather(c.In[i], back)
	}
	if i := c.Op.Input("bias"); !c.In[i].Absent() {
		turned := reference.NewTensor(c.In[i].DType, c.In[i].Shape...)
		for at := range turned.Len() {
			turned.SetBits(at, c.In[i].Bits(at/keys*keys+back[at%keys]))
		}
		c.In[i] = turned
	}
	b, ok := t.again(c)
	if !ok {
		return
	}
	for o := range b.call.Out {
		each := b.call.Out[o].Len() / len(rows)
		for i, r := range rows {
			for j := range each {
				t.alike(o, t.first, r*each+j, b, i*each+j, same, false, "keys in another order")
			}
		}
	}
}
