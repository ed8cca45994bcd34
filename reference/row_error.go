package reference

import (
	"fmt"
	"math"
)

// rowError is what a kernel of contract k may get wrong on a regular row of
// logits, in units of u, the roundoff of its working type. p are the reference's
// probabilities.
type rowError struct {
	row   *row
	p     []float64
	k     Contract
	u     float64
	n     int     // logits above -Inf
	D     float64 // sum_j p_j d_j, the mean gap
	rest  float64 // 1 - max p: the mass that can be wrong at all
	S     float64 // sum of exp(-d_j)
	all   float64 // sum_j p_j base(j): what scaling logits first costs the sum
	low   float64 // the same over logits below the maximum
	under float64 // what terms below the smallest normal number may lose, of the sum
	lost  float64 // what flushed logits may be off by, in units of u
	score float64 // what logits that were computed themselves (attention) may be off by, likewise
	sum   float64 // rounding of the sum, in units of u

	exact bool // any honest kernel has these very bits
}

func newRowError(r *row, p []float64, k Contract, in DType) *rowError {
	e := &rowError{row: r, p: p, k: k, u: k.Acc.Unit()}
	smallest, zeros := math.Inf(1), true
	for j, v := range r.x {
		if math.IsInf(v, -1) {
			continue
		}
		e.n++
		zeros = zeros && (v == 0 || math.IsInf(r.T, 1))
		if v != 0 {
			smallest = min(smallest, math.Abs(v))
		}
		if p[j] > 0 {
			e.D += p[j] * r.gap(j)
		}
		if j != r.argmax {
			e.rest += p[j]
		}
	}
	e.S = 1 / p[r.argmax]
	// One nonzero term: nothing is added and, the maximum being subtracted from
	// itself, nothing is rounded. Zeros alone (any logits at T = +Inf), a power of
	// two of them: every partial sum is an integer and the quotient a power of two.
	alone := e.n == 1 && k.Level == "tight"
	dyadic := zeros && e.n&(e.n-1) == 0 && float64(e.n) <= 1/e.u
	e.exact = alone || dyadic
	// Flushing loses logits that are subnormal, and differences that are: those
	// of logits a few units in the last place above the smallest normal number.
	if k.FlushIn && smallest < in.MinNormal() {
		e.lost += in.MinNormal() / r.T / e.u
	}
	if k.FlushIn && smallest < k.Acc.MinNormal()/e.u {
		e.lost += k.Acc.MinNormal() / r.T / e.u
	}
	for j, v := range p {
		if v > 0 {
			e.all += v * e.base(j)
			if r.x[j] < r.max {
				e.low += v * e.base(j)
			}
			if t := v * e.S; t < k.Acc.MinNormal() {
				e.under += k.underflow(t)
			}
		}
	}
	e.sum = k.spread(e.summed())
	return e
}

// base is what scaling and rounding the logits before they are subtracted costs
// the argument of element j: the roundings of x_j and of the maximum, half as
// much again for the scale's own. Another logit's size has no part in it: a
// sentinel of -1e9 beside ordinary logits spoils nothing but itself.
func (e *rowError) base(j int) float64 {
	if e.k.Level == "tight" || math.IsInf(e.row.T, 1) {
		return e.lost
	}
	return e.lost + min(1.5*(math.Abs(e.row.x[j])+math.Abs(e.row.max))/e.row.T, 1e300)
}

// argument is what the exponent of element j may be off by, in units of u: two
// roundings of the gap (difference; product with log2 e or reduction), two more
// where a temperature scales it; and the base, what scaling the logits first
// costs. Equal logits are scaled equally: at the maximum that error is none, or
// common to the row, and leaves with the quotient.
func (e *rowError) argument(j int) float64 {
	d := e.row.gap(j)
	if d == 0 {
		return e.score
	}
	return e.perGap()*clipGap(d) + e.base(j) + e.score
}

func (e *rowError) perGap() float64 {
	if e.row.T == 1 && e.k.Level == "tight" {
		return 2
	}
	return 4
}

// clipGap: a gap beyond 10^5 has no probability left, whatever multiplies it.
func clipGap(d float64) float64 { return min(d, 1e5) }

// exp is the exponential's error for element j: none at the maximum, where the
// argument is zero (unless logits were scaled first).
func (e *rowError) exp(j int) float64 {
	if e.row.gap(j) == 0 && e.k.Level == "tight" {
		return 0
	}
	return 2 * e.k.ExpULP
}

// mean is the error of the sum as far as its terms cause it: those of each
// term, weighted by probability.
func (e *rowError) mean() float64 {
	mass := e.rest
	if e.k.Level != "tight" {
		mass = 1
	}
	return e.perGap()*e.D + 2*e.k.ExpULP*mass + e.low + e.score
}

// relative bounds the relative error of p_j before the output is rounded.
func (e *rowError) relative(j int) float64 {
	return e.u * (e.argument(j) + e.exp(j) + e.mean() + e.sum + 3)
}

// error bounds the absolute error of p_j before the output is rounded:
// p_j*(exp(relative) - 1). A small temperature makes that 0 times infinity, so
// it is put together from the exponents.
func (e *rowError) error(j int) float64 {
	rel := e.relative(j)
	if math.IsInf(e.row.x[j], -1) {
		return 0
	}
	if rel < 1 {
		return e.p[j] * math.Expm1(rel)
	}
	return min(math.Exp(rel-e.row.gap(j))/e.S, 1)
}

func (e *rowError) terms(j int) []Term {
	p := e.p[j] * e.u
	return []Term{
		{"argument", fmt.Sprintf("u*p_i*(%g*d_i + base), d_i = (m-x_i)/T = %.4g, base = %.4g (1.5*(|x_i|+|m|)/T unless tight)", e.perGap(), e.row.gap(j), e.base(j)), p * e.argument(j)},
		{"exp", fmt.Sprintf("u*p_i*2*exp_ulp, exp_ulp = %g", e.k.ExpULP), p * e.exp(j)},
		{"terms of the sum", fmt.Sprintf("u*p_i*(%g*D + 2*exp_ulp*mass + B), D = sum p_j d_j = %.4g, B = sum p_j base_j below the maximum = %.4g", e.perGap(), e.D, e.low), p * e.mean()},
		{"sum", fmt.Sprintf("u*p_i*S(n), sum=%s, n = %d: S = %.4g", e.k.Sum, e.n, e.sum), p * e.sum},
		{"division", "u*p_i*3: reciprocal, product, scaling", p * 3},
	}
}

// summed are the terms a kernel adds up, exp(-d_j).
func (e *rowError) summed() []float64 {
	t := make([]float64, len(e.p))
	for j, p := range e.p {
		t[j] = p * e.S
	}
	return t
}
