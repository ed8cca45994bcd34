package properties

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

var bayesLaws = []Law{
	// Divided by a sum of likelihoods instead of the evidence, or not at all.
	law("posterior_sums_to_one", "the posteriors of a row add up to 1, none of them negative", onBayes, nil, (*trial).posteriorSums),
	// The prior left out; a prior added where its logarithm was meant.
	law("posterior_odds", "posterior odds are prior odds times the likelihood ratio", []string{"bayes_posterior"}, nil, (*trial).posteriorOdds),
	// A likelihood taken for a probability, clipped at 1 or normalised by itself.
	law("likelihood_scale", "a common factor of the likelihoods leaves the posterior and multiplies the evidence", onBayes, nil, (*trial).likelihoodScale),
	// A posterior that is not carried to the next observation; the last one lost.
	law("order_of_observations", "the order in which observations come changes nothing", []string{"bayes_update", "bayes_odds"}, nil, (*trial).observationsReversed),
	// The prior applied again with every observation.
	law("in_two_goes", "the posterior of some observations is the prior of the rest, and evidences multiply", []string{"bayes_update"}, nil, (*trial).inTwoGoes),
	// A step that is normalised to nothing; a product that starts at 0.
	law("telling_nothing", "an observation alike under all hypotheses changes nothing", []string{"bayes_update", "bayes_odds"}, nil, (*trial).tellingNothing),
	// odds/(1 - odds), or the probability fed back as odds.
	law("odds_to_probability", "the probability is odds/(1 + odds)", onOdds, nil, (*trial).oddsToProbability),
	// The logarithm of the prior odds added to a product; the prior odds dropped.
	law("odds_scale", "prior odds doubled double the odds", onOdds, nil, (*trial).oddsScale),
}

// logarithms says that the call's masses are written as logarithms.
func (t *trial) logarithms() bool { return t.c.Call.Pick("form") == "log" }

// massAt is an element of a posterior as a probability, and what it may be off by.
func (t *trial) massAt(a *reply, flat int) (p, by float64) {
	p, by = a.call.Out[0].Get(flat), a.slack(0, flat)
	if t.logarithms() {
		p = math.Exp(p)
		by = p * math.Expm1(by)
	}
	return p, by
}

func (t *trial) posteriorSums() {
	v := t.c.Call.In[0].Shape[1]
	for r := range t.c.Call.In[0].Shape[0] {
		if v == 0 {
			return
		}
		t.spoke = true
		sum, by := 0.0, 0.0
		for j := range v {
			p, e := t.massAt(t.first, r*v+j)
			if !(p >= 0) {
				t.failf(t.first, 0, r*v+j, "a posterior of %v", p)
			}
			sum, by = sum+p, by+e
		}
		if d := math.Abs(sum - 1); !(d <= by+0x1p-48) {
			t.failf(t.first, 0, r*v, "row %d adds up to %v: off by %.3g, allowed %.3g", r, sum, d, by)
		}
	}
}

func (t *trial) posteriorOdds() {
	v := t.c.Call.In[0].Shape[1]
	for _, r := range t.few(3) {
		weight := func(j int) float64 {
			a, b := t.c.Call.In[0].Get(r*v+j), t.c.Call.In[1].Get(r*v+j)
			if t.logarithms() {
				return a + b
			}
			return ln(a) + ln(b)
		}
		best, _ := regular(weights(v, weight))
		pBest, eBest := t.massAt(t.first, r*v+best)
		for j := range v {
			p, e := t.massAt(t.first, r*v+j)
			want, by := pBest*math.Exp(weight(j)-weight(best)), e
			if want > 0 {
				by += want/pBest*eBest + 0x1p-44*want*(1+math.Abs(weight(j)))
			}
			if d := math.Abs(p - want); !(d <= by+4*e*eBest) && pBest > 0 {
				t.failf(t.first, 0, r*v+j, "posteriors of hypotheses %d and %d are %v and %v, and priors and likelihoods say %v", j, best, p, pBest, want)
			}
		}
	}
}

// ln is right for subnormal numbers too, which math.Log is not on every machine.
func ln(v float64) float64 {
	f, e := math.Frexp(v)
	return math.Log(f) + float64(float64(e)*math.Ln2)
}

func weights(n int, f func(int) float64) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = f(i)
	}
	return w
}

// likelihoodScale changes the first observation of each row.
func (t *trial) likelihoodScale() {
	rows := t.few(3)
	like := t.c.Call.In[1]
	if len(rows) == 0 || like.Len() == 0 {
		return
	}
	const by = 8
	c := remake(t.c.Call, rows...)
	v := c.In[0].Shape[1]
	per := c.In[1].Len() / len(rows)
	for i := range c.In[1].Len() {
		if i%per >= v {
			continue
		}
		x := c.In[1].Get(i)
		y := x * by
		if t.logarithms() {
			y = x + by
		}
		d := c.In[1].DType
		if d.Round(y) != y || t.logarithms() && y-by != x && !math.IsInf(x, 0) || math.IsInf(y, 1) || x != 0 && math.Abs(x) < d.MinNormal() {
			return
		}
		c.In[1].Put(i, y)
	}
	b, ok := t.again(c)
	if !ok {
		return
	}
	moved := func(e float64) float64 { return e * by }
	if t.logarithms() {
		moved = func(e float64) float64 { return e + by }
	} else if t.c.Call.Op.Name == "bayes_update" {
		moved = func(e float64) float64 { return e + math.Log(by) }
	}
	for i, r := range rows {
		for j := range v {
			t.alike(0, t.first, r*v+j, b, i*v+j, same, false, "likelihoods scaled")
		}
		if !t.first.call.Out[1].Absent() {
			t.alike(1, t.first, r, b, i, moved, false, "evidence of likelihoods scaled")
		}
	}
}

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

func (t *trial) oddsToProbability() {
	for r := range t.first.call.Out[0].Len() {
		if o := t.first.call.Out[0].Get(r); !t.first.call.Out[1].Absent() && !math.IsInf(o, 1) && o > t.c.Call.DType().MinNormal() {
			p := o / (1 + o)
			by := t.first.slack(0, r) / (1 + o) / (1 + o)
			if got := t.first.call.Out[1].Get(r); math.Abs(got-p) > t.first.slack(1, r)+2*by+0x1p-48*p {
				t.failf(t.first, 1, r, "odds of %v are a probability of %v", o, got)
			}
			t.spoke = true
		}
	}
}

func (t *trial) oddsScale() {
	rows := t.few(3)
	c := remake(t.c.Call, rows...)
	if len(rows) == 0 || !times(c.In[0], 2) {
		return
	}
	if b, ok := t.again(c); ok {
		for i, r := range rows {
			t.alike(0, t.first, r, b, i, func(o float64) float64 { return 2 * o }, false, "prior odds doubled")
		}
	}
}
