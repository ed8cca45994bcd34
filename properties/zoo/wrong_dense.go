package zoo

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

func anyNaN(x []float64) bool {
	for _, v := range x {
		if math.IsNaN(v) {
			return true
		}
	}
	return false
}

var wrongDense = []planted{
	{law: "exponentials_sum_to_one", bug: "a normaliser short by a token of 1e-4", op: "log_softmax", run: output(0, func(_ *reference.Call, _ int, v float64) float64 { return v + 1e-4 })},
	{law: "log_gaps", bug: "ln of a probability clipped to 1e-9", op: "log_softmax", run: output(0, func(_ *reference.Call, _ int, v float64) float64 { return max(v, math.Log(1e-9)) })},
	{law: "at_most_zero", bug: "ln of a sum below 1", op: "log_softmax", run: output(0, func(_ *reference.Call, _ int, v float64) float64 {
		if v > -1e-3 {
			return v + 1e-3
		}
		return v
	})},
	{law: "doubled", bug: "ln(S + 1e-3)", op: "logsumexp", run: output(0, func(c *reference.Call, r int, v float64) float64 {
		m := maximum(c.In[0].Row(r, nil)) / c.Param("temperature", r)
		return m + math.Log(math.Exp(v-m)+1e-3)
	})},
	{law: "lse_grows", bug: "the maximum added twice", op: "logsumexp", run: output(0, func(c *reference.Call, r int, v float64) float64 {
		return v + maximum(c.In[0].Row(r, nil))/c.Param("temperature", r)
	})},
	{law: "lse_between", bug: "the maximum not divided by T", op: "logsumexp", run: output(0, func(c *reference.Call, r int, v float64) float64 {
		m := maximum(c.In[0].Row(r, nil))
		return v - m/c.Param("temperature", r) + m
	})},
	{law: "every_token", bug: "the next token's logit", op: "token_logprobs", run: asking(func(c *reference.Call) {
		label := c.Arg("label")
		for r := range label.Len() {
			if l := label.Int(r); l >= 0 && l < int64(c.In[0].Shape[1]) {
				label.PutInt(r, (l+1)%int64(c.In[0].Shape[1]))
			}
		}
	})},
	{law: "gradients_cancel", bug: "y dy without its sum", op: "softmax_backward", run: output(0, func(c *reference.Call, i int, _ float64) float64 {
		return c.In[0].Get(i) * c.In[1].Get(i) / c.Param("temperature", i/c.In[0].Shape[1])
	})},
	{law: "gradient_is_slope", bug: "1/T left out", op: "cross_entropy_backward", run: output(0, func(c *reference.Call, i int, v float64) float64 {
		return v * c.Param("temperature", i/c.In[0].Shape[1])
	})},
	{law: "upstream_scales", bug: "the upstream gradient clipped to 1", op: "cross_entropy_backward", run: asking(func(c *reference.Call) {
		each(c, "g", func(g float64) float64 { return max(-1, min(1, g)) })
	})},
	{law: "no_mass_no_gradient", bug: "an epsilon for every token", op: "cross_entropy_backward", run: output(0, func(c *reference.Call, i int, v float64) float64 { return v + 1e-8 })},
	{law: "ignored_gradient", bug: "NaN times a mask of 0", op: "cross_entropy_backward", run: output(0, func(c *reference.Call, i int, v float64) float64 {
		if r := i / c.In[0].Shape[1]; skipped(c, r) {
			return c.In[0].Get(i) * 0
		}
		return v
	})},
	{law: "one_hot_targets", bug: "targets squared", op: "cross_entropy_soft", run: input("q", func(_ *reference.Call, _ int, v float64) float64 { return v * v })},
	{law: "targets_scale", bug: "targets normalised", op: "cross_entropy_soft", run: output(0, func(c *reference.Call, r int, v float64) float64 { return v / total(c.In[1].Row(r, nil)) })},
	{law: "entropy_range", bug: "the sign lost", op: "entropy", run: output(0, func(_ *reference.Call, _ int, v float64) float64 { return -v })},
	{law: "uniform_entropy", bug: "a sum that stalls at 3.4", op: "entropy_from_logits", run: output(0, func(_ *reference.Call, _ int, v float64) float64 { return min(v, 3.4) })},
	{law: "sure_entropy", bug: "probabilities clipped to 1e-9", op: "entropy", run: output(0, func(c *reference.Call, r int, v float64) float64 {
		for _, p := range c.In[0].Row(r, nil) {
			if p == 0 {
				v -= 1e-9 * math.Log(1e-9)
			}
		}
		return v
	})},
	{law: "grouping", bug: "masses below 1e-3 left out", op: "entropy", run: input("p", func(_ *reference.Call, _ int, v float64) float64 {
		if v < 1e-3 {
			return 0
		}
		return v
	})},
	{law: "units", bug: "divided by ln 2 twice", op: "kl", run: output(0, func(c *reference.Call, _ int, v float64) float64 { return v / nats(c) })},
	{law: "masses_scale", bug: "normalised though not asked", op: "entropy", run: asking(func(c *reference.Call) { c.Choice["normalise"] = "yes" })},
	{law: "no_divergence_of_equals", bug: "1e-5 too many", op: "kl", run: output(0, func(_ *reference.Call, _ int, v float64) float64 { return v + 1e-5 })},
	{law: "gibbs", bug: "ln q - ln p", op: "kl", run: output(0, func(_ *reference.Call, _ int, v float64) float64 { return -v })},
	{law: "impossible_is_infinite", bug: "q clipped to 1e-9", op: "kl", run: input("q", func(_ *reference.Call, _ int, v float64) float64 { return max(v, 1e-9) })},
	{law: "skew_is_symmetric", bug: "a skew below one half ignored", op: "js", run: asking(func(c *reference.Call) { each(c, "beta", func(b float64) float64 { return max(b, 0.5) }) })},
	{law: "skew_is_bounded", bug: "the sum of both divergences, not their mean", op: "js", run: output(0, func(_ *reference.Call, _ int, v float64) float64 { return 2 * v })},
	{law: "other_shift", bug: "y clamped to +-50", op: "kl_from_logits", run: input("y", func(_ *reference.Call, _ int, v float64) float64 { return max(-50, min(50, v)) })},
	{law: "transposed", bug: "columns beyond the rows' number left out", op: "mutual_information", run: input("joint", func(c *reference.Call, i int, v float64) float64 {
		if i%c.In[0].Shape[1] >= c.In[0].Shape[0] {
			return 0
		}
		return v
	})},
	{law: "information_range", bug: "H(X) + H(Y)", op: "mutual_information", run: output(0, func(_ *reference.Call, _ int, v float64) float64 { return v + 3 })},
	{law: "independent", bug: "a correction of the bias nobody asked for", op: "mutual_information", run: output(0, func(c *reference.Call, _ int, v float64) float64 {
		return v + 1e-4*float64((c.In[0].Shape[0]-1)*(c.In[0].Shape[1]-1))
	})},
	{law: "empty_cells", bug: "1e-6 for every cell", op: "mutual_information", run: output(0, func(c *reference.Call, _ int, v float64) float64 { return v + 1e-6*float64(c.In[0].Len()) })},
	{law: "uncounted_tokens", bug: "NaN times a mask of 0", op: "perplexity", run: output(0, func(c *reference.Call, _ int, v float64) float64 {
		for i := range c.In[0].Len() {
			v += 0 * min(c.In[0].Get(i), 1)
		}
		return v
	})},
	{law: "uniform_model", bug: "the minus sign forgotten", op: "perplexity", run: output(0, func(_ *reference.Call, _ int, v float64) float64 { return 1 / v })},
	{law: "pieces_add_up", bug: "the mean over all tokens", op: "bits_per_token", run: output(0, func(c *reference.Call, _ int, v float64) float64 { return v * counted(c) / float64(c.In[0].Len()) })},
	{law: "perplexity_of_mean", bug: "2 to the mean in nats", op: "perplexity", run: output(0, func(_ *reference.Call, _ int, v float64) float64 { return math.Pow(v, math.Ln2) })},
	{law: "text_twice", bug: "one token fewer, the first without context", op: "bits_per_token", run: output(0, func(c *reference.Call, _ int, v float64) float64 {
		return v * counted(c) / (counted(c) - 1)
	})},
	{law: "beyond_the_length", bug: "NaN times a mask of 0", op: "sequence_logprob", run: output(0, func(c *reference.Call, r int, v float64) float64 {
		if anyNaN(c.In[0].Row(r, nil)) {
			return nan
		}
		return v
	})},
	{law: "sequence_splits", bug: "the first token left out", op: "sequence_logprob", run: output(0, func(c *reference.Call, r int, v float64) float64 {
		if c.Arg("lengths").Int(r) > 0 {
			v -= c.In[0].Get(r * c.In[0].Shape[1])
		}
		return v
	})},
	{law: "score_is_penalised", bug: "the power of the length for Wu's", op: "sequence_logprob", run: asking(func(c *reference.Call) {
		if c.Choice["length_penalty"] == "gnmt" {
			c.Choice["length_penalty"] = "power"
		}
	})},
	{law: "no_exponent_no_penalty", bug: "0 means the default", op: "sequence_logprob", run: asking(func(c *reference.Call) {
		each(c, "alpha", func(a float64) float64 {
			if a == 0 {
				return 1
			}
			return a
		})
	})},
	{law: "estimates_not_negative", bug: "e^r - 1 - r in half precision", op: "kl_penalty", run: output(0, func(c *reference.Call, _ int, v float64) float64 { return v - 1e-4 })},
	{law: "same_policy", bug: "an epsilon", op: "kl_penalty", run: output(0, func(c *reference.Call, _ int, v float64) float64 { return v + 1e-6 })},
	{law: "penalty_direction", bug: "lp - lq for lq - lp", op: "kl_penalty", run: asking(func(c *reference.Call) { c.In[0], c.In[1] = c.In[1], c.In[0] })},
	{law: "mean_penalty", bug: "the mean over all tokens", op: "kl_penalty", run: output(1, func(c *reference.Call, _ int, v float64) float64 { return v * counted(c) / float64(c.In[0].Len()) })},
}
