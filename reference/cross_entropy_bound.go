package reference

import (
	"math"
	"slices"
)

// crossEntropyBound. A tight kernel adds ln(1 + rest), rest the sum of all terms
// but the largest's, to the label's gap: an error e in the terms moves that
// logarithm by e*rest/(1+rest) = e*(1 - p_max), and everything else is relative
// to the loss. Others subtract the label's logit from a rounded lse and err in
// proportion to |lse| and |x|.
func crossEntropyBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	d := c.Out[out].DType
	rows := make([][]Term, c.In[0].Shape[0])
	loss := ref.Out[1]
	var mean, weights float64
	counted, leaves := 0, false
	eachRow(c, func(i int, r row) {
		skip := c.ignored(i)
		if r.kind == regular {
			rows[i] = c.lossTerms(i, &r, k, ref, out == 2)
		}
		if !skip && out != 2 {
			mean += total(rows[i]) + k.Acc.Unit()*math.Abs(finiteOrZero(loss.Get(i)))
			weights += classWeight(c.Arg("weight"), int(c.Arg("label").Int(i)))
			counted++
			leaves = leaves || r.kind == regular && c.sumLeaves(i, &r, k)
		}
		if out > 0 && r.kind == regular && (out == 2 || !skip) {
			b.widen(i, total(rows[i]), d, k)
			if out == 1 && c.sumLeaves(i, &r, k) {
				b.Hi[i] = math.Inf(1)
			}
		}
	})
	if out == 0 {
		reducedBound(&b, c, ref, k, mean, weights, counted)
		if leaves && len(b.Hi) > 0 {
			b.Hi[0] = math.Inf(1)
		}
		b.Terms = func(int) []Term {
			return append([]Term{{"rows", "bounds of the counted rows' losses, added", mean}}, k.lastTerms(ref.Out[0].Get(0), d)...)
		}
		return b
	}
	b.Terms = func(flat int) []Term {
		if rows[flat] == nil || out == 1 && c.ignored(flat) {
			return nil
		}
		return slices.Concat(rows[flat], k.lastTerms(ref.Out[out].Get(flat), d))
	}
	return b
}

// lossTerms bounds the error of one row's loss, or of its lse. The errors of lse
// count with the weights that lse has in the loss, w_t(1-e) + e W, W the mean
// weight; that of the label's logit with its own.
func (c *Call) lossTerms(i int, r *row, k Contract, ref *Call, lse bool) []Term {
	e := newRowError(r, r.softmax(), k, c.DType())
	ls := r.logSum()
	terms := e.logSumTerms(ls)
	size := math.Abs(ref.Out[2].Get(i))
	if k.Level != "tight" {
		terms = append(terms, Term{"lse", "2u*(|lse| + |m|/T)", 2 * e.u * (size + math.Abs(r.max)/r.T)})
	}
	if lse {
		return append(terms, Term{"max", "2u*|m|/T", 2 * e.u * math.Abs(r.max) / r.T})
	}
	w, s, label := c.Arg("weight"), c.Param("smoothing", i), c.labelOr(i, 0)
	own, mean := classWeight(w, label)*(1-s), 0.0
	for j := range r.x {
		mean += s * classWeight(w, j) / float64(len(r.x))
	}
	for j := range terms {
		terms[j].Formula, terms[j].Value = "(w_t(1-e) + e*W)*"+terms[j].Formula, terms[j].Value*(own+mean)
	}
	if s > 0 {
		terms = append(terms, Term{"mean over classes", "u*(S(V) + 3)*e*mean_i w_i(|lse| + |z_i|)", e.u * (k.roundings(len(r.x)) + 3) * s * c.meanSize(r, w, k, size, ls)})
	}
	if k.Level != "tight" {
		terms = append(terms, Term{"label's logit", "w_t(1-e)*2u*|x_t|/T", own * 2 * e.u * math.Abs(finiteOrZero(r.x[label]/r.T))})
	}
	loss := math.Abs(finiteOrZero(ref.Out[1].Get(i)))
	return append(terms, Term{"weights, smoothing, gap", "6u*loss", 6 * e.u * loss})
}

func (c *Call) labelOr(i, other int) int {
	if c.ignored(i) {
		return other
	}
	return int(c.Arg("label").Int(i))
}

// meanSize is the mean magnitude of what the smoothing term adds up.
func (c *Call) meanSize(r *row, w Tensor, k Contract, lse, ls float64) float64 {
	var s float64
	for j, x := range r.x {
		size := ls + r.gap(j)
		if k.Level != "tight" {
			size = lse + math.Abs(x)/r.T
		}
		s += classWeight(w, j) * finiteOrZero(size)
	}
	return s / float64(len(r.x))
}

// sumLeaves reports whether the sum over classes that smoothing takes the mean of
// may overflow in the working type.
func (c *Call) sumLeaves(i int, r *row, k Contract) bool {
	if c.Param("smoothing", i) == 0 {
		return false
	}
	lse, ls := r.logsumexp()
	return c.meanSize(r, c.Arg("weight"), k, math.Abs(lse), ls)*float64(len(r.x)) > k.Acc.Max()
}

func reducedBound(b *Bounds, c, ref *Call, k Contract, rows, weights float64, counted int) {
	if len(b.Lo) == 0 || counted == 0 {
		return
	}
	var size float64
	for i := range ref.Out[1].Len() {
		size += math.Abs(finiteOrZero(ref.Out[1].Get(i)))
	}
	by := rows + k.Acc.Unit()*(k.roundings(counted)+3)*size
	if c.Pick("reduction") == "mean" {
		by /= weights
	}
	b.widen(0, by, c.Out[0].DType, k)
	// Losses near the largest number, at a sentinel of a masked class, leave the
	// type when they are added up, though their mean would not.
	if size+rows > k.Acc.Max() {
		b.Lo[0], b.Hi[0] = min(b.Lo[0], k.Acc.Max()/max(weights, 1)), math.Inf(1)
	}
}
