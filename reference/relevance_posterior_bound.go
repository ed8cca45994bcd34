package reference

import "math"

// relevancePosteriorBound is that of a softmax whose exponents are composed: a
// tight kernel subtracts the best score first, so that they cost what the
// distance from it costs; others form score/T + ln prior, or a product of the
// prior and an exponential that may underflow.
func relevancePosteriorBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[0])
	vocab, d := c.In[0].Shape[1], c.Out[0].DType
	rows := make([]*composedError, c.In[0].Shape[0])
	given, lost := make([]relevanceRow, len(rows)), make([]float64, len(rows))
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
		rows[r], given[r] = e, s
		if e.alone {
			if t := e.quotient(); t != nil {
				b.widen(r*vocab+s.best, total(t), d, k)
			}
			continue
		}
		lost[r] = s.underflow(T, k)
		for i, p := range e.p {
			if s.has(i) {
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
		switch {
		case !given[flat/vocab].has(flat % vocab):
			return nil
		case e.alone && e.k.Level == "tight":
			return nil
		case e.alone:
			return append(e.quotient(), k.lastTerms(p, d)...)
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
	if !s.has(i) {
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
		if s.has(i) {
			S += p * math.Exp(-s.fall(i, T))
		}
	}
	return min(float64(len(s.prior)+1)*k.tiny(k.Acc)/S, 1)
}
