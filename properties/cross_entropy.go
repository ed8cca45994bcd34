package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

const (
	reducedOut = iota
	lossOut
	lseOut
)

var crossEntropyLaws = []Law{
	// lse - x_label of two rounded numbers: -1e-7 for a sure label.
	law("loss_not_negative", "a loss is at least 0; at least minus its bound where lse is rounded before the logit is subtracted", onLoss, nil, (*trial).notNegative),
	// The row's lse saved before the maximum is added back.
	law("loss_from_lse", "without smoothing a loss is its row's lse less the label's logit, by weight", onLoss, nil, (*trial).fromLse),
	// The sum divided by all rows, the ignored ones too; weights left out below.
	law("reductions_agree", "sum is the total of the rows' losses, mean that over their weights, none neither", onLoss, nil, (*trial).reductions),
	// NaN of padding rows times a mask of 0 is NaN.
	law("ignored_rows", "what an ignored row holds, and how many there are, changes nothing; its loss is 0", onLoss, nil, (*trial).ignoredRows),
	// ignore_index looked at only where it is negative.
	law("any_ignore_index", "an ignore_index inside [0, V) takes its rows out like any other", onLoss, nil, (*trial).ignoreInside),
	// (1-e)/V for e/V; smoothing applied to the mean but not to the row.
	law("smoothing_is_linear", "the loss is (1-e) times that without smoothing and e times that with e = 1", onLoss, nil, (*trial).smoothingLinear),
	// The weighted mean divided by the number of rows.
	law("weights_scale", "weights four times as large give four times the loss and the same mean", onLoss, nil, (*trial).weightsScale),
	// ln in base 2; a running sum that stalls at 2^24, at 256 in bf16.
	law("uniform_loss", "equal logits give ln V", onLoss, nil, (*trial).uniformLoss),
}

// skipped reports whether row r is ignored.
func skipped(c *reference.Call, r int) bool {
	skip := c.Arg("ignore_index")
	return !skip.Absent() && c.Arg("label").Int(r) == skip.Int(0)
}

func weightOf(c *reference.Call, r int) float64 {
	if w := c.Arg("weight"); !w.Absent() {
		return w.Get(int(c.Arg("label").Int(r)))
	}
	return 1
}

func (t *trial) notNegative() {
	a := t.first
	for r := range a.call.Out[lossOut].Len() {
		loss := a.call.Out[lossOut].Get(r)
		if !(loss < 0) {
			continue
		}
		t.spoke = true
		by := a.slack(lossOut, r)
		if t.k.Level == "tight" {
			by = 0
		}
		if loss < -by {
			t.failf(a, lossOut, r, "a loss of %v", loss)
		}
	}
}

func (t *trial) fromLse() {
	a := t.first
	if a.call.Out[lseOut].Absent() {
		return
	}
	for r := range a.call.Out[lossOut].Len() {
		loss, lse := a.call.Out[lossOut].Get(r), a.call.Out[lseOut].Get(r)
		if skipped(a.call, r) || a.call.Param("smoothing", r) != 0 || math.IsNaN(loss) || math.IsInf(loss, 0) || math.IsInf(lse, 0) {
			continue
		}
		w := weightOf(a.call, r)
		want := w * (lse - t.row(r)[a.call.Arg("label").Int(r)]/a.call.Param("temperature", r))
		by := a.slack(lossOut, r) + w*a.slack(lseOut, r) + 0x1p-50*w*math.Abs(lse)
		if t.spoke = true; math.Abs(loss-want) > by {
			t.failf(a, lossOut, r, "the loss is %v, lse - logit is %v", loss, want)
			return
		}
	}
}

