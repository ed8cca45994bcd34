package reference

import "math"

var klOp = &Op{
	Name: "kl", Formula: "KL(p||q) = sum_i p_i ln(p_i/q_i), over ln 2 for bits",
	In: pairOfMasses("p", "q"),
	Out: []Arg{
		{Name: "kl", Says: "divergence of each row", Unit: "nats or bits", Dims: rows, DTypes: real64, Judge: Bounded},
	},
	Choices: distributionChoices(),
	Ref:     kl, Bound: klBound, Edges: klEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 40 * n, 8 * n },
	Cites: []string{"Kullback, Leibler: On information and sufficiency, 1951"},
}

var crossEntropyPQOp = &Op{
	Name: "cross_entropy_pq", Formula: "H(p,q) = -sum_i p_i ln q_i, over ln 2 for bits",
	In: pairOfMasses("p", "q"),
	Out: []Arg{
		{Name: "H", Says: "cross-entropy of each row", Unit: "nats or bits", Dims: rows, DTypes: real64, Judge: Bounded},
	},
	Choices: distributionChoices(),
	Ref:     crossEntropyPQ, Bound: crossEntropyPQBound, Edges: crossEntropyPQEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 20 * n, 8 * n },
	Cites: []string{"Good: Some terminology and notation in information theory, 1956"},
}

var jsOp = &Op{
	Name: "js", Formula: "JS = beta KL(p||m) + (1-beta) KL(q||m), m = beta p + (1-beta) q, over ln 2 for bits",
	In: append(pairOfMasses("p", "q"),
		Arg{Name: "beta", Says: "skew: the weight of p", Unit: "1", DTypes: real64, PerRow: true, Default: 0.5, Domain: unitInterval("beta")}),
	Out: []Arg{
		{Name: "js", Says: "divergence of each row", Unit: "nats or bits", Dims: rows, DTypes: real64, Judge: Bounded},
	},
	Choices: distributionChoices(),
	Ref:     js, Bound: jsBound, Edges: jsEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 60 * n, 8 * n },
	Cites: []string{
		"Lin: Divergence measures based on the Shannon entropy, 1991",
		"Agarwal et al.: On-policy distillation of language models (GKD), ICLR 2024 (the skew beta)",
	},
}

func pairOfMasses(p, q string) []Arg {
	return []Arg{
		withDomain(masses(p, "distribution"), massDomain(p)),
		withDomain(masses(q, "distribution it is compared with"), massDomain(q)),
	}
}

// kl is the Kullback-Leibler divergence sum_i p_i ln(p_i/q_i) of each row. p and q
// are taken as given unless normalise is yes: with unequal totals it may be
// negative. p_i = 0 contributes exactly 0, whatever q_i; p_i > 0 with q_i = 0
// makes it +Inf.
//
// Normalised rows add up to the same, which allows for adding q_i - p_i to each
// term: none is below 0 then, and what rounding takes is of second order.
//
// The snippet that clips p and q to [1e-9, 1] first never finds it infinite.
func kl(c *Call) error {
	return c.rowsOf(func(i int, p [][]float64) float64 {
		if c.Pick("normalise") == "yes" {
			p, q := c.shares(i, "p"), c.shares(i, "q")
			return p.divergence(&q)
		}
		var s sum
		for j, v := range p[0] {
			if v > 0 {
				s.add(v * logRatio(v, p[1][j], v-p[1][j]))
			}
		}
		return s.value()
	}, "p", "q")
}

// logRatio is ln(p/q) for p > 0, given d = p - q: near 1 from the difference,
// which is exact there.
func logRatio(p, q, d float64) float64 {
	switch x := p / q; {
	case x > 0.5 && x < 2:
		return math.Log1p(d / q)
	case x < 0x1p-1000 || x > 0x1p1000:
		return logOf(p) - logOf(q)
	default:
		return logOf(x)
	}
}

// klBound: absolute. ln p and ln q may each be taken and subtracted, and unless
// tight summed apart (cross-entropy less entropy).
func klBound(c, ref *Call, k Contract, out int) Bounds {
	return c.pairBound(ref, k, func(b *massBound, p, q float64, _ int) (value float64, open bool) {
		switch {
		case p == 0:
			return 0, false
		case q == 0:
			return math.Inf(1), false
		}
		l := logRatio(p, q, p-q)
		b.parts(k, p, l, math.Abs(logOf(p)), math.Abs(logOf(q)))
		return p * l, c.denominator(b, k, p, q)
	})
}

// parts adds a term p*l, l = ln p - ln q taken apart or not.
func (b *massBound) parts(k Contract, p, l, lp, lq float64) {
	b.each += p * (2*k.LnULP*(lp+lq) + 4*math.Abs(l) + 4)
	b.moved += p * (math.Abs(l) + 2)
	if k.Level == "tight" {
		b.sizes = append(b.sizes, math.Abs(p*l))
		return
	}
	b.sizes = append(b.sizes, p*(lp+lq))
}

