package benchmarks

import (
	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

// typicalStatistics fills those of distributions, confidences, samples, counts and
// corpora.
var typicalStatistics = map[string]filler{
	"multinomial_logpmf.p":      weighted,
	"multinomial_logpmf.counts": below(8),
	"multinomial_counts.p":      weighted,
	"multinomial_counts.n":      constant(1000),
	"multinomial_counts.seed":   constant(42),
	"bayes_posterior.prior":     weighted,
	"bayes_update.prior":        weighted,
	"bayes_odds.prior_odds":     weighted,
	"bayes_odds.ratio":          weighted,
	"likelihood":                weighted,
	"score":                     logitsOf,
	"relevance_posterior.prior": weighted,
	"query":                     below(1000),
	"tokens":                    below(1000),
	"bm25.offsets":              evenOffsets,
	"conf":                      uniform,
	"correct":                   below(2),
	"bins":                      sized("bins"),
	"samples":                   uniform,
	"bootstrap_ci.seed":         constant(42),
	"pass_at_k.n":               constant(200),
	"pass_at_k.c":               below(200),
	"pass_at_k.k":               constant(10),
}

// weighted are positive masses of very different size.
func weighted(draw *properties.Draw, t reference.Tensor, _ reference.Dims, _ string) reference.Tensor {
	for i := range t.Len() {
		u := draw.Float()
		t.Put(i, 0.001+u*u*u)
	}
	return t
}

func uniform(draw *properties.Draw, t reference.Tensor, _ reference.Dims, _ string) reference.Tensor {
	for i := range t.Len() {
		t.Put(i, draw.Float())
	}
	return t
}

// below are integers in [0, n).
func below(n int) filler {
	return func(draw *properties.Draw, t reference.Tensor, _ reference.Dims, _ string) reference.Tensor {
		for i := range t.Len() {
			t.PutInt(i, int64(draw.Intn(n)))
		}
		return t
	}
}

func constant(v int64) filler {
	return func(_ *properties.Draw, t reference.Tensor, _ reference.Dims, _ string) reference.Tensor {
		for i := range t.Len() {
			t.PutInt(i, v)
		}
		return t
	}
}

// sized is a parameter that is also a size.
func sized(name string) filler {
	return func(_ *properties.Draw, t reference.Tensor, dims reference.Dims, _ string) reference.Tensor {
		t.PutInt(0, int64(dims[name]))
		return t
	}
}

// evenOffsets divide the tokens among documents of equal length.
func evenOffsets(_ *properties.Draw, t reference.Tensor, dims reference.Dims, _ string) reference.Tensor {
	for d := range t.Len() {
		t.PutInt(d, int64(d*dims["tokens"]/max(dims["docs"], 1)))
	}
	return t
}
