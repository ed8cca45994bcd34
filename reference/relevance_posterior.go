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
		if s.has(i) && (s.best < 0 || v > s.score[s.best]) {
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

// has says that document i has a prior and a score above -Inf.
func (s *relevanceRow) has(i int) bool { return s.prior[i] > 0 && !math.IsInf(s.score[i], -1) }

// exponent is (score_i - best)/T + ln prior_i.
func (s *relevanceRow) exponent(i int, T float64) double {
	if !s.has(i) {
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
