package reference

import (
	"fmt"
	"math"
)

// top_p_filter keeps the nucleus (Holtzman et al. 2020): in the order value
// descending, index ascending, a token is kept iff the probability mass before
// it is at most p, so the token that crosses p stays. probs are the kept
// tokens' probabilities renormalised, +0 outside; kept is their number.
//
// p = 0 keeps the argmax alone, p = 1 everything. The familiar line
// `cumulative - probs > top_p` removes exactly the tokens this removes. Systems
// that stop at cumulative >= p differ only where a prefix equals p exactly.
// A row with NaN or +Inf, or all -Inf, gives NaN and keeps 0.
func topPFilter(c *Call) error {
	probs, kept := c.Out[0], c.Out[1]
	eachRow(c, func(i int, r row) {
		p := r.softmax()
		if r.kind != regular {
			probs.PutRow(i, p)
			return
		}
		order := ranked(r.x)
		n := nucleus(p, order, c.Param("p", i), 0)
		probs.PutRow(i, renormalise(&r, order[:n]))
		kept.Put(i, float64(n))
	})
	return nil
}

// nucleus is the number of tokens, in order, whose mass before them is at most
// top + slack.
func nucleus(p []float64, order []int, top, slack float64) int {
	if top+slack >= 1 {
		return len(order)
	}
	var before sum
	for n, j := range order {
		if before.value() > top+slack {
			return n
		}
		before.add(p[j])
	}
	return len(order)
}

// renormalise is the softmax of the kept logits, 0 for the others.
func renormalise(r *row, kept []int) []float64 {
	y := make([]float64, len(r.x))
	var S sum
	for _, j := range kept {
		y[j] = r.term(j)
		S.add(y[j])
	}
	for _, j := range kept {
		y[j] /= S.value()
	}
	return y
}

func unitInterval(name string) func(*Call) *Reject {
	return func(c *Call) *Reject {
		t := c.Arg(name)
		for i := range t.Len() {
			if v := t.Get(i); !(v >= 0 && v <= 1) {
				return &Reject{Op: c.Op.Name, Arg: name, Code: name + "_range", Value: fmt.Sprint(v), Want: "a number in [0, 1]", Row: i}
			}
		}
		return nil
	}
}

// topPFilterBound. The order is that of the raw logits, so the kept set is
// decided by its size alone. A kernel's masses may be off by delta: a token must
// be kept if the exact mass before it is at most p - delta and must go if it is
// above p + delta; the size lies between. The probabilities are judged given the
// size the kernel chose, as a softmax over its own nucleus.
func topPFilterBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	vocab := c.In[0].Shape[1]
	d := c.Out[out].DType
	rows := make([]*rowError, c.In[0].Shape[0])
	eachRow(c, func(i int, r row) {
		if r.kind != regular {
			return
		}
		p := r.softmax()
		e := newRowError(&r, p, k, c.DType())
		order := ranked(r.x)
		top, delta := c.Param("p", i), e.massError()
		least, most := nucleus(p, order, top, -delta), nucleus(p, order, top, delta)
		if top == 0 || top == 1 { // no mass is compared
			least = nucleus(p, order, top, 0)
			most = least
		}
		if out == 1 {
			b.Lo[i], b.Hi[i] = float64(max(least, 1)), float64(most)
			return
		}
		chosen := int(min(max(c.Out[1].Get(i), float64(least)), float64(most)))
		kept := r
		kept.x = make([]float64, vocab)
		fill(kept.x, math.Inf(-1))
		for _, j := range order[:max(chosen, 1)] {
			kept.x[j] = r.x[j]
		}
		q := kept.softmax()
		copy(b.Lo[i*vocab:], q)
		copy(b.Hi[i*vocab:], q)
		rows[i] = newRowError(&kept, q, k, c.DType())
		rows[i].open(&b, i*vocab, d)
	})
	b.Terms = func(flat int) []Term {
		if out == 1 {
			return []Term{{"mass", "the prefix's mass may be off by u*(2*(c*D + 2*exp_ulp + base) + 2*S(n) + 4)", 0}}
		}
		if e := rows[flat/vocab]; e != nil && !e.exact {
			return append(e.terms(flat%vocab), k.lastTerms(e.p[flat%vocab], d)...)
		}
		return nil
	}
	return b
}
