package reference

import (
	"math"
	"slices"
)

var softmaxOp = &Op{
	Name: "softmax", Formula: "y_i = exp((x_i-m)/T) / sum_j exp((x_j-m)/T), m = max x",
	In: []Arg{logits(), temperature(true)},
	Out: []Arg{
		{Name: "y", Says: "probabilities", Unit: "1", Dims: matrix, DTypes: floats, InPlace: "x", Judge: Bounded},
	},
	Ref: softmax, Bound: softmaxBound, Edges: softmaxEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 21 * n, 8 * n },
	Cites: []string{
		"Blanchard, Higham, Higham: Accurately computing the log-sum-exp and softmax functions, IMA J. Numer. Anal. 41(4), 2021",
		"Bridle: Probabilistic interpretation of feedforward classification network outputs, 1990",
	},
}

// softmax: y_i = exp((x_i - m)/T) / sum_j exp((x_j - m)/T), m = max x.
//
// Subtracting the maximum changes nothing in exact arithmetic and keeps every
// exponential at most 1. T = 0 is one-hot at the lowest index of the maximum,
// T = +Inf uniform over the entries above -Inf. A row with NaN or +Inf, or with
// nothing but -Inf, has no softmax: all its outputs are NaN.
func softmax(c *Call) error {
	eachRow(c, func(i int, r row) { c.Out[0].PutRow(i, r.softmax()) })
	return nil
}

func (r *row) softmax() []float64 {
	return r.perLogit(1, 0, func(y []float64) {
		t, S := r.terms()
		for j := range y {
			y[j] = t[j] / S
		}
	})
}

// softmaxBound: relative to p_i, what the exponent's argument may be off by for
// this element and, weighted by probability, for the sum it is divided by; the
// exponential's own error, likewise; the rounding of the sum and the division.
// After Blanchard, Higham and Higham (2021), theorem 3.2, with the argument's
// error kept apart for each element. A masked logit has exactly no probability.
func softmaxBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[0])
	vocab := c.In[0].Shape[1]
	rows := make([]*rowError, c.In[0].Shape[0])
	d := c.Out[0].DType
	eachRow(c, func(i int, r row) {
		if r.kind != regular || r.T == 0 {
			return
		}
		rows[i] = newRowError(&r, slices.Clone(b.Lo[i*vocab:(i+1)*vocab]), k, c.DType())
		rows[i].open(&b, i*vocab, d)
	})
	b.Terms = keptTerms(rows, vocab, k, d)
	return b
}

// open widens the intervals of one row of probabilities.
func (e *rowError) open(b *Bounds, base int, out DType) {
	if e.exact {
		return
	}
	for j := range e.p {
		if !math.IsInf(e.row.x[j], -1) {
			b.widen(base+j, e.error(j), out, e.k)
		}
	}
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
