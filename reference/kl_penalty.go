package reference

import "math"

var klPenaltyOp = &Op{
	Name: "kl_penalty", Formula: "r = lq - lp; k1 = -r, k2 = r^2/2, k3 = e^r - 1 - r; their mean and gradient in lp",
	In: []Arg{
		{Name: "lp", Says: "log-probability of each token under the policy", Unit: "nats", Dims: rows, DTypes: real64},
		{Name: "lq", Says: "log-probability of each token under the reference model", Unit: "nats", Dims: rows, DTypes: real64},
		{Name: "mask", Says: "0 for a token that counts nowhere", Dims: rows, DTypes: []DType{I64, I32}, Optional: true},
	},
	Out: []Arg{
		{Name: "penalty", Says: "estimate of each token", Unit: "nats", Dims: rows, DTypes: real64, Judge: Bounded},
		{Name: "mean", Says: "mean over the counted tokens", Unit: "nats", DTypes: real64, Optional: true, Judge: Bounded},
		{Name: "gradient", Says: "derivative of each estimate in lp", Unit: "1", Dims: rows, DTypes: real64, Optional: true, Judge: Bounded},
	},
	Choices: map[string][]string{"estimator": {"k1", "k2", "k3"}},
	Ref:     klPenalty, Bound: klPenaltyBound, Edges: klPenaltyEdges, Shapes: tokenShapes,
	Work: func(d Dims) (int64, int64) { n := int64(d["rows"]); return 20 * n, 16 * n },
	Cites: []string{
		"Schulman: Approximating KL divergence, 2020 (k1, k2, k3)",
		"Shao et al.: DeepSeekMath, 2024, eq. 4 (k3 as the penalty of GRPO)",
	},
}

// kl_penalty estimates KL(policy || reference) from tokens the policy drew, one
// estimate a token, with r = lq - lp:
//
//	k1 = -r             unbiased, may be negative     d k1/d lp = 1
//	k2 = r^2/2          biased, never negative        d k2/d lp = -r
//	k3 = e^r - 1 - r    unbiased, never negative      d k3/d lp = 1 - e^r
//
// The gradients are those of the stated estimate, not of the divergence it
// estimates: k1's has no information at all.
//
// A token masked out has the penalty 0 and the gradient 0, and may hold NaN; the
// mean over no counted token is NaN. lq = -Inf makes every penalty +Inf. lp =
// -Inf, a token the policy cannot have drawn, gives -Inf, +Inf, +Inf; both
// together give NaN.
func klPenalty(c *Call) error {
	mask := c.Arg("mask")
	var all sum
	counted := 0
	for i := range c.In[0].Len() {
		if !mask.Absent() && mask.Int(i) == 0 {
			continue
		}
		v, g := penalty(c.Pick("estimator"), c.In[1].Get(i)-c.In[0].Get(i))
		c.Out[0].Put(i, v)
		c.Out[2].Put(i, g)
		all.add(v)
		counted++
	}
	c.Out[1].Put(0, all.value()/float64(counted))
	return nil
}

func penalty(estimator string, r float64) (value, gradient float64) {
	switch {
	case math.IsNaN(r):
		return r, r
	case estimator == "k1":
		return -r + 0, 1
	case estimator == "k2":
		return r * r / 2, -r + 0
	case math.Abs(r) <= 0.5:
		return excess(-r), -math.Expm1(r) + 0
	case math.IsInf(r, 1):
		return r, -r
	}
	return math.Expm1(r) - r, -math.Expm1(r)
}