// reductions compares the kernel with itself: only the last sum may err.
func (t *trial) reductions() {
	rows := t.few(1 << 12)
	if len(rows) != t.c.Call.In[0].Shape[0] {
		return
	}
	for _, by := range []string{"sum", "mean", "none"} {
		b, ok := t.again(choose(t.c.Call, "reduction", by))
		if !ok {
			return
		}
		var total, size, weight float64
		finite := true
		for r := range rows {
			t.alike(lossOut, t.first, r, b, r, same, true, "reduction "+by)
			if skipped(b.call, r) {
				continue
			}
			loss := b.call.Out[lossOut].Get(r)
			finite = finite && !math.IsNaN(loss) && !math.IsInf(loss, 0)
			total, size, weight = total+loss, size+math.Abs(loss), weight+weightOf(b.call, r)
		}
		if by == "none" || b.call.Out[reducedOut].Absent() || !finite || size > b.call.Out[lossOut].DType.Max()/2 {
			continue
		}
		got, want := b.call.Out[reducedOut].Get(0), total
		d := b.call.Out[lossOut].DType
		err := (t.k.Acc.Unit()*float64(len(rows)+3) + 2*d.Unit()) * size
		if by == "mean" {
			want, err = total/weight, err/weight
		}
		if math.IsNaN(want) != math.IsNaN(got) && t.k.Profile != "zero" || math.Abs(got-want) > err+d.MinNormal() {
			t.failf(b, reducedOut, 0, "%s of the losses is %v, the kernel says %v", by, want, got)
		}
	}
}

// ignoredRows puts ignored rows full of NaN, or of the largest number, between
// the rows of the case, and does the same to those it has.
func (t *trial) ignoredRows() {
	rows := t.few(8)
	if len(rows) == 0 || len(rows) != t.c.Call.In[0].Shape[0] {
		return
	}
	skip := t.freeLabel()
	var twice []int
	for _, r := range rows {
		twice = append(twice, r, r)
	}
	for _, poison := range []float64{nan, t.c.Call.DType().Max()} {
		c := remake(t.c.Call, twice...)
		v := c.In[0].Shape[1]
		label := c.Arg("label")
		for i, r := range twice {
			if i%2 == 0 && !skipped(t.c.Call, r) {
				continue
			}
			label.PutInt(i, skip)
			for j := range v {
				c.In[0].Put(i*v+j, poison)
			}
		}
		c.In[c.Op.Input("ignore_index")] = integerScalar(skip)
		b, ok := t.again(c)
		if !ok {
			return
		}
		for i, r := range twice {
			if loss := b.call.Out[lossOut].Get(i); i%2 == 1 || skipped(t.c.Call, r) {
				if loss != 0 {
					t.failf(b, lossOut, i, "an ignored row has a loss of %v", loss)
				}
				continue
			}
			t.alike(lossOut, t.first, r, b, i, same, true, "ignored rows between")
		}
		if !b.call.Out[reducedOut].Absent() {
			t.alike(reducedOut, t.first, 0, b, 0, same, false, "ignored rows between")
		}
	}
}

// freeLabel is the ignore_index of the case, or one no row has.
func (t *trial) freeLabel() int64 {
	if skip := t.c.Call.Arg("ignore_index"); !skip.Absent() {
		return skip.Int(0)
	}
	return -100
}

func integerScalar(v int64) reference.Tensor {
	s := reference.NewTensor(reference.I64)
	s.PutInt(0, v)
	return s
}

// ignoreInside ignores the first counted label, which is a class.
func (t *trial) ignoreInside() {
	rows := t.few(8)
	c := remake(t.c.Call, rows...)
	label := c.Arg("label")
	first := -1
	for i := range rows {
		if first < 0 && !skipped(c, i) {
			first = i
		}
	}
	if first < 0 {
		return
	}
	was := c.Arg("ignore_index")
	skip := label.Int(first)
	for i := range rows { // what was ignored stays out
		if !was.Absent() && label.Int(i) == was.Int(0) {
			label.PutInt(i, skip)
		}
	}
	c.In[c.Op.Input("ignore_index")] = integerScalar(skip)
	b, ok := t.again(c)
	if !ok {
		return
	}
	for i, r := range rows {
		if loss := b.call.Out[lossOut].Get(i); label.Int(i) == skip {
			if loss != 0 {
				t.failf(b, lossOut, i, "label %d is ignore_index, and its loss is %v", skip, loss)
			}
			continue
		}
		t.alike(lossOut, t.first, r, b, i, same, true, "another class ignored")
	}
	t.reducedWithin(b)
}

