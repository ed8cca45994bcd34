package block

// Tree returns the sum of the lanes in float64, halves first:
//
//	for l := range d { d[l] = float64(lanes[l]) }
//	for w := 128; w >= 1; w /= 2 { for l := range w { d[l] += d[l+w] } }
//	return d[0]
//
// used is how many of the lanes may be other than +0, and saves the additions of
// +0. The rounding error is at most 8 units of 2^-53 of the sum.
func Tree(isa ISA, lanes *[Lanes]float32, used int) float64 {
	switch {
	case used > few:
		return tree(isa, lanes)
	case used > 8:
		return treeFew(isa, (*[few]float32)(lanes[:]))
	}
	a, b, c, d := float64(lanes[0])+float64(lanes[4]), float64(lanes[1])+float64(lanes[5]), float64(lanes[2])+float64(lanes[6]), float64(lanes[3])+float64(lanes[7])
	return (a + c) + (b + d)
}

const few = 64 // lanes of the smaller tree
