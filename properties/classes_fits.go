package properties

// fitted adds a case of logits whose labels are drawn so that a temperature
// between the bounds fits best: mostly the largest logit, else any.
func (b *batch) fitted(note string, x [][]float64, given ...argument) {
	label := make([]int64, len(x))
	for r, row := range x {
		best := ranked(row)[0]
		label[r] = int64(best)
		if j := b.draw.Intn(len(row)); r%3 == 2 && row[j] > -inf {
			label[r] = int64(j)
		}
	}
	for _, g := range given {
		if g.name == "label" {
			b.rows(note, x, given...)
			return
		}
	}
	b.rows(note, x, append(given, b.integers("label", label...))...)
}

// scaledFits: a search that stops early, in T where it should be in 1/T, that
// starts at 1 and stays in [1/2, 2].
func scaledFits(b *batch) {
	for _, scale := range []float64{0.05, 0.3, 1, 2, 4, 12, 40} {
		b.fitted("logits of one scale", b.spread(18, 7, scale))
	}
	b.fitted("rows of several scales", append(b.spread(9, 5, 0.5), b.spread(9, 5, 6)...))
}

// separableFits: a search that never ends, a bound reached and not told.
func separableFits(b *batch) {
	sharp := many(4, func() []float64 { return set(b.ordinary(5, 1), 2, 30) })
	b.fitted("separable", sharp, b.integers("label", 2, 2, 2, 2))
	b.fitted("worse than chance", b.spread(4, 5, 0.5), b.integers("label", 0, 1, 2, 3))
	turned := many(3, func() []float64 { return set(b.ordinary(4, 1), 0, -9) })
	b.fitted("labels on the smallest", turned, b.integers("label", 0, 0, 0))
	b.fitted("sure and wrong once", many(20, func() []float64 { return set(b.ordinary(4, 0.5), 1, 8) }), b.integers("label", 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1))
}

func flatFits(b *batch) {
	b.fitted("constant rows", [][]float64{fill(6, 0), fill(6, 3.5), fill(6, -2)})
	b.fitted("one row tells", append([][]float64{fill(4, 1)}, b.spread(6, 4, 1)...))
}

// offsetFits: exponentials taken without the maximum.
func offsetFits(b *batch) {
	for _, at := range []float64{-300, 90, 2000} {
		x := b.spread(9, 6, 1)
		for _, row := range x {
			for i := range row {
				row[i] += at
			}
		}
		b.fitted("offset", x)
	}
}

func maskedFits(b *batch) {
	x := b.spread(9, 8, 2)
	for r, row := range x {
		row[(r+3)%8] = -inf
	}
	b.fitted("masked", x)
}

// labelledFits: ignored rows counted, a label out of range, a masked one.
func labelledFits(b *batch) {
	x := b.spread(6, 4, 1)
	x[1] = fill(4, nan)
	b.fitted("ignored rows hold NaN", x, b.integers("label", 1, -100, 0, 3, 2, 1), b.integer("ignore_index", -100))
	b.fitted("all ignored", x[:2], b.integers("label", 3, 3), b.integer("ignore_index", 3))
	b.fitted("a label out of range", x[:1], b.integers("label", 4))
	b.fitted("a masked label", [][]float64{set(b.ordinary(4, 1), 2, -inf)}, b.integers("label", 2))
}

func refusedFits(b *batch) {
	for _, bad := range []float64{nan, inf} {
		b.fitted("a row without a distribution", [][]float64{b.ordinary(3, 1), set(b.ordinary(3, 1), 1, bad)}, b.integers("label", 0, 0))
	}
	b.fitted("a masked row", [][]float64{b.ordinary(3, 1), fill(3, -inf)}, b.integers("label", 0, 0))
}

func fitSizes(b *batch) {
	for _, v := range b.sizes(1, 2, 3, 7, 8, 9, 17, 33, 64, 130, 1000) {
		b.fitted("size", b.spread(max(3, min(9, 600/v)), v, 1.5))
	}
}

func fitRows(b *batch) {
	for _, n := range []int{1, 2, 3, 8, 17, 40} {
		b.fitted("rows", b.spread(n, 5, 1.5))
	}
}
