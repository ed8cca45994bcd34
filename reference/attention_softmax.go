package reference

import "math"

var attentionSoftmaxOp = &Op{
	Name: "attention_softmax", Formula: "y = softmax(z), z_j = c*tanh(scale*x_j/c) + bias_j over the keys seen; zeros where none is",
	In: append([]Arg{
		{Name: "x", Says: "raw scores q.k, a row per query", Unit: "1", Dims: matrix, DTypes: floats},
	}, masks("vocab", 1.0)...),
	Out: []Arg{
		{Name: "y", Says: "attention weights, +0 for hidden keys", Unit: "1", Dims: matrix, DTypes: floats, InPlace: "x", Judge: Bounded},
	},
	Choices: causal,
	Ref:     attentionSoftmax, Bound: attentionSoftmaxBound, Edges: attentionSoftmaxEdges,
	Shapes: []Dims{{"rows": 64, "vocab": 128}, {"rows": 32, "vocab": 4096}, {"rows": 1, "vocab": 131072}},
	Work:   func(d Dims) (int64, int64) { n := size(d); return 22 * n, 8 * n },
	Cites: []string{
		"Vaswani et al.: Attention is all you need, NIPS 2017, section 3.2.1",
		"Gemma Team: Gemma 2, improving open language models at a practical size, 2024, section 2 (logit soft-capping)",
		"ONNX Attention: a row that attends to nothing is 0",
	},
}

// attention_softmax turns raw scores into attention weights, a softmax over the
// keys a query sees:
//
//	y = softmax(z), z_j = cap(scale*x_j) + bias_j, cap(v) = c*tanh(v/c) or v where c = 0
//
// The scale is 1 unless given: of the width d_k, whose 1/sqrt(d_k) is the usual
// scale, scores know nothing (attention does). The size vocab is the number of keys.
//
// A key is hidden by causality (row i sees j <= i + offset), by the row's length,
// or by a bias of -Inf; what hidden keys hold does not matter, NaN included, and
// their weights are +0. A query that sees no key, or only scores of -Inf, has
// weights 0, not NaN. NaN or +Inf among the scores seen makes the whole row NaN. A
// finite stand-in for -Inf (-1e4, -1e9) is a score like any other: where every
// score is that low it hides nothing.
func attentionSoftmax(c *Call) error {
	for i := range c.In[0].Shape[0] {
		w, _ := c.weights(c.exactScores(i, c.In[0].Row(i, nil)))
		c.Out[0].PutRow(i, w)
	}
	return nil
}

// attentionSoftmaxBound is softmax's, the scores' own errors added: see
// scoreError. Hidden keys have exactly no weight.
func attentionSoftmaxBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[0])
	keys, d := c.In[0].Shape[1], c.Out[0].DType
	rows := make([]*rowError, c.In[0].Shape[0])
	for i := range rows {
		s := c.In[0].Row(i, nil)
		z := c.scores(i, s)
		if r := newRow(z, 1, c.DType()); r.kind == regular {
			rows[i] = c.scoreError(i, s, z, nil, k)
			rows[i].open(&b, i*keys, d)
		}
	}
	b.Terms = keptTerms(rows, keys, k, d)
	return b
}

// joined makes the inputs of an edge case.
func joined(more ...map[string]Tensor) map[string]Tensor {
	all := map[string]Tensor{}
	for _, m := range more {
		for name, t := range m {
			all[name] = t
		}
	}
	return all
}

func visible(n ...float64) map[string]Tensor { return map[string]Tensor{"lengths": Vector(I64, n...)} }

func withBias(keys int, v ...float64) map[string]Tensor {
	return map[string]Tensor{"bias": Of(F64, []int{len(v) / keys, keys}, v...)}
}

// causally makes an edge causal.
func causally(e Edge) Edge {
	plain := e.Make
	e.Make = func(op *Op, d DType) *Call {
		c := plain(op, d)
		c.Choice = map[string]string{"mask": "causal"}
		return c
	}
	return e
}

func square(n int, v ...float64) map[string]Tensor {
	return map[string]Tensor{"x": Of(F64, []int{n, n}, v...)}
}

var attentionSoftmaxEdges = []Edge{
	edge("masked_row", "all -Inf: zeros", []float64{-inf, -inf}, nil, values(0, 0)),
	edge("no_key", "no key seen: zeros, whatever they hold", []float64{nan, inf}, visible(0), values(0, 0)),
	edge("hidden_by_length", "beyond the length anything may stand", []float64{0, 0, nan}, visible(2), values(0.5, 0.5, 0)),
	edge("hidden_by_bias", "a bias of -Inf hides NaN and +Inf", []float64{0, nan, inf, 0}, withBias(4, 0, -inf, -inf, 0), values(0.5, 0, 0, 0.5)),
	causally(edge("causal", "row i sees keys up to i", nil, square(2, 0, nan, 0, 0), values(1, 0, 0.5, 0.5))),
	causally(edge("causal_offset", "row i sees keys up to i + offset", nil, joined(square(2, 0, 0, 0, 0), map[string]Tensor{"offset": Scalar(I64, 1)}), values(0.5, 0.5, 0.5, 0.5))),
	causally(edge("causal_before", "a negative offset: the first rows see nothing", nil, joined(square(2, nan, nan, 0, nan), map[string]Tensor{"offset": Scalar(I64, -1)}), values(0, 0, 1, 0))),
	causally(edge("both", "causal and length: the fewer keys", nil, joined(square(2, 0, 0, 0, nan), visible(2, 1)), values(1, 0, 1, 0))),
	edge("nan_seen", "NaN among the scores seen: NaN row", []float64{0, nan}, nil, values(nan, nan)),
	edge("infinite_seen", "+Inf among the scores seen: NaN row", []float64{0, inf}, nil, values(nan, nan)),
	edge("finite_mask", "-1e4 beside scores as low hides nothing", []float64{0, 0}, withBias(2, -10000, -10000), values(0.5, 0.5)),
	edge("softcap_saturates", "tanh caps: scores far above become equal", []float64{4096, 8192}, param("softcap", 8), values(0.5, 0.5)),
	edge("scale", "a scale of 1/8", []float64{0, -inf, 0}, param("scale", 0.125), values(0.5, 0, 0.5)),
	edge("single", "one key: exactly 1", []float64{-9}, nil, values(1)),
	edge("empty_row", "no keys: nothing", nil, nil, values()),
	edge("scale_zero", "scale 0: refused", []float64{0}, param("scale", 0), refused("scale_range")),
	edge("softcap_negative", "softcap below 0: refused", []float64{0}, param("softcap", -1), refused("softcap_range")),
	edge("length_too_large", "a length above the keys: refused", []float64{0}, visible(2), refused("lengths_range")),
	edge("length_negative", "a length below 0: refused", []float64{0}, visible(-1), refused("lengths_range")),
	edge("large_scores", "no overflow", []float64{30000, 30000, -30000}, nil, values(0.5, 0.5, 0)),
	edge("negative_zero", "-0 equals 0", []float64{math.Copysign(0, -1), 0}, nil, values(0.5, 0.5)),
}
