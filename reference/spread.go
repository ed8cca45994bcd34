package reference

import (
	"fmt"
	"math"
	"slices"
)

// spread is S(n): the rounding of a sum of terms of the given sizes relative to
// the sum of those sizes, in units of u. Signs do not matter: no partial sum
// exceeds the sum of the sizes.
//
// For a declared order it is the number of roundings between a term and the
// sum. For "any" order a term t added to a running sum of at most S errs by at
// most min(t, u*S): small terms can all be lost the same way, so those below
// 16*u*S are counted in full. What is left of the others is what they have in
// common (see drift), and around that it behaves like noise, 8 standard
// deviations of it; equal terms err equally, so a value that occurs c times
// counts c^2. Never more than n.
func (k Contract) spread(sizes []float64) float64 {
	p := make([]float64, 0, len(sizes))
	var all sum
	for _, v := range sizes {
		if v > 0 {
			p = append(p, v)
			all.add(v)
		}
	}
	if d, err := k.depth(len(sizes)); err == nil && d >= 0 {
		return min(d, float64(len(p))) // zeros take part in the order, not in the roundings
	}
	if len(p) <= 8 {
		return float64(len(p))
	}
	slices.Sort(p)
	u, S := k.Acc.Unit(), all.value()
	lost, noise, run := 0.0, 0.0, 0.0
	small := 0
	for i, v := range p {
		if v < 16*u*S {
			lost += min(v/(u*S), 1)
			small = i + 1
		}
		if run++; i+1 == len(p) || p[i+1] != v {
			noise += run * run
			run = 0
		}
	}
	return min(float64(len(p)), lost+drift(p[small:], u, S)+8*math.Sqrt(noise)+2)
}

// drift is what terms of a sum err by together, in units of u*S. While the
// running sum stays between two powers of two its numbers are multiples of one
// grid g, and adding t errs by what rounding t itself to g does: terms that lie
// alike between two multiples of g, such as nearly equal ones, all err the same
// way. It is the largest such error of any run of the sorted terms, over the
// grids of S, of S/2, S/4 and so on, and those of the same terms divided by S.
func drift(sorted []float64, u, S float64) float64 {
	most, enough := 0.0, 8*math.Sqrt(float64(len(sorted)))
	f, _ := math.Frexp(S)                             // in [1/2, 1)
	for _, top := range []float64{u * S / f, u * S} { // the spacing of numbers just below S, and just below 1 once divided
		for g := top; float64(len(sorted))*g/2 > (most+enough)*u*S; g /= 2 {
			at, low, high := 0.0, 0.0, 0.0
			for _, t := range sorted {
				at += math.RoundToEven(t/g)*g - t
				low, high = min(low, at), max(high, at)
			}
			most = max(most, (high-low)/(u*S))
		}
	}
	return most
}

// roundings is S(n) of a sum of which nothing but the number of terms is known:
// the declared order's, n for any order.
func (k Contract) roundings(n int) float64 {
	if d, err := k.depth(n); err == nil && d >= 0 {
		return d
	}
	return float64(n)
}

// sumTerm bounds the rounding of a sum of terms of the given sizes.
func (k Contract) sumTerm(what string, sizes []float64) Term {
	s, all := k.spread(sizes), added(sizes)
	return Term{"sum of " + what, fmt.Sprintf("u*S(n)*sum |%s|, sum=%s: S = %.4g, sum = %.4g", what, k.Sum, s, all), k.Acc.Unit() * s * all}
}

func added(sizes []float64) float64 {
	var s sum
	for _, v := range sizes {
		s.add(v)
	}
	return s.value()
}

// bounded opens an interval around every finite value of ref by the terms
// given for it; a value with none keeps no interval. Infinities and NaN are
// asked for as they are.
func bounded(ref Tensor, out DType, k Contract, terms func(flat int) []Term) Bounds {
	b := exactly(ref)
	for i := range b.Lo {
		if t := terms(i); t != nil {
			b.widen(i, total(t), out, k)
		}
	}
	b.Terms = func(flat int) []Term {
		t := terms(flat)
		if t == nil {
			return nil
		}
		return append(t, k.lastTerms(ref.Get(flat), out)...)
	}
	return b
}

// own is what the reference itself may err by beside the size of what it adds
// up: a few roundings of float64 each.
func own(size float64) Term {
	return Term{"reference's terms", "8*2^-53*size of the terms", 8 * F64.Unit() * size}
}

// flushed is the smallest positive number of type d that a kernel of the
// contract must see as more than zero.
func (k Contract) flushed(d DType) float64 {
	if k.FlushIn {
		return d.MinNormal()
	}
	return 0
}

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
