package reference

import (
	"math"
	"slices"
)

// ranked are the indices of a row in the order every selection here uses: NaN
// first (all NaN are equal), then value descending, then index ascending.
func ranked(x []float64) []int {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { // the index settles ties: no stable sort needed, which is slower
		switch {
		case ahead(x[a], x[b]):
			return -1
		case ahead(x[b], x[a]):
			return 1
		}
		return a - b
	})
	return order
}

// ahead reports whether a ranks before b: NaN before all numbers, then the
// larger value. -0 and 0 are equal.
func ahead(a, b float64) bool {
	return a > b || math.IsNaN(a) && !math.IsNaN(b)
}

// massError bounds the error of the sum of any of this row's probabilities, such
// as a prefix or a value of the cumulative distribution: the terms' own error and
// the sum's, once for the part and once for the whole it is divided by. Zero for a
// row that is exact in every honest kernel.
func (e *rowError) massError() float64 {
	if e.exact {
		return 0
	}
	return e.u*(2*e.mean()+2*e.sum+4) + 8*F64.Unit()*math.Sqrt(float64(e.n))
}

// drawn is the row as a draw by inversion sees it: the uniform itself may be
// rounded to the working type.
func (e *rowError) drawn() massRow {
	m := massRow{p: e.p, delta: e.massError()}
	if !e.exact {
		m.delta += e.u
	}
	return m
}
