package reference

import "math"

// klBound: absolute. ln p and ln q may each be taken and subtracted, and unless
// tight summed apart (cross-entropy less entropy).
func klBound(c, ref *Call, k Contract, out int) Bounds {
	return c.pairBound(ref, k, func(b *massBound, p, q float64, _ int) (value float64, open bool) {
		switch {
		case p == 0:
			return 0, false
		case q == 0:
			return math.Inf(1), false
		}
		l := logRatio(p, q, p-q)
		b.parts(k, p, l, math.Abs(logOf(p)), math.Abs(logOf(q)))
		return p * l, c.denominator(b, k, p, q)
	})
}

// parts adds a term p*l, l = ln p - ln q taken apart or not.
func (b *massBound) parts(k Contract, p, l, lp, lq float64) {
	b.each += p * (2*k.LnULP*(lp+lq) + 4*math.Abs(l) + 4)
	b.moved += p * (math.Abs(l) + 2)
	if k.Level == "tight" {
		b.sizes = append(b.sizes, math.Abs(p*l))
		return
	}
	b.sizes = append(b.sizes, p*(lp+lq))
}

// pairBound gathers each row's bound from its pairs of masses: pair adds a class's
// errors and gives its value. open says that a kernel that flushes may find it
// infinite. Where a class is infinite, but of a p so small that a kernel may read
// it as 0, the others alone are a right answer too.
func (c *Call) pairBound(ref *Call, k Contract, pair func(b *massBound, p, q float64, i int) (value float64, open bool)) Bounds {
	n := c.In[0].Shape[0]
	all, infinite := make([][]Term, n), make([]bool, n)
	others := make([]float64, n)
	for i := range n {
		if !c.finiteRow(i, "p", "q") {
			continue
		}
		rows, _ := c.distributions(i, "p", "q")
		var b massBound
		for j, p := range rows[0] {
			had, given := len(b.sizes), c.In[0].Get(i*len(rows[0])+j)
			v, open := pair(&b, p, rows[1][j], i)
			infinite[i] = infinite[i] || open
			if len(b.sizes) > had {
				b.vanish(k, b.sizes[had], given, c.DType())
			}
			if !math.IsInf(v, 1) || !c.unseen(given, p, k) {
				others[i] += v
			}
		}
		all[i] = b.terms(c, k, rows...)
	}
	b := bounded(ref.Out[0], c.Out[0].DType, k, func(i int) []Term { return all[i] })
	for i, open := range infinite {
		if v := others[i] / c.unit(); math.IsInf(b.Lo[i], 1) && !math.IsInf(v, 1) {
			b.Lo[i], open = v, true
			b.widen(i, total(all[i]), c.Out[0].DType, k)
		}
		if open {
			b.Hi[i] = math.Inf(1)
		}
	}
	return b
}

// unseen says that a kernel may take p for 0: the mass given, flushed as it is
// read, or its share, underflowing.
func (c *Call) unseen(given, p float64, k Contract) bool {
	return given < k.flushed(c.DType()) || c.Pick("normalise") == "yes" && p < k.tiny(k.Acc)
}

func crossEntropyPQBound(c, ref *Call, k Contract, out int) Bounds {
	return c.pairBound(ref, k, func(b *massBound, p, q float64, _ int) (value float64, open bool) {
		v := surprisal(p, q)
		if p == 0 || q == 0 {
			return v, false
		}
		b.term(v, (2*k.LnULP+3)*math.Abs(v))
		b.moved += p + math.Abs(v)
		return v, c.denominator(b, k, p, q)
	})
}

// denominator adds what ln q errs by under the weight p where q, divided by its
// row's total, is subnormal and keeps few bits. open says that it may come out as
// 0, and the result as +Inf.
func (c *Call) denominator(b *massBound, k Contract, p, q float64) (open bool) {
	if c.Pick("normalise") == "yes" && q < k.Acc.MinNormal() {
		off := k.Acc.MinSubnormal() / q
		b.lost += p * math.Log1p(off) * 1.5 // -ln(1-off) where off <= 1/2
		if off > 0.5 || k.FlushOut || k.FlushIn {
			return true
		}
	}
	return q < k.flushed(c.DType())
}

func jsBound(c, ref *Call, k Contract, out int) Bounds {
	return c.pairBound(ref, k, func(b *massBound, p, q float64, i int) (value float64, open bool) {
		beta := c.Param("beta", i)
		m := beta*p + (1-beta)*q
		if m == 0 || beta == 0 || beta == 1 {
			return 0, false
		}
		for _, t := range [][3]float64{{beta, p, (1 - beta) * (p - q)}, {1 - beta, q, beta * (q - p)}} {
			if w := t[0] * t[1]; w > 0 {
				l := logRatio(t[1], m, t[2])
				b.parts(k, w, l, math.Abs(logOf(t[1])), math.Abs(logOf(m)))
				b.vanish(k, b.sizes[len(b.sizes)-1], t[1], c.DType())
				value += w * l
			}
		}
		return value, false
	})
}
