package reference

import (
	"fmt"
	"math"
)

// logSumTerms bound the error of ln S. A tight kernel takes the logarithm of 1
// plus the other terms, which an error in those moves by the mass 1 - p_max
// alone; for others ln of a sum near 1 errs absolutely.
func (e *rowError) logSumTerms(ls float64) []Term {
	moved, ln := 1.0, ls+1
	if e.k.Level == "tight" {
		moved, ln = e.rest, ls
	}
	return []Term{
		{"terms of the sum", "u*(c*D + 2*exp_ulp*(1-p_max) + sum p_j base_j), base_j = 1.5*(|x_j|+|m|)/T unless tight", e.u * (e.perGap()*e.D + moved*2*e.k.ExpULP + e.all)},
		{"underflow", "terms below the smallest normal number, flushed or (exp_ulp + 1/2) of the smallest number off", e.under},
		{"sum", fmt.Sprintf("u*(1-p_max)*(S(n) + 2), sum=%s", e.k.Sum), e.u * moved * (e.sum + 2)},
		{"ln", fmt.Sprintf("u*2*ln_ulp*ln S, ln_ulp = %g", e.k.LnULP), e.u * 2 * e.k.LnULP * ln},
	}
}

// lseTerms bound the error of logsumexp = max/T + ln S.
func (e *rowError) lseTerms(ls float64) []Term {
	m := math.Abs(e.row.max) / e.row.T
	t := e.logSumTerms(ls)
	if e.k.Level != "tight" {
		t = append(t, Term{"lse", "2u*(|lse| + |m|/T)", 2 * e.u * (math.Abs(e.row.max/e.row.T+ls) + m)})
	}
	return append(t, Term{"max", "2u*|m|/T", 2 * e.u * m})
}

// logProb bounds the error of the log-probability -(gap_j + ln S) of element j,
// given what ln S costs.
func (e *rowError) logProb(j int, logSum, ls float64) float64 {
	d := e.row.gap(j)
	by := logSum + e.u*(e.perGap()*d+2*(d+ls))
	if e.k.Level != "tight" {
		by += 2 * e.u * (math.Abs(e.row.max/e.row.T+ls) + (math.Abs(e.row.x[j])+math.Abs(e.row.max))/e.row.T)
	}
	return by
}
