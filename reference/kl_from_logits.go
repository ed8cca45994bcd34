package reference

import "math"

var klFromLogitsOp = &Op{
	Name: "kl_from_logits", Formula: "KL(p||q) = sum_i p_i (ln p_i - ln q_i), p = softmax(x), q = softmax(y)",
	In: []Arg{
		logits(),
		{Name: "y", Says: "logits of q", Unit: "nats", Dims: matrix, DTypes: floats},
	},
	Out: []Arg{
		{Name: "kl", Says: "divergence of each row", Unit: "nats or bits", Dims: rows, DTypes: real64, Judge: Bounded},
	},
	Choices: map[string][]string{"unit": {"nats", "bits"}},
	Ref:     klFromLogits, Bound: klFromLogitsBound, Edges: klFromLogitsEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 46 * n, 8 * n },
	Cites: []string{
		"Kullback, Leibler: On information and sufficiency, 1951",
		"Schulman: Approximating KL divergence, 2020 (e^-r - 1 + r)",
	},
}

// kl_from_logits is the divergence of softmax(x) from softmax(y), at least 0. With
// r_i = ln p_i - ln q_i,
//
//	KL = sum_i p_i r_i = sum_i p_i (e^-r_i - 1 + r_i)
//
// since sum_i p_i e^-r_i = sum_i q_i = 1. In the second form every term is at
// least 0 and of second order where p and q are close: nothing cancels.
//
// A token that x masks contributes nothing to the first form; one that y masks
// and x does not makes the divergence +Inf, however improbable. A row of x or y
// with NaN, +Inf or nothing but -Inf has NaN, one without logits 0.
func klFromLogits(c *Call) error {
	eachPair(c, func(i int, x, y row) {
		switch {
		case x.kind == empty:
		case x.kind != regular || y.kind != regular:
			c.Out[0].Put(i, math.NaN())
		default:
			c.Out[0].Put(i, divergence(&x, &y)/c.unit())
		}
	})
	return nil
}

// eachPair analyses the rows of two matrices of logits.
func eachPair(c *Call, f func(i int, x, y row)) {
	for i := range c.In[0].Shape[0] {
		f(i, newRow(c.In[0].Row(i, nil), 1, c.DType()), newRow(c.In[1].Row(i, nil), 1, c.DType()))
	}
}

// divergence takes r_i from the differences delta_i = (x_i - x_m) - (y_i - y_m), m
// the argmax of x: r_i = delta_i + ln(1 + sum_j p_j (e^-delta_j - 1)). Where the
// rows are close this is right to the last digits, a difference of two ln S not.
func divergence(x, y *row) float64 {
	p, q := x.softmax(), y.softmax()
	delta, apart := differences(x, y, p)
	var s sum
	for j := range p {
		switch {
		case math.IsInf(x.x[j], -1):
			s.add(q[j])
		case math.IsInf(y.x[j], -1):
			return math.Inf(1)
		default:
			r := delta[j].plus(apart).value()
			if math.Abs(r) <= 0.5 {
				s.add(p[j] * excess(r))
			} else {
				s.add(q[j] - p[j])
				s.add(part(p[j], r))
			}
		}
	}
	return s.value()
}

// differences are the delta_i and what to add to them for r_i.
func differences(x, y *row, p []float64) (delta []double, apart double) {
	m := x.argmax
	delta = make([]double, len(p))
	var moved sum // S_y/S_x - 1, both taken at m
	for j := range p {
		switch dy := lessExactly(y.x[j], y.x[m]); {
		case math.IsInf(y.x[j], -1):
			if !math.IsInf(x.x[j], -1) {
				moved.add(-p[j])
			}
		case math.IsInf(x.x[j], -1):
			moved.add(math.Exp(dy.value()) * p[m])
		default:
			delta[j] = lessExactly(x.x[j], x.x[m]).minus(dy)
			if d := delta[j].value(); math.Abs(d) <= 1 {
				moved.add(p[j] * math.Expm1(-d))
			} else {
				moved.add(math.Exp(dy.value())*p[m] - p[j])
			}
		}
	}
	if v := moved.value(); math.Abs(v) <= 0.5 {
		return delta, double{math.Log1p(v), 0}
	}
	// Far apart: ln S_y - ln S_x, the row of y taken from its own maximum.
	top := lessExactly(y.x[y.argmax], y.x[m])
	return delta, top.plus(double{y.logSum(), 0}).plus(double{-x.logSum(), 0})
}

// lessExactly is a - b.
func lessExactly(a, b float64) double {
	hi, lo := twoSum(a, -b)
	return double{hi, lo}
}

