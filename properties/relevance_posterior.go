package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var relevanceLaws = []Law{
	// A softmax whose prior is multiplied in afterwards and not normalised again.
	law("relevance_sums_to_one", "posteriors of documents add up to 1, each in [0, 1]", onRelevance, nil, (*trial).relevanceSums),
	// The prior's logarithm divided by the temperature; the prior added, not its
	// logarithm.
	law("relevance_odds", "posteriors stand to each other as their priors times the exponentials of the scores' distance over T", onRelevance, nil, (*trial).relevanceOdds),
	// A prior that must be normalised and is not.
	law("prior_scale", "priors multiplied by a power of two change nothing", onRelevance, nil, (*trial).priorScale),
	// A missing prior of 0, or of 1/V where others count as 1.
	law("no_prior_is_uniform", "without a prior the posterior is that of equal priors", onRelevance, nil, (*trial).noPrior),
	// ln(prior + 1e-9).
	law("no_prior_no_posterior", "a document whose prior is 0 gets exactly nothing", onRelevance, nil, (*trial).refusedByPrior),
}

// priorOf is the prior of a row's documents, 1 each where there is none.
func (t *trial) priorOf(r int) []float64 {
	if p := t.c.Call.Arg("prior"); !p.Absent() {
		return p.Row(r, nil)
	}
	return fill(t.c.Call.In[0].Shape[1], 1)
}

// eachRanked visits a few rows that have a posterior.
func (t *trial) eachRanked(f func(r, base int, y, prior []float64)) {
	v := t.c.Call.In[0].Shape[1]
	for _, r := range spread(t.c.Call.In[0].Shape[0], 8) {
		y := t.first.call.Out[0].Row(r, nil)
		if v > 0 && !math.IsNaN(t.first.truth().Out[0].Get(r*v)) && t.finding == nil {
			t.spoke = true
			f(r, r*v, y, t.priorOf(r))
		}
	}
}

func (t *trial) relevanceSums() {
	t.eachRanked(func(r, base int, y, prior []float64) {
		sum, by := 0.0, 0.0
		for j, p := range y {
			sum += p
			s := t.first.slack(0, base+j)
			by += s
			if !(p >= 0 && p <= 1+s) {
				t.failf(t.first, 0, base+j, "a posterior of %v", p)
			}
		}
		if d := math.Abs(sum - 1); !(d <= by+0x1p-48) {
			t.failf(t.first, 0, base, "row %d adds up to %v: off by %.3g, allowed %.3g", r, sum, d, by)
		}
	})
}

func (t *trial) relevanceOdds() {
	t.eachRanked(func(r, base int, y, prior []float64) {
		x, T := t.row(r), t.c.Call.Param("temperature", r)
		if T == 0 {
			return
		}
		top := math.Inf(-1) // of the documents that have a prior: another's score would swallow ln prior
		for j, v := range x {
			if prior[j] > 0 {
				top = max(top, v)
			}
		}
		weight := func(j int) float64 {
			if prior[j] == 0 || math.IsInf(x[j], -1) {
				return -inf
			}
			if math.IsInf(T, 1) {
				return ln(prior[j])
			}
			return (x[j]-top)/T + ln(prior[j])
		}
		w := weights(len(x), weight)
		best, _ := regular(w)
		if !(y[best] > 0) {
			return
		}
		for j := range x {
			want := y[best] * math.Exp(w[j]-w[best])
			by := t.first.slack(0, base+j) + want/y[best]*t.first.slack(0, base+best)
			by += 0x1p-46 * want * (1 + min(math.Abs(w[j])+math.Abs(w[best]), 1e5))
			if d := math.Abs(y[j] - want); !(d <= by) {
				t.failf(t.first, 0, base+j, "documents %d and %d have %v and %v, and scores and priors say %v", j, best, y[j], y[best], want)
				return
			}
		}
	})
}

func (t *trial) priorScale() {
	rows := t.few(3)
	i := t.c.Call.Op.Input("prior")
	if len(rows) == 0 || t.c.Call.In[i].Absent() {
		return
	}
	for _, by := range []float64{4, 0.5} {
		c := remake(t.c.Call, rows...)
		if !times(c.In[i], by) {
			continue
		}
		if b, ok := t.again(c); ok {
			t.sameRows(b, rows, nil, 0, false, "priors scaled")
		}
	}
}

func (t *trial) noPrior() {
	rows := t.few(3)
	i := t.c.Call.Op.Input("prior")
	if len(rows) == 0 || !t.c.Call.In[i].Absent() {
		return
	}
	c := remake(t.c.Call, rows...)
	c.In[i] = reference.NewTensor(c.DType(), c.In[0].Shape...)
	for j := range c.In[i].Len() {
		c.In[i].Put(j, 0.25)
	}
	if b, ok := t.again(c); ok {
		t.sameRows(b, rows, nil, 0, false, "equal priors given")
	}
}

func (t *trial) refusedByPrior() {
	t.eachRanked(func(r, base int, y, prior []float64) {
		for j, p := range prior {
			if p == 0 && y[j] != 0 {
				t.failf(t.first, 0, base+j, "a document without prior has %v", y[j])
				return
			}
		}
	})
}
