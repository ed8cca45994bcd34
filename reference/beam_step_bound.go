package reference

import (
	"fmt"
	"math"
	"slices"
)

// stepError is what the score of any candidate of the beam may be off by, among
// those that could come into the first k: the log-softmax's error (see
// cross_entropy) and the rounding of the sum. Far candidates of a row err more, by
// their gap, and do not matter; a row whose logits are so large that a kernel which
// scales first cannot place them does.
type stepError struct {
	by    float64
	terms []Term
}

func (c *Call) stepError(all []candidate, n int, k Contract) stepError {
	var s stepError
	if n == 0 {
		return s
	}
	rows := make([]*rowError, c.In[0].Shape[0])
	logSums := make([]float64, len(rows))
	eachRow(c, func(i int, r row) {
		if r.kind == regular && !math.IsInf(c.In[1].Get(i), -1) {
			rows[i] = newRowError(&r, r.softmax(), k, c.DType())
			logSums[i] = r.logSum()
		}
	})
	floor := all[n-1].score - 1
	first := make([]bool, len(rows)) // the best of a row may err its way up from anywhere
	for _, a := range all {
		if math.IsInf(a.score, -1) {
			break
		}
		e := rows[a.parent]
		if a.score < floor && first[a.parent] || e == nil || e.exact && e.n == 1 {
			continue
		}
		t := e.stepTerms(a, logSums[a.parent], c.In[1].Get(a.parent))
		if by := total(t); by > s.by && (a.score >= floor || a.score+by >= floor) {
			s.by, s.terms = by, t
		}
		first[a.parent] = true
	}
	return s
}

func (e *rowError) stepTerms(a candidate, logSum, score float64) []Term {
	r, u := e.row, e.u
	d := r.gap(a.token)
	moved, one := e.rest, 0.0
	if e.k.Level != "tight" {
		moved, one = 1, 1
	}
	t := []Term{
		{"gap", "u*c*d_i", u * e.argument(a.token)},
		{"terms of the sum", "u*(c*D + 2*exp_ulp*mass + base)", u * (e.perGap()*e.D + moved*2*e.k.ExpULP + e.all)},
		{"underflow", "terms below the smallest normal number, flushed or (exp_ulp + 1/2) of the smallest number off", e.under},
		{"sum", fmt.Sprintf("u*mass*(S(n) + 2), sum=%s", e.k.Sum), u * moved * (e.sum + 2)},
		{"ln", "u*2*ln_ulp*ln S", u * 2 * e.k.LnULP * (logSum + one)},
		{"additions", "2u*(d_i + ln S + |score| + |best|)", 2 * u * (d + logSum + math.Abs(score) + math.Abs(a.score))},
	}
	if e.k.Level != "tight" {
		t = append(t, Term{"lse", "2u*(|x_i| + |m| + ln S)", 2 * u * (math.Abs(r.x[a.token]) + math.Abs(r.max) + logSum)})
	}
	return t
}

// beamStepBound. With every candidate's score off by at most E, the n-th largest
// is too. Which candidate a kernel names at rank n is open within 2E of the n-th
// score, each once; one row's equal logits come in the order of their indices.
// The score is judged against that of the candidate named.
func beamStepBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	all, err := ref.candidates() // of the same inputs
	if err != nil || len(b.Lo) == 0 {
		return b
	}
	vocab := c.In[0].Shape[1]
	e := c.stepError(all, len(b.Lo), k)
	by := e.by + k.Acc.Unit()*e.by
	x := make(extended, c.In[0].Shape[0])
	if out == 0 {
		for n := range b.Lo {
			if a := c.named(x, n); a != nil && math.Abs(a.score-b.Lo[n]) <= 2*by {
				b.Lo[n], b.Hi[n] = a.score, a.score
			}
			b.widen(n, by, c.Out[0].DType, k)
		}
		b.Terms = func(n int) []Term { return slices.Concat(e.terms, k.lastTerms(ref.Out[0].Get(n), c.Out[0].DType)) }
		return b
	}
	for n := range b.Lo {
		if b.Lo[n] = 0; out == 1 {
			b.Hi[n] = float64(c.In[0].Shape[0] - 1)
		} else {
			b.Hi[n] = float64(vocab - 1)
		}
	}
	b.Refuse = func(n int, _ float64) string { return c.misnamed(x, n, ref, 2*by+2*k.tiny(k.Acc), k.Ties) }
	b.Terms = func(int) []Term { return append(slices.Clip(e.terms), Term{"either of two", "2E", 2 * by}) }
	return b
}

// extended are the rows of hypotheses that a kernel names, looked at once each.
type extended []*extendedRow

type extendedRow struct {
	row
	logSum float64
}

func (x extended) row(c *Call, i int) *extendedRow {
	if x[i] == nil {
		r := newRow(c.In[0].Row(i, make([]float64, 0, c.In[0].Shape[1])), 1, c.DType())
		x[i] = &extendedRow{r, r.logSum()}
	}
	return x[i]
}

// named is the candidate the kernel names at rank n, scored exactly; nil where it
// names none.
func (c *Call) named(x extended, n int) *candidate {
	b, ok := index(c.Out[1].Get(n), c.In[0].Shape[0])
	j, also := index(c.Out[2].Get(n), c.In[0].Shape[1])
	if !ok || !also {
		return nil
	}
	score := c.In[1].Get(b)
	if !math.IsInf(score, -1) {
		r := x.row(c, b)
		score -= r.gap(j) + r.logSum
	}
	return &candidate{score, b, j}
}

// misnamed says what is wrong with the candidate at rank n.
func (c *Call) misnamed(x extended, n int, ref *Call, slack float64, ties string) string {
	a := c.named(x, n)
	if a == nil {
		return "no such candidate"
	}
	want := ref.Out[0].Get(n)
	if math.IsInf(want, -1) != math.IsInf(a.score, -1) || math.Abs(a.score-want) > slack {
		return fmt.Sprintf("parent %d, token %d scores %v, the candidate of this rank %v", a.parent, a.token, a.score, want)
	}
	earlier := map[int]bool{}
	for o := range n {
		if c.Out[1].Get(o) == float64(a.parent) {
			earlier[int(c.Out[2].Get(o))] = true
		}
	}
	if earlier[a.token] {
		return "the same candidate twice"
	}
	if ties != "any" && !math.IsInf(a.score, -1) {
		row := x.row(c, a.parent).x
		for j, v := range row[:a.token] {
			if v == row[a.token] && !earlier[j] {
				return fmt.Sprintf("token %d of parent %d ties with it and comes first", j, a.parent)
			}
		}
	}
	return ""
}
