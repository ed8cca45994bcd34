package properties

import "slices"

// search adds a case from a query and documents of tokens.
func (b *batch) search(note string, query []int64, docs [][]int64, given ...argument) {
	var tokens []int64
	off := []int64{0}
	for _, d := range docs {
		tokens = append(tokens, d...)
		off = append(off, int64(len(tokens)))
	}
	b.tensor(note, b.integers("query", query...).tensor, append(given, b.integers("tokens", tokens...), b.integers("offsets", off...))...)
}

// document is n tokens of a small vocabulary, low ones often.
func (b *batch) document(n int) []int64 {
	d := make([]int64, n)
	for i := range d {
		d[i] = int64(b.draw.Intn(1 + b.draw.Intn(20)))
	}
	return d
}

func (b *batch) documents(n int) [][]int64 {
	docs := make([][]int64, n)
	for i := range docs {
		docs[i] = b.document(2 + b.draw.Intn(12))
	}
	return docs
}

// corpora: a negative idf, an average length taken over tokens or terms, a bound
// below that counts where the term does not occur, an infinite idf times 0, a
// query's repetition dropped.
func corpora(b *batch) {
	for i, variant := range b.op.Choices["variant"] {
		by := option("variant", variant)
		b.search("a corpus", []int64{0, 3, 7}, b.documents(8+i), by)
		b.search("a repeated query term", []int64{2, 2, 5, 2}, b.documents(6), by)
		b.search("lengths without weight", []int64{1, 4}, b.documents(6), by, b.scalar("b", 0))
		b.search("lengths alone", []int64{1, 4}, b.documents(6), by, b.scalar("b", 1))
		b.search("occurrence alone", []int64{1, 0, 4}, b.documents(6), by, b.scalar("k1", 0))
		b.search("other parameters", []int64{1, 0, 4}, b.documents(6), by, b.scalar("k1", 2), b.scalar("b", 0.5), b.scalar("delta", 0.25))
		for _, df := range []int{1, 3, 4, 5, 8} {
			docs := make([][]int64, 8)
			for d := range docs {
				docs[d] = []int64{100, int64(d), 101}
				if d < df {
					docs[d] = append(docs[d], 50, 50)
				}
			}
			b.search("a term in so many of eight", []int64{50}, docs, by)
		}
		docs := b.documents(7)
		docs[0], docs[3], docs[6] = nil, nil, nil
		b.search("empty documents", []int64{0, 1}, docs, by)
		b.search("no document has it", []int64{999, -5}, b.documents(3), by)
		b.search("a prior", []int64{1, 2}, b.documents(5), by, b.vector("prior", 0.5, 0.25, 0, 2, 0.125))
		b.search("one repeats it", []int64{9}, [][]int64{slices.Repeat([]int64{9}, 60), {9, 1}, {1, 2, 3}, {4}}, by)
	}
	b.search("large ids", []int64{1<<31 - 1, -1 << 31}, [][]int64{{1<<31 - 1, 0}, {-1 << 31, -1 << 31}, {1}})
	b.search("a negative delta", []int64{1}, b.documents(2), b.scalar("delta", -1))
	b.search("b above 1", []int64{1}, b.documents(2), b.scalar("b", 1.25))
}

func corpusSizes(b *batch) {
	for _, n := range []int{1, 2, 3, 8, 9, 17, 33, 100} {
		b.search("documents", []int64{0, 2, 6}, b.documents(n))
	}
}

// documentPriors: ln of a prior of 0 times a temperature, a prior normalised or
// not, the best document without a prior.
func documentPriors(b *batch) {
	for _, v := range b.sizes(3, 17, 64) {
		x := many(4, func() []float64 { return b.ordinary(v, 2) })
		best := set(b.ordinary(v, 1), v-1, 20)
		weights := many(4, func() []float64 { return b.simplex(v) })
		b.rows("priors", x, b.matrix("prior", weights))
		b.rows("priors not normalised", x, b.matrix("prior", many(4, func() []float64 { return scaledBy(b.simplex(v), 5) })))
		b.rows("the best has no prior", [][]float64{best, best}, b.matrix("prior", [][]float64{set(b.simplex(v), v-1, 0), set(fill(v, 0), 0, 1)}))
		b.rows("no document has a prior", [][]float64{best, b.ordinary(v, 1)}, b.matrix("prior", [][]float64{fill(v, 0), b.simplex(v)}))
		b.rows("scores alike", [][]float64{fill(v, 3), fill(v, -700)}, b.matrix("prior", weights[:2]))
	}
	b.rows("a negative prior", [][]float64{{1, 2}}, b.matrix("prior", [][]float64{{1, -1}}))
}

// tellingPriors: a temperature that divides the prior too, one row's for all.
func tellingPriors(b *batch) {
	v := b.cut(9)
	x := many(5, func() []float64 { return b.ordinary(v, 2) })
	p := many(5, func() []float64 { return b.simplex(v) })
	b.rows("a temperature for each row beside priors", x, b.matrix("prior", p), b.vector("temperature", 0, 0.25, 1, 4, inf))
	for _, T := range []float64{0.5, 3} {
		b.rows("a temperature beside priors", x[:2], b.matrix("prior", p[:2]), b.scalar("temperature", T))
	}
}
