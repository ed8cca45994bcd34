package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// BayesUpdateRows applies Bayes' theorem to one observation after another.
// likelihood holds, for each row, steps rows of Vocab: that of each observation
// under each hypothesis. dst is the posterior after the last one, logEvidence
// the log-probability of all (nats), one per row, or nil. In the linear form
// inputs and posterior are probabilities, with logs they are natural logarithms.
//
// The products are formed as float64 sums of logarithms, so that no posterior is
// lost on the way and the order of the observations plays no part but in the
// last bits of float64. The posterior is within 5 ULP of float32, in the log form
// within 2^-24*(D + 3 ln S) and a rounding, D the mean distance from the best
// hypothesis. No observation: the prior, normalised. Evidence 0 and
// inputs out of domain are refused, and nothing is written.
//
// Reference: reference.Ops, bayes_update.
func BayesUpdateRows[E Element](dst []E, logEvidence []float32, prior, likelihood []E, steps int, r Rows, logs bool) error {
	r.checkBayes("BayesUpdateRows", len(dst), len(logEvidence), len(prior), len(likelihood), steps)
	if overlap(dst, prior) || overlap(dst, likelihood) || same(dst, prior) || same(dst, likelihood) {
		panic("optimized: BayesUpdateRows: dst shares memory with an input")
	}
	if bad := badBayes("bayes_update", prior, likelihood, r, steps, logs); bad != nil {
		return bad
	}
	isa := r.On.use()
	r.each(func(s *scratch, i int) {
		z := s.compose(r.Vocab)
		for j := range z {
			z[j] = logOf(at(prior, i*r.Vocab+j), logs)
			for t := range steps {
				z[j] += logOf(at(likelihood, (i*steps+t)*r.Vocab+j), logs)
			}
		}
		d := dst[i*r.Vocab:][:r.Vocab]
		var lse float64
		switch {
		case len(z) == 0:
			lse = math.Inf(-1)
		case logs:
			lse = logsInto(isa, s, d, z)
		default:
			var y []float32
			y, lse = s.probabilities(isa, z)
			narrow(isa, d, y)
		}
		if len(logEvidence) > 0 {
			logEvidence[i] = float32(lse)
		}
	})
	return nil
}

// logOf is the logarithm of an input, which it is already in the log form.
func logOf(v float32, logs bool) float64 {
	switch {
	case logs:
		return float64(v)
	case v == 0:
		return math.Inf(-1)
	}
	return ln(float64(v))
}

// BayesOdds is Bayes' theorem for a hypothesis and its negation: the prior odds
// times the likelihood ratio of each observation, and the probability
// odds/(1+odds). Odds of 0 and +Inf stay what they are; where 0 meets +Inf the
// evidence is 0: refused, as are negative numbers and NaN. Both results are
// rounded once from float64, whatever leaves the range on the way.
//
// Reference: reference.Ops, bayes_odds.
func BayesOdds(prior float32, ratio []float32) (odds, probability float32, err error) {
	if o, p, bad := bayesOdds(prior, ratio, 0); bad == nil {
		return o, p, nil
	} else {
		return 0, 0, bad
	}
}

func bayesOdds(prior float32, ratio []float32, row int) (odds, probability float32, bad *reference.Reject) {
	if bad := badOdds("prior_odds", prior, row); bad != nil {
		return 0, 0, bad
	}
	for _, v := range ratio {
		if bad := badOdds("ratio", v, row); bad != nil {
			return 0, 0, bad
		}
	}
	m, e := math.Frexp(float64(prior))
	zero, infinite := prior == 0, math.IsInf(float64(prior), 1)
	for _, v := range ratio {
		f, k := math.Frexp(float64(v))
		zero, infinite = zero || v == 0, infinite || math.IsInf(float64(v), 1)
		f, n := math.Frexp(m * f)
		m, e = f, e+k+n
	}
	switch {
	case zero && infinite:
		return 0, 0, &reference.Reject{Op: "bayes_odds", Arg: "ratio", Code: "evidence_zero", Value: "both 0 and +Inf", Want: "factors that are not 0 and +Inf in one row", Row: row}
	case zero:
		return 0, 0, nil
	case infinite:
		return float32(math.Inf(1)), 1, nil
	}
	o := math.Ldexp(m, min(max(e, -1000), 1000))
	return float32(o), float32(o / (1 + o)), nil
}

func badOdds(name string, v float32, row int) *reference.Reject {
	if v >= 0 {
		return nil
	}
	return &reference.Reject{Op: "bayes_odds", Arg: name, Code: name + "_range", Value: fmt.Sprint(v), Want: "numbers >= 0, +Inf allowed", Row: row}
}

// runBayesPosterior answers a row of the table.
func runBayesPosterior(c *reference.Call, k Kernels) error {
	return byElement(c,
		func() error { return bayesCall[float32](c, k, 1) },
		func() error { return bayesCall[BF16](c, k, 1) },
		func() error { return bayesCall[F16](c, k, 1) })
}

// runBayesUpdate answers a row of the table.
func runBayesUpdate(c *reference.Call, k Kernels) error {
	steps := c.In[1].Shape[1]
	return byElement(c,
		func() error { return bayesCall[float32](c, k, steps) },
		func() error { return bayesCall[BF16](c, k, steps) },
		func() error { return bayesCall[F16](c, k, steps) })
}

func bayesCall[E Element](c *reference.Call, k Kernels, steps int) error {
	if !packed(c.In[0]) || !packed(c.In[1]) || !packed(c.Out[0]) || c.Out[0].DType != c.DType() {
		return reference.ErrUnsupported
	}
	r := Rows{Count: c.In[0].Shape[0], Vocab: c.In[0].Shape[1], On: k}
	evidence := make([]float32, r.Count)
	dst, prior, like, logs := elements[E](c.Out[0]), elements[E](c.In[0]), elements[E](c.In[1]), c.Pick("form") == "log"
	var err error
	switch {
	case c.Op.Name == "bayes_update":
		err = BayesUpdateRows(dst, evidence, prior, like, steps, r, logs)
	case logs:
		err = BayesLogPosteriorRows(dst, evidence, prior, like, r)
	default:
		err = BayesPosteriorRows(dst, evidence, prior, like, r)
	}
	return putFloats(c.Out[1], evidence, err)
}

// runBayesOdds answers a row of the table.
func runBayesOdds(c *reference.Call, _ Kernels) error {
	if c.DType() != reference.F32 {
		return reference.ErrUnsupported
	}
	n, steps := c.In[0].Len(), c.In[1].Shape[1]
	odds, prob := make([]float32, n), make([]float32, n)
	all := floats(c.In[1])
	for i := range n {
		o, p, bad := bayesOdds(float32(c.In[0].Get(i)), all[i*steps:][:steps], i)
		if bad != nil {
			return bad
		}
		odds[i], prob[i] = o, p
	}
	return putFloats(c.Out[1], prob, putFloats(c.Out[0], odds, nil))
}
