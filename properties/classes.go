package properties

import (
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// Classes is the table of input classes: every one catches mistakes that real
// kernels have had. A class applies to each operation that has what it varies:
// a row of logits, a label, a nucleus mass, a uniform.
var Classes = []Class{
	class("G01", "a row with nothing but -Inf, alone and among others", "x", maskedRows),
	class("G02", "+Inf: one, several, beside -Inf", "x", infiniteRows).also(onTokens, impossibleTokens),
	class("G03", "NaN at every lane and tail position, quiet, signalling, negative", "x", nanRows).also(onTokens, nanTokens),
	class("G04", "subnormal logits, signed zeros, results that underflow", "x", subnormalRows).also(onTokens, smallTokens).also(onMasses, smallMasses),
	class("G05", "a common offset, up to the largest number of the type", "x", offsetRows).also(onTokens, largeTokens),
	class("G06", "one logit that dominates by 16 to 745", "x", dominatedRows),
	elsewhere("G07", "weighted and signed sums", "class weights are in G21, signed upstream gradients in G22, masses as weights in G47"),
	class("G08", "constant and nearly uniform rows, long", "x", uniformRows).also(onTokens, equalTokens),
	class("G09", "exact ties: at the maximum, and where a nucleus ends", "x", tiedRows),
	class("G10", "probabilities that are powers of two: every honest kernel has the same bits", "x", dyadicRows),
	class("G11", "no probability at the head, inside, at the tail; one-hot", "x", zeroMassRows),
	class("G12", "a heavy head and a long tail; terms apart by 2^120", "x", heavyRows).also(onTokens, heavyTokens).also(onMasses, scaledMasses),
	class("G13", "vocabulary sizes around every vector, block and tile width", "x", vocabularies).also(onTokens, tokenCounts).also(onSequences, sequenceLengths),
	class("G14", "row counts around every grid size, none included", "x", rowCounts).also(onSequences, sequenceCounts),
	elsewhere("G15", "operands off their natural alignment", "Layout.Offset, tried on every case"),
	elsewhere("G16", "rows apart by more than their length", "Layout.Padding, tried on every case"),
	elsewhere("G17", "outputs that are inputs; inputs unchanged", "Layout.InPlace and hashes, tried on every case"),
	elsewhere("G18", "poison around and inside the outputs", "Layout.Poison, tried on every case"),
	class("G19", "masks: random, halves, causal, whole blocks; finite sentinels", "x", maskedLogits),
	class("G20", "labels at both ends, ignored, out of range; any ignore_index", "label", labelCases),
	class("G21", "label smoothing and class weights, zeros among them", "smoothing", lossParameters),
	Class{Name: "G22", Says: "upstream gradients: zeros, one row's, of either sign, at the simplex's boundary"}.also(onGradients, upstreamGradients),
	Class{Name: "G23", Says: "ragged lengths, masks, what padding holds"}.also(onTokens, maskedTokens).also(onSequences, raggedSequences),
	class("G24", "temperatures from 0 to infinity, per row, greedy beside sampled", "temperature", temperatures),
	class("G25", "nucleus masses: tiny, at and beside exact prefixes, 1", "p", nucleusMasses),
	elsewhere("G26", "k of top-k", "waits for top_k and top_k_filter"),
	elsewhere("G27", "min_p", "waits for min_p_filter"),
	class("G28", "parameters per row, or apt to be swapped, with values that tell", "x", tellingParameters).also(onSequences, lengthPenalties),
	class("G29", "uniforms 0, 2^-53, 2^-24, on and beside the steps, just below 1", "u", forcedUniforms),
	class("G30", "seeds, requests and steps: equal, distinct, apart in high bits only", "seed", seeds),
	elsewhere("G31", "many draws, counted", "the law grid_counts does it without chance; statistics wait for kernels that take no uniform"),
	class("G32", "every row of three logits from a small set", "x", tinyRows),
	elsewhere("G33", "repeated and concurrent runs", "tried by the runner on every case"),
	class("G34", "ordinary rows among extreme neighbours", "x", neighbours),
	class("G35", "every pattern of the 16-bit types; neighbours one unit apart", "x", patterns),
	elsewhere("G36", "confidences on bin edges", "waits for ece"),
	elsewhere("G37", "corpora", "waits for bm25"),
	elsewhere("G38", "beams", "waits for beam_step"),
	elsewhere("G39", "pass@k counts", "waits for pass_at_k"),
	Class{Name: "G40", Says: "contingency counts around 46341 and 2^31, independent, of one cluster, with empty cells"}.also(onTables, contingencyTables),
	elsewhere("G41", "priors and features", "waits for bayes_posterior"),
	elsewhere("G42", "histories with repeated tokens", "waits for penalties"),
	elsewhere("G43", "shapes that are slow", "a matter of time, not of values: the benchmarks have them"),
	elsewhere("G44", "rank 3 and above", "every operation takes a matrix; strides do the rest"),
	class("G45", "blocks: the maximum in a later one, an empty first one, rising and falling", "x", blockedRows),
	Class{Name: "G46", Says: "documents of one token, of two, in windows of unequal length"}.also(onTokens, windows),
	Class{Name: "G47", Says: "pairs of distributions: equal, nearly equal, disjoint, one within the other; skews"}.also(onPairs, distributionPairs),
	class("G48", "the exponential's argument, densely over [-104, 0] and beside every seam", "x", exponentSweep),
}

// class is a row of the table: make works for every operation on rows of logits,
// or of masses made from them, that has the input that varies.
func class(name, says, varies string, make func(*batch)) Class {
	var ops []string
	for _, op := range reference.Ops {
		if variesIn(op, varies) {
			ops = append(ops, op.Name)
		}
	}
	return Class{Name: name, Says: says, Ops: []string{}}.also(ops, make)
}

func variesIn(op *reference.Op, varies string) bool {
	if slices.Contains(onMasses, op.Name) {
		return varies == "x" || op.Input(varies) > 0
	}
	return onLogits(op) && op.Input(varies) >= 0
}

// also gives a class makers for more operations: what it varies is not always in
// a row of logits.
func (c Class) also(ops []string, make func(*batch)) Class {
	plain, name := c.Make, c.Name
	c.Ops = slices.Concat(c.Ops, ops)
	c.Make = func(op *reference.Op, d reference.DType, size int, draw *Draw) (cases []Case) {
		if plain != nil {
			cases = plain(op, d, size, draw)
		}
		if !slices.Contains(ops, op.Name) {
			return cases
		}
		b := &batch{class: name, op: op, d: d, size: size, draw: draw}
		make(b)
		return append(cases, b.cases...)
	}
	return c
}

func elsewhere(name, says, why string) Class {
	return Class{Name: name, Says: says, Why: why, Ops: []string{}}
}

// batch collects the cases of one class for one operation and element type.
type batch struct {
	class string
	op    *reference.Op
	d     reference.DType
	size  int // the largest vocabulary wanted
	draw  *Draw
	cases []Case
}

// sizes are those of the wanted vocabularies that the caller's limit admits.
func (b *batch) sizes(wanted ...int) []int {
	var v []int
	for _, n := range wanted {
		if n <= b.size {
			v = append(v, n)
		}
	}
	return v
}

// cut shortens a vocabulary to the limit.
func (b *batch) cut(vocab int) int { return min(vocab, b.size) }

// rows adds a case from rows of logits of equal length, each rounded to the
// element type. What the operation needs beside them and is not given, is
// dressed.
func (b *batch) rows(note string, x [][]float64, given ...argument) {
	vocab := 0
	if len(x) > 0 {
		vocab = len(x[0])
	}
	b.tensor(note, Matrix(b.d, len(x), vocab, func(r, i int) float64 { return x[r][i] }), given...)
}

func (b *batch) tensor(note string, x reference.Tensor, given ...argument) {
	in := map[string]reference.Tensor{}
	choice := map[string]string{}
	for _, g := range given {
		if g.option != "" {
			choice[g.name] = g.option
		} else {
			in[g.name] = g.tensor
		}
	}
	b.choose(choice)
	if slices.Contains(onMasses, b.op.Name) {
		x = b.masses(x, choice)
	}
	in[b.op.In[0].Name] = x
	b.dress(in)
	b.cases = append(b.cases, NewCase(b.class, note, b.draw.Uint64(), b.op.NewCall(in, choice)))
}

// apart adds rows that an operation may refuse: one case for all of them where
// none is refused, else a case for each, since the first refusal hides the
// others. Ordinary rows stand around them.
func (b *batch) apart(note string, x [][]float64) {
	beside := func() []float64 { return b.ordinary(len(x[0]), 3) }
	if !b.refuses() {
		b.rows(note, append(append([][]float64{beside()}, x...), beside()))
		return
	}
	for _, row := range x {
		b.rows(note, [][]float64{beside(), row, beside()})
	}
}

// refuses reports whether rows without a distribution are refused.
func (b *batch) refuses() bool { return !b.takes([]float64{0, nan}) }

// greedy reports whether a temperature of 0 is taken.
func (b *batch) greedy() bool {
	return b.has("temperature") && b.takes([]float64{0, 1}, b.scalar("temperature", 0))
}

// takes reports whether a row is answered, not refused.
func (b *batch) takes(x []float64, given ...argument) bool {
	try := &batch{op: b.op, d: b.d, draw: NewDraw(0)}
	try.rows("", [][]float64{x}, given...)
	_, err := try.cases[0].Call.Truth()
	return err == nil
}

// ordinary is a row of normal logits.
func (b *batch) ordinary(vocab int, scale float64) []float64 {
	x := make([]float64, vocab)
	for i := range x {
		x[i] = float64(b.draw.Normal() * scale)
	}
	return x
}

// fill is a row of one value.
func fill(vocab int, v float64) []float64 {
	x := make([]float64, vocab)
	for i := range x {
		x[i] = v
	}
	return x
}

// set changes one element of a row.
func set(x []float64, i int, v float64) []float64 {
	x[i] = v
	return x
}
