package reference

import (
	"fmt"
	"math"
	"slices"
)

// bayesPosteriorBound. Linear: a product, the sum of n of them, a division; a
// kernel that is not tight may go through logarithms, or lose what its working
// type cannot hold. Log: a log_softmax of sums, absolute; a tight kernel's error
// in a sum is one rounding of it.
func bayesPosteriorBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	d, vocab := c.Out[out].DType, c.In[0].Shape[1]
	if vocab == 0 {
		return b
	}
	rows := make([][][]Term, c.In[0].Shape[0])
	for r := range rows {
		if c.Pick("form") == "log" {
			rows[r] = c.bayesLogTerms(r, k, ref, out)
		} else {
			rows[r] = c.bayesLinearTerms(r, k, ref, out)
		}
		for i, terms := range rows[r] {
			if flat := r*len(rows[r]) + i; terms != nil {
				b.widen(flat, total(terms), d, k)
				if c.Pick("form") != "log" && k.FlushIn && b.Lo[flat] < k.tiny(k.Acc)*2 {
					b.Lo[flat] = min(b.Lo[flat], 0)
				}
			}
		}
	}
	per := vocab
	if out == 1 {
		per = 1
	}
	b.Terms = func(flat int) []Term {
		if t := rows[flat/per][flat%per]; t != nil {
			return slices.Concat(t, k.lastTerms(ref.Out[out].Get(flat), d))
		}
		return nil
	}
	return b
}

func (c *Call) bayesLinearTerms(r int, k Contract, ref *Call, out int) [][]Term {
	prior, like := c.In[0].Row(r, nil), c.In[1].Row(r, nil)
	post, evidence := c.bayesLinear(r)
	u, S := k.Acc.Unit(), k.spread(post)
	var path, mean float64 // through logarithms
	logs := make([]float64, len(prior))
	lost := 0.0
	small := c.In[0].DType.MinNormal()
	for i, p := range post {
		if prior[i] == 0 || like[i] == 0 {
			continue
		}
		if k.Level != "tight" {
			a, b := math.Abs(logOf(prior[i])), math.Abs(logOf(like[i]))
			logs[i] = (2*k.LnULP+1)*(a+b) + 2*(a+b+math.Abs(logOf(evidence)))
			mean += p * logs[i]
			lost += k.tiny(k.Acc)
			if k.FlushIn && (prior[i] < small || like[i] < small) {
				lost += prior[i] * like[i]
			}
		}
	}
	if k.Level != "tight" {
		path = 4*k.ExpULP + mean
	}
	rel := u * (S + path)
	if out == 1 {
		return [][]Term{{
			{"products, sum", fmt.Sprintf("u*E*(S(n) + 2), sum=%s, S = %.4g", k.Sum, S), u * evidence * (S + 2)},
			{"through logarithms", "u*E*(4*exp_ulp + sum p_j l_j), l the cost of ln prior + ln likelihood", u * evidence * path},
			{"underflow", "a smallest number each", lost},
		}}
	}
	all := make([][]Term, len(post))
	for i, p := range post {
		if prior[i] == 0 || like[i] == 0 {
			continue
		}
		all[i] = []Term{
			{"product, division", "4u*p_i", 4 * u * p},
			{"sum", fmt.Sprintf("u*p_i*(S(n) + path), sum=%s, S = %.4g", k.Sum, S), p * rel},
			{"through logarithms", "u*p_i*(l_i + 2*exp_ulp)", p * u * (logs[i] + path - mean)},
			{"underflow", "of products, over the evidence", min(lost/evidence, 1)},
		}
	}
	return all
}

func (c *Call) bayesLogTerms(r int, k Contract, ref *Call, out int) [][]Term {
	l := c.bayesLogs(r)
	prior, like := c.In[0].Row(r, nil), c.In[1].Row(r, nil)
	arg := make([]float64, len(prior))
	most := 0.0
	for i := range arg {
		if math.IsInf(l.z[i].hi, -1) {
			continue
		}
		arg[i] = 2 * math.Abs(l.z[i].value())
		if k.FlushIn {
			arg[i] += 2 * c.In[0].DType.MinNormal() / k.Acc.Unit()
		}
		most = max(most, math.Abs(prior[i])+math.Abs(like[i]))
	}
	u := k.Acc.Unit()
	e := newComposedError(&l, arg, k)
	ls := ln1pDouble(l.rest).value()
	moved := math.Min(1, ln1pDouble(l.rest).value())
	extra := []Term{{"ln", fmt.Sprintf("u*2*ln_ulp*ln S, ln_ulp = %g", k.LnULP), u * 2 * k.LnULP * ls}}
	if k.Level != "tight" {
		moved = 1
		extra = append(extra, Term{"ln near 1, lse", "u*(2*ln_ulp + 3*max(|prior| + |likelihood|))", u * (2*k.LnULP + 3*most)})
	}
	if e.alone && k.Level == "tight" {
		moved = 0
	}
	lse := []Term{
		{"exponents", "u*sum p_j (a_j + 2 d_j), a_j = 2|z_j|", u * e.mean},
		{"sum", "u*(S(n) + 2)*min(1, ln S), sum=" + k.Sum, u * (e.sum + 2) * moved},
	}
	lse = append(lse, extra...)
	if out == 1 {
		return [][]Term{append(lse, Term{"max", "2u*(|max| + |lse|)", 2 * u * (math.Abs(l.z[l.max].value()) + math.Abs(finiteOrZero(ref.Out[1].Get(r))))})}
	}
	all := make([][]Term, len(arg))
	for i := range arg {
		if math.IsInf(l.z[i].hi, -1) {
			continue
		}
		y := math.Abs(finiteOrZero(ref.Out[0].Get(r*len(arg) + i)))
		all[i] = append([]Term{{"own exponent", "u*(2|z_i| + 2|y_i|)", u * (arg[i] + 2*y)}}, lse...)
	}
	return all
}