// pairBound gathers each row's bound from its pairs of masses: pair adds a class's
// errors and gives its value. open says that a kernel that flushes may find it
// infinite. Where a class is infinite, but of a p so small that a kernel may read
// it as 0, the others alone are a right answer too.
func (c *Call) pairBound(ref *Call, k Contract, pair func(b *massBound, p, q float64, i int) (value float64, open bool)) Bounds {
	n := c.In[0].Shape[0]
	all, infinite := make([][]Term, n), make([]bool, n)
	others := make([]float64, n)
	for i := range n {
		if !c.finiteRow(i, "p", "q") {
			continue
		}
		rows, _ := c.distributions(i, "p", "q")
		var b massBound
		for j, p := range rows[0] {
			had, given := len(b.sizes), c.In[0].Get(i*len(rows[0])+j)
			v, open := pair(&b, p, rows[1][j], i)
			infinite[i] = infinite[i] || open
			if len(b.sizes) > had {
				b.vanish(k, b.sizes[had], given, c.DType())
			}
			if !math.IsInf(v, 1) || !c.unseen(given, p, k) {
				others[i] += v
			}
		}
		all[i] = b.terms(c, k, rows...)
	}
	b := bounded(ref.Out[0], c.Out[0].DType, k, func(i int) []Term { return all[i] })
	for i, open := range infinite {
		if v := others[i] / c.unit(); math.IsInf(b.Lo[i], 1) && !math.IsInf(v, 1) {
			b.Lo[i], open = v, true
			b.widen(i, total(all[i]), c.Out[0].DType, k)
		}
		if open {
			b.Hi[i] = math.Inf(1)
		}
	}
	return b
}

// unseen says that a kernel may take p for 0: the mass given, flushed as it is
// read, or its share, underflowing.
func (c *Call) unseen(given, p float64, k Contract) bool {
	return given < k.flushed(c.DType()) || c.Pick("normalise") == "yes" && p < k.tiny(k.Acc)
}

// cross_entropy_pq is -sum_i p_i ln q_i of each row: the entropy of p and the
// divergence together. p_i = 0 contributes exactly 0; p_i > 0 with q_i = 0 makes
// it +Inf. cross_entropy and cross_entropy_soft take logits.
func crossEntropyPQ(c *Call) error {
	return c.rowsOf(func(i int, p [][]float64) float64 {
		if c.Pick("normalise") == "yes" {
			p, q := c.shares(i, "p"), c.shares(i, "q")
			return p.crossEntropy(&q)
		}
		var s sum
		for j, v := range p[0] {
			s.add(surprisal(v, p[1][j]))
		}
		return s.value()
	}, "p", "q")
}

func crossEntropyPQBound(c, ref *Call, k Contract, out int) Bounds {
	return c.pairBound(ref, k, func(b *massBound, p, q float64, _ int) (value float64, open bool) {
		v := surprisal(p, q)
		if p == 0 || q == 0 {
			return v, false
		}
		b.term(v, (2*k.LnULP+3)*math.Abs(v))
		b.moved += p + math.Abs(v)
		return v, c.denominator(b, k, p, q)
	})
}

// denominator adds what ln q errs by under the weight p where q, divided by its
// row's total, is subnormal and keeps few bits. open says that it may come out as
// 0, and the result as +Inf.
func (c *Call) denominator(b *massBound, k Contract, p, q float64) (open bool) {
	if c.Pick("normalise") == "yes" && q < k.Acc.MinNormal() {
		off := k.Acc.MinSubnormal() / q
		b.lost += p * math.Log1p(off) * 1.5 // -ln(1-off) where off <= 1/2
		if off > 0.5 || k.FlushOut || k.FlushIn {
			return true
		}
	}
	return q < k.flushed(c.DType())
}

// js is the Jensen-Shannon divergence of each row with skew beta: the divergences
// of p and of q from their mixture m, weighted as in the mixture. At most ln 2 for
// distributions, at beta = 1/2; exactly 0 at beta 0 and 1.
//
// Weighted so, the differences m - p and m - q add up to nothing in every class,
// which allows for adding them, as in kl: each term beta (p ln(p/m) - p + m) is at
// least 0, and two nearly equal rows have a small divergence right to its last
// digits.
func js(c *Call) error {
	return c.rowsOf(func(i int, p [][]float64) float64 {
		beta := c.Param("beta", i)
		var s sum
		for j := range p[0] {
			m := mixture(p[0][j], p[1][j], beta)
			s.add(part(beta, excessOver(p[0][j], m)))
			s.add(part(1-beta, excessOver(p[1][j], m)))
		}
		return s.value()
	}, "p", "q")
}

// mixture is beta p + (1-beta) q.
func mixture(p, q, beta float64) double {
	hi, lo := twoSum(1, -beta)
	return exactProduct(beta, p).plus(double{hi, lo}.times(double{q, 0}))
}

func jsBound(c, ref *Call, k Contract, out int) Bounds {
	return c.pairBound(ref, k, func(b *massBound, p, q float64, i int) (value float64, open bool) {
		beta := c.Param("beta", i)
		m := beta*p + (1-beta)*q
		if m == 0 || beta == 0 || beta == 1 {
			return 0, false
		}
		for _, t := range [][3]float64{{beta, p, (1 - beta) * (p - q)}, {1 - beta, q, beta * (q - p)}} {
			if w := t[0] * t[1]; w > 0 {
				l := logRatio(t[1], m, t[2])
				b.parts(k, w, l, math.Abs(logOf(t[1])), math.Abs(logOf(m)))
				b.vanish(k, b.sizes[len(b.sizes)-1], t[1], c.DType())
				value += w * l
			}
		}
		return value, false
	})
}
