package zoo

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// windowed is the mean of the means of windows of eight tokens.
func windowed(c *reference.Call) float64 {
	var means []float64
	n := c.In[0].Len()
	for lo := 0; lo < n; lo += 8 {
		sum, count := 0.0, 0.0
		for i := lo; i < min(lo+8, n); i++ {
			if counts(c, i) {
				sum, count = sum+c.In[0].Get(i), count+1
			}
		}
		if count > 0 {
			means = append(means, sum/count)
		}
	}
	return total(means) / float64(len(means))
}

// allTokens is by what factor the mean shrinks when the uncounted are counted in
// the denominator.
func allTokens(c *reference.Call) float64 { return counted(c) / float64(c.In[0].Len()) }

// padByValue takes a loss of exactly 0 for padding.
func padByValue(c *reference.Call) float64 {
	zeros := 0.0
	for i := range c.In[0].Len() {
		if counts(c, i) && c.In[0].Get(i) == 0 {
			zeros++
		}
	}
	return counted(c) / (counted(c) - zeros)
}

var wrongTokens = []planted{
	{law: "bound", bug: "the mean of windows' means", op: "perplexity", from: "huggingface/transformers#34138", rows: "PP-01", run: output(0, func(c *reference.Call, _ int, v float64) float64 { return math.Exp(windowed(c)) })},
	{law: "bound", bug: "a loss of 0 taken for padding", op: "perplexity", from: "neuralmagic/deepsparse#1141", rows: "PP-04", run: output(0, func(c *reference.Call, _ int, v float64) float64 { return math.Pow(v, padByValue(c)) })},
	{law: "bound", bug: "padding counted in the mean", op: "perplexity", from: "neulab/xnmt#229", rows: "PP-05", run: output(0, func(c *reference.Call, _ int, v float64) float64 { return math.Pow(v, allTokens(c)) })},
	{law: "bound", bug: "losses above 20 clipped", op: "perplexity", run: input("nll", func(_ *reference.Call, _ int, v float64) float64 { return min(v, 20) })},
	{law: "uncounted_tokens", bug: "what padding holds is added", op: "perplexity", from: "huggingface/trl#6121", rows: "EN-03", run: output(1, func(c *reference.Call, _ int, v float64) float64 {
		for i := range c.In[0].Len() {
			if !counts(c, i) {
				v += c.In[0].Get(i) / counted(c)
			}
		}
		return v
	})},
	{law: "bound", bug: "nothing counted is a perplexity of 1", op: "perplexity", from: "allenai/open-instruct#1685", rows: "PP-10", run: output(0, func(c *reference.Call, _ int, v float64) float64 {
		if counted(c) == 0 {
			return 1
		}
		return v
	})},

	{law: "bound", bug: "log2 e to three digits", op: "bits_per_token", run: output(0, func(_ *reference.Call, _ int, v float64) float64 { return v * math.Ln2 * 1.443 })},
	{law: "pieces_add_up", bug: "the mean of windows' means", op: "bits_per_token", run: output(0, func(c *reference.Call, _ int, v float64) float64 { return windowed(c) * math.Log2E })},
	{law: "bound", bug: "nats for bits", op: "bits_per_token", run: output(0, func(_ *reference.Call, _ int, v float64) float64 { return v * math.Ln2 })},
	{law: "bound", bug: "a loss of 0 taken for padding", op: "bits_per_token", run: output(0, func(c *reference.Call, _ int, v float64) float64 { return v * padByValue(c) })},

	{law: "bound", bug: "divided by the tokens", op: "bits_per_byte", run: output(0, func(c *reference.Call, _ int, v float64) float64 {
		return v * float64(c.Arg("bytes").Int(0)) / counted(c)
	})},
	{law: "bound", bug: "nats for bits", op: "bits_per_byte", run: output(0, func(_ *reference.Call, _ int, v float64) float64 { return v * math.Ln2 })},
	{law: "uncounted_tokens", bug: "what padding holds is added", op: "bits_per_byte", run: output(0, func(c *reference.Call, _ int, v float64) float64 {
		for i := range c.In[0].Len() {
			if !counts(c, i) {
				v += c.In[0].Get(i) * math.Log2E / float64(c.Arg("bytes").Int(0))
			}
		}
		return v
	})},
	{law: "bound", bug: "a byte for the end of the text", op: "bits_per_byte", run: output(0, func(c *reference.Call, _ int, v float64) float64 {
		n := float64(c.Arg("bytes").Int(0))
		return v * n / (n + 1)
	})},
	{law: "bound", bug: "losses above 20 clipped", op: "bits_per_byte", run: input("nll", func(_ *reference.Call, _ int, v float64) float64 { return min(v, 20) })},
	{law: "bound", bug: "the last token left out", op: "bits_per_byte", run: output(0, func(c *reference.Call, _ int, v float64) float64 {
		if n := c.In[0].Len() - 1; n >= 0 && counts(c, n) {
			v -= c.In[0].Get(n) * math.Log2E / float64(c.Arg("bytes").Int(0))
		}
		return v
	})},

	{law: "bound", bug: "divided by the padded length", op: "sequence_logprob", from: "huggingface/lighteval#1290", rows: "PP-08", run: output(1, func(c *reference.Call, r int, v float64) float64 {
		if n := float64(c.Arg("lengths").Int(r)); c.Pick("length_penalty") == "power" && n > 0 {
			return v * math.Pow(n/float64(c.In[0].Shape[1]), c.Param("alpha", r))
		}
		return v
	})},
	{law: "beyond_the_length", bug: "the padding added instead", op: "sequence_logprob", from: "QwenAudio/CosyVoice#1449", rows: "PP-09", run: output(0, func(c *reference.Call, r int, v float64) float64 {
		row := c.In[0].Row(r, nil)
		return total(row[c.Arg("lengths").Int(r):])
	})},
	{law: "bound", bug: "the continuation starts a token late", op: "sequence_logprob", from: "facebookresearch/lingua#28", rows: "PP-07", run: output(0, func(c *reference.Call, r int, v float64) float64 {
		if n := int(c.Arg("lengths").Int(r)); n > 0 {
			return total(c.In[0].Row(r, nil)[1:n])
		}
		return v
	})},
	{law: "bound", bug: "log-probabilities clipped at -20", op: "sequence_logprob", run: input("lp", func(_ *reference.Call, _ int, v float64) float64 { return max(v, -20) })},

	{law: "bound", bug: "the square without its half", op: "kl_penalty", run: output(0, func(c *reference.Call, _ int, v float64) float64 {
		if c.Pick("estimator") == "k2" {
			return 2 * v
		}
		return v
	})},
	{law: "bound", bug: "a ratio clipped at 10", op: "kl_penalty", run: input("lq", func(c *reference.Call, i int, v float64) float64 {
		lp := c.In[0].Get(i)
		return max(lp-10, min(lp+10, v))
	})},
	{law: "bound", bug: "the gradient of k1 for all", op: "kl_penalty", run: output(2, func(c *reference.Call, i int, v float64) float64 {
		if counts(c, i) && !math.IsNaN(v) {
			return 1
		}
		return v
	})},
}
