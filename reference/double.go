package reference

import "math"

// Sums here are compensated, and where the inputs are float64 themselves the
// exponential takes a two-part argument: a reference must not share the errors
// of the kernels it judges.

// twoSum is s + e = a + b exactly, s the rounded sum (Knuth 1969).
func twoSum(a, b float64) (s, e float64) {
	s = a + b
	t := s - a
	return s, (a - (s - t)) + (b - t)
}

// sum accumulates hi + lo, hi the rounded total; lo collects what each addition
// rounded away, so the result is as if added in twice the precision
// (Ogita, Rump, Oishi 2005, Sum2).
type sum struct{ hi, lo float64 }

func (s *sum) add(v float64) {
	var e float64
	s.hi, e = twoSum(s.hi, float64(v)) // a product must be rounded first, not fused
	s.lo += e
}

func (s *sum) value() float64 {
	if math.IsInf(s.hi, 0) || math.IsNaN(s.hi) {
		return s.hi
	}
	return s.hi + s.lo
}

// double is an unevaluated sum hi + lo with |lo| at most half an ulp of hi:
// about 106 bits (Dekker 1971).
type double struct{ hi, lo float64 }

func (a double) plus(b double) double {
	s, e := twoSum(a.hi, b.hi)
	s, e = twoSum(s, e+a.lo+b.lo)
	return double{s, e}
}

func (a double) times(b double) double {
	p := float64(a.hi * b.hi)
	e := math.FMA(a.hi, b.hi, -p) + (a.hi*b.lo + a.lo*b.hi)
	p, e = twoSum(p, e)
	return double{p, e}
}

// over divides by a float64.
func (a double) over(b float64) double {
	q := a.hi / b
	r := math.FMA(-q, b, a.hi) + a.lo
	s, e := twoSum(q, r/b)
	return double{s, e}
}

func (a double) ldexp(k int) double { return double{math.Ldexp(a.hi, k), math.Ldexp(a.lo, k)} }
func (a double) value() float64     { return a.hi + a.lo }
func (a double) minus(b double) double {
	return a.plus(double{-b.hi, -b.lo})
}

// divided is a/b, b a double.
func (a double) divided(b double) double {
	q := a.hi / b.hi
	r := a.minus(b.times(double{q, 0}))
	s, e := twoSum(q, r.hi/b.hi)
	return double{s, e}
}

// exactProduct is a*b without error, unless it underflows.
func exactProduct(a, b float64) double {
	p := a * b
	return double{p, math.FMA(a, b, -p)}
}

func (s *sum) double() double {
	hi, lo := twoSum(s.hi, s.lo)
	return double{hi, lo}
}
