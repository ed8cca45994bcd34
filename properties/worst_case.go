package properties

import (
	"math"
	"slices"
)

var quantileLaws = []Law{
	// A quantile of unsorted samples, one index off.
	law("quantile_ends", "quantile 0 is the least sample, 1 the largest", []string{"worst_case"}, nil, (*trial).quantileEnds),
	// The quantile of 1 - q; a nearest rank where samples are interpolated.
	law("quantile_grows", "a larger share has no smaller quantile, and the median of three is the middle one", []string{"worst_case"}, nil, (*trial).quantileGrows),
}

func (t *trial) quantileEnds() {
	rows := t.few(3)
	for _, q := range []float64{0, 1} {
		c := remake(t.c.Call, rows...)
		if len(rows) == 0 {
			return
		}
		give(c, "quantile", q)
		b, ok := t.again(c)
		if !ok {
			return
		}
		for i, r := range rows {
			x := t.row(r)
			want := slices.Min(x)
			if q == 1 {
				want = slices.Max(x)
			}
			t.near(b, 0, i, want, "an end of the samples")
		}
	}
}

func (t *trial) quantileGrows() {
	rows := t.few(3)
	if len(rows) == 0 {
		return
	}
	c := remake(t.c.Call, rows...)
	q := make([]float64, len(rows))
	for i, r := range rows {
		q[i] = 0.25 + 0.75*t.c.Call.Param("quantile", r)
	}
	give(c, "quantile", q...)
	if b, ok := t.again(c); ok {
		for i, r := range rows {
			was, got := t.first.call.Out[0].Get(r), b.call.Out[0].Get(i)
			if by := t.first.slack(0, r) + b.slack(0, i); got < was-by {
				t.failf(b, 0, i, "a share of %v has %v, the smaller %v has %v", q[i], got, t.c.Call.Param("quantile", r), was)
			}
		}
	}
	if t.c.Call.In[0].Shape[1] < 3 {
		return
	}
	c = firstSamples(t.c.Call, rows[0], 3)
	give(c, "quantile", 0.5)
	x := c.In[0].Row(0, nil)
	if b, ok := t.again(c); ok && !slices.ContainsFunc(x, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }) {
		slices.Sort(x)
		t.near(b, 0, 0, x[1], "the median of three")
	}
}