// reducedWithin asks the reduced value to be within its bound.
func (t *trial) reducedWithin(b *reply) {
	if out := b.call.Out[reducedOut]; t.finding == nil && !out.Absent() {
		got, want := out.Get(0), b.truth().Out[reducedOut].Get(0)
		if math.IsNaN(want) && (math.IsNaN(got) || t.k.Profile == "zero" && got == 0) {
			return
		}
		if lo, hi := b.interval(reducedOut, 0); !(got >= lo && got <= hi) {
			t.failf(b, reducedOut, 0, "the %s over what is left is %v, want %v", b.call.Pick("reduction"), got, want)
		}
	}
}

func (t *trial) smoothingLinear() {
	rows := t.few(3)
	if len(rows) == 0 {
		return
	}
	var at [3]*reply
	for i, e := range []float64{0, 1, 0.25} {
		c := remake(t.c.Call, rows...)
		give(c, "smoothing", e)
		b, ok := t.again(c)
		if !ok {
			return
		}
		at[i] = b
	}
	for i := range rows {
		none, all, some := at[0].call.Out[lossOut].Get(i), at[1].call.Out[lossOut].Get(i), at[2].call.Out[lossOut].Get(i)
		want := 0.75*none + 0.25*all
		if math.IsNaN(want) || math.IsInf(want, 0) {
			continue
		}
		by := at[0].slack(lossOut, i) + at[1].slack(lossOut, i) + at[2].slack(lossOut, i)
		if d := math.Abs(some - want); !(d <= by) && !math.IsNaN(by) {
			t.failf(at[2], lossOut, i, "loss %v with smoothing 1/4, %v without, %v with 1: want %v", some, none, all, want)
		}
	}
}

func (t *trial) weightsScale() {
	rows := t.few(4)
	if len(rows) == 0 || len(rows) != t.c.Call.In[0].Shape[0] {
		return
	}
	v := t.c.Call.In[0].Shape[1]
	weight := make([]float64, v)
	for i := range weight {
		weight[i] = float64(1+i%3) / 2
	}
	var at [2]*reply
	for i, by := range []float64{1, 4} {
		c := remake(t.c.Call, rows...)
		w := make([]float64, v)
		for j := range w {
			w[j] = weight[j] * by
		}
		give(c, "weight", w...)
		b, ok := t.again(c)
		if !ok {
			return
		}
		at[i] = b
	}
	size := 0.0
	for i := range rows {
		t.alike(lossOut, at[0], i, at[1], i, func(v float64) float64 { return 4 * v }, false, "weights times 4")
		size += math.Abs(at[1].call.Out[lossOut].Get(i))
	}
	if size > at[0].call.Out[lossOut].DType.Max()/2 {
		return // four times as much, added up, leaves the type
	}
	if !at[0].call.Out[reducedOut].Absent() {
		by := 4.0
		if at[0].call.Pick("reduction") == "mean" {
			by = 1
		}
		t.alike(reducedOut, at[0], 0, at[1], 0, func(v float64) float64 { return by * v }, false, "weights times 4, "+at[0].call.Pick("reduction"))
	}
}

func (t *trial) uniformLoss() {
	rows := t.few(1)
	if len(rows) == 0 || skipped(t.c.Call, rows[0]) || t.smoothed(rows) {
		return
	}
	c := remake(t.c.Call, rows...)
	v := c.In[0].Shape[1]
	at := 0.0
	if x := t.row(rows[0]); !math.IsNaN(x[0]) && !math.IsInf(x[0], 0) && math.Abs(x[0]) < 1e4 {
		at = x[0]
	}
	for j := range v {
		c.In[0].Put(j, at)
	}
	c.In[c.Op.Input("weight")] = reference.Tensor{}
	if b, ok := t.again(c); ok {
		got := b.call.Out[lossOut].Get(0)
		if d := math.Abs(got - math.Log(float64(v))); !(d <= b.slack(lossOut, 0)+0x1p-50*got) {
			t.failf(b, lossOut, 0, "the loss of %d equal logits is %v, not ln %d", v, got, v)
		}
	}
}
