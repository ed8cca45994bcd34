package properties

// wideRow: one row as wide as a model's vocabulary, with a heavy head and a long
// tail from either end: an index wraps at 16 bits, a sum loses its tail, the
// chunk that holds the maximum is not the first. Making all of a class at such a
// size would cost more than judging it.
func wideRow(b *batch) {
	x := make([]float64, b.size)
	for i := range x {
		x[i] = -8 - float64(b.draw.Intn(1024))/512
	}
	for i := range min(4, b.size) {
		at := i
		if b.draw.Intn(2) == 1 {
			at = b.size - 1 - i
		}
		x[at] = -float64(i) / 4
	}
	b.rows("heavy head, long tail, as wide as a vocabulary", [][]float64{x})
}
