package properties

import "math"

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
