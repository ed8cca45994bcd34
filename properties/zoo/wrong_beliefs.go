package zoo

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

func linear(c *reference.Call) bool { return c.Pick("form") == "linear" }

// refusing refuses rows of an input that do not add up to 1.
func refusing(name string) func(*reference.Call) error {
	return func(c *reference.Call) error {
		t := c.Arg(name)
		for r := range t.Shape[0] {
			if s := total(t.Row(r, nil)); s != 1 {
				return &reference.Reject{Op: c.Op.Name, Arg: name, Code: "sum", Row: r}
			}
		}
		return right.run(c)
	}
}

// stirling is ln n! to the first term of its series.
func stirling(n float64) float64 {
	if n == 0 {
		return 0
	}
	return n*math.Log(n) - n + 0.5*math.Log(2*math.Pi*n)
}

// distinct counts a document's different tokens.
func distinct(doc []int64) float64 {
	seen := map[int64]bool{}
	for _, w := range doc {
		seen[w] = true
	}
	return float64(len(seen))
}

// robertsonIDF is the idf that is negative for a token in more than half of the
// documents.
func robertsonIDF(k corpus, q int64) float64 {
	df := 0.0
	for _, doc := range k.docs {
		for _, w := range doc {
			if w == q {
				df++
				break
			}
		}
	}
	n := float64(len(k.docs))
	return math.Log((n - df + 0.5) / (df + 0.5))
}

var wrongBeliefs = []planted{
	{law: "bound", bug: "n! by the first term of Stirling's series", op: "multinomial_logpmf", run: output(0, func(c *reference.Call, r int, v float64) float64 {
		n := rowTotal(c, r)
		return v - lnFactorial(n) + stirling(n)
	})},
	{law: "bound", bug: "the outcomes' factorials left out", op: "multinomial_logpmf", run: output(0, func(c *reference.Call, r int, v float64) float64 {
		for j := range c.In[0].Shape[1] {
			v += lnFactorial(c.In[1].Get(r*c.In[0].Shape[1] + j))
		}
		return v
	})},
	{law: "bound", bug: "an epsilon of 1e-6 in every p", op: "multinomial_logpmf", run: input("p", plus(1e-6))},

	{law: "bound", bug: "the prior where its logarithm is meant", op: "bayes_posterior", from: "dfdx/NaiveBayes.jl#5", rows: "BA-04", run: input("prior", func(c *reference.Call, _ int, v float64) float64 {
		if linear(c) {
			return v
		}
		return math.Exp(v)
	})},
	{law: "accept", bug: "refuses priors that do not add up to 1", op: "bayes_posterior", from: "scikit-learn/scikit-learn#9633", rows: "BA-05", run: refusing("prior")},
	{law: "bound", bug: "likelihoods of at least 1e-6", op: "bayes_posterior", run: input("likelihood", func(c *reference.Call, _ int, v float64) float64 {
		if linear(c) {
			return max(v, 1e-6)
		}
		return v
	})},
	{law: "bound", bug: "the evidence without the prior", op: "bayes_posterior", run: output(1, func(c *reference.Call, r int, v float64) float64 {
		if linear(c) {
			return total(c.In[1].Row(r, nil))
		}
		return v
	})},

	{law: "bound", bug: "beliefs of at least 1e-6 after every step", op: "bayes_update", run: output(0, func(c *reference.Call, _ int, v float64) float64 {
		if linear(c) {
			return max(v, 1e-6)
		}
		return v
	})},
	{law: "bound", bug: "observations held in bfloat16", op: "bayes_update", run: input("likelihood", func(_ *reference.Call, _ int, v float64) float64 { return reference.BF16.Round(v) })},
	{law: "bound", bug: "the log-evidence in bits", op: "bayes_update", run: output(1, func(_ *reference.Call, _ int, v float64) float64 { return v / math.Ln2 })},

	{law: "bound", bug: "the last ratio lost", op: "bayes_odds", run: input("ratio", func(c *reference.Call, i int, v float64) float64 {
		if n := c.In[1].Shape[1]; n > 1 && i%n == n-1 {
			return 1
		}
		return v
	})},
	{law: "bound", bug: "probabilities of at most 1 - 1e-6", op: "bayes_odds", run: output(1, func(_ *reference.Call, _ int, v float64) float64 { return min(v, 1-1e-6) })},
	{law: "bound", bug: "odds above 1e6 cut", op: "bayes_odds", run: output(0, func(_ *reference.Call, _ int, v float64) float64 { return min(v, 1e6) })},
	{law: "bound", bug: "the ratio upside down", op: "bayes_odds", run: input("ratio", func(_ *reference.Call, _ int, v float64) float64 { return 1 / v })},

	{law: "bound", bug: "a negative idf replaced by a share of the mean", op: "bm25", from: "piskvorky/gensim#2662", rows: "BM-01", run: output(0, func(c *reference.Call, d int, v float64) float64 {
		k := read(c)
		if c.Pick("variant") != "robertson" || v >= 0 {
			return v
		}
		mean := 0.0
		for _, q := range k.query {
			mean += robertsonIDF(k, q) / float64(len(k.query))
		}
		return 0.25 * mean
	})},
	{law: "bound", bug: "the average of distinct tokens for the average length", op: "bm25", from: "RediSearch/RediSearch#3780", rows: "BM-07", run: asking(func(c *reference.Call) {
		k := read(c)
		words, different := 0.0, 0.0
		for _, doc := range k.docs {
			words, different = words+float64(len(doc)), different+distinct(doc)
		}
		// length/average grows by words/different: as b does, where b and 1-b may
		// be scaled apart, with k1.
		if different > 0 && words > different {
			k1, b, by := c.Param("k1", 0), c.Param("b", 0), words/different
			give(c, "k1", k1*(1-b+b*by))
			give(c, "b", b*by/(1-b+b*by))
		}
	})},
}
