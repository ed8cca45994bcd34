package properties

// attentionMasks: a hidden key's content comes through, causality off by one or
// without its offset, length and causality that exclude each other, a finite mask
// that hides where every score is as low.
func attentionMasks(b *batch) {
	for _, v := range b.sizes(3, 16, 33, 130) {
		square := make([][]float64, min(v, 12))
		for r := range square {
			square[r] = b.ordinary(v, 2)
		}
		causal := option("mask", "causal")
		for _, offset := range []int64{0, 1, -2, int64(v), 1<<62 - 1, -1 << 62} {
			b.rows("causal", square, causal, b.integer("offset", offset))
		}
		poisoned := make([][]float64, len(square))
		var lengths []int64
		for r := range square {
			poisoned[r] = b.ordinary(v, 2)
			n := b.draw.Intn(v + 1)
			lengths = append(lengths, int64(n))
			for j := n; j < v; j++ {
				poisoned[r][j] = []float64{nan, inf, b.d.Max()}[r%3]
			}
		}
		b.rows("lengths, poison beyond", poisoned, b.integers("lengths", lengths...))
		b.rows("lengths and causal", square, b.integers("lengths", lengths...), causal)
		hidden := b.hide(len(square), v, func(r, j int) bool { return (r+j)%3 == 0 })
		half := make([][]float64, len(square))
		for r := range half {
			half[r] = b.ordinary(v, 2)
			for j := range half[r] {
				if (r+j)%3 == 0 && r%2 == 0 {
					half[r][j] = nan
				}
			}
		}
		b.rows("a bias of -Inf over NaN", half, hidden)
		b.rows("bias, causal", square, hidden, causal)
		added := argument{name: "bias", tensor: Matrix(b.d, len(square), v, func(r, j int) float64 { return float64(b.draw.Intn(17)-8) / 2 })}
		b.rows("a bias added", square, added)
		finite := argument{name: "bias", tensor: Matrix(b.d, len(square), v, func(r, j int) float64 {
			if r > 0 && (r == 1 || j%2 == 0) {
				return -1e4
			}
			return 0
		})}
		b.rows("a finite mask", square, finite)
	}
}

// softcaps: the cap before the scale, tanh not scaled back, cap 0 that makes all
// scores 0.
func softcaps(b *batch) {
	for _, v := range b.sizes(3, 33, 130) {
		for _, cap := range []float64{0.5, 2, 30, 1e4} {
			b.rows("soft cap", [][]float64{b.ordinary(v, 3), b.ordinary(v, 20), set(b.ordinary(v, 1), 0, 1000)}, b.scalar("softcap", cap), b.scalar("scale", 0.5))
		}
		b.rows("a cap for each row", [][]float64{b.ordinary(v, 3), b.ordinary(v, 3), b.ordinary(v, 3)}, b.vector("softcap", 0, 1, 4))
	}
}

// maskedHeads is attentionMasks with queries, keys and values; what is hidden
// holds NaN.
func maskedHeads(b *batch) {
	for _, n := range b.sizes(3, 17, 40) {
		q, k, v := b.spread(5, 4, 1), b.spread(n, 4, 1), b.spread(n, 3, 1)
		for _, offset := range []int64{0, 1, -2, int64(n), 1<<62 - 1} {
			b.heads("causal", q, k, v, option("mask", "causal"), b.integer("offset", offset))
		}
		lengths := []int64{int64(n), 1, int64(n / 2), 0, int64(n - 1)}
		b.heads("lengths", q, k, v, b.integers("lengths", lengths...))
		b.heads("lengths and causal", q, k, v, b.integers("lengths", lengths...), option("mask", "causal"))
		b.heads("a bias of -Inf", q, k, v, b.hide(5, n, func(r, j int) bool { return (r+j)%3 == 0 }))
		b.heads("a finite mask", q, k, v, argument{name: "bias", tensor: Matrix(b.d, 5, n, func(r, j int) float64 {
			if r == 0 || (r+j)%2 == 0 {
				return -1e4
			}
			return float64(r) / 2
		})})
		bad, worse := b.spread(n, 4, 1), b.spread(n, 3, 1)
		bad[n-1], worse[n-1] = fill(4, nan), fill(3, inf)
		b.heads("poison beyond the lengths", q, bad, worse, b.integers("lengths", int64(n-1), 1, int64(n/2), 0, int64(n-1)))
	}
}
