package reference

import (
	"fmt"
	"math"
	"slices"
)

var softmaxBackwardOp = &Op{
	Name: "softmax_backward", Formula: "dx_i = y_i (dy_i - sum_j y_j dy_j) / T",
	In: []Arg{
		{Name: "y", Says: "probabilities, the softmax's output", Unit: "1", Dims: matrix, DTypes: floats},
		{Name: "dy", Says: "gradient of the loss with respect to y", Unit: "1", Dims: matrix, DTypes: floats},
		temperature(false),
	},
	Out: []Arg{
		{Name: "dx", Says: "gradient with respect to the logits", Unit: "1/nat", Dims: matrix, DTypes: floats, InPlace: "y", Judge: Bounded},
	},
	Ref: softmaxBackward, Bound: softmaxBackwardBound, Edges: softmaxBackwardEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 5 * n, 12 * n },
	Cites: []string{"Bridle: Probabilistic interpretation of feedforward classification network outputs, 1990 (the Jacobian of softmax)"},
}

// softmax_backward takes a gradient with respect to y = softmax(x/T) back to x:
//
//	dx_i = y_i * (dy_i - sum_j y_j dy_j) / T
//
// y is taken as given: nothing asks that it add up to 1. A row of y or dy with
// NaN or an infinity has no gradient: NaN. T = +Inf gives 0, T = 0 has no
// derivative and is refused. dx may be y or dy.
func softmaxBackward(c *Call) error {
	for i := range c.In[0].Shape[0] {
		y, dy := c.In[0].Row(i, nil), c.In[1].Row(i, nil)
		dx, _ := jacobian(y, dy, c.Param("temperature", i))
		c.Out[0].PutRow(i, dx)
	}
	return nil
}

// jacobian is y_i*(dy_i - s)/T with s = sum_j y_j dy_j, the products exact.
func jacobian(y, dy []float64, T float64) (dx []float64, s sum) {
	dx = make([]float64, len(y))
	finite := true
	for j := range y {
		p := float64(y[j] * dy[j])
		s.add(p)
		s.lo += math.FMA(y[j], dy[j], -p)
		finite = finite && !math.IsInf(y[j], 0) && !math.IsInf(dy[j], 0)
	}
	if !finite || math.IsNaN(s.value()) {
		fill(dx, math.NaN())
		return dx, s
	}
	for j := range y {
		d := double{dy[j], 0}.plus(double{-s.hi, -s.lo})
		if dx[j] = y[j] * (d.hi + d.lo) / T; math.Abs(y[j]*d.hi) < 0x1p-1000 {
			dx[j] = y[j] * ((d.hi + d.lo) / T) // a product that underflows would be divided
		}
	}
	return dx, s
}

// softmaxBackwardBound: absolute. |y_i|/T times what the sum may be off by, the
// rounding of the difference, or of y_i*dy_i - y_i*s taken apart.
func softmaxBackwardBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[0])
	vocab, u, in := c.In[0].Shape[1], k.Acc.Unit(), c.DType()
	type known struct {
		y, dy []float64
		s, by float64
		T     float64
		sum   []Term
	}
	rows := make([]known, c.In[0].Shape[0])
	parts := func(n *known, j int) float64 {
		lost := 0.0
		if math.Abs(n.y[j]) < k.flushed(in) || math.Abs(n.dy[j]) < k.flushed(in) {
			lost = math.Abs(n.y[j]) * (math.Abs(n.dy[j]) + math.Abs(n.s))
		}
		return (math.Abs(n.y[j])*(n.by+u*(4*math.Abs(n.dy[j])+5*math.Abs(n.s))) + lost + k.tiny(k.Acc)) / n.T
	}
	for i := range rows {
		n := known{y: c.In[0].Row(i, nil), dy: c.In[1].Row(i, nil), T: c.Param("temperature", i)}
		_, s := jacobian(n.y, n.dy, n.T)
		n.s = s.value()
		sizes := make([]float64, len(n.y))
		lost := 0.0
		for j := range sizes {
			sizes[j] = math.Abs(n.y[j] * n.dy[j])
			if math.Abs(n.y[j]) < k.flushed(in) || math.Abs(n.dy[j]) < k.flushed(in) {
				lost += sizes[j]
			}
			lost += min(sizes[j], k.tiny(k.Acc))
		}
		n.sum = []Term{k.sumTerm("y_j dy_j", sizes), {"products", "u*sum |y_j dy_j|, and those that underflow", u*added(sizes) + lost}, own(added(sizes))}
		n.by = total(n.sum)
		rows[i] = n
		for j := range sizes {
			b.widen(i*vocab+j, parts(&n, j), c.Out[0].DType, k)
		}
	}
	b.Terms = func(flat int) []Term {
		n, j := &rows[flat/vocab], flat%vocab
		terms := append([]Term{}, n.sum...)
		for t := range terms {
			terms[t].Value *= math.Abs(n.y[j]) / n.T
			terms[t].Formula = "|y_i|/T * " + terms[t].Formula
		}
		rest := parts(n, j) - math.Abs(n.y[j])*n.by/n.T
		terms = append(terms, Term{"difference and product", fmt.Sprintf("|y_i|/T*u*(4|dy_i| + 5|s|), s = %.4g", n.s), rest})
		return slices.Concat(terms, k.lastTerms(ref.Out[0].Get(flat), c.Out[0].DType))
	}
	return b
}

func upstream(v ...float64) map[string]Tensor {
	return map[string]Tensor{"dy": Of(F64, []int{1, len(v)}, v...)}
}

func upstreamAt(T float64, v ...float64) map[string]Tensor {
	m := upstream(v...)
	m["temperature"] = Scalar(F64, T)
	return m
}

var softmaxBackwardEdges = []Edge{
	edge("even", "two equal probabilities", []float64{0.5, 0.5}, upstream(1, 0), values(0.25, -0.25)),
	edge("scaled", "T divides the gradient", []float64{0.5, 0.5}, upstreamAt(0.25, 1, 0), values(1, -1)),
	edge("constant_upstream", "the same for every token moves nothing", []float64{0.25, 0.75}, upstream(3, 3), values(0, 0)),
	edge("single", "one probability: 0", []float64{1}, upstream(7), values(0)),
	edge("empty_row", "nothing: nothing", nil, upstream(), values()),
	edge("one_hot", "a sure token: no gradient", []float64{0, 1}, upstream(5, -2), values(0, 0)),
	edge("infinite_temperature", "T = +Inf: 0", []float64{0.5, 0.5}, upstreamAt(inf, 1, 0), values(0, 0)),
	edge("nan_probability", "NaN: NaN row", []float64{nan, 0.5}, upstream(1, 1), values(nan, nan)),
	edge("nan_upstream", "NaN: NaN row", []float64{0.5, 0.5}, upstream(1, nan), values(nan, nan)),
	edge("infinite_upstream", "an infinity: NaN row", []float64{0.5, 0.5}, upstream(1, inf), values(nan, nan)),
	edge("zero_temperature", "T = 0: refused, no derivative", []float64{0.5, 0.5}, upstreamAt(0, 1, 0), refused("temperature_zero")),
	edge("negative_temperature", "T < 0: refused", []float64{0.5, 0.5}, upstreamAt(-1, 1, 0), refused("temperature_negative")),
}
