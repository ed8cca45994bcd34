package reference

import (
	"fmt"
	"math"
)

var crossEntropyBackwardOp = &Op{
	Name:    "cross_entropy_backward",
	Formula: "dx_i = g/T ((w_t(1-e) + e W) p_i - w_t(1-e)[i=t] - e w_i/V), p = softmax(x/T), W = mean w; over the count for mean",
	In: append(append([]Arg{}, crossEntropyOp.In...),
		Arg{Name: "g", Says: "gradient of what follows with respect to the loss", Unit: "1", DTypes: real64, PerRow: true, Default: 1.0}),
	Out: []Arg{
		{Name: "dx", Says: "gradient with respect to the logits", Unit: "1/nat", Dims: matrix, DTypes: floats, InPlace: "x", Judge: Bounded},
		{Name: "loss", Says: "loss of each row", Unit: "nats", Dims: rows, DTypes: real64, Optional: true, Judge: Bounded},
		{Name: "lse", Says: "ln sum exp(x/T) of each row", Unit: "nats", Dims: rows, DTypes: real64, Optional: true, Judge: Bounded},
	},
	Choices: map[string][]string{"reduction": {"mean", "sum", "none"}},
	Ref:     crossEntropyBackward, Bound: crossEntropyBackwardBound, Edges: crossEntropyBackwardEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 24 * n, 8 * n },
	Cites: []string{
		"Bridle 1990 (softmax(x) - target)",
		"Szegedy et al.: Rethinking the Inception architecture for computer vision, CVPR 2016 (label smoothing)",
	},
}

// cross_entropy_backward is the gradient of cross_entropy with respect to the
// logits, times g (one for the batch, or one per row), and the loss and lse of
// the forward pass beside it:
//
//	dx_i = g/T * ((w_t(1-e) + e*W)*p_i - w_t(1-e)*[i = t] - e*w_i/V)
//
// with p = softmax(x/T) and W the mean of the class weights. Reduction mean
// divides by the sum of the counted labels' weights; sum and none do not.
//
// The label's own p_t - 1 is minus the sum of the others: no cancellation, so a
// sure token's gradient is as small as it should be. An ignored row is exactly 0
// whatever it holds; any other row with NaN, +Inf or nothing but -Inf is NaN. A
// label whose logit is -Inf has the gradient -1: it pulls, though the loss is
// infinite. dx may be x.
func crossEntropyBackward(c *Call) error {
	eachRow(c, func(i int, r row) {
		l, ls := r.logsumexp()
		c.Out[2].Put(i, l)
		if c.ignored(i) {
			c.Out[1].Put(i, 0)
			return
		}
		t, e, w := int(c.Arg("label").Int(i)), c.Param("smoothing", i), c.Arg("weight")
		c.Out[1].Put(i, r.crossEntropy(t, ls, e, w))
	})
	scale := c.perCounted()
	eachRow(c, func(i int, r row) {
		dx := make([]float64, len(r.x))
		switch {
		case c.ignored(i):
		case r.kind != regular:
			fill(dx, math.NaN())
		default:
			g := c.rowGradient(i, &r)
			for j := range dx {
				dx[j] = c.Param("g", i) * scale / r.T * g.at(j)
			}
		}
		c.Out[0].PutRow(i, dx)
	})
	return nil
}

// perCounted is what reduction mean multiplies every row's gradient by.
func (c *Call) perCounted() float64 {
	if c.Pick("reduction") != "mean" {
		return 1
	}
	var weights sum
	for i := range c.Arg("label").Len() {
		if !c.ignored(i) {
			weights.add(classWeight(c.Arg("weight"), int(c.Arg("label").Int(i))))
		}
	}
	return 1 / weights.value()
}

// rowGradient is the gradient of one row's loss times T.
type rowGradient struct {
	p           []float64
	label       int
	other       float64 // 1 - p of the label
	a, e, mean  float64 // w_t(1-e), e, mean weight
	weight      Tensor
	meanWeights []float64
}

func (c *Call) rowGradient(i int, r *row) rowGradient {
	g := rowGradient{p: r.softmax(), label: int(c.Arg("label").Int(i)), e: c.Param("smoothing", i), weight: c.Arg("weight")}
	g.a = classWeight(g.weight, g.label) * (1 - g.e)
	var all, rest sum
	for j := range r.x {
		g.meanWeights = append(g.meanWeights, classWeight(g.weight, j)/float64(len(r.x)))
		all.add(g.meanWeights[j])
		if j != g.label {
			rest.add(g.p[j])
		}
	}
	g.mean, g.other = all.value(), rest.value()
	return g
}

func (g *rowGradient) at(j int) float64 {
	if j == g.label {
		return g.e*(g.mean*g.p[j]-g.meanWeights[j]) - g.a*g.other
	}
	if g.e == 0 {
		return g.a * g.p[j]
	}
	return g.a*g.p[j] + g.e*(g.mean*g.p[j]-g.meanWeights[j])
}

// size is the sum of what at adds up, as a kernel may.
func (g *rowGradient) size(j int) float64 {
	s := (g.a+g.e*g.mean)*g.p[j] + g.e*g.meanWeights[j]
	if j == g.label {
		s += g.a
	}
	return s
}

