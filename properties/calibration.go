package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var calibrationLaws = []Law{
	// Samples without a bin that stay in the denominator; a confidence of 1 in a
	// bin past the last.
	law("one_sample", "a sample alone is off by |correct - confidence|", []string{"ece", "brier"}, nil, (*trial).oneSample),
	// Accuracy and confidence averaged before they are compared.
	law("one_bin", "with one bin the error is that of the means", []string{"ece"}, nil, (*trial).oneBin),
	// A root or a square left out, weights that do not add up to 1.
	law("norms_in_order", "the error in norm l1 is at most that in l2, and that at most the largest", []string{"ece"}, nil, (*trial).normsInOrder),
	// A mean that divides by the bins, or by the samples of another batch.
	law("every_sample_twice", "every sample twice changes nothing", []string{"ece", "brier"}, nil, (*trial).everyTwice),
	// A running accumulator that forgets the last or the first sample.
	law("samples_reversed", "the order of samples changes nothing", onConfidences, nil, (*trial).samplesReversed),
	// Confidence 0 in bin -1, 1 in bin B.
	law("bins_hold_all", "the bins' counts add up to the number of samples, and their right ones to all right ones", []string{"reliability"}, nil, (*trial).binsHoldAll),
	// Edges to the wrong side, a bin's number off by one.
	law("mean_in_its_bin", "a bin's mean confidence lies between its edges", []string{"reliability"}, nil, (*trial).meanInItsBin),
	// The squared error of one class of two, or half of it.
	law("brier_of_halves", "the whole's score is the weighted mean of its halves'", []string{"brier"}, nil, (*trial).brierOfHalves),
	// A score above 1, or the root of it.
	law("brier_of_the_sure", "confidences of 0 and 1 score the share of wrong ones", []string{"brier"}, nil, (*trial).brierOfTheSure),
}

// picked copies a call with the samples at the given places.
func picked(c *reference.Call, at []int) *reference.Call { return remake(c, at...) }

func (t *trial) samples() int { return t.c.Call.In[0].Len() }

func upTo(n int) []int {
	at := make([]int, n)
	for i := range at {
		at[i] = i
	}
	return at
}

func (t *trial) oneSample() {
	for _, i := range spread(t.samples(), 4) {
		off := math.Abs(float64(t.c.Call.In[1].Int(i)) - t.c.Call.In[0].Get(i))
		if t.c.Call.Op.Name == "brier" {
			off *= off
		}
		if b, ok := t.again(picked(t.c.Call, []int{i})); ok {
			t.near(b, 0, 0, off, "one sample")
		}
	}
}

func (t *trial) oneBin() {
	n := t.samples()
	if n == 0 || n > 1<<14 {
		return
	}
	off := 0.0
	for i := range n {
		off += float64(t.c.Call.In[1].Int(i)) - t.c.Call.In[0].Get(i)
	}
	c := picked(t.c.Call, upTo(n))
	give(c, "bins", 1)
	if b, ok := t.again(c); ok {
		t.near(b, 0, 0, math.Abs(off)/float64(n), "one bin")
	}
}

func (t *trial) normsInOrder() {
	if t.samples() == 0 {
		return
	}
	last, by := -inf, 0.0
	for _, norm := range []string{"l1", "l2", "max"} {
		b, ok := t.again(choose(t.c.Call, "norm", norm))
		if !ok {
			return
		}
		v, s := b.call.Out[0].Get(0), b.slack(0, 0)
		if v < last-by-s {
			t.failf(b, 0, 0, "the error in norm %s is %v, in the norm before %v", norm, v, last)
		}
		last, by = v, s
	}
}

func (t *trial) everyTwice() {
	n := t.samples()
	if n == 0 || n > 1<<14 || t.c.Call.Pick("scheme") == "equal_mass" {
		return
	}
	var at []int
	for i := range n {
		at = append(at, i, i)
	}
	if b, ok := t.again(picked(t.c.Call, at)); ok {
		t.alike(0, t.first, 0, b, 0, same, false, "every sample twice")
	}
}

// samplesReversed leaves equal masses with ties out: there the order decides.
func (t *trial) samplesReversed() {
	n := t.samples()
	if n == 0 || n > 1<<14 || t.c.Call.Pick("scheme") == "equal_mass" {
		return
	}
	if b, ok := t.again(picked(t.c.Call, reversed(n))); ok {
		for o := range b.call.Out {
			for i := range b.call.Out[o].Len() {
				t.alike(o, t.first, i, b, i, same, false, "samples reversed")
			}
		}
	}
}

func (t *trial) binsHoldAll() {
	count, right, all, want := t.first.call.Out[0], 0.0, 0.0, 0.0
	by := 0.0
	for i := range count.Len() {
		n := count.Get(i)
		if all += n; n > 0 {
			right += n * t.first.call.Out[2].Get(i)
			if s := t.first.slack(2, i); !math.IsNaN(s) {
				by += n * s
			}
		}
	}
	for i := range t.samples() {
		want += float64(t.c.Call.In[1].Int(i))
	}
	t.spoke = true
	if all != float64(t.samples()) {
		t.failf(t.first, 0, 0, "the bins hold %v samples of %d", all, t.samples())
	}
	if d := math.Abs(right - want); !(d <= by+0x1p-20*want) {
		t.failf(t.first, 2, 0, "the bins hold %v right samples of %v", right, want)
	}
}

func (t *trial) meanInItsBin() {
	bins := t.first.call.Out[0].Len()
	if t.c.Call.Pick("scheme") == "equal_mass" {
		return
	}
	d := t.first.call.Out[1].DType
	for i := range bins {
		n, mean := t.first.call.Out[0].Get(i), t.first.call.Out[1].Get(i)
		if n == 0 {
			continue
		}
		t.spoke = true
		by := 16*d.Unit() + 4*t.k.Acc.Unit()*min(n, 1<<12)
		if mean < float64(i)/float64(bins)-by || mean > float64(i+1)/float64(bins)+by {
			t.failf(t.first, 1, i, "bin %d of %d has a mean confidence of %v", i, bins, mean)
		}
	}
}

func (t *trial) brierOfHalves() {
	n := t.samples()
	if n < 2 || n > 1<<14 {
		return
	}
	at := upTo(n)
	a, ok := t.again(picked(t.c.Call, at[:n/3+1]))
	b, also := t.again(picked(t.c.Call, at[n/3+1:]))
	if !ok || !also || n/3+1 == n {
		return
	}
	w := float64(n/3+1) / float64(n)
	want := w*a.call.Out[0].Get(0) + (1-w)*b.call.Out[0].Get(0)
	by := t.first.slack(0, 0) + w*a.slack(0, 0) + (1-w)*b.slack(0, 0) + 0x1p-48*want
	if got := t.first.call.Out[0].Get(0); !(math.Abs(got-want) <= by) {
		t.failf(t.first, 0, 0, "the whole scores %v, its parts %v", got, want)
	}
}

func (t *trial) brierOfTheSure() {
	n := t.samples()
	if n == 0 || n > 1<<14 {
		return
	}
	c := picked(t.c.Call, upTo(n))
	wrong := 0.0
	for i := range n {
		v := math.Round(c.In[0].Get(i))
		c.In[0].Put(i, v)
		wrong += math.Abs(v - float64(c.In[1].Int(i)))
	}
	if b, ok := t.again(c); ok {
		t.near(b, 0, 0, wrong/float64(n), "confidences of 0 and 1")
	}
}
