package properties

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// observations copies a call with the observations of each row taken from the
// places that from lists; -1 tells nothing.
func observations(c *reference.Call, rows, from []int) *reference.Call {
	n := remake(c, rows...)
	like := n.In[1]
	shape := slices.Clone(like.Shape)
	steps := shape[1]
	shape[1] = len(from)
	y := reference.NewTensor(like.DType, shape...)
	v := 1
	if len(shape) > 2 {
		v = shape[2]
	}
	neutral := 1.0
	if c.Pick("form") == "log" {
		neutral = 0
	}
	for flat := range y.Len() {
		r, s, j := flat/(len(from)*v), flat/v%len(from), flat%v
		if from[s] < 0 {
			y.Put(flat, neutral)
		} else {
			y.SetBits(flat, like.Bits((r*steps+from[s])*v+j))
		}
	}
	in := named(n)
	in[c.Op.In[1].Name] = y
	return c.Op.NewCall(in, c.Choice)
}

func (t *trial) observationsReversed() {
	steps := t.c.Call.In[1].Shape[1]
	from := make([]int, steps)
	for i := range from {
		from[i] = steps - 1 - i
	}
	t.sameAfter(from, "observations reversed")
}

func (t *trial) tellingNothing() {
	from := []int{-1}
	for i := range t.c.Call.In[1].Shape[1] {
		from = append(from, i)
	}
	t.sameAfter(append(from, -1), "observations that tell nothing added")
}

func (t *trial) sameAfter(from []int, says string) {
	rows := t.few(3)
	if len(rows) == 0 || len(from) > 1<<12 {
		return
	}
	if b, ok := t.again(observations(t.c.Call, rows, from)); ok {
		t.sameRows(b, rows, nil, 0, false, says)
	}
}

// inTwoGoes rounds the posterior in between to the inputs' type: a relative error
// of a rounding in every prior, and of as much again in their sum.
func (t *trial) inTwoGoes() {
	rows := t.few(2)
	steps := t.c.Call.In[1].Shape[1]
	if len(rows) == 0 || steps < 2 {
		return
	}
	order := weights(steps, func(i int) float64 { return float64(i) })
	var first, rest []int
	for i := range order {
		if i < steps/2 {
			first = append(first, i)
		} else {
			rest = append(rest, i)
		}
	}
	a, ok := t.again(observations(t.c.Call, rows, first))
	if !ok || a.call.Out[1].Absent() {
		return
	}
	c := observations(t.c.Call, rows, rest)
	rel := 0.0 // what the posterior in between is off by, of itself
	for i := range c.In[0].Len() {
		p, e := t.massAt(a, i)
		c.In[0].Put(i, a.call.Out[0].Get(i))
		if p < c.DType().MinNormal()*0x1p20 && a.truth().Out[0].Get(i) != 0 && !(t.logarithms() && p > 0) {
			return // nothing is left of its digits
		}
		if p > 0 {
			rel = max(rel, e/p+c.DType().Unit())
		}
	}
	b, ok := t.again(c)
	if !ok || rel > 0.01 {
		return
	}
	v := c.In[0].Shape[1]
	for i, r := range rows {
		for j := range v {
			was, e := t.massAt(t.first, r*v+j)
			got, f := t.massAt(b, i*v+j)
			if d := math.Abs(was - got); !(d <= e+f+3*rel*max(was, got)) {
				t.failf(b, 0, i*v+j, "all observations at once: %v, in two goes: %v", was, got)
			}
		}
		sum := a.call.Out[1].Get(i) + b.call.Out[1].Get(i)
		was := t.first.call.Out[1].Get(r)
		by := t.first.slack(1, r) + a.slack(1, i) + b.slack(1, i) + 2*rel
		if d := math.Abs(sum - was); !(d <= by) && !math.IsNaN(by) && !math.IsInf(was, 0) {
			t.failf(b, 1, i, "log-evidence of all observations %v, of two goes %v", was, sum)
		}
	}
}
