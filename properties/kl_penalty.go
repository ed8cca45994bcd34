package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var onPenalties = []string{"kl_penalty"}

var klPenaltyLaws = []Law{
	// e^r - 1 - r of a small r, rounded below 0; r of the wrong sign in k3.
	law("estimates_not_negative", "k2 and k3 are at least 0", onPenalties, nil, (*trial).estimates),
	// An epsilon, a difference of exponentials instead of logarithms.
	law("same_policy", "a policy equal to the reference costs nothing", onPenalties, nil, (*trial).samePolicy),
	// lp - lq for lq - lp, which k2 hides.
	law("penalty_direction", "policy and reference swapped: k1 changes its sign, k2 nothing, k3 becomes e^-r - 1 + r", onPenalties, nil, (*trial).direction),
	// The mean over the padded length, over the batch.
	law("mean_penalty", "the mean is that of the counted tokens' penalties", onPenalties, nil, (*trial).meanPenalty),
}

const (
	penaltyOut = iota
	meanOut
	gradientOut
)

func (t *trial) estimates() {
	if t.c.Call.Pick("estimator") == "k1" {
		return
	}
	for i := range t.first.call.Out[penaltyOut].Len() {
		if got := t.first.call.Out[penaltyOut].Get(i); got < 0 {
			t.atLeast(t.first, penaltyOut, i, 0, 0, "a negative penalty")
		}
	}
}

func (t *trial) samePolicy() {
	c := t.c.Call
	if n := c.In[0].Len(); n == 0 || n > 1<<13 {
		return
	}
	b, ok := t.again(with(c, "lq", c.In[0].Clone()))
	if !ok {
		return
	}
	for i := range b.call.Out[penaltyOut].Len() {
		if v := c.In[0].Get(i); isCounted(c, i) && !math.IsInf(v, 0) && !math.IsNaN(v) {
			t.expect(b, penaltyOut, i, 0, 0, "the same policy")
		}
	}
}

func (t *trial) direction() {
	c := t.c.Call
	n := c.In[0].Len()
	if n == 0 || n > 1<<13 {
		return
	}
	changed := with(with(c, "lp", c.Arg("lq")), "lq", c.Arg("lp"))
	b, ok := t.again(changed)
	if !ok {
		return
	}
	for i := range n {
		v := t.first.call.Out[penaltyOut].Get(i)
		r := c.Arg("lq").Get(i) - c.Arg("lp").Get(i)
		if !isCounted(c, i) || math.IsInf(v, 0) || math.IsNaN(v) || math.Abs(r) > 60 {
			continue
		}
		want, by := v, t.first.slack(penaltyOut, i)
		switch c.Pick("estimator") {
		case "k1":
			want = -v
		case "k3": // e^r = v + 1 + r
			want = math.Expm1(-r) + r
			by = 0x1p-50 * (1 + math.Abs(r))
		}
		t.expect(b, penaltyOut, i, want, by, "policy and reference swapped")
	}
}

func (t *trial) meanPenalty() {
	a := t.first
	if a.call.Out[meanOut].Absent() {
		return
	}
	sum, by, n := 0.0, 0.0, 0.0
	for i := range a.call.Out[penaltyOut].Len() {
		if isCounted(t.c.Call, i) {
			v := a.call.Out[penaltyOut].Get(i)
			sum += v
			by += a.slack(penaltyOut, i) + 0x1p-50*math.Abs(v)
			n++
		}
	}
	t.expect(a, meanOut, 0, sum/n, by/n, "the mean of the penalties")
}

// penaltySlopes are gradient_is_slope for the estimates: the derivative of each
// token's own.
func (t *trial) penaltySlopes() {
	c := t.c.Call
	n := c.In[0].Len()
	if n == 0 || n > 1<<12 || t.first.call.Out[gradientOut].Absent() {
		return
	}
	const h = 1e-4
	at := func(h float64) *reference.Call {
		lp, lq := reference.NewTensor(reference.F64, n), reference.NewTensor(reference.F64, n)
		for i := range n {
			lp.Put(i, c.Arg("lp").Get(i)+h)
			lq.Put(i, c.Arg("lq").Get(i))
		}
		a, err := with(with(c, "lp", lp), "lq", lq).Truth()
		if err != nil {
			return nil
		}
		return a
	}
	above, below := at(h), at(-h)
	if above == nil || below == nil {
		return
	}
	for i := range n {
		r := math.Abs(c.Arg("lq").Get(i) - c.Arg("lp").Get(i))
		if !isCounted(c, i) || !(r < 20) || math.Abs(c.In[0].Get(i)) > 1e3 {
			continue
		}
		want := (above.Out[penaltyOut].Get(i) - below.Out[penaltyOut].Get(i)) / (2 * h)
		t.expect(t.first, gradientOut, i, want, 1e-6*math.Exp(r), "central difference of the estimate")
	}
}
