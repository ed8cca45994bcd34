package reference

import "math"

var entropyEdges = []Edge{
	edge("uniform_bits", "four equal: 2 bits", []float64{0.25, 0.25, 0.25, 0.25}, nil, values(2)).choosing("unit", "bits"),
	edge("uniform", "four equal: ln 4", []float64{0.25, 0.25, 0.25, 0.25}, nil, values(2*math.Ln2)),
	edge("one_hot", "a sure token: exactly 0", []float64{0, 1, 0}, nil, values(0)),
	edge("all_zero", "no mass: 0", []float64{0, 0}, nil, values(0)),
	edge("empty_row", "nothing: 0", nil, nil, values(0)),
	edge("as_given", "masses are taken as they are", []float64{2, 2}, nil, values(-4*math.Ln2)).
		also("scipy", values(math.Ln2)), // scipy.stats.entropy normalises
	edge("normalised", "or normalised", []float64{2, 2}, nil, values(math.Ln2)).choosing("normalise", "yes"),
	edge("normalised_zero", "no mass to normalise: refused", []float64{0, 0}, nil, refused("p_total")).choosing("normalise", "yes"),
	edge("negative_zero", "-0 equals 0", []float64{math.Copysign(0, -1), 1}, nil, values(0)),
	edge("nan", "NaN: NaN", []float64{nan, 1}, nil, values(nan)),
	edge("infinite", "+Inf: NaN", []float64{inf, 1}, nil, values(nan)),
	edge("negative", "a negative mass: refused", []float64{1, -0.5}, nil, refused("p_negative")),
}

var entropyFromLogitsEdges = []Edge{
	edge("uniform", "four equal: ln 4", []float64{3, 3, 3, 3}, nil, values(2*math.Ln2)),
	edge("uniform_bits", "four equal: 2 bits", []float64{3, 3, 3, 3}, nil, values(2)).choosing("unit", "bits"),
	edge("single", "one token: 0", []float64{-7}, nil, values(0)),
	edge("masked_logit", "masked tokens contribute 0", []float64{0, -inf, 0}, nil, values(math.Ln2)),
	edge("one_left", "all but one masked: 0", []float64{-inf, 4}, nil, values(0)),
	edge("empty_row", "nothing: 0", nil, nil, values(0)),
	edge("masked_row", "all -Inf: NaN", []float64{-inf, -inf}, nil, values(nan)),
	edge("infinite_logit", "+Inf: NaN", []float64{0, inf}, nil, values(nan)),
	edge("nan_logit", "NaN: NaN", []float64{0, nan}, nil, values(nan)),
	edge("zero_temperature", "T = 0: 0", []float64{1, 3, 3}, param("temperature", 0), values(0)),
	edge("infinite_temperature", "T = +Inf: ln n over what is not masked", []float64{1, -inf, -9}, param("temperature", inf), values(math.Ln2)),
	edge("negative_temperature", "T < 0: refused", []float64{0, 0}, param("temperature", -1), refused("temperature_negative")),
}
