package properties

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

var sampleLaws = []Law{
	// n for n-1 in the variance.
	law("pair_of_samples", "two samples have a standard error of half their distance", []string{"monte_carlo"}, nil, (*trial).pairOfSamples),
	// The mean square less the squared mean.
	law("samples_shifted", "a number added to all samples is added to the mean and leaves the standard error", []string{"monte_carlo"}, nil, (*trial).samplesShifted),
	// The error of a sample for that of the mean; a variance for its root.
	law("samples_scaled", "samples multiplied by a power of two multiply all that is estimated", onSamples, nil, (*trial).samplesScaled),
	// 1.96 for Student's quantile; one tail for two.
	law("interval_of_one_degree", "with two samples and confidence 1/2 the interval reaches from one to the other", []string{"monte_carlo"}, nil, (*trial).oneDegree),
	// An interval of one side; a lower end above the upper.
	law("interval_holds", "the interval holds the mean in its middle, and the ends of a bootstrap lie among the samples", []string{"monte_carlo", "bootstrap_ci"}, nil, (*trial).intervalHolds),
	// 1 - confidence where confidence is meant.
	law("surer_is_wider", "more confidence gives no narrower interval", []string{"monte_carlo", "bootstrap_ci"}, nil, (*trial).surerIsWider),
	// A row's place in the batch as its seed; a seed cut to 32 bits.
	law("resamples_differ", "other seeds and requests resample otherwise", []string{"bootstrap_ci"}, nil, (*trial).resamplesDiffer),
	// The last lane of the samples not sorted in.
	law("samples_reordered", "the order of samples changes nothing", []string{"worst_case", "monte_carlo"}, nil, (*trial).samplesReordered),
}

// movesWith says which outputs that move when the samples do: all but the standard error.
func movesWith(c *reference.Call, out int) bool { return c.Op.Out[out].Name != "stderr" }

func (t *trial) pairOfSamples() {
	x := t.c.Call.In[0]
	for _, r := range t.few(3) {
		n := x.Shape[1]
		if n < 2 {
			return
		}
		c := firstSamples(t.c.Call, r, 2)
		a, z := c.In[0].Get(0), c.In[0].Get(1)
		if d := math.Abs(a - z); d < math.Inf(1) && d > 0 {
			if b, ok := t.again(c); ok {
				t.near(b, 1, 0, d/2, "the standard error of two samples")
			}
		}
	}
}

// firstSamples is a row with its first n samples only.
func firstSamples(c *reference.Call, r, n int) *reference.Call {
	in := named(remake(c, r))
	in["samples"] = lastAxis(in["samples"], upTo(n), 0)
	return c.Op.NewCall(in, c.Choice)
}

func (t *trial) samplesShifted() {
	rows := t.few(3)
	if len(rows) == 0 {
		return
	}
	by := shiftFor(t.c.Call, rows)
	if by == 0 {
		return
	}
	c := remake(t.c.Call, rows...)
	shift(c, by)
	if b, ok := t.again(c); ok {
		t.moved(b, rows, func(out int, v float64) float64 {
			if movesWith(c, out) {
				return v + by
			}
			return v
		}, "samples shifted")
	}
}

// moved compares every output of every row after a known change.
func (t *trial) moved(b *reply, rows []int, change func(out int, v float64) float64, says string) {
	for o := range b.call.Out {
		if b.call.Out[o].Absent() || t.first.call.Out[o].Absent() || len(b.call.Out[o].Shape) == 0 {
			continue
		}
		for i, r := range rows {
			t.alike(o, t.first, r, b, i, func(v float64) float64 { return change(o, v) }, false, says)
		}
	}
}

func (t *trial) samplesScaled() {
	rows := t.few(3)
	for _, by := range []float64{8, 0.5} {
		c := remake(t.c.Call, rows...)
		if len(rows) == 0 || !times(c.In[0], by) {
			continue
		}
		if b, ok := t.again(c); ok {
			t.moved(b, rows, func(_ int, v float64) float64 { return by * v }, "samples scaled")
		}
	}
}

func (t *trial) oneDegree() {
	if t.c.Call.In[0].Shape[1] < 2 {
		return
	}
	for _, r := range t.few(2) {
		c := firstSamples(t.c.Call, r, 2)
		give(c, "confidence", 0.5)
		lo, hi := min(c.In[0].Get(0), c.In[0].Get(1)), max(c.In[0].Get(0), c.In[0].Get(1))
		if !(hi-lo < math.Inf(1)) || c.Out[2].Absent() {
			continue
		}
		if b, ok := t.again(c); ok {
			t.near(b, 2, 0, lo, "the lower end of two samples")
			t.near(b, 3, 0, hi, "the upper end of two samples")
		}
	}
}

