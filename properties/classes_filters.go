package properties

// counts: k = V - 1 and V on a path that selects, k above V read past the end, 0
// that keeps nothing, equals of the k-th that all stay, a count cut to 16 bits.
func counts(b *batch) {
	for _, v := range b.sizes(2, 7, 33, 130, 1000) {
		levels := make([]float64, v)
		for i := range levels {
			levels[i] = float64(b.draw.Intn(3))
		}
		for _, k := range []int64{0, 1, 2, int64(v) - 1, int64(v), int64(v) + 1, 1 << 30} {
			b.rows("k around the row", [][]float64{b.ordinary(v, 2), levels, set(b.ordinary(v, 2), v-1, 9)}, b.integer("k", k))
		}
		if v > 7 {
			for _, k := range []int64{3, 4, 5, 8, 16, 17} {
				b.rows("ties at the k-th", [][]float64{levels, fill(v, 1), b.ordinary(v, 1)}, b.integer("k", k))
			}
		}
		if b.perRow("k") {
			b.rows("a count for each row", [][]float64{b.ordinary(v, 1), b.ordinary(v, 1), levels, b.ordinary(v, 1)}, b.integers("k", 1, 0, 2, 1<<30))
		}
		masked := fill(v, -inf)
		b.rows("more than are not masked", [][]float64{set(set(masked, v/2, 1), v-1, 2), b.ordinary(v, 1)}, b.integer("k", 4))
	}
	for _, v := range b.sizes(32000, 128256) {
		b.rows("long", [][]float64{b.ordinary(v, 2)}, b.integer("k", 50))
	}
}

// shares: p_i > min_p for >=, so that min_p = 1 keeps nothing; min_p compared with
// p_i itself and not with the largest; one row's share for all.
func shares(b *batch) {
	all := []float64{0, 1e-30, 1e-9, 1e-3, 0.05, 0.1, 0.3, 0.5, 0.9, 1 - 0x1p-20, 1 - b.typeOf("min_p").Unit(), 1}
	for _, v := range b.sizes(2, 9, 40, 129, 1000) {
		var x [][]float64
		for range all {
			x = append(x, b.ordinary(v, 2))
		}
		b.rows("a share for each row", x, b.vector("min_p", all...))
		equal := fill(v, 0.5)
		for i := range equal {
			equal[i] -= float64(i % 3)
		}
		for _, s := range []float64{1, 0.36, 0.1} {
			b.rows("equal logits, three levels", [][]float64{equal, fill(v, -2), b.ordinary(v, 1)}, b.scalar("min_p", s))
		}
		flat := b.ordinary(v, 0.1)
		b.rows("no probability is large", [][]float64{flat, b.ordinary(v, 0.5)}, b.scalar("min_p", 0.8))
		b.rows("all but masked ones", [][]float64{set(b.ordinary(v, 1), 0, -inf), b.ordinary(v, 3)}, b.scalar("min_p", 1e-12))
	}
}
