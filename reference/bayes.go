package reference

import (
	"fmt"
	"math"
)

var bayesPosteriorOp = &Op{
	Name: "bayes_posterior", Formula: "posterior_i = prior_i likelihood_i / evidence, evidence = sum_j prior_j likelihood_j",
	In: []Arg{
		{Name: "prior", Says: "prior of each hypothesis, or its logarithm", Unit: "1 or nats", Dims: matrix, DTypes: floats, Domain: bayesDomain("prior")},
		{Name: "likelihood", Says: "of the observation under each hypothesis, or its logarithm", Unit: "any, or nats", Dims: matrix, DTypes: floats, Domain: bayesDomain("likelihood")},
	},
	Out: []Arg{
		{Name: "posterior", Says: "posterior of each hypothesis, or its logarithm", Unit: "1 or nats", Dims: matrix, DTypes: floats, Judge: Bounded},
		{Name: "evidence", Says: "sum of prior*likelihood, or its logarithm", Unit: "as likelihood", Dims: rows, DTypes: real64, Optional: true, Judge: Bounded},
	},
	Choices: map[string][]string{"form": {"linear", "log"}},
	Ref:     bayesPosterior, Bound: bayesPosteriorBound, Edges: bayesPosteriorEdges,
	Shapes: []Dims{{"rows": 64, "vocab": 128}, {"rows": 1, "vocab": 100000}},
	Work:   func(d Dims) (int64, int64) { n := size(d); return 4 * n, 12 * n },
	Cites:  []string{"Bayes: An essay towards solving a problem in the doctrine of chances, 1763", "MacKay: Information theory, inference, and learning algorithms, 2003, ch. 2"},
}

// bayes_posterior is Bayes' theorem over the hypotheses of a row:
//
//	posterior_i = prior_i likelihood_i / evidence, evidence = sum_j prior_j likelihood_j
//
// In the log form both inputs and both outputs are natural logarithms.
//
// Neither input need be normalised: a common factor leaves the posterior alone
// and scales the evidence. A hypothesis of prior or likelihood 0 has a posterior
// of exactly 0 (log form: -Inf). Where all have, the observation was impossible
// and the evidence 0: refused, there is no posterior.
func bayesPosterior(c *Call) error {
	post, evidence := c.Out[0], c.Out[1]
	for r := range c.In[0].Shape[0] {
		if bad := c.evidenceReject(r); bad != nil {
			return bad
		}
	}
	for r := range c.In[0].Shape[0] {
		if c.Pick("form") == "log" {
			l := c.bayesLogs(r)
			if len(l.z) == 0 {
				evidence.Put(r, math.Inf(-1))
				continue
			}
			y, lse := l.logs()
			post.PutRow(r, y)
			evidence.Put(r, lse)
			continue
		}
		y, e := c.bayesLinear(r)
		post.PutRow(r, y)
		evidence.Put(r, e)
	}
	return nil
}

// bayesLinear keeps products exact, and far from the ends of the range, by
// powers of two.
func (c *Call) bayesLinear(r int) (post []float64, evidence float64) {
	p, q := c.In[0].Row(r, nil), c.In[1].Row(r, nil)
	prod, exp := make([]double, len(p)), make([]int, len(p))
	top := math.MinInt
	for i := range p {
		a, ea := math.Frexp(p[i])
		b, eb := math.Frexp(q[i])
		prod[i], exp[i] = exactProduct(a, b), ea+eb
		if prod[i].hi > 0 {
			top = max(top, exp[i])
		}
	}
	var S double
	for i := range prod {
		if prod[i].hi > 0 {
			S = S.plus(prod[i].ldexp(exp[i] - top))
		}
	}
	post = make([]float64, len(p))
	for i := range prod {
		if prod[i].hi > 0 {
			post[i] = math.Ldexp(prod[i].divided(S).value(), exp[i]-top)
		}
	}
	return post, math.Ldexp(S.value(), top)
}

func (c *Call) bayesLogs(r int) logRow {
	p, q := c.In[0].Row(r, nil), c.In[1].Row(r, nil)
	z := make([]double, len(p))
	for i := range z {
		z[i] = double{math.Inf(-1), 0}
		if !math.IsInf(p[i], -1) && !math.IsInf(q[i], -1) {
			hi, lo := twoSum(p[i], q[i])
			z[i] = double{hi, lo}
		}
	}
	return newLogRow(z, c.DType() == F64)
}

