package reference

import (
	"math"
	"slices"
)

// sumOf is S(n): the rounding of a sum of positive terms relative to the sum, in
// units of the working type's roundoff u. Terms of 0 do not count.
//
// For a declared order it is the number of roundings between a term and the
// sum. For "any" order a term t added to a running sum of at most S errs by at
// most min(t, u*S): small terms can all be lost the same way, so those below
// 16*u*S are counted in full. What is left of the others behaves like noise, 8
// standard deviations of it, but equal terms err equally, so a value that occurs
// c times counts c^2. Never more than n.
func (k Contract) sumOf(terms []float64) float64 {
	v, all := make([]float64, 0, len(terms)), 0.0
	for _, t := range terms {
		if t = math.Abs(finite64(t)); t > 0 {
			v = append(v, t)
			all += t
		}
	}
	if d, err := k.depth(len(v)); err == nil && d >= 0 {
		return d
	}
	if len(v) <= 8 {
		return float64(len(v))
	}
	u := k.Acc.Unit()
	slices.Sort(v)
	lost, noise, run := 0.0, 0.0, 0.0
	for i, t := range v {
		if t < 16*u*all {
			lost += min(t/(u*all), 1)
		}
		if run++; i+1 == len(v) || v[i+1] != t {
			noise += run * run
			run = 0
		}
	}
	return min(float64(len(v)), lost+8*math.Sqrt(noise)+2)
}
