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
