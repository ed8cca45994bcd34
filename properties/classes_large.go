package properties

import (
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// Large inputs are made apart from the classes they belong to, whose smallest
// cases would pay for them: more than a block of 1,024 holds, and more than a
// counter of 8 or 16 bits, or a grid of 65,535.
type largeInput struct {
	class string
	ops   []string // nil: those on rows of logits
	when  occasion
	make  func(*batch)
}

// occasion says when a large input is worth its time.
type occasion uint8

const (
	eachType  occasion = iota
	firstType          // for the first of the operation's element types: it is about counts
	notQuick           // likewise, and left out by quick effort
)

var largeInputs = []largeInput{
	{"G45", nil, eachType, longRows},
	{"G14", nil, notQuick, tallRows},
	{"G13", onTokens, firstType, manyTokens},
	{"G13", onSequences, notQuick, longSequence},
	{"G42", onLists, firstType, longLists},
	{"G45", onHeads, eachType, hiddenBlocks},
	{"G13", onFit, firstType, manyFits},
	{"G12", []string{"sample_probs"}, eachType, nearlyOne},
	{"G13", onDrawnCounts, firstType, manyDraws},
	{"G13", onConfidences, firstType, manyConfidences},
	{"G13", onSamples, firstType, manySamples},
	{"G37", onCorpora, firstType, longDocuments},
	{"G13", []string{"bayes_update"}, firstType, manyObservations},
}

// largeCases makes the large inputs of one operation.
func largeCases(op *reference.Op, d reference.DType, o Options) (cases []Case) {
	for i := range largeInputs {
		l := &largeInputs[i]
		applies := slices.Contains(l.ops, op.Name)
		if l.ops == nil {
			applies = slices.Contains(op.In[0].Dims, "vocab") && variesIn(op, "x")
		}
		if !applies || l.when != eachType && d != op.DTypes()[0] || l.when == notQuick && o.Effort == Quick {
			continue
		}
		b := &batch{class: l.class, op: op, d: d, size: 1 << 20, draw: NewDraw(o.Seed, "large", l.class, op.Name, d.String())}
		l.make(b)
		cases = append(cases, b.cases...)
	}
	return cases
}

// longRows: the last, partial block has the maximum, and the sum so far is not
// rescaled; equal maxima in several blocks; leading blocks without anything.
func longRows(b *batch) {
	const v = 1300 // 1024 + 256 + 20
	late, tied, empty := b.ordinary(v, 1), b.ordinary(v, 1), b.ordinary(v, 1)
	late[v-1-b.draw.Intn(18)] = 5
	for _, at := range []int{70, 300, 600, 1100, v - 1} {
		tied[at] = 6
	}
	for i := range 1024 + b.draw.Intn(256) {
		empty[i] = -inf
	}
	b.rows("blocks of a long row", [][]float64{late, tied, empty})
}

// tallRows: a grid of at most 65,535 blocks, a row counted in 16 bits.
func tallRows(b *batch) {
	b.tensor("more rows than 16 bits count", Matrix(b.d, 1<<16+3, 2, func(r, i int) float64 { return float64((r*7+i*5)%11) / 4 }))
}

// manyTokens: windows averaged as if they were equal, a narrow count of tokens or
// of bytes.
func manyTokens(b *batch) {
	b.tokens("more tokens than a window", b.losses(1301))
	b.tokens("more tokens than 16 bits count", b.losses(1<<16+9))
	if b.has("bytes") {
		for _, n := range []int64{1<<31 + 5, 1<<32 + 1, 1 << 40} {
			b.tokens("more bytes than 32 bits count", b.losses(9), b.integer("bytes", n))
		}
	}
}

func longSequence(b *batch) {
	for _, penalty := range b.op.Choices["length_penalty"] {
		b.sequences("more tokens than 16 bits count", 1, 1<<16+9, option("length_penalty", penalty))
	}
}

// longLists: occurrences counted in 8 bits, or in 16; a list read up to a fixed
// length.
func longLists(b *batch) {
	const v = 300
	last := make([]int64, 0, v)
	for i := range int64(v) {
		last = append(last, v-1-i)
	}
	lists := b.lists(b.op.In[1].Name, slices.Repeat([]int64{5}, 256), append(slices.Repeat([]int64{7}, 300), 8), last, slices.Repeat([]int64{0}, 1<<16))
	given := lists
	switch b.op.Name {
	case "penalties":
		given = append(given, b.scalar("frequency", 0x1p-10), b.scalar("presence", 0.5), b.scalar("repetition", 1.5))
	case "logit_bias":
		given = append(given, b.vector("bias", fill(256+301+v+1<<16, 0x1p-7)...))
	}
	b.rows("long lists", b.spread(4, v, 2), given...)
}

// hiddenBlocks: keys in blocks of 16 to 128, the leading ones hidden altogether.
func hiddenBlocks(b *batch) {
	const n = 300
	q, k, v := b.spread(4, 4, 1), b.spread(n, 4, 1), b.spread(n, 3, 1)
	b.heads("leading blocks hidden", q, k, v, b.hide(4, n, func(r, j int) bool { return j < 70*(r+1) }))
	b.heads("a block in the middle hidden", q, k, v, b.hide(4, n, func(r, j int) bool { return j >= 64 && j < 192+r }))
	late := b.spread(n, 4, 1)
	for i := range late[n-1] {
		late[n-1][i] = 3
	}
	b.heads("the best key in a partial block", [][]float64{fill(4, 1), b.ordinary(4, 1)}, late, v, option("mask", "none"))
}

// manyFits: whole batches of rows, and what is left of them.
func manyFits(b *batch) {
	x := append(b.spread(64, 3, 1), b.spread(15, 3, 9)...)
	label := make([]int64, len(x))
	for r := range label {
		label[r] = int64(ranked(x[r])[(r/64)*(r%3)])
	}
	b.fitted("more rows than a batch", x, b.integers("label", label...))
}

// nearlyOne: a total near 1 taken for 1. Each uniform lies between a step and where
// that mistake puts it.
func nearlyOne(b *batch) {
	for _, off := range []float64{-0x1p-7, -0x1p-10, 0x1p-10, 0x1p-7} {
		p, u := set(fill(64, 0x1p-6), 0, 0x1p-6+off), make([]float64, 32)
		for i := range u {
			k := float64(32 + i)
			u[i] = k/64 + off*(1-k/128)
		}
		b.rows("a total beside 1", many(len(u), func() []float64 { return p }), b.vector("u", u...))
	}
}

// manyDraws: counts in 16 bits.
func manyDraws(b *batch) {
	b.rows("more draws than 16 bits count", [][]float64{{0.9375, 0.0625, 0}, {0, 1, 1}}, b.integers("n", 70_000, 140_001))
}

// manyConfidences: a bin's count in 16 bits, a narrow sum that stalls.
func manyConfidences(b *batch) {
	conf := fill(1<<16+9, 0.8125)
	b.judged("more samples in a bin than 16 bits count", conf, b.outcomes(fill(len(conf), 0.5)), 10)
}

// manySamples: sums that stall, an index in 16 bits; a quantile that is a sample,
// beside infinite ones.
func manySamples(b *batch) {
	if b.op.Name == "bootstrap_ci" {
		b.rows("more samples than a block", [][]float64{b.qualities(1301)}, b.integer("resamples", 40))
		return
	}
	b.rows("more samples than 16 bits count", [][]float64{b.qualities(1<<16 + 9)})
	if b.has("quantile") {
		above, below := fill(9, inf), fill(9, -inf)
		above[3], above[5] = 1, 2
		below[2], below[7] = 4, 3
		b.rows("a sample beside infinite ones", [][]float64{above, below, above, below}, b.vector("quantile", 0.125, 0.875, 0, 1))
	}
}

// longDocuments: a term's occurrences in 8 bits, a document's length in 16.
func longDocuments(b *batch) {
	long := append(slices.Repeat([]int64{3}, 256), b.document(1<<16)...)
	for _, variant := range b.op.Choices["variant"] {
		b.search("long documents", []int64{3, 9}, [][]int64{long, slices.Repeat([]int64{9, 1, 9}, 100), {3, 9, 2}, {4}, {5, 5}}, option("variant", variant))
	}
}

// manyObservations: evidence that underflows unless logarithms or scales are kept.
func manyObservations(b *batch) {
	for _, form := range b.op.Choices["form"] {
		b.observe("many observations", form, 1, 1301, 3)
	}
}
