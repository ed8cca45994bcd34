package reference

import "math"

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
	y := make([]float64, len(r.x))
	switch {
	case r.kind == empty:
	case r.kind != regular:
		fill(y, math.NaN())
	case r.T == 0:
		y[r.argmax] = 1
	default:
		t, S := r.terms()
		for j := range y {
			y[j] = t[j] / S
		}
	}
	return y
}

func fill(y []float64, v float64) {
	for j := range y {
		y[j] = v
	}
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
		rows[i] = newRowError(&r, b.Lo[i*vocab:(i+1)*vocab:(i+1)*vocab], k, c.DType())
		rows[i].p = append([]float64{}, rows[i].p...)
		rows[i].open(&b, i*vocab, d)
	})
	b.Terms = func(flat int) []Term {
		if e := rows[flat/vocab]; e != nil && !e.exact {
			return append(e.terms(flat%vocab), k.lastTerms(e.p[flat%vocab], d)...)
		}
		return nil
	}
	return b
}

// open widens the intervals of one row of probabilities.
func (e *rowError) open(b *Bounds, base int, out DType) {
	if e.exact {
		return
	}
	for j, p := range e.p {
		if !math.IsInf(e.row.x[j], -1) {
			by := p * math.Expm1(e.relative(j))
			if p == 0 { // underflowed: its size is in the gap
				by = math.Exp(min(0, e.relative(j)-e.row.gap(j)))
			}
			b.widen(base+j, by, out, e.k)
		}
	}
}