// excess is e^-r - 1 + r for |r| <= 1/2, by its series: 15 terms leave 2^-60.
func excess(r float64) float64 {
	v := 0.0
	for i := 16.0; i >= 3; i-- {
		v = (1 + v) * -r / i
	}
	return r * r / 2 * (1 + v)
}

// klFromLogitsBound: absolute. The errors of both log-probabilities and of their
// difference, under the probability; that of the probability, for each
// difference; and the sum's.
func klFromLogitsBound(c, ref *Call, k Contract, out int) Bounds {
	all := make([][]Term, c.In[0].Shape[0])
	least := make([]float64, len(all)) // what an infinite divergence may come out as
	u, in := k.Acc.Unit(), c.DType()
	eachPair(c, func(i int, x, y row) {
		least[i] = math.Inf(1)
		if x.kind != regular || y.kind != regular {
			return
		}
		ex, ey := newRowError(&x, x.softmax(), k, in), newRowError(&y, y.softmax(), k, in)
		lx, ly := x.logSum(), y.logSum()
		bx, by := total(ex.logSumTerms(lx)), total(ey.logSumTerms(ly))
		sizes := make([]float64, len(x.x))
		var logs, probs, products, lost, without float64
		unseen := true
		for j, p := range ex.p {
			if math.IsInf(x.x[j], -1) {
				continue
			}
			if math.IsInf(y.x[j], -1) {
				unseen = unseen && p <= 2*k.tiny(k.Acc)
				continue
			}
			a, b := x.gap(j)+lx, y.gap(j)+ly
			r := math.Abs(b - a)
			probs += part(ex.error(j), r)
			if p == 0 {
				continue // a or b may be infinite
			}
			without += p * (b - a)
			logs += p * (ex.logProb(j, bx, lx) + ey.logProb(j, by, ly) + u*(a+b))
			products += 3 * u * p * r
			sizes[j] = p * r
			if k.Level != "tight" {
				sizes[j] = p * (a + b)
			}
			lost += min(p, 2*k.tiny(k.Acc)) * (r + 1)
		}
		all[i] = []Term{
			{"log-probabilities", "sum p_i times log_softmax's bounds for x and y, and their roundings", logs},
			{"probabilities", "sum |r_i| times softmax's bound for x", probs},
			{"products", "3u*sum p_i |r_i|", products},
			k.sumTerm("p_i r_i", sizes), {"underflow", "terms that may vanish", lost}, own(added(sizes) + 1),
		}
		if unseen {
			least[i] = without - total(all[i])
		}
		for t := range all[i] {
			all[i][t].Value /= c.unit()
		}
	})
	b := bounded(ref.Out[0], c.Out[0].DType, k, func(i int) []Term { return all[i] })
	for i, v := range least {
		if math.IsInf(b.Lo[i], 1) && !math.IsInf(v, 1) {
			b.Lo[i] = v / c.unit() // all that y masks has no probability a kernel can see
		}
	}
	return b
}

func logitsOfQ(y ...float64) map[string]Tensor {
	return map[string]Tensor{"y": Of(F64, []int{1, len(y)}, y...)}
}

var klFromLogitsEdges = []Edge{
	edge("equal", "the same logits: exactly 0", []float64{1, 2, -inf}, logitsOfQ(1, 2, -inf), values(0)),
	edge("offset", "an offset makes no difference", []float64{1, 2}, logitsOfQ(129, 130), values(0)),
	edge("single", "one token: 0", []float64{3}, logitsOfQ(-9), values(0)),
	edge("halved", "ln 2 where q is twice as spread", []float64{0, 0, -inf, -inf}, logitsOfQ(0, 0, 0, 0), values(math.Ln2)),
	edge("bits", "the same in bits", []float64{0, 0, -inf, -inf}, logitsOfQ(0, 0, 0, 0), values(1)).choosing("unit", "bits"),
	edge("impossible", "what y masks and x does not: +Inf", []float64{0, 0}, logitsOfQ(0, -inf), values(inf)),
	edge("both_masked", "what both mask contributes 0", []float64{0, -inf}, logitsOfQ(5, -inf), values(0)),
	edge("empty_row", "nothing: 0", nil, logitsOfQ(), values(0)),
	edge("masked_row", "all of x -Inf: NaN", []float64{-inf, -inf}, logitsOfQ(0, 0), values(nan)),
	edge("masked_row_y", "all of y -Inf: NaN", []float64{0, 0}, logitsOfQ(-inf, -inf), values(nan)),
	edge("infinite_logit", "+Inf: NaN", []float64{0, inf}, logitsOfQ(0, 0), values(nan)),
	edge("nan_masked", "NaN in y, even where x is masked: NaN", []float64{0, -inf}, logitsOfQ(0, nan), values(nan)),
}