// evidenceReject refuses a row in which no hypothesis explains the observation.
func (c *Call) evidenceReject(r int) *Reject {
	p, q := c.In[0].Row(r, nil), c.In[1].Row(r, nil)
	none := 0.0
	if c.Pick("form") == "log" {
		none = math.Inf(-1)
	}
	for i := range p {
		if p[i] != none && q[i] != none {
			return nil
		}
	}
	if len(p) == 0 {
		return nil
	}
	return &Reject{Op: c.Op.Name, Arg: "likelihood", Code: "evidence_zero", Value: "0 wherever the prior is not", Want: "a hypothesis with prior and likelihood above 0", Row: r}
}

// bayesDomain: masses in the linear form, logarithms below +Inf in the other.
func bayesDomain(name string) func(*Call) *Reject {
	linear := finiteMassDomain(name)
	return func(c *Call) *Reject {
		if c.Pick("form") != "log" {
			return linear(c)
		}
		t := c.Arg(name)
		for i := range t.Len() {
			if v := t.Get(i); math.IsNaN(v) || math.IsInf(v, 1) {
				return &Reject{Op: c.Op.Name, Arg: name, Code: name + "_range", Value: fmt.Sprint(v), Want: "logarithms below +Inf", Row: t.rowOf(i)}
			}
		}
		return nil
	}
}

func hypotheses(prior, likelihood []float64) map[string]Tensor {
	return map[string]Tensor{"prior": Of(F64, []int{1, len(prior)}, prior...), "likelihood": Of(F64, []int{1, len(likelihood)}, likelihood...)}
}

func posteriorOf(evidence float64, p ...float64) Answer {
	return Answer{Out: [][]float64{p, {evidence}}}
}

var logForm = map[string]string{"form": "log"}

var bayesPosteriorEdges = []Edge{
	edgeOf("two_coins", "prior 1/2 each, likelihoods 3/4 and 1/4", hypotheses([]float64{0.5, 0.5}, []float64{0.75, 0.25}), nil, posteriorOf(0.5, 0.75, 0.25)),
	edgeOf("unnormalised", "a common factor scales the evidence alone", hypotheses([]float64{2, 2}, []float64{0.75, 0.25}), nil, posteriorOf(2, 0.75, 0.25)),
	edgeOf("excluded", "a hypothesis of prior 0 stays out", hypotheses([]float64{0, 1}, []float64{1, 0.5}), nil, posteriorOf(0.5, 0, 1)),
	edgeOf("refuted", "a hypothesis of likelihood 0 goes", hypotheses([]float64{0.5, 0.5}, []float64{0, 0.5}), nil, posteriorOf(0.25, 0, 1)),
	edgeOf("single", "one hypothesis: certain", hypotheses([]float64{0.5}, []float64{0.125}), nil, posteriorOf(0.0625, 1)),
	edgeOf("no_hypotheses", "V = 0: evidence 0, nothing to refuse", hypotheses(nil, nil), nil, Answer{Out: [][]float64{{}, {0}}}),
	edgeOf("impossible", "evidence 0: refused", hypotheses([]float64{1, 0}, []float64{0, 1}), nil, refused("evidence_zero")),
	edgeOf("negative_prior", "a negative prior: refused", hypotheses([]float64{-1, 2}, []float64{1, 1}), nil, refused("prior_range")),
	edgeOf("nan_likelihood", "NaN: refused", hypotheses([]float64{1, 2}, []float64{1, nan}), nil, refused("likelihood_range")),
	edgeOf("log_two", "log form: ln 1/2 each", hypotheses([]float64{-3, -3}, []float64{3, 3}), logForm, posteriorOf(math.Ln2, -math.Ln2, -math.Ln2)),
	edgeOf("log_far", "log form: far beyond the range of the linear one", hypotheses([]float64{-3000, -inf}, []float64{-5000, 0}), logForm, posteriorOf(-8000, 0, -inf)),
	edgeOf("log_impossible", "log form, all -Inf: refused", hypotheses([]float64{0, -inf}, []float64{-inf, 0}), logForm, refused("evidence_zero")),
	edgeOf("log_infinite", "log form, +Inf: refused", hypotheses([]float64{0, inf}, []float64{0, 0}), logForm, refused("prior_range")),
}
