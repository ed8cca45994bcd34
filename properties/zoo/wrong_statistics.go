package zoo

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

func lnFactorial(n float64) float64 {
	v, _ := math.Lgamma(n + 1)
	return v
}

// rowTotal adds the counts of a row.
func rowTotal(c *reference.Call, r int) (n float64) {
	v := c.In[0].Shape[1]
	for j := range v {
		n += c.In[1].Get(r*v + j)
	}
	return n
}

var wrongStatistics = []planted{
	{law: "one_draw_is_ln_p", bug: "bits for nats", op: "multinomial_logpmf", run: output(0, func(_ *reference.Call, _ int, v float64) float64 { return v / math.Ln2 })},
	{law: "all_counts_sum", bug: "n! left out", op: "multinomial_logpmf", run: output(0, func(c *reference.Call, r int, v float64) float64 { return v - lnFactorial(rowTotal(c, r)) })},
	{law: "absent_outcome", bug: "0 times ln 0", op: "multinomial_logpmf", from: "scikit-learn/scikit-learn#5814", rows: "BA-03", run: output(0, func(c *reference.Call, r int, v float64) float64 {
		for j, p := range c.In[0].Row(r, nil) {
			if p == 0 && c.In[1].Get(r*c.In[0].Shape[1]+j) == 0 {
				return nan
			}
		}
		return v
	})},
	{law: "counts_total", bug: "counts started at 1", op: "multinomial_counts", run: output(0, func(c *reference.Call, i int, v float64) float64 { return v + float64(1-min(i%c.In[0].Shape[1], 1)) })},
	{law: "counted_has_mass", bug: "the first draw always falls on the last outcome", op: "multinomial_counts", run: answering(func(c *reference.Call) {
		v := c.In[0].Shape[1]
		for r := range c.In[0].Shape[0] {
			for j := range v {
				if n := c.Out[0].Get(r*v + j); n > 0 {
					c.Out[0].Put(r*v+j, n-1)
					c.Out[0].Put(r*v+v-1, c.Out[0].Get(r*v+v-1)+1)
					break
				}
			}
		}
	})},
	{law: "mass_scale", bug: "masses clipped at 1", op: "multinomial_counts", run: input("p", func(_ *reference.Call, _ int, v float64) float64 { return min(v, 1) })},
	{law: "one_more_draw", bug: "the number of draws is in the key", op: "multinomial_counts", run: asking(func(c *reference.Call) {
		seed := reference.NewTensor(reference.U64, c.In[0].Shape[0])
		for r := range seed.Len() {
			seed.SetBits(r, c.Arg("seed").Bits(min(r, c.Arg("seed").Len()-1))+uint64(c.Arg("n").At(r)))
		}
		c.In[c.Op.Input("seed")] = seed
	})},

	{law: "posterior_sums_to_one", bug: "not divided by the evidence", op: "bayes_posterior", run: answering(func(c *reference.Call) {
		if v := c.In[0].Shape[1]; c.Pick("form") == "linear" {
			for i := range c.Out[0].Len() {
				c.Out[0].Put(i, c.Out[0].Get(i)*c.Out[1].Get(i/v))
			}
		}
	})},
	{law: "posterior_odds", bug: "the prior left out", op: "bayes_posterior", run: input("prior", func(c *reference.Call, _ int, v float64) float64 {
		if c.Pick("form") == "log" || v == 0 {
			return v
		}
		return 1
	})},
	{law: "likelihood_scale", bug: "likelihoods clipped at 1", op: "bayes_posterior", run: input("likelihood", func(c *reference.Call, _ int, v float64) float64 {
		if c.Pick("form") == "log" {
			return v
		}
		return min(v, 1)
	})},
	{law: "order_of_observations", bug: "the last observation lost", op: "bayes_update", run: input("likelihood", func(c *reference.Call, i int, v float64) float64 {
		if s, n := c.In[1].Shape[1], c.In[1].Shape[2]; s > 1 && i/n%s == s-1 && v != 0 && c.Pick("form") == "linear" {
			return 0.5
		}
		return v
	})},
	{law: "in_two_goes", bug: "the prior applied with every observation", op: "bayes_update", run: input("likelihood", func(c *reference.Call, i int, v float64) float64 {
		if s, n := c.In[1].Shape[1], c.In[1].Shape[2]; s > 1 && i/n%s > 0 && c.Pick("form") == "linear" {
			return v * c.In[0].Get(i/(s*n)*n+i%n)
		}
		return v
	})},
	{law: "telling_nothing", bug: "an observation counted as half", op: "bayes_update", run: output(1, func(c *reference.Call, _ int, v float64) float64 { return v - 0.5*float64(c.In[1].Shape[1]) })},
	{law: "odds_to_probability", bug: "odds for the probability", op: "bayes_odds", run: answering(func(c *reference.Call) {
		for r := range c.Out[1].Len() {
			c.Out[1].Put(r, min(c.Out[0].Get(r), 1))
		}
	})},
	{law: "odds_scale", bug: "the prior odds dropped", op: "bayes_odds", run: input("prior_odds", func(_ *reference.Call, _ int, v float64) float64 {
		if v == 0 || math.IsInf(v, 1) {
			return v
		}
		return 1
	})},

	{law: "relevance_sums_to_one", bug: "the prior multiplied in afterwards", op: "relevance_posterior", run: output(0, func(c *reference.Call, i int, v float64) float64 {
		if p := c.Arg("prior"); !p.Absent() && v < 0.75 {
			return v * p.Get(i)
		}
		return v
	})},
	{law: "relevance_odds", bug: "the prior added to the score", op: "relevance_posterior", run: asking(func(c *reference.Call) {
		if p := c.Arg("prior"); !p.Absent() {
			for i := range p.Len() {
				if p.Get(i) > 0 {
					c.In[0].Put(i, c.In[0].Get(i)+p.Get(i))
					p.Put(i, 1)
				}
			}
		}
	})},
	{law: "prior_scale", bug: "priors clipped at 1", op: "relevance_posterior", run: input("prior", func(_ *reference.Call, _ int, v float64) float64 { return min(v, 1) })},
	{law: "no_prior_is_uniform", bug: "without a prior half the temperature", op: "relevance_posterior", run: asking(func(c *reference.Call) {
		if c.Arg("prior").Absent() {
			each(c, "temperature", func(t float64) float64 { return t / 2 })
		}
	})},
	{law: "no_prior_no_posterior", bug: "ln(prior + 1e-3)", op: "relevance_posterior", run: input("prior", func(_ *reference.Call, _ int, v float64) float64 { return v + 1e-3 })},

	{law: "no_term_no_score", bug: "the lower bound where the term is absent", op: "bm25", from: "dorianbrown/rank_bm25#5", rows: "BM-09", run: output(0, func(c *reference.Call, _ int, v float64) float64 {
		if c.Pick("variant") == "bm25+" {
			return v + c.Param("delta", 0)
		}
		return v
	})},
	{law: "query_twice", bug: "the query taken for a set", op: "bm25", run: asking(func(c *reference.Call) {
		var set []int64
		for _, q := range read(c).query {
			if !slices.Contains(set, q) {
				set = append(set, q)
			}
		}
		c.In[0] = reference.NewTensor(c.In[0].DType, len(set))
		for i, q := range set {
			c.In[0].PutInt(i, q)
		}
	})},
	{law: "documents_reversed", bug: "the last document's length for all", op: "bm25", run: output(0, func(c *reference.Call, d int, v float64) float64 {
		return v * (1 + float64(d)/16)
	})},
	{law: "tokens_renamed", bug: "tokens kept as float32", op: "bm25", run: asking(func(c *reference.Call) {
		for i := range 2 {
			for j := range c.In[i].Len() {
				c.In[i].PutInt(j, int64(float32(c.In[i].Int(j))))
			}
		}
	})},
	{law: "score_not_negative", bug: "an idf without the 1 inside", op: "bm25", from: "haifengl/smile#682", rows: "BM-03", run: choosing("variant", "lucene", "robertson")},
	{law: "length_without_b", bug: "b is 0.75 always", op: "bm25", run: param("b", func(float64) float64 { return 0.75 })},
	{law: "corpus_posterior", bug: "scores divided by their sum", op: "bm25", run: answering(func(c *reference.Call) {
		sum := 0.0
		for d := range c.Out[0].Len() {
			sum += c.Out[0].Get(d)
		}
		for d := range c.Out[0].Len() {
			if sum > 0 {
				c.Out[1].Put(d, c.Out[0].Get(d)/sum)
			}
		}
	})},
}
