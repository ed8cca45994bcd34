package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var onSoft = []string{"cross_entropy_soft"}

var crossEntropySoftLaws = []Law{
	// log_softmax of the teacher's logits, the temperature squared, the mean over
	// classes: the label's loss is not the one-hot target's.
	law("one_hot_targets", "the losses of two one-hot targets differ as the logits do, and half of each has their mean", onSoft, nil, (*trial).hardTargets),
	// Targets normalised though they were to be taken as given.
	law("targets_scale", "twice the targets have twice the loss", onSoft, nil, (*trial).targetsScale),
}

func (t *trial) hardTargets() {
	rows := t.few(1)
	if len(rows) == 0 {
		return
	}
	x := t.row(rows[0])
	best, ok := regular(x)
	other := -1
	for i, v := range x {
		if i != best && !math.IsInf(v, 0) {
			other = i
		}
	}
	if !ok || other < 0 || math.Abs(x[best])+math.Abs(x[other]) > t.c.Call.DType().Max()/4 {
		return
	}
	c := remake(t.c.Call, rows[0], rows[0], rows[0])
	q := reference.NewTensor(c.Arg("q").DType, 3, len(x))
	q.Put(best, 1)
	q.Put(len(x)+other, 1)
	q.Put(2*len(x)+best, 0.5)
	q.Put(2*len(x)+other, 0.5)
	c.In[c.Op.Input("q")] = q
	b, ok := t.again(c)
	if !ok {
		return
	}
	one, two := b.call.Out[0].Get(0), b.call.Out[0].Get(1)
	t.expect(b, 0, 1, one+x[best]-x[other], b.slack(0, 0)+0x1p-50*(math.Abs(x[best])+math.Abs(x[other])), "another one-hot target")
	t.expect(b, 0, 2, one/2+two/2, b.slack(0, 0)/2+b.slack(0, 1)/2+0x1p-50*two, "half of two targets")
}

func (t *trial) targetsScale() {
	rows := t.few(3)
	if len(rows) == 0 {
		return
	}
	c := remake(t.c.Call, rows...)
	if !times(c.Arg("q"), 2) {
		return
	}
	b, ok := t.again(c)
	if !ok {
		return
	}
	for r, at := range rows {
		t.alike(0, t.first, at, b, r, func(v float64) float64 { return 2 * v }, false, "twice the targets")
	}
}
