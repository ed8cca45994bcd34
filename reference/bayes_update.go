package reference

import (
	"math"
	"slices"
)

var bayesUpdateOp = &Op{
	Name: "bayes_update", Formula: "posterior_i = prior_i prod_t likelihood_ti / evidence, log_evidence = ln sum_j prior_j prod_t likelihood_tj",
	In: []Arg{
		{Name: "prior", Says: "prior of each hypothesis, or its logarithm", Unit: "1 or nats", Dims: matrix, DTypes: floats, Domain: bayesDomain("prior")},
		{Name: "likelihood", Says: "of each observation under each hypothesis, or its logarithm", Unit: "any, or nats", Dims: []string{"rows", "steps", "vocab"}, DTypes: floats, Domain: bayesDomain("likelihood")},
	},
	Out: []Arg{
		{Name: "posterior", Says: "posterior after the last observation, or its logarithm", Unit: "1 or nats", Dims: matrix, DTypes: floats, Judge: Bounded},
		{Name: "log_evidence", Says: "log-probability of all observations", Unit: "nats", Dims: rows, DTypes: real64, Optional: true, Judge: Bounded},
	},
	Choices: map[string][]string{"form": {"linear", "log"}},
	Ref:     bayesUpdate, Bound: bayesUpdateBound, Edges: bayesUpdateEdges,
	Shapes: []Dims{{"rows": 16, "steps": 8, "vocab": 128}, {"rows": 1, "steps": 64, "vocab": 1000}},
	Work: func(d Dims) (int64, int64) {
		n := size(d) * int64(d["steps"])
		return 5 * n, 4 * n
	},
	Cites: []string{"MacKay: Information theory, inference, and learning algorithms, 2003, ch. 3"},
}

// bayes_update applies Bayes' theorem to one observation after another, the
// posterior of each the prior of the next:
//
//	posterior_i = prior_i prod_t likelihood_ti / evidence
//
// The order plays no part: it equals
// one step with the product of the likelihoods. The evidence of many
// observations is below any number soon, so its logarithm is given in both
// forms; with no observation it is that of the prior's total.
func bayesUpdate(c *Call) error {
	all := make([]logRow, c.In[0].Shape[0])
	for r := range all {
		all[r] = c.updateLogs(r)
		if len(all[r].z) > 0 && all[r].max < 0 {
			return &Reject{Op: c.Op.Name, Arg: "likelihood", Code: "evidence_zero", Value: "0 wherever the prior is not", Want: "a hypothesis with prior and likelihoods above 0", Row: r}
		}
	}
	for r := range all {
		l := &all[r]
		if len(l.z) == 0 {
			c.Out[1].Put(r, math.Inf(-1))
			continue
		}
		y, lse := l.logs()
		if c.Pick("form") == "linear" {
			y = l.probabilities()
		}
		c.Out[0].PutRow(r, y)
		c.Out[1].Put(r, lse)
	}
	return nil
}

// updateLogs are ln prior + sum of ln likelihoods.
func (c *Call) updateLogs(r int) logRow {
	prior, like := c.In[0], c.In[1]
	steps, vocab := like.Shape[1], prior.Shape[1]
	z := make([]double, vocab)
	for i := range z {
		z[i] = c.logOf(prior.Get(r*vocab + i))
		for t := range steps {
			z[i] = z[i].plus(c.logOf(like.Get((r*steps+t)*vocab + i)))
		}
		if math.IsNaN(z[i].hi) || math.IsInf(z[i].hi, -1) {
			z[i] = double{math.Inf(-1), 0}
		}
	}
	return newLogRow(z, c.DType() == F64)
}

// logOf is the logarithm of an input, which it is already in the log form.
func (c *Call) logOf(v float64) double {
	if c.Pick("form") == "log" {
		return double{v, 0}
	}
	return lnDouble(double{v, 0})
}

