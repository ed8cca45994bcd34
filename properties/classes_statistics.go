package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// dressStatistics gives the inputs of these operations that a case leaves open.
func (b *batch) dressStatistics(in map[string]reference.Tensor, missing func(string) bool) {
	first := in[b.op.In[0].Name]
	like := func(name string, f func() float64) {
		if missing(name) {
			t := reference.NewTensor(b.typeOf(name), first.Shape...)
			for i := range t.Len() {
				t.Put(i, f())
			}
			in[name] = t
		}
	}
	switch b.op.Name {
	case "multinomial_logpmf":
		like("counts", func() float64 { return float64(b.draw.Intn(9)) })
	case "multinomial_counts":
		if missing("n") {
			in["n"] = b.integer("n", int64(20+b.draw.Intn(60))).tensor
		}
	case "ece", "reliability", "brier":
		like("correct", func() float64 { return float64(b.draw.Intn(2)) })
	case "relevance_posterior":
		if len(b.cases)%2 == 1 {
			like("prior", b.weight)
		}
	case "bootstrap_ci":
		if missing("resamples") { // few, so that a case stays cheap
			in["resamples"] = b.integer("resamples", int64(30+b.draw.Intn(40))).tensor
		}
	}
	if name := b.op.Name; name == "multinomial_counts" || name == "bootstrap_ci" {
		if missing("seed") {
			in["seed"] = b.integer("seed", int64(b.draw.Uint64())).tensor
		}
	}
}

// weight is a multiple of 1/64 up to 4, one in eight of them nothing.
func (b *batch) weight() float64 {
	if b.draw.Intn(8) == 0 {
		return 0
	}
	return float64(1+b.draw.Intn(256)) / 64
}

// simplex is a row of positive masses that add up to about 1.
func (b *batch) simplex(n int) []float64 {
	p, all := make([]float64, n), 0.0
	for i := range p {
		p[i] = float64(1 + b.draw.Intn(255))
		all += p[i]
	}
	for i := range p {
		p[i] = float64(p[i] / all)
	}
	return p
}

// matrix gives an argument a row of values for each of the case's rows.
func (b *batch) matrix(name string, x [][]float64) argument {
	vocab := 0
	if len(x) > 0 {
		vocab = len(x[0])
	}
	t := Matrix(b.typeOf(name), len(x), vocab, func(r, i int) float64 { return x[r][i] })
	return argument{name: name, tensor: t}
}

// scaledBy multiplies a row by a power of two.
func scaledBy(x []float64, exp int) []float64 {
	for i := range x {
		x[i] = math.Ldexp(x[i], exp)
	}
	return x
}
