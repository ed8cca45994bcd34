package properties

import (
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// Classes is the table of input classes: every one catches mistakes that real
// kernels have had. A class applies to each operation that has what it varies:
// a row of logits, a label, a nucleus mass, a uniform.
var Classes = []Class{
	class("G01", "a row with nothing but -Inf, alone and among others", "x", maskedRows).also(onHeads, blindQueries).also(onModels, maskedModels),
	class("G02", "+Inf: one, several, beside -Inf", "x", infiniteRows).also(onTokens, impossibleTokens).also(onHeads, infiniteScores).also(onSamples, infiniteSamples).also(onBayes, refusedBeliefs),
	class("G03", "NaN at every lane and tail position, quiet, signalling, negative", "x", nanRows).also(onTokens, nanTokens).also(onHeads, nanHeads).also(onModels, nanModels).also(onSamples, nanSamples).also(onConfidences, refusedConfidences).also(onFit, refusedFits),
	class("G04", "subnormal logits, signed zeros, results that underflow", "x", subnormalRows).also(onTokens, smallTokens).also(onMasses, smallMasses).also(onWeights, subnormalMasses).also(onBayes, subnormalBeliefs).also(onSamples, subnormalSamples).also(onOdds, subnormalOdds),
	class("G05", "a common offset, up to the largest number of the type", "x", offsetRows).also(onTokens, largeTokens).also(onHeads, largeScores).also(onModels, offsetModels).also(onBayes, offsetBeliefs).also(onSamples, offsetSamples).also(onFit, offsetFits),
	class("G06", "one logit that dominates by 16 to 745", "x", dominatedRows).also(onWeights, dominatedMasses).also(onHeads, dominantKeys).also(onModels, sureModels).also(onFit, separableFits),
	elsewhere("G07", "weighted and signed sums", "class weights are in G21, signed upstream gradients in G22, masses as weights in G47"),
	class("G08", "constant and nearly uniform rows, long", "x", uniformRows).also(onTokens, equalTokens).also(onWeights, uniformMasses).also(onHeads, uniformHeads).also(onSamples, constantSamples).also(onFit, flatFits),
	class("G09", "exact ties: at the maximum, and where a nucleus ends", "x", tiedRows).also(onModels, tiedModels).also(onConfidences, tiedConfidences).also([]string{"worst_case"}, tiedSamples),
	class("G10", "probabilities that are powers of two: every honest kernel has the same bits", "x", dyadicRows).also(onWeights, dyadicMasses).also(onHeads, dyadicHeads).also(onModels, dyadicModels).also(onBayes, dyadicBeliefs).also(onCounts, dyadicCounts).also(onOdds, dyadicOdds),
	class("G11", "no probability at the head, inside, at the tail; one-hot", "x", zeroMassRows).also(onWeights, absentMasses).also(onBayes, refutedBeliefs).also(onCounts, impossibleCounts).also(onDrawnCounts, drawsBesideNothing).also(onOdds, certainOdds),
	class("G12", "a heavy head and a long tail; terms apart by 2^120", "x", heavyRows).also(onTokens, heavyTokens).also(onMasses, scaledMasses).also(onWeights, heavyMasses).also(onHeads, heavyKeys).also(onBayes, farBeliefs).also(onCounts, largeCounts).also(onDrawnCounts, drawsScaled).also(onOdds, farOdds).also(onSamples, heavySamples),
	class("G13", "vocabulary sizes around every vector, block and tile width", "x", vocabularies).also(onTokens, tokenCounts).also(onSequences, sequenceLengths).also(onWeights, massSizes).also(onHeads, headSizes).also(onModels, modelSizes).also(onBayes, beliefSizes).also(onCounts, countSizes).also(onDrawnCounts, drawSizes).also(onOdds, oddsSizes).also(onSamples, sampleSizes).also(onCorpora, corpusSizes).also(onFit, fitSizes),
	class("G14", "row counts around every grid size, none included", "x", rowCounts).also(onSequences, sequenceCounts).also(onWeights, massCounts).also(onHeads, queryCounts).also(onBayes, beliefRows).also(onCounts, countRows).also(onOdds, oddsRows).also(onConfidences, confidenceRows).also(onSamples, sampleRows).also(onAttempts, problemRows).also(onFit, fitRows),
	elsewhere("G15", "operands off their natural alignment", "Layout.Offset, tried on every case"),
	elsewhere("G16", "rows apart by more than their length", "Layout.Padding, tried on every case"),
	elsewhere("G17", "outputs that are inputs; inputs unchanged", "Layout.InPlace and hashes, tried on every case"),
	elsewhere("G18", "poison around and inside the outputs", "Layout.Poison, tried on every case"),
	class("G19", "masks: random, halves, causal, whole blocks; finite sentinels", "x", maskedLogits).also(onScores, attentionMasks).also(onHeads, maskedHeads).also(onFit, maskedFits),
	class("G20", "labels at both ends, ignored, out of range; any ignore_index", "label", labelCases).also(onFit, labelledFits),
	class("G21", "label smoothing and class weights, zeros among them", "smoothing", lossParameters).also(onScores, softcaps).also(onHeads, cappedHeads),
	only("G22", "upstream gradients: zeros, one row's, of either sign, at the simplex's boundary").also(onGradients, upstreamGradients),
	only("G23", "ragged lengths, masks, what padding holds").also(onTokens, maskedTokens).also(onSequences, raggedSequences).also(onLists, raggedLists),
	class("G24", "temperatures from 0 to infinity, per row, greedy beside sampled", "temperature", temperatures).also(onFit, scaledFits),
	class("G25", "nucleus masses: tiny, at and beside exact prefixes, 1", "p", nucleusMasses),
	only("G26", "k of top-k: 0, 1, around V, far above it; ties at the k-th").also([]string{"top_k", "top_k_filter", "sample_chain"}, counts).also([]string{"beam_step"}, beamWidths),
	only("G27", "min_p: 0, tiny, usual, just below 1, 1; equal logits at the threshold").also([]string{"min_p_filter", "sample_chain"}, shares),
	class("G28", "parameters per row, or apt to be swapped, with values that tell", "x", tellingParameters).also(onSequences, lengthPenalties).also(onHeads, tellingHeads).also(onRelevance, tellingPriors).also(onSamples, tellingShares),
	class("G29", "uniforms 0, 2^-53, 2^-24, on and beside the steps, just below 1", "u", forcedUniforms).also([]string{"sample_probs"}, forcedMassUniforms).also([]string{"sample_gumbel"}, forcedGumbels),
	class("G30", "seeds, requests and steps: equal, distinct, apart in high bits only", "seed", seeds).also([]string{"sample_probs"}, massSeeds).also(onDrawnCounts, drawSeeds).also([]string{"bootstrap_ci"}, resampleSeeds),
	elsewhere("G31", "many draws, counted", "the law grid_counts does it without chance; statistics wait for kernels that take no uniform"),
	class("G32", "every row of three logits from a small set", "x", tinyRows).also(onWeights, tinyMasses).also(onHeads, tinyHeads),
	elsewhere("G33", "repeated and concurrent runs", "tried by the runner on every case"),
	class("G34", "ordinary rows among extreme neighbours", "x", neighbours).also(onWeights, massNeighbours).also(onHeads, queryNeighbours).also(onBayes, extremeBeliefs),
	class("G35", "every pattern of the 16-bit types; neighbours one unit apart", "x", patterns),
	only("G36", "confidences on bin edges and beside them, constant, perfect, anti-calibrated").also(onConfidences, confidences),
	only("G37", "corpora: a term in half of the documents, in all; repeated terms, empty documents, lengths apart").also(onCorpora, corpora),
	only("G38", "beams: tiny trees, ties, dead and ended hypotheses, length penalties").also([]string{"beam_step"}, beams).also(onModels, models),
	only("G39", "pass@k counts: none right, all right, nearly; as many attempts as samples").also(onAttempts, attempts),
	only("G40", "contingency counts around 46341 and 2^31, independent, of one cluster, with empty cells").also(onTables, contingencyTables),
	only("G41", "priors and features: unequal, unnormalised, refuted ones; many observations").also(onBayes, beliefs).also(onOdds, odds).also(onRelevance, documentPriors),
	only("G42", "histories with repeated tokens, logits of either sign and zero").also([]string{"penalties"}, histories).also([]string{"logit_bias"}, biases).also([]string{"banned"}, bans),
	elsewhere("G43", "shapes that are slow", "a matter of time, not of values: the benchmarks have them"),
	elsewhere("G44", "rank 3 and above", "every operation takes a matrix; strides do the rest"),
	class("G45", "blocks: the maximum in a later one, an empty first one, rising and falling", "x", blockedRows).also(onHeads, blockedKeys),
	only("G46", "documents of one token, of two, in windows of unequal length").also(onTokens, windows),
	only("G47", "pairs of distributions: equal, nearly equal, disjoint, one within the other; skews").also(onPairs, distributionPairs).also([]string{"speculative_accept"}, drafts),
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
	return only(name, says).also(ops, make)
}

// variesIn looks for an input beside the rows. One with a number for every token
// has makers of its own.
func variesIn(op *reference.Op, varies string) bool {
	if !onLogits(op) && !slices.Contains(onMasses, op.Name) {
		return false
	}
	i := op.Input(varies)
	return varies == "x" || i > 0 && len(op.In[i].Dims) < 2
}

// onLogits says that an operation works on rows of logits one by one, scores of
// documents among them. A fitted temperature depends on all rows at once: it has
// makers of its own.
func onLogits(op *reference.Op) bool {
	return op.In[0].Name == "x" && op.Name != "temperature_fit" || op.In[0].Name == "score"
}

// only is a row of the table all of whose makers are added by also.
func only(name, says string) Class { return Class{Name: name, Says: says, Ops: []string{}} }

// also gives a class a maker for more operations, or more of it for some: what it
// varies is not always in a row of logits.
func (c Class) also(ops []string, make func(*batch)) Class {
	plain, name := c.Make, c.Name
	c.Ops = slices.Clone(c.Ops)
	for _, op := range ops {
		if !slices.Contains(c.Ops, op) {
			c.Ops = append(c.Ops, op)
		}
	}
	c.Make = func(op *reference.Op, d reference.DType, size int, draw *Draw) []Case {
		b := &batch{class: name, op: op, d: d, size: size, draw: draw}
		if plain != nil {
			b.cases = plain(op, d, size, draw)
		}
		if slices.Contains(ops, op.Name) {
			make(b)
		}
		return b.cases
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

// tensor adds a case from the operation's first input: itself, or logits where
// the operation takes the masses made from them.
func (b *batch) tensor(note string, x reference.Tensor, given ...argument) {
	in, choice := b.arguments(given)
	if slices.Contains(onMasses, b.op.Name) {
		x = b.masses(x, choice)
	}
	b.add(note, x, in, choice)
}

// add makes a case of the first input as it is, the given ones, and what dress
// finds missing.
func (b *batch) add(note string, first reference.Tensor, in map[string]reference.Tensor, choice map[string]string) {
	in[b.op.In[0].Name] = first
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

// spread is several such rows.
func (b *batch) spread(rows, vocab int, scale float64) [][]float64 {
	return many(rows, func() []float64 { return b.ordinary(vocab, scale) })
}

// many is n rows from a function.
func many(n int, f func() []float64) [][]float64 {
	x := make([][]float64, n)
	for i := range x {
		x[i] = f()
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
