package properties

import "math"

// lossParameters: (1-e)/V where (e/V) is meant, the label's weight for the
// class's, a mean over rows where weights divide, smoothing that one reduction
// forgets.
func lossParameters(b *batch) {
	for _, v := range b.sizes(2, 3, 10, 33, 1000) {
		weight := make([]float64, v)
		for i := range weight {
			weight[i] = float64(b.draw.Intn(5)) / 4
		}
		weight[0] = 2.5
		rows := func() [][]float64 {
			return [][]float64{b.ordinary(v, 2), b.ordinary(v, 2), b.ordinary(v, 5), b.ordinary(v, 1)}
		}
		for _, reduction := range b.op.Choices["reduction"] {
			by := option("reduction", reduction)
			b.rows("smoothed", rows(), by, b.scalar("smoothing", 0.1))
			b.rows("weighted", rows(), by, b.vector("weight", weight...))
			b.rows("weighted and smoothed", rows(), by, b.vector("weight", weight...), b.scalar("smoothing", 0.1))
			b.rows("smoothing for each row", rows(), by, b.vector("smoothing", 0, 1, 0.5, 0.01))
		}
		masked := set(b.ordinary(v, 2), v-1, -inf)
		b.rows("smoothed beside a masked logit", [][]float64{masked, b.ordinary(v, 1)}, b.scalar("smoothing", 0.1))
		b.rows("weights of zero alone", rows(), b.vector("weight", fill(v, 0)...))
	}
}

// labelCases: an ignored row counted or its NaN spread, ignore_index taken for
// -100 always, a label used before it is checked.
func labelCases(b *batch) {
	for _, v := range b.sizes(2, 33, 1000) {
		rows := func() [][]float64 {
			return [][]float64{b.ordinary(v, 2), b.ordinary(v, 2), b.ordinary(v, 2), b.ordinary(v, 2)}
		}
		last := int64(v - 1)
		poisoned := rows()
		poisoned[1], poisoned[2] = fill(v, nan), fill(v, inf)
		for _, reduction := range b.op.Choices["reduction"] {
			by := option("reduction", reduction)
			for _, skip := range []int64{-100, 0, last, int64(v) + 7, -1, math.MinInt32} {
				b.rows("some ignored", rows(), by, b.integers("label", last, skip, 0, skip), b.integer("ignore_index", skip))
			}
			b.rows("ignored rows hold NaN and Inf", poisoned, by, b.integers("label", last, -100, -100, 0), b.integer("ignore_index", -100))
			b.rows("all ignored", rows(), by, b.integers("label", 255, 255, 255, 255), b.integer("ignore_index", 255))
			b.rows("none ignored", rows(), by, b.integers("label", 0, last, 0, last), b.integer("ignore_index", -100))
			b.rows("the first ignored", rows(), by, b.integers("label", -100, 0, 0, last), b.integer("ignore_index", -100))
		}
		for _, bad := range []int64{int64(v), -1, -4, -100, math.MinInt64, 1 << 32} {
			b.rows("a label out of range", rows(), b.integers("label", 0, bad, 0, 0))
		}
		if b.has("ignore_index") {
			b.rows("out of range though another is ignored", rows(), b.integers("label", 0, -1, -100, 0), b.integer("ignore_index", -100))
		}
		masked := set(set(b.ordinary(v, 2), 0, -inf), v-1, 3)
		b.rows("the label's logit masked", [][]float64{masked, b.ordinary(v, 1)}, b.integers("label", 0, last))
		lowest := set(set(b.ordinary(v, 2), 0, -b.d.Max()), v-1, 3)
		b.rows("labels at the lowest number", [][]float64{lowest, lowest, b.ordinary(v, 1)}, b.integers("label", 0, 0, last))
		sure := set(fill(v, -30), v-1, 20)
		b.rows("a sure label, a hopeless one", [][]float64{sure, sure}, b.integers("label", last, 0))
	}
	if b.size >= 65537 {
		b.rows("a label beyond 16 bits", [][]float64{b.ordinary(65537, 1), b.ordinary(65537, 1)}, b.integers("label", 65536, 65535))
	}
}
