package reference

import "math"

var relevancePosteriorOp = &Op{
	Name: "relevance_posterior", Formula: "y_i = prior_i exp(score_i/T) / sum_j prior_j exp(score_j/T)",
	In: []Arg{
		{Name: "score", Says: "relevance of each document: BM25, or a similarity", Unit: "nats at T = 1", Dims: matrix, DTypes: floats},
		temperature(true),
		{Name: "prior", Says: "prior mass of each document, uniform where absent", Unit: "1", Dims: matrix, DTypes: floats, Optional: true, Domain: finiteMassDomain("prior")},
	},
	Out: []Arg{
		{Name: "posterior", Says: "probability of each document", Unit: "1", Dims: matrix, DTypes: floats, InPlace: "score", Judge: Bounded},
	},
	Ref: relevancePosterior, Bound: relevancePosteriorBound, Edges: relevancePosteriorEdges,
	Shapes: []Dims{{"rows": 64, "vocab": 128}, {"rows": 1, "vocab": 1000}, {"rows": 1, "vocab": 100000}},
	Work:   func(d Dims) (int64, int64) { n := size(d); return 50 * n, 12 * n },
	Cites: []string{
		"Robertson, Zaragoza: The probabilistic relevance framework: BM25 and beyond, 2009",
		"Craswell, Robertson, Zaragoza, Taylor: Relevance weighting for query independent evidence, SIGIR 2005 (log priors added to scores)",
	},
}

// relevance_posterior turns scores of documents into probabilities: softmax of
// score/T + ln prior. BM25 scores stand for log-likelihoods of the query given
// the document, similarities of embeddings for log-posteriors (then without a
// prior).
//
// Documents of prior 0 get exactly 0. T = 0 is one-hot at the best score that
// has a prior, lowest index; T = +Inf gives the prior, normalised over scores
// above -Inf. NaN or +Inf among the scores, or no document that has both a score
// above -Inf and a prior: the row is NaN.
func relevancePosterior(c *Call) error {
	for r := range c.In[0].Shape[0] {
		y := make([]float64, c.In[0].Shape[1])
		s := c.relevance(r)
		switch {
		case s.bad || s.best < 0:
			fill(y, math.NaN())
		case c.Param("temperature", r) == 0:
			y[s.best] = 1
		default:
			y = s.logs.probabilities()
		}
		c.Out[0].PutRow(r, y)
	}
	return nil
}

// relevanceRow is one row of scores with its prior.
type relevanceRow struct {
	score, prior []float64
	bad          bool // NaN or +Inf among the scores
	best         int  // lowest index of the best score with a prior, -1 for none
	logs         logRow
}

func (c *Call) relevance(r int) relevanceRow {
	s := relevanceRow{score: c.In[0].Row(r, nil), best: -1}
	s.prior = make([]float64, len(s.score))
	fill(s.prior, 1)
	if p := c.Arg("prior"); !p.Absent() {
		s.prior = p.Row(r, nil)
	}
	for i, v := range s.score {
		if math.IsNaN(v) || math.IsInf(v, 1) {
			s.bad = true
			return s
		}
		if s.prior[i] > 0 && !math.IsInf(v, -1) && (s.best < 0 || v > s.score[s.best]) {
			s.best = i
		}
	}
	if s.best < 0 {
		return s
	}
	z := make([]double, len(s.score))
	for i := range z {
		z[i] = s.exponent(i, c.Param("temperature", r))
	}
	s.logs = newLogRow(z, c.DType() == F64)
	return s
}

// exponent is (score_i - best)/T + ln prior_i.
func (s *relevanceRow) exponent(i int, T float64) double {
	if s.prior[i] == 0 || math.IsInf(s.score[i], -1) {
		return double{math.Inf(-1), 0}
	}
	ln := double{}
	if s.prior[i] != 1 {
		ln = lnDouble(double{s.prior[i], 0})
	}
	d := s.fall(i, T)
	if d > 1e8 {
		return double{math.Inf(-1), 0} // nothing is left of it, whatever the prior
	}
	if math.IsInf(T, 1) || d == 0 {
		return ln
	}
	hi, lo := twoSum(s.score[i], -s.score[s.best])
	return double{hi, lo}.over(T).plus(ln)
}

// fall is (best - score_i)/T.
func (s *relevanceRow) fall(i int, T float64) float64 {
	d := s.score[s.best] - s.score[i]
	if d == 0 || math.IsInf(T, 1) {
		return 0
	}
	return d / T
}

// relevancePosteriorBound is that of a softmax whose exponents are composed: a
// tight kernel subtracts the best score first, so that they cost what the
// distance from it costs; others form score/T + ln prior, or a product of the
// prior and an exponential that may underflow.
func relevancePosteriorBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[0])
	vocab, d := c.In[0].Shape[1], c.Out[0].DType
	rows := make([]*composedError, c.In[0].Shape[0])
	lost := make([]float64, len(rows))
	for r := range rows {
		s, T := c.relevance(r), c.Param("temperature", r)
		if s.bad || s.best < 0 || T == 0 {
			continue
		}
		arg := make([]float64, vocab)
		for i := range arg {
			arg[i] = s.exponentError(i, T, k, c.In[0].DType)
		}
		e := newComposedError(&s.logs, arg, k)
		rows[r] = e
		if e.alone {
			if t := e.quotient(); t != nil {
				b.widen(r*vocab+s.best, total(t), d, k)
			}
			continue
		}
		lost[r] = s.underflow(T, k)
		for i, p := range e.p {
			if s.prior[i] > 0 && !math.IsInf(s.score[i], -1) {
				b.widen(r*vocab+i, s.error(i, T, p, e)+lost[r], d, k)
				b.Lo[r*vocab+i], b.Hi[r*vocab+i] = max(b.Lo[r*vocab+i], -k.tiny(d)), min(b.Hi[r*vocab+i], 1+4*max(d.Unit(), e.u*(e.sum+2)))
			}
			if k.FlushIn && s.prior[i] < c.In[0].DType.MinNormal() {
				b.Lo[r*vocab+i] = min(b.Lo[r*vocab+i], 0)
			}
		}
	}
	b.Terms = func(flat int) []Term {
		e := rows[flat/vocab]
		if e == nil {
			return nil
		}
		p := e.p[flat%vocab]
		if e.alone {
			return e.quotient()
		}
		return append(append(e.terms(flat%vocab, p), Term{"underflow", "of prior*exp((score-best)/T), over their sum", lost[flat/vocab]}), k.lastTerms(p, d)...)
	}
	return b
}

