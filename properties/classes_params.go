package properties

import "slices"

// coldTemperatures, usual and hot ones. A zero is greedy where it is allowed.
var (
	coldTemperatures  = []float64{0x1p-60, 1e-8, 1e-6, 1e-5, 1e-3}
	usualTemperatures = []float64{0.1, 0.25, 0.5, 0.7, 0.9, 1, 1.3, 2, 5}
	hotTemperatures   = []float64{100, 1e3, 1e6, 1e30, inf}
)

// temperatures: x/T overflows before the maximum is subtracted, 1/T is infinite,
// -Inf/Inf is NaN, a small T silently means greedy, one row's T serves all.
func temperatures(b *batch) {
	greedy := b.greedy()
	all := append(append(append([]float64{}, coldTemperatures...), usualTemperatures...), hotTemperatures...)
	if greedy {
		all = append(all, 0)
	}
	v := b.cut(50)
	for _, t := range all {
		banned := b.ordinary(v, 3)
		for i := range v / 4 {
			banned[(i*3+b.draw.Intn(3))%v] = -inf
		}
		banned[b.draw.Intn(v)] = 4
		b.rows("one temperature", [][]float64{b.ordinary(v, 2), banned, b.ordinary(v, 30)}, b.scalar("temperature", t))
	}
	for _, v := range b.sizes(6, 64, 1027) {
		var x [][]float64
		for range all {
			x = append(x, b.ordinary(v, 3))
		}
		b.rows("a temperature for each row", x, b.vector("temperature", all...))
	}
	for _, v := range b.sizes(1000, 4100, 32000) {
		b.rows("usual temperature", [][]float64{b.ordinary(v, 3)}, b.scalar("temperature", 0.7))
		b.rows("cool", [][]float64{b.ordinary(v, 3)}, b.scalar("temperature", 0.2))
	}
	same := b.ordinary(v, 2)
	if greedy {
		b.rows("greedy beside sampled", [][]float64{same, same, same, same}, b.vector("temperature", 0, 0.7, 0, 1))
	}
	b.rows("the same row at several temperatures", [][]float64{same, same, same}, b.vector("temperature", 0.5, 1, 2))
	low := fill(v, -inf)
	for i := range v / 2 {
		low[i] = -30 - float64(i)/8
	}
	b.rows("all negative, some masked", [][]float64{low, b.ordinary(v, 3)}, b.scalar("temperature", 0.6))
}

// nucleusMasses: the crossing token dropped or one too many kept, the boundary
// of a prefix that equals p, p = 1 that keeps nothing, the mass of one row for
// all, 1-p formed in a narrow type.
func nucleusMasses(b *batch) {
	unit := b.typeOf("p").Unit()
	for _, n := range []int{2, 4, 8, 16, 64} {
		v := n + n/2
		if v > b.size {
			continue
		}
		var x [][]float64
		var p []float64
		for k := 1; k <= n; k += max(1, n/8) {
			at := float64(k) / float64(n)
			for _, q := range []float64{at * (1 - unit), at, at * (1 + 2*unit)} {
				if q <= 1 {
					x, p = append(x, b.zeros(v, n)), append(p, q)
				}
			}
		}
		b.rows("at and beside exact prefixes", append(x, b.ordinary(v, 1)), b.vector("p", append(p, 0.6)...))
	}
	tiny := []float64{0, 1e-9, 1e-6, 1e-3, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1 - 0x1p-20, 1 - unit, 1}
	for _, v := range b.sizes(2, 5, 40, 129, 1000) {
		var x [][]float64
		for range tiny {
			x = append(x, b.ordinary(v, 2))
		}
		b.rows("a mass for each row", x, b.vector("p", tiny...))
		peaked := set(b.ordinary(v, 1), v/2, 9)
		b.rows("the best alone exceeds p", [][]float64{peaked, b.ordinary(v, 1)}, b.scalar("p", 0.5))
	}
	// Probabilities 1/2, 1/3, 1/6 but for the rounding of their logarithms: 0.6
	// lies strictly between two prefixes.
	third := []float64{1.0986122886681098, 0.6931471805599453, 0}
	for _, p := range []float64{0.45, 0.6, 0.8, 0.9} {
		b.rows("strictly between prefixes", [][]float64{third, {third[2], third[1], third[0]}, {third[1], third[0], third[2]}}, b.scalar("p", p))
	}
	for _, v := range b.sizes(1000, 4096, 5000, 32000, 128256) {
		scale := []float64{0.01, 3}
		if v > 5000 {
			scale = scale[1:]
		}
		for _, s := range scale {
			for _, p := range []float64{0.9, 0.999} {
				b.rows("long rows", [][]float64{b.ordinary(v, s)}, b.scalar("p", p))
			}
		}
	}
	for _, p := range []float64{0.3, 0.5, 0.8} {
		ties := fill(b.cut(24), 1)
		for i := range ties {
			if i%3 == 0 {
				ties[i] = 2
			}
		}
		b.rows("ties at the boundary", [][]float64{ties, b.ordinary(len(ties), 1)}, b.scalar("p", p))
	}
}

// tellingParameters: two parameters of the same type change places, or all rows
// take the first row's. Every value differs and tells.
func tellingParameters(b *batch) {
	v := b.cut(12)
	hot, mass, at := []float64{0.7, 1.5, 0.35, 2.5}, []float64{0.95, 0.4, 0.6, 0.2}, []float64{0.96, 0.31, 0.55, 0.07}
	for range 4 {
		x := [][]float64{b.ordinary(v, 1), b.ordinary(v, 1), b.ordinary(v, 1), b.ordinary(v, 1)}
		var given []argument
		for name, values := range map[string][]float64{"temperature": hot, "p": mass, "u": at, "smoothing": {0.4, 0.1, 0.9, 0.25},
			"k": {3, 7, 2, 5}, "min_p": {0.02, 0.3, 0.125, 0.06}, "repetition": {1.5, 0.75, 3, 1.25}, "frequency": {0.5, -0.25, 0.125, 1},
			"presence": {0.3, 0.7, -0.6, 2}, "beta": {0.3, 0.9, 0.125, 0.5}, "g": {2, -0.5, 3, 0.75}, "scale": {0.125, 0.5, 2, 1}, "softcap": {2, 0, 5, 0.5}} {
			if b.perRow(name) {
				given = append(given, b.vector(name, values...))
			}
		}
		b.rows("a value for each row", x, given...)
		if slices.Contains(onTables, b.op.Name) {
			continue // rows alike are independent of each other
		}
		x[1], x[2], x[3] = x[0], x[0], x[0]
		b.rows("the same row, other values", x, given...)
	}
}
