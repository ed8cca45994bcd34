package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// forms are the two ways a hypothesis' mass may be written.
var forms = []string{"linear", "log"}

// belief is a mass, or a logarithm of one: both from integers.
func (b *batch) belief(form string) float64 {
	if form == "log" {
		return -float64(b.draw.Intn(1024)) / 64
	}
	return float64(1+b.draw.Intn(255)) / 256
}

func (b *batch) beliefs(form string, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = b.belief(form)
	}
	return x
}

// nothing is how the impossible is written.
func nothing(form string) float64 {
	if form == "log" {
		return -inf
	}
	return 0
}

// believe adds a case from priors and likelihoods. Where observations come one
// after another, the given ones are the first of steps, the others drawn.
func (b *batch) believe(note, form string, steps int, prior, likelihood [][]float64, given ...argument) {
	if b.op.Name != "bayes_update" {
		b.rows(note, prior, append(given, b.matrix("likelihood", likelihood), option("form", form))...)
		return
	}
	rows, vocab := len(prior), 0
	if rows > 0 {
		vocab = len(prior[0])
	}
	t := reference.NewTensor(b.typeOf("likelihood"), rows, steps, vocab)
	for i := range t.Len() {
		if r, s := i/max(steps*vocab, 1), i/max(vocab, 1)%max(steps, 1); s == 0 {
			t.Put(i, likelihood[r][i%vocab])
		} else {
			t.Put(i, b.belief(form))
		}
	}
	b.rows(note, prior, append(given, argument{name: "likelihood", tensor: t}, option("form", form))...)
}

// observe is believe with rows of drawn beliefs.
func (b *batch) observe(note, form string, rows, steps, vocab int) {
	draw := func() []float64 { return b.beliefs(form, vocab) }
	b.believe(note, form, steps, many(rows, draw), many(rows, draw))
}

// beliefs: the prior left out or taken without its logarithm, an evidence that
// is not the sum, a prior normalised that need not be, evidence of many
// observations that underflows.
func beliefs(b *batch) {
	for _, form := range forms {
		b.observe("unnormalised", form, 3, 2, b.cut(9))
		v := b.cut(17)
		prior := b.beliefs(form, v)
		steep := set(prior, v-1, prior[v-1]/8)
		same := fill(v, b.belief(form))
		b.believe("likelihoods alike: the prior", form, 2, [][]float64{steep}, [][]float64{same})
		b.believe("priors alike: the likelihood", form, 1, [][]float64{same}, [][]float64{b.beliefs(form, v)})
		b.observe("a common disease", form, 4, 3, 2)
	}
	sums := [][]float64{b.simplex(b.cut(10)), b.simplex(b.cut(10))}
	b.believe("priors that add up to 1 within a unit", "linear", 1, sums, many(2, func() []float64 { return b.beliefs("linear", b.cut(10)) }))
	if b.op.Name == "bayes_update" {
		b.observe("many observations", "linear", 1, 300, 4)
		b.observe("many observations", "log", 1, 300, 4)
		b.observe("no observation", "linear", 2, 0, 5)
	}
}

// dyadicBeliefs: powers of two, whose products and sums are exact.
func dyadicBeliefs(b *batch) {
	for _, v := range b.sizes(2, 5, 8, 33) {
		row := func() []float64 {
			x := make([]float64, v)
			for i := range x {
				x[i] = power(-b.draw.Intn(5))
			}
			return x
		}
		b.believe("powers of two", "linear", 2, many(2, row), many(2, row))
	}
}

