package reference

import (
	"fmt"
	"math"
	"slices"
)

// attentionBound. A score is off by delta = u*scale*(S(d)+2)*sum |q k|; a weight,
// relatively, by what scoreError and softmax make of that; an online kernel
// rescales what it has at every new maximum, which costs an exponential's error
// each time (the records of the row, from either end; lanes that take keys in turn
// see more of them, but each rescales a part only); 16-bit kernels may round
// the weights to their inputs' type. The output adds
// sum_j w_j |v_j| * (that + u*(S(n)+3)).
func attentionBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	width, d := c.In[2].Shape[1], c.Out[out].DType
	terms := map[int][]Term{}
	for i := range c.In[0].Shape[0] {
		s, size := c.products(i)
		z := c.scores(i, s)
		r := newRow(z, 1, c.DType())
		if r.kind != regular {
			continue
		}
		delta := make([]float64, len(s))
		for j := range delta {
			delta[j] = k.Acc.Unit() * c.scale(i) * (k.steps(c.In[0].Shape[1]) + 2) * size[j]
			if k.FlushIn {
				delta[j] += c.scale(i) * c.flushed(i, j)
			}
		}
		e := c.scoreError(i, s, z, delta, k)
		if out == 1 {
			l, ls := r.logsumexp()
			terms[i] = e.recordTerms(l, ls, records(z))
			b.widen(i, total(terms[i]), d, k)
			continue
		}
		for n, t := range c.mixTerms(e, k, records(z)) {
			terms[i*width+n] = t
			b.widen(i*width+n, total(t), d, k)
		}
	}
	b.Terms = func(flat int) []Term {
		if terms[flat] == nil {
			return nil
		}
		return slices.Concat(terms[flat], k.lastTerms(ref.Out[out].Get(flat), d))
	}
	return b
}

// flushed is what flushing subnormal elements takes from a product.
func (c *Call) flushed(i, j int) (by float64) {
	tiny := c.DType().MinNormal()
	q := c.In[0].Row(i, nil)
	for n, k := range c.In[1].Row(j, nil) {
		by += tiny * (math.Abs(q[n]) + math.Abs(k))
	}
	return by
}

// records is how often a running maximum changes, from the end where it changes
// more often.
func records(z []float64) float64 {
	up, down := 0, 0
	a, b := math.Inf(-1), math.Inf(-1)
	for i := range z {
		if z[i] > a {
			a, up = z[i], up+1
		}
		if v := z[len(z)-1-i]; v > b {
			b, down = v, down+1
		}
	}
	return float64(max(up, down) - 1)
}

func (c *Call) mixTerms(e *rowError, k Contract, records float64) [][]Term {
	v := c.In[2]
	all := make([][]Term, v.Shape[1])
	online, rounded := 0.0, 0.0
	if k.Level != "tight" {
		online = records * e.u * (2*k.ExpULP + 2)
		if c.DType() != F64 && c.DType() != F32 {
			rounded = 2 * c.DType().Unit()
		}
	}
	for n := range all {
		var weights, size, tiny float64
		for j, p := range e.p {
			if math.IsInf(e.row.x[j], -1) || p == 0 {
				continue
			}
			x := math.Abs(v.Get(j*v.Shape[1] + n))
			weights += p * x * math.Expm1(e.relative(j)+online)
			size += p * x
			tiny += k.tiny(k.Acc) * (x + 1)
			if rounded > 0 {
				tiny += k.tiny(c.DType()) * x
			}
		}
		all[n] = []Term{
			{"weights", fmt.Sprintf("sum_j w_j|v_j| * (softmax's relative error, scores off by %.4g u; %g rescalings)", e.score, records), weights},
			{"weights as the inputs' type", "2u_in*sum_j w_j|v_j|, 16-bit inputs, not tight", rounded * size},
			{"sum", fmt.Sprintf("u*(S(n) + 3)*sum_j w_j|v_j|, sum=%s", k.Sum), e.u * (k.steps(e.n) + 3) * size},
			{"underflow", "smallest numbers, times the values", tiny},
		}
	}
	return all
}

// recordTerms bounds the error of a row's lse.
func (e *rowError) recordTerms(lse, logSum, records float64) []Term {
	u, k := e.u, e.k
	moved, one := e.rest, 0.0
	if k.Level != "tight" {
		moved, one = 1, 1
	}
	return []Term{
		{"terms of the sum", "u*(c*D + 2*exp_ulp*mass + 2*(base + scores))", u * (e.perGap()*e.D + moved*2*k.ExpULP + 2*(e.all+e.score))},
		{"underflow", "terms below the smallest normal number, flushed or (exp_ulp + 1/2) of the smallest number off", e.under},
		{"sum", fmt.Sprintf("u*mass*(S(n) + 2 + rescalings*(2*exp_ulp + 2)), sum=%s", k.Sum), u * moved * (e.sum + 2 + one*records*(2*k.ExpULP+2))},
		{"ln", "u*2*ln_ulp*ln S", u * 2 * k.LnULP * (logSum + one)},
		{"max", "2u*(|m| + |lse|)", 2 * u * (math.Abs(e.row.max) + math.Abs(lse))},
	}
}
