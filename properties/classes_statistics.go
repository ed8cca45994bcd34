package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// statisticsMakers make the cases of operations on distributions, confidences,
// samples, counts and corpora, by class.
var statisticsMakers = map[string][]maker{
	"G02": {{onSamples, infiniteSamples}, {onBayes, refusedBeliefs}},
	"G03": {{onSamples, nanSamples}, {onConfidences, refusedConfidences}, {onFit, refusedFits}},
	"G04": {{onBayes, subnormalBeliefs}, {onSamples, subnormalSamples}, {onOdds, subnormalOdds}},
	"G05": {{onBayes, offsetBeliefs}, {onSamples, offsetSamples}, {onFit, offsetFits}},
	"G06": {{onFit, separableFits}},
	"G08": {{onSamples, constantSamples}, {onFit, flatFits}},
	"G09": {{onConfidences, tiedConfidences}, {[]string{"worst_case"}, tiedSamples}},
	"G10": {{onBayes, dyadicBeliefs}, {onCounts, dyadicCounts}, {onOdds, dyadicOdds}},
	"G11": {{onBayes, refutedBeliefs}, {onCounts, impossibleCounts}, {onDrawnCounts, drawsBesideNothing}, {onOdds, certainOdds}},
	"G12": {{onBayes, farBeliefs}, {onCounts, largeCounts}, {onDrawnCounts, drawsScaled}, {onOdds, farOdds}, {onSamples, heavySamples}},
	"G13": {{onBayes, beliefSizes}, {onCounts, countSizes}, {onDrawnCounts, drawSizes}, {onOdds, oddsSizes}, {onSamples, sampleSizes}, {onCorpora, corpusSizes}, {onFit, fitSizes}},
	"G14": {{onBayes, beliefRows}, {onCounts, countRows}, {onOdds, oddsRows}, {onConfidences, confidenceRows}, {onSamples, sampleRows}, {onAttempts, problemRows}, {onFit, fitRows}},
	"G19": {{onFit, maskedFits}},
	"G20": {{onFit, labelledFits}},
	"G24": {{onFit, scaledFits}},
	"G28": {{onRelevance, tellingPriors}, {onSamples, tellingShares}},
	"G30": {{onDrawnCounts, drawSeeds}, {[]string{"bootstrap_ci"}, resampleSeeds}},
	"G34": {{onBayes, extremeBeliefs}},
	"G36": {{onConfidences, confidences}},
	"G37": {{onCorpora, corpora}},
	"G39": {{onAttempts, attempts}},
	"G41": {{onBayes, beliefs}, {onOdds, odds}, {onRelevance, documentPriors}},
}

var (
	onBayes       = []string{"bayes_posterior", "bayes_update"}
	onOdds        = []string{"bayes_odds"}
	onCounts      = []string{"multinomial_logpmf"}
	onDrawnCounts = []string{"multinomial_counts"}
	onRelevance   = []string{"relevance_posterior"}
	onCorpora     = []string{"bm25"}
	onConfidences = []string{"ece", "reliability", "brier"}
	onFit         = []string{"temperature_fit"}
	onSamples     = []string{"monte_carlo", "bootstrap_ci", "worst_case"}
	onAttempts    = []string{"pass_at_k"}
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

// masses are a row of positive masses that add up to about 1.
func (b *batch) masses(n int) []float64 {
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

// many is n rows from a function.
func many(n int, f func() []float64) [][]float64 {
	x := make([][]float64, n)
	for i := range x {
		x[i] = f()
	}
	return x
}

// scaledBy multiplies a row by a power of two.
func scaledBy(x []float64, exp int) []float64 {
	for i := range x {
		x[i] = math.Ldexp(x[i], exp)
	}
	return x
}