// refutedBeliefs: 0 times -Inf, a refuted hypothesis that comes back, a row
// refuted altogether.
func refutedBeliefs(b *batch) {
	for _, form := range forms {
		no := nothing(form)
		for _, v := range b.sizes(3, 8, 17) {
			row := func() []float64 { return b.beliefs(form, v) }
			half := row()
			for i := 0; i < v; i += 2 {
				half[i] = no
			}
			b.believe("no prior in places", form, 2, [][]float64{set(row(), 0, no), set(row(), v-1, no), half, set(fill(v, no), v/2, row()[0])}, many(4, row))
			b.believe("refuted", form, 2, many(3, row), [][]float64{set(row(), 0, no), set(row(), v-1, no), half})
		}
		b.believe("all refuted", form, 1, [][]float64{b.beliefs(form, 3), b.beliefs(form, 3)}, [][]float64{b.beliefs(form, 3), fill(3, no)})
	}
}

// refusedBeliefs are no masses.
func refusedBeliefs(b *batch) {
	row := func() []float64 { return b.beliefs("linear", 5) }
	b.believe("a prior of +Inf", "linear", 1, [][]float64{set(row(), 4, inf)}, many(1, row))
	b.believe("a likelihood of +Inf", "log", 1, many(1, row), [][]float64{set(row(), 0, inf)})
}

// subnormalBeliefs: products that underflow though their quotient is ordinary.
func subnormalBeliefs(b *batch) {
	v := b.cut(9)
	row := func() []float64 { return b.beliefs("linear", v) }
	tiny := make([]float64, v)
	for i := range tiny {
		tiny[i] = b.d.MinSubnormal() * float64(1+b.draw.Intn(100))
	}
	b.believe("subnormal priors", "linear", 1, [][]float64{tiny, row()}, many(2, row))
	b.believe("subnormal likelihoods", "linear", 1, many(2, row), [][]float64{row(), tiny})
}

// offsetBeliefs: an exponential of a log-likelihood taken as it is.
func offsetBeliefs(b *batch) {
	for _, at := range []float64{-90, -1000, -2e4, 300} {
		v := b.cut(12)
		likelihood := b.beliefs("log", v)
		for i := range likelihood {
			likelihood[i] += at
		}
		b.believe("log-likelihoods far from 0", "log", 2, [][]float64{b.beliefs("log", v)}, [][]float64{likelihood})
	}
}

// farBeliefs: hypotheses apart by more than the accumulator resolves.
func farBeliefs(b *batch) {
	far := 60
	if b.d == reference.F16 {
		far = 6
	}
	for _, v := range b.sizes(6, 40) {
		x, z := b.beliefs("linear", v), b.beliefs("log", v)
		for i := range x {
			x[i] = math.Ldexp(x[i], far*(i%3-1))
			z[i] += 40 * float64(i%3-1)
		}
		b.believe("far apart", "linear", 1, [][]float64{x}, [][]float64{b.beliefs("linear", v)})
		small := b.beliefs("linear", v)
		for i := range small {
			small[i] = math.Ldexp(small[i], -far/3)
		}
		b.believe("hardly any evidence", "linear", 1, [][]float64{b.beliefs("linear", v)}, [][]float64{small})
		b.believe("far apart", "log", 2, [][]float64{z}, [][]float64{b.beliefs("log", v)})
	}
}

func beliefSizes(b *batch) {
	for i, v := range b.sizes(1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 129, 1000) {
		b.observe("size", forms[i%2], 2, 1+i%3, v)
	}
}

func beliefRows(b *batch) {
	for i, n := range []int{0, 1, 2, 5, 17} {
		b.observe("rows", forms[i%2], n, 2, 6)
	}
}

// extremeBeliefs: a row's scale that serves the next one.
func extremeBeliefs(b *batch) {
	v := b.cut(9)
	row := func(form string, exp int) []float64 {
		x := b.beliefs(form, v)
		if form == "linear" {
			return scaledBy(x, min(exp, 8))
		}
		for i := range x {
			x[i] += 20 * float64(exp)
		}
		return x
	}
	for _, form := range forms {
		b.believe("among rows of other sizes", form, 2, [][]float64{row(form, 0), row(form, 8), row(form, 0), row(form, -8), row(form, 0)}, many(5, func() []float64 { return b.beliefs(form, v) }))
	}
}
