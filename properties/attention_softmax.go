package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var onAttention = []string{"attention_softmax", "attention"}

var attentionSoftmaxLaws = []Law{
	// The hidden keys' terms left in the sum, a weight of 1/n for a query that sees none.
	law("weights_add_up", "weights are in [0, 1] and add up to 1; to 0 where no key is seen", []string{"attention_softmax"}, nil, (*trial).weightsAddUp),
	// NaN times a weight of 0, a maximum over hidden scores.
	law("hidden_has_no_influence", "what keys beyond the length hold changes nothing, NaN included", onAttention, nil, (*trial).hiddenHolds),
	// Causal off by one, an offset forgotten.
	law("causal_is_a_length", "causality is a length of i + offset + 1 for row i", onAttention, nil, (*trial).causalIsLength),
	// -1e4 for -Inf.
	law("bias_hides", "a bias of -Inf hides as a length does", []string{"attention_softmax"}, nil, (*trial).biasHides),
	// The scale applied twice, or after the cap.
	law("scale_is_a_factor", "scores twice as large with half the scale change nothing", onAttention, nil, (*trial).scaleIsFactor),
}

func (t *trial) weightsAddUp() {
	a := t.first
	v := t.c.Call.In[0].Shape[1]
	for _, r := range spread(t.c.Call.In[0].Shape[0], 16) {
		sum, top, seen := 0.0, r*v, false
		for j := r * v; j < (r+1)*v; j++ {
			y, p := a.call.Out[0].Get(j), a.truth().Out[0].Get(j)
			if seen = seen || p != 0; p > a.truth().Out[0].Get(top) {
				top = j
			}
			sum += y
		}
		if v == 0 || math.IsNaN(a.truth().Out[0].Get(top)) {
			continue
		}
		t.spoke = true
		if !seen {
			if sum != 0 {
				t.failf(a, 0, top, "no key is seen, and the weights add up to %v", sum)
			}
			continue
		}
		p := a.truth().Out[0].Get(top)
		by := (2*a.term(0, top, "terms of the sum") + a.term(0, top, "sum") + a.term(0, top, "division")) / p
		by += t.c.Call.DType().Unit() + float64(v)*(a.term(0, top, "smallest number")+0x1p-53)
		if d := math.Abs(sum - 1); !(d <= by) {
			t.failf(a, 0, top, "the weights of row %d add up to %v: off by %.3g, allowed %.3g", r, sum, d, by)
		}
	}
}

// keysOf is how many keys a call of attention has.
func keysOf(c *reference.Call) int {
	if k := c.Arg("K"); !k.Absent() {
		return k.Shape[0]
	}
	return c.In[0].Shape[1]
}

// seeing gives every row the same length, half of the keys there are, and drops
// the case's own.
func seeing(c *reference.Call, rows []int, n int) *reference.Call {
	b := remake(c, rows...)
	lengths := make([]float64, len(rows))
	for i := range lengths {
		lengths[i] = float64(n)
	}
	give(b, "lengths", lengths...)
	return b
}

func (t *trial) hiddenHolds() {
	rows, keys := t.few(3), keysOf(t.c.Call)
	n := (keys + 1) / 2
	if len(rows) == 0 || keys < 2 {
		return
	}
	a, ok := t.again(seeing(t.c.Call, rows, n))
	if !ok {
		return
	}
	for _, poison := range []float64{nan, t.c.Call.DType().Max(), inf} {
		c := seeing(t.c.Call, rows, n)
		for i := range c.In[:3] {
			switch x := c.In[i]; {
			case c.Op.In[i].Name == "x":
				for at := range x.Len() {
					if at%keys >= n {
						x.Put(at, poison)
					}
				}
			case c.Op.In[i].Name == "K" || c.Op.In[i].Name == "V":
				for at := n * x.Shape[1]; at < x.Len(); at++ {
					x.Put(at, poison)
				}
			}
		}
		b, ok := t.again(c)
		if !ok {
			return
		}
		for o := range b.call.Out {
			for i := range b.call.Out[o].Len() {
				t.alike(o, a, i, b, i, same, true, "hidden keys poisoned")
			}
		}
	}
}

// firstRows are at most n of the case's first rows: causality goes by number.
func firstRows(c *reference.Call, n int) []int { return everyRow(c)[:min(n, c.In[0].Shape[0])] }

func (t *trial) causalIsLength() {
	rows, keys := firstRows(t.c.Call, 12), keysOf(t.c.Call)
	if len(rows) == 0 || keys == 0 || keys > 1<<12 {
		return
	}
	for _, offset := range []int64{0, 2, -1} {
		causal := choose(without(t.c.Call, rows, "lengths"), "mask", "causal")
		causal.In[causal.Op.Input("offset")] = integerScalar(offset)
		a, ok := t.again(causal)
		if !ok {
			return
		}
		plain := choose(remake(t.c.Call, rows...), "mask", "none")
		lengths := make([]float64, len(rows))
		for i := range lengths {
			lengths[i] = float64(min(max(int64(i)+1+offset, 0), int64(keys)))
		}
		give(plain, "lengths", lengths...)
		b, ok := t.again(plain)
		if !ok {
			return
		}
		for o := range b.call.Out {
			for i := range b.call.Out[o].Len() {
				t.alike(o, a, i, b, i, same, true, "lengths of i + offset + 1 for causality")
			}
		}
	}
}

func (t *trial) biasHides() {
	rows, v := t.few(3), t.c.Call.In[0].Shape[1]
	if len(rows) == 0 || v < 2 || !t.c.Call.Arg("bias").Absent() {
		return
	}
	n := (v + 1) / 2
	a, ok := t.again(seeing(t.c.Call, rows, n))
	if !ok {
		return
	}
	c := without(t.c.Call, rows, "lengths")
	c.In[c.Op.Input("bias")] = Matrix(c.DType(), len(rows), v, func(_, j int) float64 {
		if j >= n {
			return -inf
		}
		return 0
	})
	if b, ok := t.again(c); ok {
		for i := range b.call.Out[0].Len() {
			t.alike(0, a, i, b, i, same, false, "a bias of -Inf for a length")
		}
	}
}

func (t *trial) scaleIsFactor() {
	rows := t.few(3)
	if len(rows) == 0 {
		return
	}
	c := remake(t.c.Call, rows...)
	if !times(c.In[0], 2) {
		return
	}
	s := make([]float64, len(rows))
	for i, r := range rows {
		if s[i] = 0.5 * t.c.Call.Param("scale", r); c.Arg("scale").Absent() {
			s[i] = 0.5
			if k := c.Arg("K"); !k.Absent() {
				s[i] = 0.5 / math.Sqrt(float64(k.Shape[1]))
			}
		}
	}
	give(c, "scale", s...)
	b, ok := t.again(c)
	if !ok {
		return
	}
	for o := range b.call.Out {
		each := b.call.Out[o].Len() / len(rows)
		for i, r := range rows {
			for j := range each {
				t.alike(o, t.first, r*each+j, b, i*each+j, same, false, "scores twice as large, half the scale")
			}
		}
	}
}
