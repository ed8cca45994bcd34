package reference

import "math"

var (
	inf = math.Inf(1)
	nan = math.NaN()
)

// edge declares an edge case: inputs by name (the first is one row of logits
// unless it is a matrix), and what profile ieee answers.
func edge(name, says string, x []float64, in map[string]Tensor, want Answer) Edge {
	return Edge{Name: name, Says: says, Want: map[string]Answer{"ieee": want},
		Make: func(op *Op, d DType) *Call {
			args := map[string]Tensor{"x": Of(d, []int{1, len(x)}, x...)}
			for arg, t := range in {
				a := &op.In[op.Input(arg)]
				args[arg] = retype(t, a.Type(d))
			}
			return op.NewCall(args, nil)
		}}
}

// retype rounds a tensor to another element type.
func retype(t Tensor, d DType) Tensor {
	c := NewTensor(d, t.Shape...)
	for i := range t.Len() {
		if d.Float() {
			c.Put(i, t.Get(i))
		} else {
			c.PutInt(i, t.Int(i))
		}
	}
	return c
}

// also adds another profile's answer to an edge.
func (e Edge) also(profile string, want Answer) Edge {
	e.Want[profile] = want
	return e
}

func values(v ...float64) Answer {
	if len(v) == 0 {
		v = []float64{}
	}
	return Answer{Out: [][]float64{v}}
}

func refused(code string) Answer { return Answer{Code: code} }

func param(name string, v float64) map[string]Tensor {
	return map[string]Tensor{name: Scalar(F64, v)}
}

var softmaxEdges = []Edge{
	edge("masked_row", "all -Inf: no distribution, NaN", []float64{-inf, -inf, -inf}, nil, values(nan, nan, nan)),
	edge("infinite_logit", "+Inf somewhere: NaN row", []float64{0, inf, 1}, nil, values(nan, nan, nan)),
	edge("nan_logit", "NaN somewhere: NaN row", []float64{0, 1, nan}, nil, values(nan, nan, nan)),
	edge("nan_beside_masked", "NaN beside -Inf is not lost", []float64{-inf, nan, -inf}, nil, values(nan, nan, nan)),
	edge("single", "one logit: exactly 1", []float64{-3.5}, nil, values(1)),
	edge("empty_row", "no logits: no outputs", nil, nil, values()),
	edge("masked_logit", "-Inf beside finite: exactly +0", []float64{0, -inf, 0}, nil, values(0.5, 0, 0.5)),
	edge("one_left", "all but one masked: exactly 1", []float64{-inf, -7, -inf}, nil, values(0, 1, 0)),
	edge("zero_temperature", "T = 0: one-hot of the argmax, lowest index", []float64{1, 3, 3, 2}, param("temperature", 0), values(0, 1, 0, 0)),
	edge("zero_temperature_nan", "T = 0 with NaN: the NaN row comes first", []float64{1, nan}, param("temperature", 0), values(nan, nan)),
	edge("infinite_temperature", "T = +Inf: uniform above -Inf", []float64{5, -inf, -90, 0, 1}, param("temperature", inf), values(0.25, 0, 0.25, 0.25, 0.25)),
	edge("tiny_temperature", "T tiny: no overflow", []float64{1000, 992, -1000, 1000}, param("temperature", 0x1p-60), values(0.5, 0, 0, 0.5)),
	edge("negative_temperature", "T < 0: refused", []float64{1, 2}, param("temperature", -1), refused("temperature_negative")),
	edge("nan_temperature", "T = NaN: refused", []float64{1, 2}, param("temperature", nan), refused("temperature_nan")),
	edge("negative_zero", "-0 equals 0", []float64{math.Copysign(0, -1), 0}, nil, values(0.5, 0.5)),
	edge("large_offset", "a common offset changes nothing", []float64{-30000, -30000, -inf, -30000, -30000}, nil, values(0.25, 0.25, 0, 0.25, 0.25)),
}

func labels(v ...float64) Tensor { return Vector(I64, v...) }

func lossOf(reduced, loss, lse []float64) Answer { return Answer{Out: [][]float64{reduced, loss, lse}} }

var crossEntropyEdges = []Edge{
	edge("single", "one class: loss 0", []float64{2}, map[string]Tensor{"label": labels(0)}, lossOf([]float64{0}, []float64{0}, []float64{2})),
	edge("masked_label", "the label's logit is -Inf: +Inf", []float64{0, -inf}, map[string]Tensor{"label": labels(1)}, lossOf([]float64{inf}, []float64{inf}, []float64{0})),
	edge("only_label_left", "all but the label masked: 0", []float64{-inf, 4}, map[string]Tensor{"label": labels(1)}, lossOf([]float64{0}, []float64{0}, []float64{4})),
	edge("masked_row", "all -Inf: NaN, lse -Inf", []float64{-inf, -inf}, map[string]Tensor{"label": labels(0)}, lossOf([]float64{nan}, []float64{nan}, []float64{-inf})),
	edge("infinite_logit", "+Inf: NaN, lse +Inf", []float64{0, inf}, map[string]Tensor{"label": labels(0)}, lossOf([]float64{nan}, []float64{nan}, []float64{inf})),
	edge("nan_logit", "NaN: NaN", []float64{0, nan}, map[string]Tensor{"label": labels(0)}, lossOf([]float64{nan}, []float64{nan}, []float64{nan})),
	edge("ignored", "no counted label: loss 0, mean NaN", []float64{0, 0}, map[string]Tensor{"label": labels(-100), "ignore_index": Scalar(I64, -100)}, lossOf([]float64{nan}, []float64{0}, nil)).
		also("zero", lossOf([]float64{0}, []float64{0}, nil)),
	edge("ignored_nan", "an ignored row may hold NaN", []float64{nan, 0}, map[string]Tensor{"label": labels(1), "ignore_index": Scalar(I64, 1)}, lossOf([]float64{nan}, []float64{0}, nil)).
		also("zero", lossOf([]float64{0}, []float64{0}, nil)),
	edge("label_too_large", "label = V: refused", []float64{0, 0}, map[string]Tensor{"label": labels(2)}, refused("label_range")),
	edge("label_negative", "label = -1: refused", []float64{0, 0}, map[string]Tensor{"label": labels(-1)}, refused("label_range")),
	edge("smoothed_masked", "smoothing beside -Inf: +Inf", []float64{0, -inf}, map[string]Tensor{"label": labels(0), "smoothing": Scalar(F64, 0.125)}, lossOf([]float64{inf}, []float64{inf}, nil)),
	edge("smoothing_range", "smoothing above 1: refused", []float64{0, 0}, map[string]Tensor{"label": labels(0), "smoothing": Scalar(F64, 1.5)}, refused("smoothing_range")),
	edge("negative_temperature", "T < 0: refused", []float64{0, 0}, map[string]Tensor{"label": labels(0), "temperature": Scalar(F64, -1)}, refused("temperature_negative")),
	edge("zero_temperature", "T = 0: refused, a loss needs a distribution", []float64{0, 0}, map[string]Tensor{"label": labels(0), "temperature": Scalar(F64, 0)}, refused("temperature_zero")),
}

