package reference

import "math"

var attentionOp = &Op{
	Name: "attention", Formula: "O = attention_softmax(Q K^T; scale, mask) V, lse = ln sum exp of each row's scores",
	In: append([]Arg{
		{Name: "Q", Says: "queries", Dims: []string{"rows", "d_k"}, DTypes: floats},
		{Name: "K", Says: "keys", Dims: []string{"keys", "d_k"}, DTypes: floats},
		{Name: "V", Says: "values", Dims: []string{"keys", "d_v"}, DTypes: floats},
	}, masks("keys", nil)...),
	Out: []Arg{
		{Name: "O", Says: "weighted means of the values", Dims: []string{"rows", "d_v"}, DTypes: floats, Judge: Bounded},
		{Name: "lse", Says: "ln sum exp(z) of each row; -Inf where no key is seen", Unit: "nats", Dims: rows, DTypes: real64, Optional: true, Judge: Bounded},
	},
	Choices: causal,
	Ref:     attention, Bound: attentionBound, Edges: attentionEdges,
	Shapes: []Dims{{"rows": 16, "keys": 64, "d_k": 64, "d_v": 64}, {"rows": 16, "keys": 1024, "d_k": 128, "d_v": 128}},
	Work: func(d Dims) (int64, int64) {
		n, k := int64(d["rows"]), int64(d["keys"])
		return n * k * int64(2*d["d_k"]+2*d["d_v"]+21), 4 * (n*int64(d["d_k"]+d["d_v"]) + k*int64(d["d_k"]+d["d_v"]))
	},
	Cites: []string{
		"Vaswani et al.: Attention is all you need, NIPS 2017, section 3.2.1",
		"Dao, Fu, Ermon, Rudra, Re: FlashAttention, NeurIPS 2022 (the lse of each row)",
	},
}

// attention is one head: each row of Q against the keys it sees (see
// attention_softmax for the mask, the bias and the soft cap), the weights times V:
//
//	O_i = sum_j w_ij V_j, w_i = attention_softmax(Q_i K^T; scale, mask), lse_i = ln sum_j exp(z_ij)
//
// scale is 1/sqrt(d_k) unless given.
//
// Of a hidden key neither K nor V matters, NaN included. A row that sees no key
// gives zeros and lse = -Inf. NaN or +Inf among the scores seen gives a row of
// NaN, and lse NaN or +Inf. Values of seen keys are meant to be finite.
func attention(c *Call) error {
	q := c.In[0].Shape[0]
	for i := range q {
		s, _ := c.products(i)
		w, lse := c.weights(c.exactScores(i, s))
		c.Out[0].PutRow(i, c.mix(w))
		c.Out[1].Put(i, lse)
	}
	return nil
}

// products are the raw scores of query i with the keys it sees, and the sums of
// magnitudes that went into them.
func (c *Call) products(i int) (s, size []float64) {
	s, size = make([]float64, c.keys()), make([]float64, c.keys())
	q := c.In[0].Row(i, nil)
	for j := range c.seen(i) {
		var dot sum
		for n, k := range c.In[1].Row(j, nil) {
			p := q[n] * k
			dot.add(p)
			dot.add(rest(q[n], k, p))
			size[j] += math.Abs(p)
		}
		s[j] = dot.value()
	}
	return s, size
}

// rest is what rounding took from the product p of a and b.
func rest(a, b, p float64) float64 {
	if e := math.FMA(a, b, -p); !math.IsNaN(e) {
		return e
	}
	return 0
}

// mix is the weighted mean of the values; a weight of 0 takes nothing.
func (c *Call) mix(w []float64) []float64 {
	v := c.In[2]
	o := make([]sum, v.Shape[1])
	for j, weight := range w {
		if weight == 0 {
			continue
		}
		for n, x := range v.Row(j, nil) {
			p := weight * x
			o[n].add(p)
			o[n].add(rest(weight, x, p))
		}
	}
	y := make([]float64, len(o))
	for n := range o {
		y[n] = o[n].value()
	}
	return y
}

// heads is the input of an edge case: queries, keys and values of width 1.
func heads(q, k, v []float64, more ...map[string]Tensor) map[string]Tensor {
	column := func(x []float64) Tensor { return Of(F64, []int{len(x), 1}, x...) }
	return joined(append(more, map[string]Tensor{"Q": column(q), "K": column(k), "V": column(v)})...)
}

func attended(o, lse []float64) Answer { return Answer{Out: [][]float64{o, lse}} }

var attentionEdges = []Edge{
	edge("mean", "equal scores: the mean of the values", nil, heads([]float64{1}, []float64{0, 0}, []float64{1, 3}), attended([]float64{2}, []float64{math.Ln2})),
	edge("no_key", "no key seen: zeros, lse -Inf, NaN keys and values", nil, heads([]float64{1}, []float64{nan, 0}, []float64{1, nan}, visible(0)), attended([]float64{0}, []float64{-inf})),
	edge("hidden_by_length", "a hidden key's NaN does not come through its weight of 0", nil, heads([]float64{1}, []float64{0, 0, nan}, []float64{1, 3, nan}, visible(2)), attended([]float64{2}, []float64{math.Ln2})),
	edge("hidden_by_bias", "nor does that of a key with a bias of -Inf", nil, heads([]float64{1}, []float64{0, nan}, []float64{5, inf}, withBias(2, 0, -inf)), attended([]float64{5}, []float64{0})),
	causally(edge("causal", "row i sees keys up to i", nil, heads([]float64{1, 1}, []float64{0, 0}, []float64{1, 3}), attended([]float64{1, 2}, []float64{0, math.Ln2}))),
	causally(edge("causal_before", "a negative offset: zeros", nil, heads([]float64{nan, 1}, []float64{0, nan}, []float64{7, nan}, map[string]Tensor{"offset": Scalar(I64, -1)}), attended([]float64{0, 7}, []float64{-inf, 0}))),
	edge("nan_query", "NaN among the scores seen: NaN", nil, heads([]float64{nan}, []float64{0}, []float64{1}), attended([]float64{nan}, []float64{nan})),
	edge("single", "one key: its value, exactly", nil, heads([]float64{3}, []float64{0.5}, []float64{-7}), attended([]float64{-7}, []float64{1.5})),
	edge("no_keys", "no keys at all: zeros", nil, heads([]float64{3}, nil, nil), attended([]float64{0}, []float64{-inf})),
	edge("scale_negative", "scale below 0: refused", nil, heads([]float64{1}, []float64{0}, []float64{1}, param("scale", -1)), refused("scale_range")),
	edge("length_too_large", "a length above the keys: refused", nil, heads([]float64{1}, []float64{0}, []float64{1}, visible(2)), refused("lengths_range")),
}
