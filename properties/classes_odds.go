package properties

import "math"

// against adds a case from prior odds and, for each, a row of ratios.
func (b *batch) against(note string, prior []float64, ratio [][]float64) {
	b.tensor(note, b.vector("prior_odds", prior...).tensor, b.matrix("ratio", ratio))
}

// ratios are evidence for and against.
func (b *batch) ratios(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(1+b.draw.Intn(512)) / 128
	}
	return x
}

// odds: a probability taken for odds, the prior left out, odds/(1 - odds).
func odds(b *batch) {
	for _, prior := range []float64{0.01, 0.25, 1, 3, 99} {
		b.against("evidence for and against", []float64{prior, prior, 1 / prior}, many(3, func() []float64 { return b.ratios(3) }))
	}
	b.against("evidence that cancels", []float64{0.25, 4}, [][]float64{{8, 0.125, 2, 0.5}, {3, 0.5, 0.25, 1}})
}

func dyadicOdds(b *batch) {
	b.against("powers of two", []float64{1, 0.5, 8}, [][]float64{{2, 4, 0.5}, {1, 1, 1}, {0.25, 0.25, 0.25}})
}

// certainOdds: 0 and +Inf, which nothing moves, and which must not meet.
func certainOdds(b *batch) {
	b.against("impossible and certain", []float64{0, inf, 2, 2}, [][]float64{b.ratios(2), b.ratios(2), {0, 3}, {3, inf}})
	b.against("a contradiction", []float64{1, 2}, [][]float64{b.ratios(2), {0, inf}})
}

// farOdds: products that leave the range and come back, and that stay away.
func farOdds(b *batch) {
	up, down := math.Ldexp(1, 100), math.Ldexp(1, -100)
	b.against("out of the range and back", []float64{3, 0.75, 1}, [][]float64{{up, up, down, down}, {down, down, up, up}, {up, down, up, down}})
	b.against("nearly sure", []float64{1e6, 1e-6}, [][]float64{{1000, 1000}, {0.001, 0.001}})
}

func subnormalOdds(b *batch) {
	b.against("subnormal odds", []float64{b.d.MinSubnormal() * 64, 0.5}, [][]float64{{0.5, 32, 2}, b.ratios(3)})
}

func oddsSizes(b *batch) {
	for _, n := range []int{0, 1, 2, 3, 7, 8, 9, 16, 17, 33, 64} {
		b.against("observations", []float64{0.5, 2}, many(2, func() []float64 { return b.ratios(n) }))
	}
}

func oddsRows(b *batch) {
	for _, n := range []int{0, 1, 3, 8, 17, 100} {
		b.against("rows", b.ratios(n), many(n, func() []float64 { return b.ratios(4) }))
	}
}
