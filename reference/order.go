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
