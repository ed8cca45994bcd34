package properties

import "math"

// heads adds a case of attention: queries, keys and values, a row each.
func (b *batch) heads(note string, q, k, v [][]float64, given ...argument) {
	side := func(name string, rows [][]float64, width int) argument {
		return argument{name: name, tensor: Matrix(b.d, len(rows), width, func(r, i int) float64 { return rows[r][i] })}
	}
	dk, dv := 1, 1
	for _, row := range append(q, k...) {
		dk = len(row)
	}
	for _, row := range v {
		dv = len(row)
	}
	b.tensor(note, side("Q", q, dk).tensor, append(given, side("K", k, dk), side("V", v, dv))...)
}

// column makes rows of width 1: a query of 1 then has the keys as its scores.
func column(x ...float64) [][]float64 {
	rows := make([][]float64, len(x))
	for i, v := range x {
		rows[i] = []float64{v}
	}
	return rows
}

// hide is a bias matrix of -Inf where a key is hidden from a query, 0 elsewhere.
func (b *batch) hide(rows, keys int, hidden func(r, j int) bool) argument {
	return argument{name: "bias", tensor: Matrix(b.d, rows, keys, func(r, j int) float64 {
		if hidden(r, j) {
			return -inf
		}
		return 0
	})}
}

// blindQueries: 0/0 where no key is seen, the neighbour's output, lse 0.
func blindQueries(b *batch) {
	for _, n := range b.sizes(1, 4, 17, 64) {
		q, k, v := b.spread(3, 4, 1), b.spread(n, 4, 1), b.spread(n, 3, 1)
		b.heads("no key by length", q, k, v, b.integers("lengths", 0, int64(n), 0))
		b.heads("no key by bias", q, k, v, b.hide(3, n, func(r, j int) bool { return r != 1 }))
		b.heads("no key by causality", q, k, v, option("mask", "causal"), b.integer("offset", -2))
	}
}

// infiniteScores: Inf - Inf is NaN, an output that looks like a number hides it.
func infiniteScores(b *batch) {
	for _, n := range b.sizes(3, 20) {
		k := b.ordinary(n, 1)
		b.heads("one score +Inf", column(1, 1, -1), column(set(k, n-1, inf)...), b.spread(n, 2, 1))
		b.heads("a bias of +Inf", column(1, 2), column(b.ordinary(n, 1)...), b.spread(n, 2, 1), argument{name: "bias", tensor: Matrix(b.d, 2, n, func(r, j int) float64 {
			if r == 0 && j == n/2 {
				return inf
			}
			return 0
		})})
	}
}

// nanHeads: NaN of a hidden key times a weight of 0, NaN of a seen one lost.
func nanHeads(b *batch) {
	n := b.cut(19)
	for i := 0; i < n; i += 3 {
		k, v := b.spread(n, 3, 1), b.spread(n, 2, 1)
		k[i][1] = nan
		b.heads("NaN in a key, causal", b.spread(n, 3, 1), k, v, option("mask", "causal"))
		v[i][0] = nan
		b.heads("NaN in a hidden key and its value", b.spread(3, 3, 1), k, v, b.integers("lengths", int64(i), int64(i/2), 0))
		b.heads("NaN hidden by a bias", b.spread(2, 3, 1), k, v, b.hide(2, n, func(r, j int) bool { return j == i }))
	}
	q := b.spread(3, 2, 1)
	q[1][0] = nan
	b.heads("NaN in a query", q, b.spread(n, 2, 1), b.spread(n, 4, 1))
}

// largeScores: scores far from 0, whose exponentials overflow unless the maximum
// is subtracted, or is looked for from 0 on.
func largeScores(b *batch) {
	for _, n := range b.sizes(2, 17, 64) {
		for _, at := range []float64{100, -200, 3e3, -2e4} {
			k := b.ordinary(n, 2)
			for j := range k {
				k[j] += at
			}
			b.heads("all scores far from 0", column(1, 0.5, 1), column(k...), b.spread(n, 3, 1), b.scalar("scale", 1))
		}
		b.heads("long queries and keys", b.spread(2, 16, 12), b.spread(n, 16, 12), b.spread(n, 2, 1))
	}
}

// dominantKeys: one key takes all the weight, the others' is clamped.
func dominantKeys(b *batch) {
	for _, n := range b.sizes(2, 16, 65, 1000) {
		for _, gap := range []float64{17, 36, 88, 104} {
			k := set(fill(n, 0), n/2, gap)
			b.heads("one key far above", column(1, 0.5, 0.25), column(k...), b.spread(n, 3, 1), b.scalar("scale", 1))
		}
	}
}

// uniformHeads: equal scores average the values; a long sum stalls in a narrow type.
func uniformHeads(b *batch) {
	for _, n := range b.sizes(1, 3, 10, 100, 1000, 4096) {
		v := b.spread(n, 2, 0.1)
		for j := range v {
			v[j][0]++
		}
		b.heads("all scores equal", [][]float64{fill(3, 0), b.ordinary(3, 1)}, b.spread(n, 3, 1), v)
	}
}

// dyadicHeads: powers of two of equal scores, values that are small integers.
func dyadicHeads(b *batch) {
	for _, n := range []int{1, 2, 4, 16, 64} {
		keys := n + n/2
		if keys > b.size {
			continue
		}
		places := b.zeros(keys, n)
		v := b.spread(keys, 2, 0)
		for j := range v {
			v[j][0], v[j][1] = float64(b.draw.Intn(9)-4), float64(n*b.draw.Intn(3))
		}
		b.heads("equal powers of two", column(0, 0), column(b.ordinary(keys, 1)...), v, b.hide(2, keys, func(r, j int) bool { return places[j] != 0 }))
	}
}