func (t *trial) intervalHolds() {
	lower, upper := t.c.Call.Op.Output("lower"), t.c.Call.Op.Output("upper")
	for r := range t.c.Call.In[0].Shape[0] {
		if t.first.call.Out[lower].Absent() || t.first.call.Out[upper].Absent() {
			return
		}
		lo, hi := t.first.call.Out[lower].Get(r), t.first.call.Out[upper].Get(r)
		by := t.first.slack(lower, r) + t.first.slack(upper, r)
		if math.IsNaN(lo) || math.IsNaN(by) {
			continue
		}
		t.spoke = true
		if lo > hi+by {
			t.failf(t.first, lower, r, "the interval reaches from %v to %v", lo, hi)
		}
		if t.c.Call.Op.Name == "monte_carlo" {
			mean := t.first.call.Out[0].Get(r)
			if d := math.Abs(lo/2 + hi/2 - mean); d > by+t.first.slack(0, r)+0x1p-48*math.Abs(mean) {
				t.failf(t.first, lower, r, "the interval from %v to %v has its middle away from the mean %v", lo, hi, mean)
			}
			continue
		}
		x := t.row(r)
		if least, most := slices.Min(x), slices.Max(x); lo < least-by || hi > most+by {
			t.failf(t.first, lower, r, "the interval from %v to %v leaves the samples, which lie in [%v, %v]", lo, hi, least, most)
		}
	}
}

func (t *trial) surerIsWider() {
	rows := t.few(3)
	if len(rows) == 0 {
		return
	}
	lower, upper := t.c.Call.Op.Output("lower"), t.c.Call.Op.Output("upper")
	c := remake(t.c.Call, rows...)
	v := make([]float64, len(rows))
	for i, r := range rows {
		v[i] = 0.5 + t.c.Call.Param("confidence", r)/2
	}
	give(c, "confidence", v...)
	b, ok := t.again(c)
	if !ok || t.first.call.Out[lower].Absent() || t.first.call.Out[upper].Absent() {
		return
	}
	for i, r := range rows {
		low, high := b.call.Out[lower].Get(i), b.call.Out[upper].Get(i)
		was, is := t.first.call.Out[lower].Get(r), t.first.call.Out[upper].Get(r)
		if by := t.first.slack(lower, r) + b.slack(lower, i); low > was+by {
			t.failf(b, lower, i, "more confidence moves the lower end from %v to %v", was, low)
		}
		if by := t.first.slack(upper, r) + b.slack(upper, i); high < is-by {
			t.failf(b, upper, i, "more confidence moves the upper end from %v to %v", is, high)
		}
	}
}

// resamplesDiffer asks eight times about one row that has an interval.
func (t *trial) resamplesDiffer() {
	x := t.c.Call.In[0]
	for _, r := range t.few(2) {
		row := t.row(r)
		least, most := slices.Min(row), slices.Max(row)
		if x.Shape[1] < 8 || !(most-least > max(math.Abs(least), math.Abs(most))/64) || math.IsNaN(t.first.truth().Out[0].Get(r)) {
			continue
		}
		c := remake(t.c.Call, slices.Repeat([]int{r}, 8)...)
		seed, request := reference.NewTensor(reference.U64, 8), reference.NewTensor(reference.U64, 8)
		for i := range 8 {
			seed.SetBits(i, uint64(i%4)<<40|5)
			request.SetBits(i, uint64(i/4)<<40)
		}
		c.In[c.Op.Input("seed")], c.In[c.Op.Input("request")] = seed, request
		b, ok := t.again(c)
		if !ok {
			return
		}
		kinds, want := map[[2]uint64]bool{}, map[[2]uint64]bool{}
		for i := range 8 {
			kinds[[2]uint64{b.call.Out[0].Bits(i), b.call.Out[1].Bits(i)}] = true
			want[[2]uint64{b.truth().Out[0].Bits(i), b.truth().Out[1].Bits(i)}] = true
		}
		if len(want) == 8 && len(kinds) < 6 {
			t.failf(b, 0, -1, "eight seeds and requests give %d intervals", len(kinds))
		}
	}
}

func (t *trial) samplesReordered() {
	rows := t.few(3)
	n := t.c.Call.In[0].Shape[1]
	if len(rows) == 0 || n < 2 {
		return
	}
	in := named(remake(t.c.Call, rows...))
	in["samples"] = lastAxis(in["samples"], reversed(n), 0)
	if b, ok := t.again(t.c.Call.Op.NewCall(in, t.c.Call.Choice)); ok {
		t.moved(b, rows, func(_ int, v float64) float64 { return v }, "samples reversed")
	}
}