// crossEntropyBackwardBound: |g|/T times the error of p_i, which cancels against
// the target and so is absolute, and a rounding of each of the things added.
func crossEntropyBackwardBound(c, ref *Call, k Contract, out int) Bounds {
	if out > 0 {
		return crossEntropyBound(c, ref, k, out) // the same outputs in the same places
	}
	b := exactly(ref.Out[0])
	vocab, u, d := c.In[0].Shape[1], k.Acc.Unit(), c.Out[0].DType
	rows := make([]func(j int) []Term, c.In[0].Shape[0])
	scale, counted := c.perCounted(), 0.0
	if c.Pick("reduction") == "mean" {
		n := make([]float64, len(rows))
		fill(n, 1)
		counted = u * (k.spread(n) + 2)
	}
	eachRow(c, func(i int, r row) {
		if r.kind != regular || c.ignored(i) {
			return
		}
		g := c.rowGradient(i, &r)
		e := newRowError(&r, g.p, k, c.DType())
		if k.Level == "tight" && e.n == 1 && g.e == 0 && g.other == 0 && len(r.x) == 1 {
			return // one class: exactly 0
		}
		f := math.Abs(c.Param("g", i) * scale / r.T)
		w := u * (k.spread(g.meanWeights) + 3)
		rows[i] = func(j int) []Term {
			return []Term{
				{"probability", "|g|/T*p_i times softmax's relative bound", f * (g.a + g.e*g.mean) * e.error(j)},
				{"target", "|g|/T*u*4*(what is added)", f * u * 4 * g.size(j)},
				{"mean weight", "|g|/T*e*u*(S(V) + 3)*(W p_i + w_i/V)", f * g.e * w * (g.mean*g.p[j] + g.meanWeights[j])},
				{"scale", "(u*(S(N) + 2) for mean + 5u)*|dx_i|", (counted + 5*u) * f * math.Abs(g.at(j))},
				{"underflow", "|g|/T*smallest number", f * (g.a + g.e*g.mean) * k.tiny(k.Acc)},
				own(f * g.size(j)),
			}
		}
		for j := range r.x {
			b.widen(i*vocab+j, total(rows[i](j)), d, k)
		}
	})
	b.Terms = func(flat int) []Term {
		if f := rows[flat/vocab]; f != nil {
			return append(f(flat%vocab), k.lastTerms(ref.Out[0].Get(flat), d)...)
		}
		return nil
	}
	return b
}

func gradientOf(dx, loss []float64) Answer { return Answer{Out: [][]float64{dx, loss, nil}} }

func labelled(label float64, more ...any) map[string]Tensor {
	m := map[string]Tensor{"label": labels(label)}
	for i := 0; i < len(more); i += 2 {
		m[fmt.Sprint(more[i])] = more[i+1].(Tensor)
	}
	return m
}

var crossEntropyBackwardEdges = []Edge{
	edge("single", "one class: 0", []float64{2}, labelled(0), gradientOf([]float64{0}, []float64{0})),
	edge("even", "softmax less the target", []float64{0, 0}, labelled(1), gradientOf([]float64{0.5, -0.5}, []float64{math.Ln2})),
	edge("upstream", "g multiplies", []float64{0, 0}, labelled(1, "g", Scalar(F64, -4)), gradientOf([]float64{-2, 2}, []float64{math.Ln2})),
	edge("temperature", "T divides", []float64{0, 0}, labelled(1, "temperature", Scalar(F64, 0.25)), gradientOf([]float64{2, -2}, []float64{math.Ln2})),
	edge("smoothed_even", "smoothing of an even row", []float64{0, 0}, labelled(0, "smoothing", Scalar(F64, 0.5)), gradientOf([]float64{-0.25, 0.25}, []float64{math.Ln2})),
	edge("masked_label", "the label's logit is -Inf: -1, loss +Inf", []float64{0, -inf}, labelled(1), gradientOf([]float64{1, -1}, []float64{inf})),
	edge("only_label_left", "all but the label masked: 0", []float64{-inf, 4}, labelled(1), gradientOf([]float64{0, 0}, []float64{0})),
	edge("masked_row", "all -Inf: NaN", []float64{-inf, -inf}, labelled(0), gradientOf([]float64{nan, nan}, []float64{nan})),
	edge("infinite_logit", "+Inf: NaN", []float64{0, inf}, labelled(0), gradientOf([]float64{nan, nan}, []float64{nan})),
	edge("nan_logit", "NaN: NaN", []float64{0, nan}, labelled(0), gradientOf([]float64{nan, nan}, []float64{nan})),
	edge("ignored_nan", "an ignored row may hold NaN and has the gradient 0", []float64{nan, 0}, labelled(1, "ignore_index", Scalar(I64, 1)), gradientOf([]float64{0, 0}, []float64{0})),
	edge("infinite_temperature", "T = +Inf: 0", []float64{0, 5}, labelled(1, "temperature", Scalar(F64, inf)), gradientOf([]float64{0, 0}, nil)),
	edge("label_too_large", "label = V: refused", []float64{0, 0}, labelled(2), refused("label_range")),
	edge("smoothing_range", "smoothing above 1: refused", []float64{0, 0}, labelled(0, "smoothing", Scalar(F64, 1.5)), refused("smoothing_range")),
	edge("zero_temperature", "T = 0: refused", []float64{0, 0}, labelled(0, "temperature", Scalar(F64, 0)), refused("temperature_zero")),
}
