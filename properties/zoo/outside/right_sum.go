package outside

import "slices"

// rSumSerial adds from left to right.
func rSumSerial(v []float32) (s float32) {
	for _, x := range v {
		s += x
	}
	return s
}

// rSumPairs halves until runs of at most 8 are left.
func rSumPairs(v []float32) float32 {
	if len(v) <= 8 {
		return rSumSerial(v)
	}
	h := len(v) / 2
	return rSumPairs(v[:h]) + rSumPairs(v[h:])
}

// rSumLanes keeps n accumulators, n a power of two, lane = index mod n, and folds
// the upper half of the lanes onto the lower one until a single one is left.
func rSumLanes(v []float32, n int) float32 {
	lane := make([]float32, n)
	for i, x := range v {
		lane[i&(n-1)] += x
	}
	for n /= 2; n > 0; n /= 2 {
		for i := range n {
			lane[i] += lane[i+n]
		}
	}
	return lane[0]
}

// rSumNeumaier carries what each addition lost, whichever operand was smaller.
// Finite terms only.
func rSumNeumaier(v []float32) float32 {
	var s, lost float32
	for _, x := range v {
		t := s + x
		if rAbs(s) >= rAbs(x) {
			lost += (s - t) + x
		} else {
			lost += (x - t) + s
		}
		s = t
	}
	if rBad(s) {
		return s
	}
	return s + lost
}

// rSumAscending adds the smallest magnitudes first.
func rSumAscending(v []float32) float32 {
	v = slices.Clone(v)
	slices.SortFunc(v, func(a, b float32) int {
		switch a, b := rAbs(a), rAbs(b); {
		case a < b:
			return -1
		case a > b:
			return 1
		}
		return 0
	})
	return rSumSerial(v)
}

// rSumDescending adds the largest first, so that the small ones meet a sum they
// hardly move.
func rSumDescending(v []float32) float32 {
	v = slices.Clone(v)
	slices.SortFunc(v, func(a, b float32) int {
		switch {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	return rSumSerial(v)
}

// rSumTree adds neighbours, then neighbours of those, each sum rounded by round.
func rSumTree(v []float32, round func(float32) float32) float32 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Clone(v)
	for n := len(v); n > 1; n = (n + 1) / 2 {
		for i := range n / 2 {
			v[i] = round(v[2*i] + v[2*i+1])
		}
		if n&1 == 1 {
			v[n/2] = v[n-1]
		}
	}
	return v[0]
}

func rSum64(v []float32) (s float64) {
	for _, x := range v {
		s += float64(x)
	}
	return s
}
