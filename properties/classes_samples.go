package properties

import (
	"math"
	"slices"
)

// qualities are samples of an answer's quality.
func (b *batch) qualities(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(b.draw.Intn(1<<20)) / (1 << 18)
	}
	return x
}

// infiniteSamples, nanSamples: sorted to an end and forgotten, compared away.
func infiniteSamples(b *batch) {
	top, low := b.qualities(9), b.qualities(9)
	b.rows("infinite samples", [][]float64{set(top, 3, inf), set(low, 8, -inf), set(set(b.qualities(9), 0, inf), 1, -inf), b.qualities(9)})
}

func nanSamples(b *batch) {
	x := many(6, func() []float64 { return b.qualities(9) })
	for r, at := range []int{0, 4, 8} {
		x[r][at] = nan
	}
	b.rows("NaN", x)
}

func subnormalSamples(b *batch) {
	tiny := b.d.MinSubnormal()
	row := func() []float64 {
		x := make([]float64, 7)
		for i := range x {
			x[i] = tiny * float64(b.draw.Intn(1000))
		}
		return x
	}
	b.rows("subnormal samples", [][]float64{row(), b.qualities(7)})
}

// offsetSamples: the mean square less the squared mean.
func offsetSamples(b *batch) {
	for _, at := range []float64{1000, -4096, 1 << 20} {
		x := many(3, func() []float64 {
			q := b.qualities(20)
			for i := range q {
				q[i] = at + math.Floor(q[i]*16)/16
			}
			return q
		})
		b.rows("far from 0, close together", x)
	}
}

func constantSamples(b *batch) {
	b.rows("constant", [][]float64{fill(9, 0.1), fill(9, -3), fill(9, 0), b.qualities(9)})
	b.rows("right or wrong", many(3, func() []float64 { return b.outcomes(fill(25, 0.6)) }))
}

func tiedSamples(b *batch) {
	x := many(4, func() []float64 {
		q := make([]float64, 12)
		for i := range q {
			q[i] = float64(b.draw.Intn(3))
		}
		return q
	})
	b.rows("ties", x, b.vector("quantile", 0.05, 0.25, 0.5, 0.9))
}

// heavySamples: one sample that outweighs the rest.
func heavySamples(b *batch) {
	for _, at := range []float64{1e4, -1e7} {
		b.rows("one outweighs the rest", [][]float64{set(b.qualities(15), 14, at), set(b.qualities(15), 0, at)})
	}
}

// sampleSizes: n for n-1, a last sample left out, a quantile's index off by one.
func sampleSizes(b *batch) {
	for _, n := range []int{1, 2, 3, 4, 5, 7, 8, 9, 10, 16, 17, 20, 21, 33, 64, 100, 129} {
		b.rows("samples", many(3, func() []float64 { return b.qualities(n) }))
	}
	falling := b.qualities(31)
	slices.Sort(falling)
	rising := slices.Clone(falling)
	slices.Reverse(falling)
	b.rows("sorted", [][]float64{rising, falling})
}

func sampleRows(b *batch) {
	for _, n := range []int{0, 1, 2, 8, 17, 65} {
		b.rows("rows", many(n, func() []float64 { return b.qualities(6) }))
	}
}

// tellingShares: one row's share for all, a tail for the whole of the rest.
func tellingShares(b *batch) {
	name, shares := "confidence", []float64{0.5, 0.68, 0.8, 0.9, 0.95, 0.99, 0.999}
	if b.has("quantile") {
		name, shares = "quantile", []float64{0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 1}
	}
	for _, n := range []int{2, 5, 11, 40} {
		b.rows("a share for each row", many(len(shares), func() []float64 { return b.qualities(n) }), b.vector(name, shares...))
		same := b.qualities(n)
		b.rows("one row, all shares", many(len(shares), func() []float64 { return same }), b.vector(name, shares...))
	}
	for _, share := range []float64{shares[1], 0.5, 0.9} {
		b.rows("one share", many(2, func() []float64 { return b.qualities(14) }), b.scalar(name, share))
	}
	for _, bad := range []float64{-0.5, 1.5, nan} {
		b.rows("no share", many(2, func() []float64 { return b.qualities(4) }), b.scalar(name, bad))
	}
}

// resampleSeeds: a row's place that decides, one resample for all rows.
func resampleSeeds(b *batch) {
	same := b.qualities(12)
	x := many(5, func() []float64 { return same })
	b.rows("seeds apart", x, b.integers("seed", 0, 1, 1<<32, 1<<62, -1))
	b.rows("requests apart", x, b.integer("seed", 5), b.integers("request", 0, 1, 1<<32, 1<<33, -1))
	b.rows("one resample", x[:2], b.integer("resamples", 1), b.integer("seed", 3))
}

// attempts: the biased 1-(1-c/n)^k, factorials that overflow, a product that
// ends one factor early, k > n.
func attempts(b *batch) {
	put := func(note string, n, c []int64, k ...int64) {
		given := []argument{b.integers("c", c...)}
		if len(k) == 1 {
			given = append(given, b.integer("k", k[0]))
		} else if len(k) > 0 {
			given = append(given, b.integers("k", k...))
		}
		b.tensor(note, b.integers("n", n...).tensor, given...)
	}
	for _, n := range []int64{1, 2, 3, 5, 10, 20, 100, 200, 1000, 1 << 20, 1 << 31} {
		n2 := max(n/2, 1)
		put("none, one, half, nearly all, all right", []int64{n, n, n, n, n}, []int64{0, 1, n2, n - 1, n}, min(10, n))
		put("attempts from one to all", []int64{n, n, n, n}, []int64{min(2, n), min(2, n), min(2, n), min(2, n)}, 1, n2, n-1, n)
	}
	put("attempts left out", []int64{10, 7}, []int64{3, 2})
	put("no attempt", []int64{10, 7}, []int64{3, 2}, 0)
	put("none right, more attempts than samples", []int64{5, 10}, []int64{0, 4}, 8)
	put("more attempts than samples", []int64{10, 5}, []int64{1, 1}, 8)
	put("more right than samples", []int64{10, 5}, []int64{1, 6}, 1)
	put("a few of very many", []int64{1 << 30, 1 << 30}, []int64{5, 40}, 100)
	put("nearly sure", []int64{200, 200, 200}, []int64{100, 150, 60}, 20)
	put("hardly ever", []int64{1 << 28}, []int64{1}, 1)
}

func problemRows(b *batch) {
	for _, rows := range []int{0, 1, 2, 7, 9, 17, 64, 164} {
		n, c := make([]int64, rows), make([]int64, rows)
		for i := range n {
			n[i] = int64(5 + b.draw.Intn(20))
			c[i] = int64(b.draw.Intn(int(n[i])))
		}
		b.tensor("problems", b.integers("n", n...).tensor, b.integers("c", c...), b.integer("k", int64(1+b.draw.Intn(5))))
		if rows == 0 {
			continue
		}
		one := make([]int64, rows)
		for i := range one {
			one[i] = 1
		}
		b.tensor("one sample each", b.integers("n", one...).tensor, b.integers("c", one...), b.integer("k", 1))
	}
}
