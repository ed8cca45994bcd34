package reference

func confident(conf []float64, correct []float64, bins float64) map[string]Tensor {
	in := map[string]Tensor{"conf": Vector(F64, conf...), "correct": Vector(I64, correct...)}
	if bins != 0 {
		in["bins"] = Scalar(I64, bins)
	}
	return in
}

func errorsOf(ece, mce float64) Answer { return Answer{Out: [][]float64{{ece}, {mce}}} }

func binsOf(count, conf, acc []float64) Answer { return Answer{Out: [][]float64{count, conf, acc}} }

var eceEdges = []Edge{
	edgeOf("sure_and_right", "confidence 1 counts, in the last bin", confident([]float64{1, 1}, []float64{1, 0}, 4), nil, errorsOf(0.5, 0.5)),
	edgeOf("confidence_zero", "confidence 0 counts, in the first bin", confident([]float64{0, 0}, []float64{1, 1}, 4), nil, errorsOf(1, 1)),
	edgeOf("inner_edge", "an inner edge belongs to the bin below it", confident([]float64{0.5, 0.25}, []float64{0, 1}, 2), nil, errorsOf(0.125, 0.125)),
	edgeOf("calibrated", "three of four right at 3/4: 0", confident([]float64{0.75, 0.75, 0.75, 0.75}, []float64{1, 1, 1, 0}, 8), nil, errorsOf(0, 0)),
	edgeOf("l2", "root of the mean square", confident([]float64{0.25, 0.75}, []float64{1, 1}, 2), map[string]string{"norm": "l2"}, errorsOf(0.5590169943749474241022934171829, 0.75)),
	edgeOf("max", "the largest gap", confident([]float64{0.25, 0.75}, []float64{1, 1}, 2), map[string]string{"norm": "max"}, errorsOf(0.75, 0.75)),
	edgeOf("equal_mass", "two bins of two: the halves of the sorted confidences", confident([]float64{0.75, 0.25, 0.5, 0.125}, []float64{1, 0, 1, 0}, 2), map[string]string{"scheme": "equal_mass"}, errorsOf(0.28125, 0.375)),
	edgeOf("no_samples", "no samples: NaN", confident(nil, nil, 4), nil, errorsOf(nan, nan)),
	edgeOf("above_one", "confidence above 1: refused", confident([]float64{1.5}, []float64{1}, 4), nil, refused("conf_range")),
	edgeOf("nan_confidence", "NaN: refused", confident([]float64{nan}, []float64{1}, 4), nil, refused("conf_range")),
	edgeOf("neither", "correct neither 0 nor 1: refused", confident([]float64{0.5}, []float64{2}, 4), nil, refused("correct_range")),
	edgeOf("no_bins", "0 bins: refused", map[string]Tensor{"conf": Vector(F64, 0.5), "correct": Vector(I64, 1), "bins": Scalar(I64, 0)}, nil, refused("bins_range")),
}

var reliabilityEdges = []Edge{
	edgeOf("ends", "0 in the first bin, 1 in the last, the empty one NaN", confident([]float64{0, 1, 0.25, 0.5}, []float64{0, 1, 1, 1}, 4), nil,
		binsOf([]float64{2, 1, 0, 1}, []float64{0.125, 0.5, nan, 1}, []float64{0.5, 1, nan, 1})),
	edgeOf("equal_mass", "bins differ by at most one sample", confident([]float64{1, 0.5, 0.25}, []float64{1, 1, 0}, 2), map[string]string{"scheme": "equal_mass"},
		binsOf([]float64{2, 1}, []float64{0.375, 1}, []float64{0.5, 1})),
	edgeOf("no_samples", "no samples: every bin empty", confident(nil, nil, 2), nil, binsOf([]float64{0, 0}, []float64{nan, nan}, []float64{nan, nan})),
	edgeOf("bins_negative", "bins < 0: refused", map[string]Tensor{"conf": Vector(F64, 0.5), "correct": Vector(I64, 1), "bins": Scalar(I64, -3)}, nil, refused("bins_range")),
}

var brierEdges = []Edge{
	edgeOf("sure_and_wrong", "confidence 1, wrong: 1", confident([]float64{1}, []float64{0}, 0), nil, values(1)),
	edgeOf("sure_and_right", "confidence 1, right: 0", confident([]float64{1}, []float64{1}, 0), nil, values(0)),
	edgeOf("half", "always 1/2: 1/4", confident([]float64{0.5, 0.5}, []float64{1, 0}, 0), nil, values(0.25)),
	edgeOf("no_samples", "no samples: NaN", confident(nil, nil, 0), nil, values(nan)),
	edgeOf("below_zero", "confidence below 0: refused", confident([]float64{-0.5}, []float64{1}, 0), nil, refused("conf_range")),
}
