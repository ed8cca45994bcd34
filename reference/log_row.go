package reference

import "math"

// logRow is a row of logarithms formed from several inputs, held in twice the
// precision: what softmax is to composed exponents. An entry of -Inf has no mass.
type logRow struct {
	z    []double
	max  int      // index of the largest, lowest among equals; -1 where all are -Inf
	m    []double // exp(z_i - max) = m*2^k
	k    []int
	rest double // sum of all these but that of the maximum
}

// newLogRow takes exponentials in twice the precision where the inputs are
// float64 themselves (wide), else by math.Exp.
func newLogRow(z []double, wide bool) logRow {
	l := logRow{z: z, max: -1}
	for i, v := range z {
		if math.IsInf(v.hi, -1) {
			continue
		}
		if l.max < 0 || z[l.max].minus(v).value() < 0 {
			l.max = i
		}
	}
	if l.max < 0 {
		return l
	}
	l.m, l.k = make([]double, len(z)), make([]int, len(z))
	for i := range z {
		switch d := l.gap(i); {
		case d.hi > 800:
		case wide:
			l.m[i], l.k[i] = expDouble(double{-d.hi, -d.lo})
		default:
			l.m[i] = double{math.Exp(-d.hi) * (1 - d.lo), 0}
		}
		if i != l.max {
			l.rest = l.rest.plus(l.m[i].ldexp(l.k[i]))
		}
	}
	return l
}

// gap is max - z_i >= 0, +Inf for an entry without mass.
func (l *logRow) gap(i int) double {
	if math.IsInf(l.z[i].hi, -1) {
		return double{math.Inf(1), 0}
	}
	return l.z[l.max].minus(l.z[i])
}

// probabilities are the terms over their sum; NaN where no entry has mass.
func (l *logRow) probabilities() []float64 {
	p := make([]float64, len(l.z))
	if l.max < 0 {
		fill(p, math.NaN())
		return p
	}
	S := double{1, 0}.plus(l.rest)
	for i := range p {
		p[i] = math.Ldexp(l.m[i].divided(S).value(), l.k[i]) // rounded once, subnormal or not
	}
	return p
}

// logs are z_i - lse and the lse itself.
func (l *logRow) logs() (y []float64, lse float64) {
	ls := ln1pDouble(l.rest)
	y = make([]float64, len(l.z))
	for i := range y {
		y[i] = -l.gap(i).plus(ls).value()
		if math.IsInf(l.z[i].hi, -1) {
			y[i] = math.Inf(-1)
		}
	}
	return y, l.z[l.max].plus(ls).value()
}

// composedError is what a kernel may get wrong on a row whose exponents are
// composed: arg_i is what exponent i may be off by, in units of u, before
// the maximum is subtracted.
type composedError struct {
	p, gap, arg []float64
	k           Contract
	u           float64
	mean        float64 // error of the sum as far as its terms cause it, in units of u
	sum         float64
	alone       bool // one entry has all the mass
}

func newComposedError(l *logRow, arg []float64, k Contract) *composedError {
	e := &composedError{p: l.probabilities(), gap: make([]float64, len(arg)), arg: arg, k: k, u: k.Acc.Unit()}
	n, rest := 0, 0.0
	for i, p := range e.p {
		e.gap[i] = clipGap(l.gap(i).value())
		if math.IsInf(l.z[i].hi, -1) {
			continue
		}
		n++
		if i != l.max {
			rest += p
		}
		if p > 0 {
			e.mean += p * (arg[i] + 2*e.gap[i])
		}
	}
	e.alone = n == 1
	e.mean += 2 * k.ExpULP * rest
	e.sum = k.spread(e.p)
	return e
}

// relative bounds the relative error of p_i before the output is rounded, u
// times: the exponent and its gap, the exponential, the sum, the division.
func (e *composedError) relative(i int) float64 {
	return total(e.terms(i, 1))
}

// exp is the exponential's error, none at the maximum.
func (e *composedError) exp(i int) float64 {
	if e.gap[i] == 0 {
		return 0
	}
	return 2 * e.k.ExpULP
}

// quotient bounds the error of a probability that is its own mass over itself. A
// tight kernel divides, and has 1; another may multiply by the reciprocal.
func (e *composedError) quotient() []Term {
	if e.k.Level == "tight" {
		return nil
	}
	return []Term{{"quotient", "2u of a mass alone times its reciprocal", 2 * e.u}}
}

// terms takes the bound on the probability apart; size is p_i, or 1 for a
// logarithm, whose error is absolute.
func (e *composedError) terms(i int, size float64) []Term {
	return []Term{
		{"exponent", "u*a_i, a_i what composing it may cost", size * e.u * e.arg[i]},
		{"gap, exp", "u*(2*d_i + 2*exp_ulp)", size * e.u * (2*e.gap[i] + e.exp(i))},
		{"terms of the sum", "u*(sum p_j (a_j + 2 d_j) + 2*exp_ulp*(1 - p_max))", size * e.u * e.mean},
		{"sum, division", "u*(S(n) + 3), sum=" + e.k.Sum, size * e.u * (e.sum + 3)},
	}
}
