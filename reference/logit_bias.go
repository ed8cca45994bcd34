package reference

import (
	"fmt"
	"math"
	"slices"
)

var logitBiasOp = &Op{
	Name: "logit_bias", Formula: "y_i = x_i + the biases listed for i",
	In: append([]Arg{logits()}, append(ragged("token", "tokens with a bias"),
		Arg{Name: "bias", Says: "added to the logit of each listed token", Unit: "nats", Dims: []string{"token"}, DTypes: real64, Domain: biasDomain})...),
	Out: []Arg{{Name: "y", Says: "logits", Unit: "nats", Dims: matrix, DTypes: floats, Judge: Bounded}},
	Ref: logitBias, Bound: logitBiasBound, Edges: logitBiasEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 0, 8 * n },
	Cites: []string{"OpenAI API reference, logit_bias: added to the logits before sampling, -100 to 100"},
}

var bannedOp = &Op{
	Name: "banned", Formula: "y_i = -Inf where i is listed, else x_i",
	In:  append([]Arg{logits()}, ragged("token", "tokens not to be drawn")...),
	Out: []Arg{{Name: "y", Says: "logits", Unit: "nats", Dims: matrix, DTypes: floats, Judge: Exact}},
	Ref: banned, Bound: func(c, ref *Call, k Contract, out int) Bounds { return exactly(ref.Out[0]) }, Edges: bannedEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 0, 8 * n },
	Cites: []string{"transformers, SuppressTokensLogitsProcessor"},
}

func biasDomain(c *Call) *Reject {
	t := c.Arg("bias")
	for i := range t.Len() {
		if v := t.Get(i); math.IsNaN(v) || math.IsInf(v, 1) {
			return &Reject{Op: c.Op.Name, Arg: "bias", Code: "bias_range", Value: fmt.Sprintf("%v at %d", v, i), Want: "numbers, -Inf allowed", Row: -1}
		}
	}
	return nil
}

// logit_bias adds a bias to the logits of listed tokens, before any temperature.
// A token listed twice gets both. A bias of -Inf bans the token, whatever its
// logit; other tokens keep their logits to the bit. NaN stays NaN.
func logitBias(c *Call) error {
	for i := range c.In[0].Shape[0] {
		x := c.In[0].Row(i, nil)
		for j, b := range c.biases(i) {
			x[j] = b.of(x[j])
		}
		c.Out[0].PutRow(i, x)
	}
	return nil
}

// listed are the biases of one token: their sum, the sum of their magnitudes, and
// how many.
type listed struct {
	total sum
	size  float64
	n     int
}

func (b *listed) of(x float64) float64 {
	if math.IsInf(b.total.value(), -1) {
		return math.Inf(-1)
	}
	y := b.total
	y.add(x)
	return y.value()
}

func (c *Call) biases(i int) map[int]*listed {
	all := map[int]*listed{}
	for at, end := c.list(i); at < end; at++ {
		j, v := int(c.Arg("token").Int(at)), c.Arg("bias").Get(at)
		if all[j] == nil {
			all[j] = &listed{}
		}
		all[j].total.add(v)
		all[j].size += math.Abs(v)
		all[j].n++
	}
	return all
}

// logitBiasBound: n biases added one after another round n times, each time at
// most to half a unit of what there is so far.
func logitBiasBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[0])
	vocab, d := c.In[0].Shape[1], c.Out[0].DType
	terms := map[int][]Term{}
	for i := range c.In[0].Shape[0] {
		for j, l := range c.biases(i) {
			flat := i*vocab + j
			x := math.Abs(c.In[0].Get(flat))
			if math.IsNaN(x) || math.IsInf(x, 0) || math.IsInf(l.size, 0) || l.size == 0 {
				continue
			}
			t := []Term{{"additions", fmt.Sprintf("u*n*(|x| + sum |b|), n = %d", l.n), k.Acc.Unit() * float64(l.n) * (x + l.size)}}
			if k.FlushIn {
				t = append(t, Term{"flushed input", "(n+1)*smallest normal", float64(l.n+1) * max(c.DType().MinNormal(), k.Acc.MinNormal())})
			}
			b.widen(flat, total(t), d, k)
			terms[flat] = slices.Concat(t, k.lastTerms(ref.Out[0].Get(flat), d))
		}
	}
	b.Terms = func(flat int) []Term { return terms[flat] }
	return b
}

// banned sets the logits of listed tokens to -Inf, NaN and +Inf among them. The
// other tokens keep theirs, to the bit. A row with every token banned is all -Inf,
// from which nothing can be sampled.
func banned(c *Call) error {
	for i := range c.In[0].Shape[0] {
		x := c.In[0].Row(i, nil)
		for j := range c.seenBefore(i, "token") {
			x[j] = math.Inf(-1)
		}
		c.Out[0].PutRow(i, x)
	}
	return nil
}

func biasing(tokens, bias []float64) map[string]Tensor {
	in := map[string]Tensor{"token": Vector(I64, tokens...), "offsets": Vector(I64, 0, float64(len(tokens)))}
	if bias != nil {
		in["bias"] = Vector(F64, bias...)
	}
	return in
}

var logitBiasEdges = []Edge{
	edge("added", "listed tokens alone", []float64{1, 2, 3}, biasing([]float64{2, 0}, []float64{-1, 0.5}), values(1.5, 2, 2)),
	edge("listed_twice", "both biases count", []float64{1, 2}, biasing([]float64{1, 1}, []float64{1, 2}), values(1, 5)),
	edge("ban", "-Inf bans, NaN and +Inf too", []float64{1, nan, inf}, biasing([]float64{0, 1, 2}, []float64{-inf, -inf, -inf}), values(-inf, -inf, -inf)),
	edge("nan_logit", "NaN stays, -Inf stays", []float64{nan, -inf}, biasing([]float64{0, 1}, []float64{5, 5}), values(nan, -inf)),
	edge("none", "no list: nothing changes", []float64{nan, 4}, biasing([]float64{}, []float64{}), values(nan, 4)),
	edge("bias_nan", "NaN: refused", []float64{1}, biasing([]float64{0}, []float64{nan}), refused("bias_range")),
	edge("bias_infinite", "+Inf: refused", []float64{1}, biasing([]float64{0}, []float64{inf}), refused("bias_range")),
	edge("token_negative", "a token outside the vocabulary: refused", []float64{1}, biasing([]float64{-1}, []float64{1}), refused("token_range")),
}

var bannedEdges = []Edge{
	edge("listed", "listed tokens alone", []float64{1, 2, 3}, biasing([]float64{2, 0, 2}, nil), values(-inf, 2, -inf)),
	edge("any_value", "whatever the logit holds", []float64{nan, inf, nan}, biasing([]float64{0, 1}, nil), values(-inf, -inf, nan)),
	edge("all", "every token: all -Inf", []float64{1, 2}, biasing([]float64{0, 1}, nil), values(-inf, -inf)),
	edge("none", "no list: nothing changes", []float64{1, -2}, biasing([]float64{}, nil), values(1, -2)),
	edge("token_too_large", "a token outside the vocabulary: refused", []float64{1}, biasing([]float64{1}, nil), refused("token_range")),
}
