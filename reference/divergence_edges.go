package reference

import "math"

func against(q ...float64) map[string]Tensor {
	return map[string]Tensor{"q": Of(F64, []int{1, len(q)}, q...)}
}

func skewedBy(beta float64, q ...float64) map[string]Tensor {
	m := against(q...)
	m["beta"] = Scalar(F64, beta)
	return m
}

var klEdges = []Edge{
	edge("equal", "the same distribution: 0", []float64{0.25, 0.75}, against(0.25, 0.75), values(0)),
	edge("halved", "ln 2 where q is twice as spread", []float64{0.5, 0.5, 0, 0}, against(0.25, 0.25, 0.25, 0.25), values(math.Ln2)),
	edge("bits", "the same in bits", []float64{0.5, 0.5, 0, 0}, against(0.25, 0.25, 0.25, 0.25), values(1)).choosing("unit", "bits"),
	edge("impossible", "p > 0 with q = 0: +Inf", []float64{0.5, 0.5}, against(1, 0), values(inf)),
	edge("both_zero", "p = q = 0 contributes 0", []float64{1, 0}, against(1, 0), values(0)),
	edge("zero_p", "p = 0 contributes 0", []float64{0, 1}, against(0.5, 0.5), values(math.Ln2)),
	edge("as_given", "masses are taken as they are", []float64{2, 2}, against(1, 1), values(4*math.Ln2)),
	edge("normalised", "or normalised", []float64{2, 2}, against(1, 1), values(0)).choosing("normalise", "yes"),
	edge("normalised_zero", "no mass to normalise: refused", []float64{1, 1}, against(0, 0), refused("q_total")).choosing("normalise", "yes"),
	edge("empty_row", "nothing: 0", nil, against(), values(0)),
	edge("nan", "NaN, even where p = 0: NaN", []float64{0, 1}, against(nan, 1), values(nan)),
	edge("infinite", "+Inf: NaN", []float64{0, 1}, against(inf, 1), values(nan)),
	edge("negative_p", "a negative mass: refused", []float64{-1, 1}, against(1, 1), refused("p_negative")),
	edge("negative_q", "a negative mass: refused", []float64{1, 1}, against(1, -1), refused("q_negative")),
}

var crossEntropyPQEdges = []Edge{
	edge("uniform", "ln 4 of a uniform q, whatever p", []float64{1, 0, 0, 0}, against(0.25, 0.25, 0.25, 0.25), values(2*math.Ln2)),
	edge("bits", "the same in bits", []float64{1, 0, 0, 0}, against(0.25, 0.25, 0.25, 0.25), values(2)).choosing("unit", "bits"),
	edge("impossible", "p > 0 with q = 0: +Inf", []float64{0.5, 0.5}, against(1, 0), values(inf)),
	edge("both_zero", "p = q = 0 contributes 0", []float64{1, 0}, against(1, 0), values(0)),
	edge("normalised", "normalised first", []float64{2, 2}, against(8, 8), values(math.Ln2)).choosing("normalise", "yes"),
	edge("nan", "NaN: NaN", []float64{nan, 1}, against(1, 1), values(nan)),
	edge("negative", "a negative mass: refused", []float64{1, 1}, against(1, -1), refused("q_negative")),
}

var jsEdges = []Edge{
	edge("equal", "the same distribution: 0", []float64{0.25, 0.75}, against(0.25, 0.75), values(0)),
	edge("disjoint", "nothing in common: ln 2", []float64{1, 0}, against(0, 1), values(math.Ln2)),
	edge("disjoint_bits", "1 bit", []float64{1, 0}, against(0, 1), values(1)).choosing("unit", "bits"),
	edge("beta_zero", "beta = 0: exactly 0", []float64{1, 0}, skewedBy(0, 0, 1), values(0)),
	edge("beta_one", "beta = 1: exactly 0", []float64{1, 0}, skewedBy(1, 0, 1), values(0)),
	edge("skewed", "beta = 1/4, disjoint: the entropy of (1/4, 3/4)", []float64{1, 0}, skewedBy(0.25, 0, 1), values(0.5623351446188083)),
	edge("both_zero", "classes that neither has contribute 0", []float64{1, 0, 0}, against(0, 1, 0), values(math.Ln2)),
	edge("normalised_zero", "no mass to normalise: refused", []float64{0, 0}, against(0, 1), refused("p_total")).choosing("normalise", "yes"),
	edge("nan", "NaN: NaN", []float64{nan, 1}, against(1, 1), values(nan)),
	edge("beta_range", "beta above 1: refused", []float64{1, 0}, skewedBy(1.5, 0, 1), refused("beta_range")),
	edge("negative", "a negative mass: refused", []float64{-1, 1}, against(1, 1), refused("p_negative")),
}