// bayesUpdateBound: each observation costs what one application of the theorem
// costs, linear steps a product, a sum over n and a division, log steps a
// rounding of the running sum. Linear steps also lose what underflows on the
// way, though later observations bring it back.
func bayesUpdateBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	prior, like := c.In[0], c.In[1]
	steps, vocab, d := like.Shape[1], prior.Shape[1], c.Out[out].DType
	if vocab == 0 {
		return b
	}
	u := k.Acc.Unit()
	terms := make([][]Term, len(b.Lo))
	for r := range prior.Shape[0] {
		l := c.updateLogs(r)
		arg := make([]float64, vocab)
		n := 0
		for i := range arg {
			if math.IsInf(l.z[i].hi, -1) {
				continue
			}
			n++
			a := math.Abs(c.logOf(prior.Get(r*vocab + i)).hi)
			for t := range steps {
				a += math.Abs(c.logOf(like.Get((r*steps+t)*vocab + i)).hi)
			}
			arg[i] = (float64(steps)+2)*a + 2*k.LnULP*a
		}
		depth := k.roundings(n)
		lost := make([]float64, vocab)
		if k.Level != "tight" && c.Pick("form") == "linear" {
			lost = c.leastPosteriors(r, k)
		}
		for i := range arg {
			arg[i] += float64(steps)*(depth+6) + 2 + lost[i]
		}
		e := newComposedError(&l, arg, k)
		if out == 1 {
			lse := ref.Out[1].Get(r)
			terms[r] = []Term{
				{"exponents", "u*(sum p_j (a_j + 2 d_j) + 2*exp_ulp*(1 - p_max)), a_j what composing one may cost", u * e.mean},
				{"sum", "u*(S(n) + 3), sum=" + k.Sum, u * (e.sum + 3)},
				{"logarithms, additions", "u*(2*ln_ulp*(1 + |lse|) + (steps + 2)*|lse|)", u * (2*k.LnULP*(1+math.Abs(lse)) + (float64(steps)+2)*math.Abs(lse))},
			}
			b.widen(r, total(terms[r]), d, k)
			continue
		}
		for i := range arg {
			flat := r*vocab + i
			switch {
			case math.IsInf(l.z[i].hi, -1):
			case c.Pick("form") == "log":
				y := math.Abs(ref.Out[0].Get(flat))
				t := Term{"logarithm", "u*(2*ln_ulp*(1 + |y|) + 3|y|)", u * (2*k.LnULP*(1+y) + 3*y)}
				b.widen(flat, e.relative(i)+t.Value, d, k)
				terms[flat] = append(e.terms(i, 1), t)
			case e.alone:
				if terms[flat] = e.quotient(); terms[flat] != nil {
					b.widen(flat, total(terms[flat]), d, k)
				}
			default:
				b.widen(flat, e.p[i]*math.Expm1(min(e.relative(i), 700)), d, k)
				terms[flat] = e.terms(i, e.p[i])
				b.Lo[flat], b.Hi[flat] = max(b.Lo[flat], -k.tiny(d)), min(b.Hi[flat], 1+4*max(d.Unit(), u*(e.sum+2)))
			}
		}
	}
	b.Terms = func(flat int) []Term {
		if terms[flat] == nil {
			return nil
		}
		return slices.Concat(terms[flat], k.lastTerms(ref.Out[out].Get(flat), d))
	}
	return b
}

// leastPosteriors are what each hypothesis loses, in units of u, where its
// posterior was nearest to the smallest number on the way.
func (c *Call) leastPosteriors(r int, k Contract) []float64 {
	prior, like := c.In[0], c.In[1]
	steps, vocab := like.Shape[1], prior.Shape[1]
	p, least := prior.Row(r, nil), make([]float64, vocab)
	fill(least, 1)
	for t := range steps {
		var S float64
		for j := range p {
			q := like.Get((r*steps+t)*vocab + j)
			p[j] *= q
			S += p[j]
			least[j] = min(least[j], q)
		}
		for j := range p {
			p[j] /= S
			least[j] = min(least[j], p[j])
		}
	}
	for j := range least {
		least[j] = float64(steps) * min(k.tiny(k.Acc)/least[j], 1) / k.Acc.Unit()
	}
	return least
}

func observed(prior []float64, steps int, likelihood ...float64) map[string]Tensor {
	return map[string]Tensor{"prior": Of(F64, []int{1, len(prior)}, prior...), "likelihood": Of(F64, []int{1, steps, len(prior)}, likelihood...)}
}

var bayesUpdateEdges = []Edge{
	edgeOf("twice", "the same coin twice: odds 3 become 9", observed([]float64{0.5, 0.5}, 2, 0.75, 0.25, 0.75, 0.25), nil, Answer{Out: [][]float64{{0.9, 0.1}, nil}}),
	edgeOf("cancelling", "two observations that cancel: the prior", observed([]float64{0.25, 0.75}, 2, 0.5, 1, 1, 0.5), nil, Answer{Out: [][]float64{{0.25, 0.75}, {-math.Ln2}}}),
	edgeOf("nothing_seen", "no observation: the prior, normalised", observed([]float64{1, 3}, 0), nil, Answer{Out: [][]float64{{0.25, 0.75}, {2 * math.Ln2}}}),
	edgeOf("all_refuted", "every hypothesis refuted once: refused", observed([]float64{0.5, 0.5}, 2, 0, 1, 1, 0), nil, refused("evidence_zero")),
	edgeOf("negative", "a negative likelihood: refused", observed([]float64{0.5, 0.5}, 1, -1, 1), nil, refused("likelihood_range")),
	edgeOf("log_form", "log form: logarithms in and out", observed([]float64{-1, -1}, 1, -2000, -2000), logForm, Answer{Out: [][]float64{{-math.Ln2, -math.Ln2}, {-2001 + math.Ln2}}}),
}
