package properties

// dyadicRows: logits in {0, -Inf} with a power of two of zeros. Every partial
// sum is an integer and every probability a power of two, so any honest kernel
// has these very bits, and steps of the distribution are known exactly.
func dyadicRows(b *batch) {
	for _, v := range b.sizes(2, 4, 5, 8, 19, 64, 100, 1024, 1500, 4096, 32768) {
		var x [][]float64
		for n := 1; n <= v; n *= 4 {
			x = append(x, b.zeros(v, n))
		}
		if n := v / 2; n&(n-1) == 0 {
			x = append(x, b.zeros(v, n), b.zeros(v, v))
		}
		if v > 5000 {
			x = x[len(x)-2:]
		}
		b.rows("powers of two", append(x, b.ordinary(v, 2)))
	}
}

// zeros has n zeros among -Inf, at random places.
func (b *batch) zeros(vocab, n int) []float64 {
	x := fill(vocab, -inf)
	for left := n; left > 0; {
		if i := b.draw.Intn(vocab); x[i] != 0 {
			x[i] = 0
			left--
		}
	}
	return x
}

// zeroMassRows: tokens without probability are drawn, kept, or given a little of
// it; a search past the end answers V.
func zeroMassRows(b *batch) {
	for _, v := range b.sizes(3, 8, 17, 40, 1030) {
		head, inside, tail, alternate := b.ordinary(v, 2), b.ordinary(v, 2), b.ordinary(v, 2), b.ordinary(v, 2)
		for i := range v {
			if i < v/3 {
				head[i], tail[v-1-i] = -inf, -inf
			}
			if i >= v/3 && i < 2*v/3 {
				inside[i] = -inf
			}
			if i%2 == 1 {
				alternate[i] = -inf
			}
		}
		x := [][]float64{head, inside, tail, alternate, set(fill(v, -inf), 0, 3), set(fill(v, -inf), v-1, -3), set(fill(v, -inf), v/2, 40)}
		b.rows("no probability in places", x)
		if b.perRow("u") {
			b.rows("no probability in places, u = 0", x, b.scalarPerRow("u", len(x), 0))
			b.rows("no probability in places, u -> 1", x, b.scalarPerRow("u", len(x), 1-0x1p-53))
		}
		if b.perRow("p") {
			b.rows("no probability in places, p -> 1", x, b.scalar("p", 1-0x1p-24))
		}
	}
}

// scalarPerRow gives every row the same value.
func (b *batch) scalarPerRow(name string, rows int, v float64) argument {
	return b.vector(name, fill(rows, v)...)
}

// maskedLogits: -Inf treated as -1e4, a sentinel that is not far enough below,
// a sentinel so low that x - m or its scaling overflows, a block with nothing in
// it. Finite sentinels are logits like any other.
func maskedLogits(b *batch) {
	for _, v := range b.sizes(9, 33, 130, 1000, 4100) {
		random, first, second, block := b.ordinary(v, 2), b.ordinary(v, 2), b.ordinary(v, 2), b.ordinary(v, 2)
		for i := range v {
			if b.draw.Intn(2) == 0 && i != v/2 {
				random[i] = -inf
			}
			if i < v/2 {
				first[i] = -inf
			} else if i > 0 {
				second[i] = -inf
			}
			if i/8%2 == 0 && i < v-1 {
				block[i] = -inf
			}
		}
		b.rows("masked with -Inf", [][]float64{random, first, second, block})
		low := b.ordinary(v, 1)
		for i := range low {
			low[i] = -1e4 - float64(b.draw.Intn(8)) // nearer than that one would stand alone
		}
		b.rows("masked, the rest near -1e4", [][]float64{set(low, 0, -inf), set(fill(v, -inf), v-1, -2e4)})
	}
	v := b.cut(70)
	for _, sentinel := range []float64{-1e4, -1e9, -1e30, -b.d.Max()} {
		sentinel = max(sentinel, -b.d.Max())
		half, most := b.ordinary(v, 2), fill(v, sentinel)
		for i := range v / 2 {
			half[i] = sentinel
		}
		most[v-1] = 2.5
		far := set(b.ordinary(v, 2), 0, sentinel)
		b.rows("masked with a finite sentinel", [][]float64{half, most, far, fill(v, sentinel)})
	}
	var causal [][]float64
	for r := range min(v, 24) {
		row := b.ordinary(v, 2)
		for i := r + 1; i < v; i++ {
			row[i] = -inf
		}
		causal = append(causal, row)
	}
	b.rows("causal", causal)
}
