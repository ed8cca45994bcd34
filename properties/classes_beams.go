package properties

// beams: the same hypothesis twice, a dead one that comes back, -Inf kept while
// something finite is left, a parent of another flat index, scores not added.
func beams(b *batch) {
	for _, v := range b.sizes(2, 5, 33, 130) {
		same := b.ordinary(v, 1)
		b.rows("equal hypotheses", [][]float64{same, same, same}, b.vector("score", -1, -1, -1), b.integer("k", 4))
		b.rows("equal logits", [][]float64{fill(v, 0), fill(v, 3)}, b.vector("score", -1, -1), b.integer("k", 3))
		dead := [][]float64{fill(v, nan), b.ordinary(v, 2), fill(v, inf), b.ordinary(v, 2), fill(v, -inf)}
		b.rows("dead hypotheses", dead, b.vector("score", -inf, -2, -inf, -0.5, -inf), b.integer("k", 4))
		sparse := [][]float64{set(fill(v, -inf), v-1, 0), set(fill(v, -inf), 0, 5), set(set(fill(v, -inf), 0, 1), v-1, 1)}
		b.rows("mostly masked", sparse, b.vector("score", -3, -1, -2), b.integer("k", 3))
		b.rows("more places than candidates", sparse, b.vector("score", -3, -1, -2), b.integer("k", 7))
		b.rows("one far ahead", [][]float64{b.ordinary(v, 1), b.ordinary(v, 1)}, b.vector("score", -1e4, 0), b.integer("k", 5))
		b.rows("none ahead", [][]float64{b.ordinary(v, 0.1), b.ordinary(v, 0.1), b.ordinary(v, 0.1)}, b.vector("score", -700, -700, -700.25), b.integer("k", 6))
		b.rows("greedy", [][]float64{b.ordinary(v, 2)}, b.vector("score", 0), b.integer("k", 1))
	}
}

// beamWidths: k beyond the vocabulary, beyond all candidates.
func beamWidths(b *batch) {
	for _, v := range b.sizes(2, 9, 40) {
		for _, k := range []int64{1, 2, int64(v - 1), int64(v), int64(v + 1), int64(2*v - 1), int64(2 * v), 1 << 30} {
			if k > 0 {
				b.rows("width", [][]float64{b.ordinary(v, 2), b.ordinary(v, 2)}, b.vector("score", -1.5, -1), b.integer("k", k))
			}
		}
	}
}

// model adds a case of a search: the logits of the first token, of the token after
// each, and the parameters.
func (b *batch) model(note string, start []float64, table [][]float64, k, longest int64, given ...argument) {
	x := Matrix(b.d, len(table), len(table), func(r, i int) float64 { return table[r][i] })
	first := Matrix(b.d, 1, len(start), func(_, i int) float64 { return start[i] })
	first.Shape, first.Stride = first.Shape[1:], first.Stride[1:]
	b.tensor(note, x, append([]argument{{name: "start", tensor: first}, b.integer("k", k), b.integer("max_len", longest)}, given...)...)
}

// ends makes a token the end of a sequence.
func (b *batch) ends(token int) argument { return b.integer("eos", int64(token)) }

// models: length normalised with the prompt or the end left out, an ended
// hypothesis extended or dropped, the first step taken k times, a negative
// exponent that stops the search too early.
func models(b *batch) {
	for _, v := range b.sizes(2, 3, 5, 12) {
		start, table := b.ordinary(v, 1), b.spread(v, v, 1)
		for _, alpha := range []float64{-1, 0, 0.6, 1, 2} {
			for _, by := range []string{"length", "gnmt"} {
				b.model("length penalty", start, table, 3, 4, b.ends(v-1), b.scalar("length_penalty", alpha), option("normalisation", by))
			}
		}
		for _, k := range []int64{1, 2, 5, 40} {
			b.model("width", start, table, k, 3, b.ends(0))
		}
		b.model("no end", start, table, 2, 4)
		b.model("an end outside the vocabulary", start, table, 2, 3, b.ends(v))
		b.model("one step", start, table, 3, 1, b.ends(0))
	}
}

// maskedModels: -Inf kept while something finite is left, a beam that is not full.
func maskedModels(b *batch) {
	for _, v := range b.sizes(2, 4, 9) {
		table := make([][]float64, v)
		for r := range table {
			table[r] = set(set(fill(v, -inf), (r+1)%v, 1), v-1, 0)
		}
		b.model("mostly masked", set(fill(v, -inf), 0, 0), table, 4, 5, b.ends(v-1))
		b.model("one way", set(fill(v, -inf), 0, 0), table, 2, 3)
	}
}

// nanModels: rows that no hypothesis reaches may hold anything.
func nanModels(b *batch) {
	for _, v := range b.sizes(3, 6) {
		table := b.spread(v, v, 1)
		for r := range table {
			table[r][1] = -inf
		}
		table[1], table[v-1] = fill(v, nan), fill(v, inf)
		b.model("rows not reached", set(b.ordinary(v, 1), 1, -inf), table, 3, 4, b.ends(v-1))
	}
}

// offsetModels: log-softmax without its maximum.
func offsetModels(b *batch) {
	for _, at := range []float64{200, -2e4} {
		v := 5
		table := b.spread(v, v, 1)
		for r := range table {
			for i := range table[r] {
				table[r][i] += at * float64(r-1)
			}
		}
		b.model("offset", b.ordinary(v, 1), table, 3, 4, b.ends(2))
	}
}

func sureModels(b *batch) {
	v := 6
	table := make([][]float64, v)
	for r := range table {
		table[r] = set(fill(v, -40), (r+1)%v, 3)
	}
	b.model("sure tokens", set(fill(v, -30), 1, 0), table, 3, 6, b.ends(5))
	b.model("sure tokens, normalised", set(fill(v, -30), 1, 0), table, 3, 6, b.ends(5), b.scalar("length_penalty", 1))
}

// tiedModels: ties in the order of the sort's whim.
func tiedModels(b *batch) {
	for _, v := range b.sizes(2, 4) {
		table := make([][]float64, v)
		for r := range table {
			table[r] = fill(v, 1)
		}
		for _, k := range []int64{1, 3, 7} {
			b.model("all equal", fill(v, 0), table, k, 3)
			b.model("all equal, an end", fill(v, 0), table, k, 3, b.ends(1), b.scalar("length_penalty", 1))
		}
	}
}

func dyadicModels(b *batch) {
	for _, v := range b.sizes(4, 8) {
		table := make([][]float64, v)
		for r := range table {
			table[r] = b.zeros(v, []int{1, 2, 4}[r%3])
		}
		b.model("powers of two", b.zeros(v, 2), table, 4, 4, b.ends(0))
	}
}

func modelSizes(b *batch) {
	for _, v := range b.sizes(1, 2, 3, 7, 8, 9, 17, 33) {
		b.model("size", b.ordinary(v, 2), b.spread(v, v, 2), 3, 3, b.ends(v/2))
	}
}