// klPenaltyBound: r is rounded once, which the derivative carries on. e^r - 1 - r
// may be computed as it is written unless the kernel is tight.
func klPenaltyBound(c, ref *Call, k Contract, out int) Bounds {
	terms := func(i, out int) []Term {
		r := c.In[1].Get(i) - c.In[0].Get(i)
		return penaltyTerms(c.Pick("estimator"), r, math.Abs(ref.Out[out].Get(i)), k, out)
	}
	if out != 1 {
		return bounded(ref.Out[out], c.Out[out].DType, k, func(i int) []Term { return terms(i, out) })
	}
	n, rows := 0.0, 0.0
	sizes := make([]float64, ref.Out[0].Len())
	mask := c.Arg("mask")
	for i := range sizes {
		if mask.Absent() || mask.Int(i) != 0 {
			n++
			sizes[i] = math.Abs(ref.Out[0].Get(i))
			rows += total(terms(i, 0)) + k.tiny(k.Acc)
		}
	}
	s := k.sumTerm("penalties", sizes)
	s.Value /= n
	mean := []Term{{"tokens", "mean of the tokens' bounds", rows / n}, s, {"quotient", "3u*mean |penalty|", 3 * k.Acc.Unit() * added(sizes) / n}}
	return bounded(ref.Out[1], c.Out[1].DType, k, func(int) []Term { return mean })
}

func penaltyTerms(estimator string, r, v float64, k Contract, out int) []Term {
	u := k.Acc.Unit()
	t := []Term{{"result", "2u*|result|", 2 * u * v}}
	a := math.Abs(r)
	if math.IsInf(a, 0) || math.IsNaN(a) || estimator != "k3" {
		if out == 0 && estimator == "k2" {
			t[0].Value *= 2
		}
		return t
	}
	e := math.Abs(math.Expm1(r))
	t = append(t, Term{"r", "u*|r|*(derivative)", u * a * e})
	if out == 2 {
		t[1].Value = u * a * math.Exp(r)
	}
	if a > 0.5 || k.Level != "tight" || out == 2 {
		t = append(t, Term{"e^r - 1", "u*2*exp_ulp*|e^r - 1|", u * 2 * k.ExpULP * e})
	}
	if k.Level != "tight" {
		t = append(t, Term{"e^r", "u*((2*exp_ulp + 2)*e^r + 1)", u * ((2*k.ExpULP+2)*math.Exp(r) + 1 + a)})
	}
	return t
}

func referenceAt(lq ...float64) map[string]Tensor { return map[string]Tensor{"lq": Vector(F64, lq...)} }

func penalised(value, mean, gradient float64) Answer {
	return Answer{Out: [][]float64{{value}, {mean}, {gradient}}}
}

var klPenaltyEdges = []Edge{
	edge("equal", "the same: 0", []float64{-2}, referenceAt(-2), penalised(0, 0, 0)).choosing("estimator", "k3"),
	edge("k1", "lp - lq", []float64{-1}, referenceAt(-3), penalised(2, 2, 1)),
	edge("k2", "half the square", []float64{-1}, referenceAt(-3), penalised(2, 2, 2)).choosing("estimator", "k2"),
	edge("k3", "e^-2 + 1", []float64{-1}, referenceAt(-3), penalised(1.1353352832366128, 1.1353352832366128, 0.8646647167633873)).choosing("estimator", "k3"),
	edge("impossible_reference", "lq = -Inf: +Inf", []float64{-1}, referenceAt(-inf), penalised(inf, inf, 1)).choosing("estimator", "k3"),
	edge("impossible_policy", "lp = -Inf: +Inf", []float64{-inf}, referenceAt(-1), penalised(inf, inf, -inf)).choosing("estimator", "k3"),
	edge("impossible_policy_k1", "lp = -Inf: -Inf", []float64{-inf}, referenceAt(-1), penalised(-inf, -inf, 1)),
	edge("both_impossible", "both -Inf: NaN", []float64{-inf}, referenceAt(-inf), penalised(nan, nan, nan)).choosing("estimator", "k3"),
	edge("masked", "a token masked out may hold NaN", []float64{nan, -1}, map[string]Tensor{"lq": Vector(F64, 0, -3), "mask": labels(0, 1)},
		Answer{Out: [][]float64{{0, 2}, {2}, {0, 1}}}),
	edge("none_counted", "no counted token: the mean is NaN", []float64{-1}, map[string]Tensor{"lq": Vector(F64, -1), "mask": labels(0)}, penalised(0, nan, 0)),
	edge("empty", "no tokens: the mean is NaN", nil, referenceAt(), Answer{Out: [][]float64{{}, {nan}, {}}}),
}
