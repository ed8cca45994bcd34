package properties

// wideRow: one row as wide as a model's vocabulary, with a heavy head and a long
// tail from either end: an index wraps at 16 bits, a sum loses its tail, a cut of
// the exponential loses a share of it. The first chunk lies so far below the others
// that a maximum looked for there alone overflows. Making all of a class at such a
// size would cost more than judging it.
func wideRow(b *batch) {
	x := make([]float64, b.size)
	chunk := min(1024, b.size/4)
	for i := range x {
		if x[i] = -8 - float64(b.draw.Intn(1024))/128; i < chunk {
			x[i] = -200
		}
	}
	// Neither end of the row is a likely token: a sum without meaning draws those.
	for i := range min(4, b.size-chunk-1) {
		at := chunk + i
		if b.draw.Intn(2) == 1 {
			at = b.size - 2 - i
		}
		x[at] = -float64(i) / 4
	}
	var given []argument
	if i := b.op.Input("u"); i >= 0 && len(b.op.In[i].Dims) == 1 {
		given = append(given, b.vector("u", 0.5)) // into the tail: at the ends chance favours the wrong
	}
	b.rows("heavy head, long tail, as wide as a vocabulary", [][]float64{x}, given...)
}
