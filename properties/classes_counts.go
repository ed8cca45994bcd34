package properties

import "math"

// countSizes, countRows: an outcome left out of the sum, a row's n for all.
func countSizes(b *batch) {
	for _, v := range b.sizes(1, 2, 3, 7, 8, 9, 16, 17, 33, 64, 65, 129, 1000) {
		b.rows("size", many(2, func() []float64 { return b.simplex(v) }))
	}
}

func countRows(b *batch) {
	for _, n := range []int{0, 1, 2, 5, 17} {
		b.rows("rows", many(n, func() []float64 { return b.simplex(6) }))
	}
}

// dyadicCounts: a coin, a die of eight sides.
func dyadicCounts(b *batch) {
	b.rows("coins", [][]float64{{0.5, 0.5}, {0.5, 0.5}, {0.25, 0.75}}, b.matrix("counts", [][]float64{{3, 3}, {0, 10}, {1, 2}}))
	b.rows("one draw", many(4, func() []float64 { return fill(4, 0.25) }), b.matrix("counts", [][]float64{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}}))
}

// impossibleCounts: 0 times -Inf is NaN, and 0! is 1.
func impossibleCounts(b *batch) {
	p := func() []float64 { return set(set(b.simplex(6), 0, 0), 4, 0) }
	b.rows("outcomes without probability", many(3, p), b.matrix("counts", [][]float64{{0, 3, 1, 4, 0, 2}, {1, 3, 1, 4, 0, 2}, {0, 0, 9, 0, 0, 0}}))
	b.rows("outcomes that did not occur", many(2, func() []float64 { return b.simplex(6) }), b.matrix("counts", [][]float64{{0, 0, 7, 0, 0, 2}, {5, 0, 0, 0, 0, 0}}))
	b.rows("as given, not normalised", [][]float64{{0.5, 1, 0.25}, {2, 1, 1}}, b.matrix("counts", [][]float64{{1, 2, 3}, {3, 2, 1}}))
	b.rows("a negative count", [][]float64{{0.5, 0.5}}, b.matrix("counts", [][]float64{{2, -1}}))
	b.rows("a negative mass", [][]float64{{0.5, -0.5}}, b.matrix("counts", [][]float64{{2, 1}}))
}

// largeCounts: factorials that overflow, squares of counts beyond 32 bits.
func largeCounts(b *batch) {
	for _, n := range []float64{12, 21, 171, 46341, 1 << 24, 1<<31 + 5, 1 << 40} {
		b.rows("large counts", [][]float64{b.simplex(3), b.simplex(3)}, b.matrix("counts", [][]float64{{n, n - 1, 1}, {n / 2, 0, math.Floor(n / 3)}}))
	}
}

// drawSizes: a search past the end, an outcome at the end never drawn.
func drawSizes(b *batch) {
	for _, v := range b.sizes(1, 2, 3, 8, 9, 17, 33, 64, 129, 1000) {
		b.rows("size", many(2, func() []float64 { return b.simplex(v) }))
	}
	x := many(6, func() []float64 { return b.simplex(5) })
	b.rows("numbers of draws", x, b.integers("n", 0, 1, 2, 7, 64, 200))
	b.rows("a negative number of draws", x[:1], b.integer("n", -1))
}

// drawsBesideNothing: an outcome without mass drawn, at the head, at the tail.
func drawsBesideNothing(b *batch) {
	for _, v := range b.sizes(3, 9, 40) {
		head, tail, alternate := b.simplex(v), b.simplex(v), b.simplex(v)
		for i := range v {
			if i < v/2 {
				head[i], tail[v-1-i] = 0, 0
			}
			if i%2 == 1 {
				alternate[i] = 0
			}
		}
		b.rows("no mass in places", [][]float64{head, tail, alternate, set(fill(v, 0), v/2, 0.25)})
	}
	b.rows("no mass at all", [][]float64{b.simplex(3), fill(3, 0)})
	b.rows("a negative mass", [][]float64{{0.5, -0.5, 1}})
}

// drawsScaled: a total that overflows or underflows before it is divided by; a
// heavy head after which the tail is lost.
func drawsScaled(b *batch) {
	for _, exp := range []int{-120, -20, 20, 120} {
		b.rows("masses far from 1", many(2, func() []float64 { return scaledBy(b.simplex(7), exp) }))
	}
	heavy := fill(b.cut(100), 1)
	b.rows("a heavy head", [][]float64{set(heavy, 0, 100)}, b.integer("n", 200))
}

// drawSeeds: a row's place in the batch that decides, a seed cut to 32 bits.
func drawSeeds(b *batch) {
	same := b.simplex(20)
	x := many(6, func() []float64 { return same })
	b.rows("seeds apart", x, b.integers("seed", 0, 1, 2, 1<<32, 1<<62, -1))
	b.rows("requests apart", x, b.integer("seed", 5), b.integers("request", 0, 1, 2, 1<<32, 1<<33, -1))
	b.rows("all the same", x, b.integer("seed", 7), b.integer("request", 1))
}
