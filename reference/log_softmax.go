package reference

import (
	"math"
	"slices"
)

var logSoftmaxOp = &Op{
	Name: "log_softmax", Formula: "y_i = (x_i-m)/T - ln sum_j exp((x_j-m)/T), m = max x",
	In: []Arg{logits(), temperature(true)},
	Out: []Arg{
		{Name: "y", Says: "log-probabilities", Unit: "nats", Dims: matrix, DTypes: floats, InPlace: "x", Judge: Bounded},
	},
	Ref: logSoftmax, Bound: logSoftmaxBound, Edges: logSoftmaxEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 22 * n, 8 * n },
	Cites: []string{"Blanchard, Higham, Higham: Accurately computing the log-sum-exp and softmax functions, IMA J. Numer. Anal. 41(4), 2021"},
}

var logsumexpOp = &Op{
	Name: "logsumexp", Formula: "lse = m/T + ln sum_j exp((x_j-m)/T), m = max x",
	In: []Arg{logits(), temperature(false)},
	Out: []Arg{
		{Name: "lse", Says: "ln sum exp(x/T) of each row", Unit: "nats", Dims: rows, DTypes: real64, Judge: Bounded},
	},
	Ref: logsumexp, Bound: logsumexpBound, Edges: logsumexpEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 20 * n, 4 * n },
	Cites: []string{"Blanchard, Higham, Higham 2021 (log-sum-exp)"},
}

// log_softmax: y_i = -(gap_i + ln S), gap_i = (m - x_i)/T, S = sum_j exp(-gap_j).
//
// It is the logarithm of softmax without taking it: ln(softmax(x)) gives -Inf as
// soon as a probability underflows, 104 nats below the best in float32. T = 0 is
// the limit, 0 at the argmax and -Inf elsewhere; T = +Inf is -ln n over the n
// logits above -Inf. A masked logit has -Inf. A row with NaN or +Inf, or of -Inf
// alone, is NaN.
func logSoftmax(c *Call) error {
	eachRow(c, func(i int, r row) { c.Out[0].PutRow(i, r.logSoftmax()) })
	return nil
}

func (r *row) logSoftmax() []float64 {
	return r.perLogit(0, math.Inf(-1), func(y []float64) {
		ls := r.logSum()
		for j := range y {
			y[j] = -(r.gap(j) + ls) + 0 // +0 for a sure token
		}
	})
}

// logsumexp: lse = m/T + ln S of each row. T = 0 has no limit and is refused;
// T = +Inf gives ln n. A row of -Inf alone, or without logits, has -Inf; one
// with +Inf has +Inf, one with NaN has NaN.
func logsumexp(c *Call) error {
	eachRow(c, func(i int, r row) {
		l, _ := r.logsumexp()
		c.Out[0].Put(i, l)
	})
	return nil
}

// logSoftmaxBound: absolute. The error of the gap, of the logarithm of the sum,
// and of their difference; with logits scaled first, of lse and x too.
func logSoftmaxBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[0])
	vocab, d := c.In[0].Shape[1], c.Out[0].DType
	type known struct {
		e      *rowError
		ls, by float64
	}
	rows := make([]known, c.In[0].Shape[0])
	eachRow(c, func(i int, r row) {
		if r.kind != regular || r.T == 0 {
			return
		}
		n := known{e: newRowError(&r, r.softmax(), k, c.DType()), ls: r.logSum()}
		if n.e.n == 1 && k.Level == "tight" {
			return // exactly 0
		}
		n.by = total(n.e.logSumTerms(n.ls))
		rows[i] = n
		for j := range r.x {
			b.widen(i*vocab+j, n.e.logProb(j, n.by, n.ls), d, k)
		}
	})
	b.Terms = func(flat int) []Term {
		n, j := rows[flat/vocab], flat%vocab
		if n.e == nil || math.IsInf(n.e.row.x[j], -1) {
			return nil
		}
		t := append(n.e.logSumTerms(n.ls), Term{"gap and difference", "u*(c*d_i + 2(d_i + ln S)); 2u(|lse| + |x_i|/T + |m|/T) more unless tight", n.e.logProb(j, 0, n.ls)})
		return slices.Concat(t, k.lastTerms(ref.Out[0].Get(flat), d))
	}
	return b
}

// logsumexpBound: absolute, for lse may be 0 whatever its parts are.
func logsumexpBound(c, ref *Call, k Contract, out int) Bounds {
	rows := make([][]Term, c.In[0].Shape[0])
	eachRow(c, func(i int, r row) {
		if r.kind == regular {
			rows[i] = newRowError(&r, r.softmax(), k, c.DType()).lseTerms(r.logSum())
		}
	})
	return bounded(ref.Out[0], c.Out[0].DType, k, func(i int) []Term { return rows[i] })
}

var logSoftmaxEdges = []Edge{
	edge("masked_row", "all -Inf: NaN", []float64{-inf, -inf}, nil, values(nan, nan)),
	edge("infinite_logit", "+Inf: NaN row", []float64{0, inf}, nil, values(nan, nan)),
	edge("nan_logit", "NaN: NaN row", []float64{0, nan}, nil, values(nan, nan)),
	edge("single", "one logit: exactly 0", []float64{-3.5}, nil, values(0)),
	edge("empty_row", "no logits: no outputs", nil, nil, values()),
	edge("masked_logit", "-Inf beside finite: -Inf", []float64{-inf, 4}, nil, values(-inf, 0)),
	edge("far_below", "a probability that underflows keeps its logarithm", []float64{0, -1000}, nil, values(0, -1000)),
	edge("zero_temperature", "T = 0: 0 at the argmax, lowest index, -Inf elsewhere", []float64{1, 3, 3}, param("temperature", 0), values(-inf, 0, -inf)),
	edge("infinite_temperature", "T = +Inf: -ln n over what is not masked", []float64{1, -inf, -9}, param("temperature", inf), values(-math.Ln2, -inf, -math.Ln2)),
	edge("tiny_temperature", "T tiny: no overflow", []float64{1024, -1024}, param("temperature", 0x1p-60), values(0, -0x1p71)),
	edge("negative_temperature", "T < 0: refused", []float64{1, 2}, param("temperature", -1), refused("temperature_negative")),
	edge("nan_temperature", "T = NaN: refused", []float64{1, 2}, param("temperature", nan), refused("temperature_nan")),
}

var logsumexpEdges = []Edge{
	edge("masked_row", "all -Inf: -Inf, not NaN", []float64{-inf, -inf}, nil, values(-inf)),
	edge("empty_row", "no logits: -Inf", nil, nil, values(-inf)),
	edge("infinite_logit", "+Inf: +Inf", []float64{0, inf, -inf}, nil, values(inf)),
	edge("nan_logit", "NaN, even beside +Inf: NaN", []float64{inf, nan}, nil, values(nan)),
	edge("single", "one logit: itself", []float64{-3.5}, nil, values(-3.5)),
	edge("pair", "two equal logits: ln 2 more", []float64{0, 0}, nil, values(math.Ln2)),
	edge("large_offset", "no overflow", []float64{29952, -inf}, nil, values(29952)),
	edge("infinite_temperature", "T = +Inf: ln n over what is not masked", []float64{1, -inf, -9}, param("temperature", inf), values(math.Ln2)),
	edge("zero_temperature", "T = 0: refused, it has no limit", []float64{0, 0}, param("temperature", 0), refused("temperature_zero")),
	edge("negative_temperature", "T < 0: refused", []float64{0, 0}, param("temperature", -1), refused("temperature_negative")),
}
