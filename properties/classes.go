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
	class("G02", "+Inf: one, several, beside -Inf", "x", infiniteRows),
	class("G03", "NaN at every lane and tail position, quiet, signalling, negative", "x", nanRows),
	class("G04", "subnormal logits, signed zeros, results that underflow", "x", subnormalRows),
	class("G05", "a common offset, up to the largest number of the type", "x", offsetRows),
	class("G06", "one logit that dominates by 16 to 745", "x", dominatedRows),
	elsewhere("G07", "weighted and signed sums", "no operation takes a signed weight yet; class weights are in G21"),
	class("G08", "constant and nearly uniform rows, long", "x", uniformRows),
	class("G09", "exact ties: at the maximum, and where a nucleus ends", "x", tiedRows),
	class("G10", "probabilities that are powers of two: every honest kernel has the same bits", "x", dyadicRows),
	class("G11", "no probability at the head, inside, at the tail; one-hot", "x", zeroMassRows),
	class("G12", "a heavy head and a long tail; terms apart by 2^120", "x", heavyRows),
	class("G13", "vocabulary sizes around every vector, block and tile width", "x", vocabularies),
	class("G14", "row counts around every grid size, none included", "x", rowCounts),
	elsewhere("G15", "operands off their natural alignment", "Layout.Offset, tried on every case"),
	elsewhere("G16", "rows apart by more than their length", "Layout.Padding, tried on every case"),
	elsewhere("G17", "outputs that are inputs; inputs unchanged", "Layout.InPlace and hashes, tried on every case"),
	elsewhere("G18", "poison around and inside the outputs", "Layout.Poison, tried on every case"),
	class("G19", "masks: random, halves, causal, whole blocks; finite sentinels", "x", maskedLogits),
	class("G20", "labels at both ends, ignored, out of range; any ignore_index", "label", labelCases),
	class("G21", "label smoothing and class weights, zeros among them", "smoothing", lossParameters),
	elsewhere("G22", "upstream gradients", "waits for the backward operations"),
	elsewhere("G23", "ragged lengths", "waits for the operations on sequences"),
	class("G24", "temperatures from 0 to infinity, per row, greedy beside sampled", "temperature", temperatures),
	class("G25", "nucleus masses: tiny, at and beside exact prefixes, 1", "p", nucleusMasses),
	elsewhere("G26", "k of top-k", "waits for top_k and top_k_filter"),
	elsewhere("G27", "min_p", "waits for min_p_filter"),
	class("G28", "parameters per row, or apt to be swapped, with values that tell", "x", tellingParameters),
	class("G29", "uniforms 0, 2^-53, 2^-24, on and beside the steps, just below 1", "u", forcedUniforms),
	class("G30", "seeds, requests and steps: equal, distinct, apart in high bits only", "seed", seeds),
	elsewhere("G31", "many draws, counted", "the law grid_counts does it without chance; statistics wait for kernels that take no uniform"),
	class("G32", "every row of three logits from a small set", "x", tinyRows),
	elsewhere("G33", "repeated and concurrent runs", "tried by the runner on every case"),
	class("G34", "ordinary rows among extreme neighbours", "x", neighbours),
	class("G35", "every pattern of the 16-bit types; neighbours one unit apart", "x", patterns),
	gathered("G36", "confidences on bin edges and beside them, constant, perfect, anti-calibrated"),
	gathered("G37", "corpora: a term in half of the documents, in all; repeated terms, empty documents, lengths apart"),
	elsewhere("G38", "beams", "waits for beam_step"),
	gathered("G39", "pass@k counts: none right, all right, nearly; as many attempts as samples"),
	elsewhere("G40", "contingency counts", "waits for mutual_information"),
	gathered("G41", "priors and features: unequal, unnormalised, refuted ones; many observations"),
	elsewhere("G42", "histories with repeated tokens", "waits for penalties"),
	elsewhere("G43", "shapes that are slow", "a matter of time, not of values: the benchmarks have them"),
	elsewhere("G44", "rank 3 and above", "every operation takes a matrix; strides do the rest"),
	class("G45", "blocks: the maximum in a later one, an empty first one, rising and falling", "x", blockedRows),
	elsewhere("G46", "windows over documents", "waits for perplexity"),
	elsewhere("G47", "pairs of distributions", "waits for kl and js"),
	class("G48", "the exponential's argument, densely over [-104, 0] and beside every seam", "x", exponentSweep),
}

// class is a row of the table: make works for every operation on rows of logits
// that has the input that varies. Operations on something else have makers of
// their own, in further.
func class(name, says, varies string, make func(*batch)) Class {
	m := maker{make: make}
	for _, op := range reference.Ops {
		if (op.Input(varies) >= 0 || varies == "x") && onLogits(op) {
			m.ops = append(m.ops, op.Name)
		}
	}
	return gathered(name, says, m)
}

// gathered is a row of the table whose cases have more than one maker.
func gathered(name, says string, makers ...maker) Class {
	makers = append(makers, further(name)...)
	c := Class{Name: name, Says: says}
	for _, m := range makers {
		for _, op := range m.ops {
			if !slices.Contains(c.Ops, op) {
				c.Ops = append(c.Ops, op)
			}
		}
	}
	c.Make = func(op *reference.Op, d reference.DType, size int, draw *Draw) []Case {
		b := &batch{class: name, op: op, d: d, size: size, draw: draw}
		for _, m := range makers {
			if slices.Contains(m.ops, op.Name) {
				m.make(b)
			}
		}
		return b.cases
	}
	return c
}

// maker makes a class's cases for some operations.
type maker struct {
	ops  []string
	make func(*batch)
}

// further are the makers of a class for operations whose subject is not a row of
// logits.
func further(name string) []maker { return statisticsMakers[name] }

// onLogits says that an operation works on rows of logits one by one, scores of
// documents among them. A fitted temperature depends on all rows at once: it has
// makers of its own.
func onLogits(op *reference.Op) bool {
	return op.Input("x") >= 0 && op.Name != "temperature_fit" || op.In[0].Name == "score"
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

// tensor adds a case from the operation's first input.
func (b *batch) tensor(note string, x reference.Tensor, given ...argument) {
	in := map[string]reference.Tensor{b.op.In[0].Name: x}
	choice := map[string]string{}
	for _, g := range given {
		if g.option != "" {
			choice[g.name] = g.option
		} else {
			in[g.name] = g.tensor
		}
	}
	b.dress(in, choice)
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
func (b *batch) refuses() bool { return b.op.Name == "sample_logits" }

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