// heavyKeys: a heavy head and a long tail, terms 2^120 apart.
func heavyKeys(b *batch) {
	for _, n := range b.sizes(64, 1000) {
		head, apart := fill(n, 0), fill(n, 0)
		for j := range n {
			head[j] = -8 - float64(b.draw.Intn(1024))/512
			apart[j] = -83.25 * float64(j%2)
		}
		head[0], head[1] = 0, -0.5
		b.heads("a heavy head, a long tail", column(1, 0.5), column(head...), b.spread(n, 2, 1), b.scalar("scale", 1))
		b.heads("terms 2^120 apart", column(1, -1), column(apart...), b.spread(n, 2, 1), b.scalar("scale", 1))
	}
}

// headSizes: a tail of the width, of the keys or of the values left out, widths
// that are not the vector's, d_v taken for d_k.
func headSizes(b *batch) {
	widths := []int{1, 3, 4, 7, 8, 9, 16, 17, 33, 64, 65, 128}
	for i, n := range b.sizes(1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129, 257, 511, 1025) {
		dk, dv := widths[i%len(widths)], widths[(i*5+2)%len(widths)]
		k, v := b.spread(n, dk, 1), b.spread(n, dv, 1)
		q := b.spread(3, dk, 1)
		for d := range dk { // the last key matters
			k[n-1][d] = float64(q[0][d] * (3 / float64(dk)))
		}
		b.heads("size", q, k, v)
	}
	b.heads("values wider than keys", b.spread(2, 1, 1), b.spread(4, 1, 1), b.spread(4, 9, 1))
}

func queryCounts(b *batch) {
	for _, n := range []int{0, 1, 2, 3, 5, 8, 17, 65} {
		b.heads("queries", b.spread(n, 3, 1), b.spread(6, 3, 1), b.spread(6, 2, 1))
		b.heads("queries, causal", b.spread(n, 3, 1), b.spread(6, 3, 1), b.spread(6, 2, 1), option("mask", "causal"))
	}
	b.heads("no keys", b.spread(2, 1, 1), nil, nil)
}

// cappedHeads: the cap before the scale, tanh not scaled back, a cap that also
// caps the bias.
func cappedHeads(b *batch) {
	for _, n := range b.sizes(5, 33) {
		for _, cap := range []float64{0.5, 2, 30} {
			q, k, v := b.spread(3, 4, 3), b.spread(n, 4, 3), b.spread(n, 2, 1)
			b.heads("soft cap", q, k, v, b.scalar("softcap", cap))
			b.heads("soft cap and bias", q, k, v, b.scalar("softcap", cap), argument{name: "bias", tensor: Matrix(b.d, 3, n, func(r, j int) float64 { return float64(b.draw.Intn(9)-4) * 2 })})
		}
	}
}

// tellingHeads: scale and cap change places, or the first row's serve all.
func tellingHeads(b *batch) {
	n := b.cut(12)
	q, k, v := b.spread(4, 4, 1), b.spread(n, 4, 1), b.spread(n, 2, 1)
	for _, same := range []bool{false, true} {
		if same {
			q[1], q[2], q[3] = q[0], q[0], q[0]
		}
		b.heads("a value for each row", q, k, v, b.vector("scale", 0.125, 2, 1, 0.5), b.vector("softcap", 0, 1, 3, 0.5))
		b.heads("a scale for each row", q, k, v, b.vector("scale", 0.125, 2, 1, 0.5))
		b.heads("a length for each row", q, k, v, b.integers("lengths", 1, int64(n), 2, int64(n/2)))
		b.heads("the usual scale", q, k, v)
		b.heads("that scale given", q, k, v, b.scalar("scale", 1/math.Sqrt(4)))
	}
}

// tinyHeads: queries and keys of width 1 from a small set.
func tinyHeads(b *batch) {
	from := []float64{-2, -0.5, 0, 1}
	for n := range 16 {
		k := column(from[n%4], from[n/4], from[(n+1)%4])
		b.heads("small", column(from...), k, column(float64(n), -1, 0.5))
	}
}

// queryNeighbours: scratch that the query before has left.
func queryNeighbours(b *batch) {
	for _, n := range b.sizes(5, 33) {
		top := min(b.d.Max(), 1e18)
		q := [][]float64{b.ordinary(2, 1), fill(2, nan), b.ordinary(2, 1), fill(2, top), b.ordinary(2, 1), fill(2, inf), b.ordinary(2, 1)}
		b.heads("among extreme queries", q, b.spread(n, 2, 1), b.spread(n, 3, 1))
	}
}

// blockedKeys: an online kernel forgets to rescale when the maximum grows, or meets
// a block without a key to see first.
func blockedKeys(b *batch) {
	for _, n := range b.sizes(40, 130, 300, 1030) {
		rising, falling := fill(n, 0), fill(n, 0)
		for j := range n {
			rising[j] = 40 * float64(j) / float64(n)
			falling[n-1-j] = rising[j]
		}
		b.heads("rising", column(1, 0.5, -1), column(rising...), b.spread(n, 3, 1), b.scalar("scale", 1))
		b.heads("an empty first block", column(1, 0.5), column(falling...), b.spread(n, 2, 1), b.scalar("scale", 1), b.hide(2, n, func(r, j int) bool { return j < n*3/4 }))
	}
}
