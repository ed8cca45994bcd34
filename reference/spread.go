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

// steps is S(n) for a sum of n terms of either sign.
func (k Contract) steps(n int) float64 {
	if d, err := k.depth(n); err == nil && d >= 0 {
		return d
	}
	return min(float64(n), 8*math.Sqrt(float64(n)))
}
