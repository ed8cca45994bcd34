package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var fitLaws = []Law{
	// The loss before the fit, a sum for a mean, a loss at 1/T.
	law("loss_at_the_fit", "the loss reported is the cross-entropy at the temperature reported", onFit, nil, (*trial).lossAtTheFit),
	// A search that stops too early, or in the wrong direction.
	law("fit_is_best", "a little colder or hotter is no better", onFit, nil, (*trial).fitIsBest),
	// A search between fixed temperatures around 1.
	law("fit_scales", "logits multiplied by a power of two have their temperature multiplied", onFit, nil, (*trial).fitScales),
	// The last row left out of the mean, a gradient of one row at a time.
	law("rows_reversed", "the order of the rows changes nothing, nor does every row twice", onFit, nil, (*trial).rowsReversed),
	// Ignored rows that count in the mean, or whose NaN spreads.
	law("fit_ignores", "ignored rows, whatever they hold, change nothing", onFit, nil, (*trial).fitIgnores),
	// The bound reached and not told.
	law("bound_is_told", "a temperature at a bound is reported as one", onFit, nil, (*trial).boundIsTold),
}

const (
	coldest = 0.01
	hottest = 100
)

// lossAt is the exact mean cross-entropy of the case at a temperature.
func (t *trial) lossAt(T float64) float64 {
	op, err := reference.ByName("cross_entropy")
	if err != nil {
		return nan
	}
	in := map[string]reference.Tensor{"label": t.c.Call.Arg("label"), "temperature": reference.Scalar(reference.F64, T)}
	x := t.c.Call.In[0]
	in["x"] = reference.NewTensor(reference.F64, x.Shape...)
	for i := range x.Len() {
		in["x"].Put(i, x.Get(i))
	}
	if skip := t.c.Call.Arg("ignore_index"); !skip.Absent() {
		in["ignore_index"] = skip
	}
	want, err := op.NewCall(in, map[string]string{"reduction": "mean"}).Truth()
	if err != nil {
		return nan
	}
	return want.Out[0].Get(0)
}

// fitOf is the temperature and the loss of an answer; ok is false where there is
// none, or too much to go through.
func (t *trial) fitOf(a *reply) (T, nll float64, ok bool) {
	T, nll = a.call.Out[0].Get(0), nan
	if !a.call.Out[1].Absent() {
		nll = a.call.Out[1].Get(0)
	}
	return T, nll, T > 0 && a.call.In[0].Len() <= 1<<14
}

// lossError is what the kernel may not see of a loss: a third of the loss'
// interval, which is three times as wide.
func (t *trial) lossError(a *reply) float64 { return a.slack(1, 0) }

func (t *trial) lossAtTheFit() {
	T, nll, ok := t.fitOf(t.first)
	if !ok || math.IsNaN(nll) {
		return
	}
	t.spoke = true
	if want := t.lossAt(T); !(math.Abs(nll-want) <= 2*t.lossError(t.first)+0x1p-40*want) {
		t.failf(t.first, 1, 0, "T = %v has a loss of %v, reported as %v", T, want, nll)
	}
}

func (t *trial) fitIsBest() {
	T, _, ok := t.fitOf(t.first)
	if !ok || t.first.call.Out[1].Absent() {
		return
	}
	t.spoke = true
	at, by := t.lossAt(T), 2*t.lossError(t.first)
	for _, f := range []float64{0.5, 0.9, 0.99, 1.01, 1.1, 2} {
		if other := min(max(T*f, coldest), hottest); t.lossAt(other) < at-by-0x1p-40*at {
			t.failf(t.first, 0, 0, "T = %v has a loss of %v, T = %v of %v", T, at, other, t.lossAt(other))
		}
	}
}

// fitScales looks at losses: how far apart two temperatures are says little.
func (t *trial) fitScales() {
	T, _, ok := t.fitOf(t.first)
	if T < 2*coldest || T > hottest/2 {
		return // it may be a bound that holds it back
	}
	for _, by := range []float64{4, 0.25} {
		c := remake(t.c.Call, upTo(t.c.Call.In[0].Shape[0])...)
		if !ok || T*by < 2*coldest || T*by > hottest/2 || T == 1 || !times(c.In[0], by) {
			continue
		}
		b, again := t.again(c)
		if !again {
			return
		}
		S := b.call.Out[0].Get(0) / by
		if d := math.Abs(t.lossAt(S) - t.lossAt(T)); !(d <= 2*(t.lossError(t.first)+t.lossError(b))+0x1p-40) {
			t.failf(b, 0, 0, "logits multiplied by %v: T from %v to %v", by, T, S*by)
		}
	}
}

func (t *trial) rowsReversed() {
	n := t.c.Call.In[0].Shape[0]
	T, _, ok := t.fitOf(t.first)
	if !ok {
		return
	}
	for _, at := range [][]int{reversed(n), append(upTo(n), reversed(n)...)} {
		if b, ok := t.again(remake(t.c.Call, at...)); ok {
			t.sameFit(b, T, "rows reversed, or every row twice")
		}
	}
}

func (t *trial) sameFit(b *reply, T float64, says string) {
	S := b.call.Out[0].Get(0)
	if d := math.Abs(t.lossAt(S) - t.lossAt(T)); !(d <= 2*(t.lossError(t.first)+t.lossError(b))+0x1p-40) {
		t.failf(b, 0, 0, "%s: T from %v to %v", says, T, S)
	}
	if !b.call.Out[1].Absent() {
		t.alike(1, t.first, 0, b, 0, same, false, says)
	}
}

func (t *trial) fitIgnores() {
	n := t.c.Call.In[0].Shape[0]
	T, _, ok := t.fitOf(t.first)
	if !ok {
		return
	}
	c := remake(t.c.Call, append(upTo(n), 0, n-1)...)
	skip := int64(-777)
	if s := c.Arg("ignore_index"); !s.Absent() {
		skip = s.Int(0)
	} else {
		give(c, "ignore_index", float64(skip))
	}
	v := c.In[0].Shape[1]
	for r := n; r < n+2; r++ {
		c.Arg("label").PutInt(r, skip)
		for j := range v {
			c.In[0].Put(r*v+j, []float64{nan, inf}[r-n])
		}
	}
	if b, ok := t.again(c); ok {
		t.sameFit(b, T, "ignored rows added")
	}
}

func (t *trial) boundIsTold() {
	T, _, ok := t.fitOf(t.first)
	if !ok || t.first.call.Out[2].Absent() {
		return
	}
	side := t.first.call.Out[2].Get(0)
	t.spoke = true
	d := t.first.call.Out[0].DType
	low, high := T <= coldest*(1+4*d.Unit()), T >= hottest*(1-4*d.Unit())
	if side < 0 && !low || side > 0 && !high || side == 0 && (low || high) {
		t.failf(t.first, 2, 0, "T = %v is reported with %v", T, side)
	}
}
