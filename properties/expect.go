package properties

import (
	"maps"
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// expect asks an element for a number that the law knows: within the bound, and
// what the number itself is uncertain by.
func (t *trial) expect(a *reply, out, flat int, want, extra float64, says string) {
	if t.finding != nil || a.call.Out[out].Absent() || math.IsNaN(want) || math.IsInf(want, 0) {
		return
	}
	by := (a.slack(out, flat)+extra)*(1+0x1p-20) + 0x1p-1074
	if math.IsNaN(by) {
		return // nothing is known of this element
	}
	t.spoke = true
	if got := a.call.Out[out].Get(flat); !(math.Abs(got-want) <= by) {
		t.failf(a, out, flat, "%s: %v, want %v within %.3g", says, got, want, by)
	}
}

// atLeast asks an element not to lie below a number by more than its bound.
func (t *trial) atLeast(a *reply, out, flat int, least, extra float64, says string) {
	got := a.call.Out[out].Get(flat)
	if by := a.slack(out, flat) + extra; !math.IsNaN(by) {
		if t.spoke = true; got < least-by {
			t.failf(a, out, flat, "%s: %v, want at least %v", says, got, least)
		}
	}
}

// atMost is the other side.
func (t *trial) atMost(a *reply, out, flat int, most, extra float64, says string) {
	got := a.call.Out[out].Get(flat)
	if by := a.slack(out, flat) + extra; !math.IsNaN(by) {
		if t.spoke = true; got > most+by {
			t.failf(a, out, flat, "%s: %v, want at most %v", says, got, most)
		}
	}
}

// perUnit is what nats are divided by.
func perUnit(c *reference.Call) float64 {
	if c.Pick("unit") == "bits" {
		return math.Ln2
	}
	return 1
}

// with copies a call with one input replaced by name; an absent tensor takes it
// away.
func with(c *reference.Call, name string, to reference.Tensor) *reference.Call {
	in := named(c)
	if to.Absent() {
		delete(in, name)
	} else {
		in[name] = to
	}
	return c.Op.NewCall(in, maps.Clone(c.Choice))
}

// coupled says that the answer of a row hangs on the others: a gradient of a
// mean, a table.
func coupled(c *reference.Call) bool {
	return c.Op.Name == "cross_entropy_backward" && c.Pick("reduction") == "mean" || slices.Contains(onTables, c.Op.Name)
}

// massRow is a row of an input of masses, normalised where the call says so; ok
// where its masses are numbers.
func massRow(c *reference.Call, name string, r int) (p []float64, ok bool) {
	p = c.Arg(name).Row(r, nil)
	all := total(p)
	if math.IsNaN(all) || math.IsInf(all, 0) {
		return p, false
	}
	if c.Pick("normalise") == "yes" {
		scale(p, 1/all)
	}
	return p, true
}

// eachMasses visits a few rows of masses that are numbers.
func (t *trial) eachMasses(n int, f func(r int, p []float64)) {
	shape := t.c.Call.In[0].Shape
	if shape[1] == 0 {
		return
	}
	for _, r := range spread(shape[0], n) {
		if p, ok := massRow(t.c.Call, t.c.Call.Op.In[0].Name, r); ok && t.finding == nil {
			f(r, p)
		}
	}
}

// inUnits asks for the same number in the other unit.
func (t *trial) inUnits() {
	other, by := "bits", 1/math.Ln2
	if t.c.Call.Pick("unit") == "bits" {
		other, by = "nats", math.Ln2
	}
	b, ok := t.again(choose(t.c.Call, "unit", other))
	if !ok {
		return
	}
	for i := range b.call.Out[0].Len() {
		t.alike(0, t.first, i, b, i, func(v float64) float64 { return v * by }, false, "in "+other)
	}
}

// finiteRow says that a row holds numbers only, -Inf allowed for logits.
func finiteRow(x []float64) bool {
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 1) {
			return false
		}
	}
	return true
}