func nucleusOf(kept float64, probs ...float64) Answer { return Answer{Out: [][]float64{probs, {kept}}} }

var topPFilterEdges = []Edge{
	edge("everything", "p = 1: an exact no-op, masked tokens count as kept", []float64{0, -inf, 0}, param("p", 1), nucleusOf(3, 0.5, 0, 0.5)),
	edge("nothing_but_the_best", "p = 0: the argmax only, lowest index", []float64{0, 1, 1}, param("p", 0), nucleusOf(1, 0, 1, 0)),
	edge("exact_prefix", "a prefix that equals p: the next token still stays", []float64{0, 0, 0, 0}, param("p", 0.5), nucleusOf(3, 1./3, 1./3, 1./3, 0)),
	edge("below_prefix", "just below a prefix: it crosses there", []float64{0, 0, 0, 0}, param("p", 0.4375), nucleusOf(2, 0.5, 0.5, 0, 0)),
	edge("crossing_token", "the token that crosses p stays", []float64{0, 0}, param("p", 0.25), nucleusOf(1, 1, 0)),
	edge("masked_row", "all -Inf: NaN, none kept", []float64{-inf, -inf}, param("p", 0.5), nucleusOf(0, nan, nan)),
	edge("infinite_logit", "+Inf: NaN, none kept", []float64{inf, 0}, param("p", 0.5), nucleusOf(0, nan, nan)),
	edge("nan_logit", "NaN: NaN, none kept", []float64{nan, 0}, param("p", 0.5), nucleusOf(0, nan, nan)),
	edge("empty_row", "no logits: nothing kept", nil, param("p", 0.5), Answer{Out: [][]float64{{}, {0}}}),
	edge("p_above_one", "p > 1: refused", []float64{0, 0}, param("p", 1.5), refused("p_range")),
	edge("p_negative", "p < 0: refused", []float64{0, 0}, param("p", -0.5), refused("p_range")),
	edge("p_nan", "p = NaN: refused", []float64{0, 0}, param("p", nan), refused("p_range")),
}

func drawAt(u float64) map[string]Tensor { return map[string]Tensor{"u": Vector(F64, u)} }

var sampleLogitsEdges = []Edge{
	edge("u_zero", "u = 0: the first token with mass", []float64{-inf, 0, 0}, drawAt(0), values(1)),
	edge("u_last", "u -> 1: the last token with mass", []float64{0, 0, -inf}, drawAt(1-0x1p-53), values(1)),
	edge("u_on_a_step", "u equal to a step of the distribution: the token after it", []float64{0, 0, 0, 0}, drawAt(0.5), values(2)),
	edge("u_below_a_step", "just below the step: the token before it", []float64{0, 0, 0, 0}, drawAt(0.5-0x1p-53), values(1)),
	edge("single", "one token: always that", []float64{-9}, drawAt(0.75), values(0)),
	edge("zero_temperature", "T = 0: the argmax, lowest index", []float64{1, 3, 3}, map[string]Tensor{"u": Vector(F64, 0.99), "temperature": Scalar(F64, 0)}, values(1)),
	edge("infinite_temperature", "T = +Inf: uniform above -Inf", []float64{9, -inf, -9}, map[string]Tensor{"u": Vector(F64, 0.5), "temperature": Scalar(F64, inf)}, values(2)),
	edge("masked_row", "all -Inf: refused", []float64{-inf, -inf}, drawAt(0.5), refused("row_masked")),
	edge("empty_row", "no tokens: refused", nil, drawAt(0.5), refused("row_empty")),
	edge("infinite_logit", "+Inf: refused", []float64{0, inf}, drawAt(0.5), refused("row_infinite")),
	edge("nan_logit", "NaN: refused", []float64{nan, 0}, drawAt(0.5), refused("row_nan")),
	edge("u_one", "u = 1: refused", []float64{0, 0}, drawAt(1), refused("u_range")),
	edge("u_negative", "u < 0: refused", []float64{0, 0}, drawAt(-0.25), refused("u_range")),
	edge("negative_temperature", "T < 0: refused", []float64{0, 0}, map[string]Tensor{"u": Vector(F64, 0.5), "temperature": Scalar(F64, -1)}, refused("temperature_negative")),
}