// error bounds the absolute error of document i. Where a kernel scales scores
// first and its exponent is off by more than 1, the distance from the best tells
// whether anything can be left of a probability: p_i, which may have underflowed,
// does not, and a small temperature makes both infinite.
func (s *relevanceRow) error(i int, T, p float64, e *composedError) float64 {
	rel := e.relative(i)
	if rel < 1 {
		return p * math.Expm1(rel)
	}
	away := s.fall(i, T) + math.Log(s.prior[s.best]) - math.Log(s.prior[i])
	if math.IsInf(rel, 1) || math.IsInf(away, 1) {
		if scaling := 3 * e.u * (math.Abs(s.score[i]) + math.Abs(s.score[s.best])); s.score[s.best]-s.score[i] > scaling {
			return 0
		}
		return 1
	}
	return min(math.Exp(rel-away), 1)
}

// exponentError is what exponent i may be off by, in units of u. Equal scores of
// equal priors are scaled alike, and that error leaves with the quotient.
func (s *relevanceRow) exponentError(i int, T float64, k Contract, in DType) float64 {
	if s.prior[i] == 0 || math.IsInf(s.score[i], -1) {
		return 0
	}
	ln, fall := math.Abs(logOf(s.prior[i])), clipGap(s.fall(i, T))
	a := 4*fall + 2*k.LnULP*ln + math.Abs(fall+ln) + ln
	common := fall == 0 && s.prior[i] == s.prior[s.best]
	if k.Level != "tight" && !math.IsInf(T, 1) && !common {
		a += 3 * finiteOrZero(math.Abs(s.score[i])+math.Abs(s.score[s.best])) / T
		if k.FlushIn {
			a += in.MinNormal() / T / k.Acc.Unit()
		}
	}
	return a
}

// underflow is what the smallest number of the working type may take away from a
// product of prior and exponential, over the sum of such products.
func (s *relevanceRow) underflow(T float64, k Contract) float64 {
	if k.Level == "tight" {
		return 0
	}
	var S float64
	for i, p := range s.prior {
		if p > 0 && !math.IsInf(s.score[i], -1) {
			S += p * math.Exp(-s.fall(i, T))
		}
	}
	return min(float64(len(s.prior)+1)*k.tiny(k.Acc)/S, 1)
}

func documents(score, prior []float64, in map[string]Tensor) map[string]Tensor {
	all := map[string]Tensor{"score": Of(F64, []int{1, len(score)}, score...)}
	if prior != nil {
		all["prior"] = Of(F64, []int{1, len(prior)}, prior...)
	}
	for name, t := range in {
		all[name] = t
	}
	return all
}

var relevancePosteriorEdges = []Edge{
	edgeOf("prior_alone", "equal scores: the prior, normalised", documents([]float64{3, 3, 3}, []float64{1, 2, 1}, nil), nil, values(0.25, 0.5, 0.25)),
	edgeOf("no_prior", "no prior: softmax of the scores", documents([]float64{3, 3}, nil, nil), nil, values(0.5, 0.5)),
	edgeOf("no_mass", "prior 0: exactly 0, whatever the score", documents([]float64{1000, 3}, []float64{0, 2}, nil), nil, values(0, 1)),
	edgeOf("no_document", "every prior 0: NaN", documents([]float64{1, 2}, []float64{0, 0}, nil), nil, values(nan, nan)),
	edgeOf("all_masked", "every score -Inf: NaN", documents([]float64{-inf, -inf}, []float64{1, 1}, nil), nil, values(nan, nan)),
	edgeOf("nan_score", "NaN, even where the prior is 0: NaN", documents([]float64{nan, 2}, []float64{0, 1}, nil), nil, values(nan, nan)),
	edgeOf("infinite_score", "+Inf: NaN", documents([]float64{inf, 2}, nil, nil), nil, values(nan, nan)),
	edgeOf("zero_temperature", "T = 0: the best score with a prior, lowest index", documents([]float64{9, 5, 5, 4}, []float64{0, 0.5, 3, 1}, param("temperature", 0)), nil, values(0, 1, 0, 0)),
	edgeOf("infinite_temperature", "T = +Inf: the prior over scores above -Inf", documents([]float64{9, -inf, -9}, []float64{1, 5, 3}, param("temperature", inf)), nil, values(0.25, 0, 0.75)),
	edgeOf("empty", "no documents: no outputs", documents(nil, nil, nil), nil, values()),
	edgeOf("negative_prior", "a negative prior: refused", documents([]float64{1, 2}, []float64{-1, 2}, nil), nil, refused("prior_range")),
	edgeOf("negative_temperature", "T < 0: refused", documents([]float64{1, 2}, nil, param("temperature", -1)), nil, refused("temperature_negative")),
}
