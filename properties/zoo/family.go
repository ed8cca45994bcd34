package zoo

import (
	"github.com/seed-210c9500/assay/properties/zoo/outside"
	"github.com/seed-210c9500/assay/reference"
)

// body computes a call in a style. Refusals are settled before.
type body func(k working, c *reference.Call)

// bodies holds every operation that does arithmetic.
var bodies = map[string]body{
	"softmax": softmax, "log_softmax": logSoftmax, "logsumexp": logSumExp, "token_logprobs": tokenLogprobs,
	"softmax_backward": softmaxBackward, "cross_entropy": crossEntropy, "cross_entropy_backward": crossEntropyBackward,
	"cross_entropy_soft": crossEntropySoft, "entropy_from_logits": entropyFromLogits, "kl_from_logits": klFromLogits,
	"entropy": entropy, "kl": kl, "cross_entropy_pq": crossEntropyPQ, "js": jensenShannon, "mutual_information": mutualInformation,
	"sequence_logprob": sequenceLogprob, "perplexity": perplexity, "bits_per_token": bitsPerToken, "bits_per_byte": bitsPerByte,
	"kl_penalty": klPenalty,

	"top_p_filter": eachRow(topP), "top_k_filter": eachRow(topKFilter), "min_p_filter": eachRow(minP),
	"sample_logits": eachRow(sampleLogits), "sample_probs": eachRow(sampleProbs), "sample_gumbel": eachRow(gumbel),
	"sample_chain": eachRow(chain), "speculative_accept": eachRow(speculative),
	"argmax": eachRow(argmax), "top_k": eachRow(topK), "penalties": eachRow(penalties), "logit_bias": eachRow(logitBias), "banned": eachRow(banned),
	"beam_step": beamStep, "beam_search": beamSearch,
	"attention_softmax": eachRow(attentionSoftmax), "attention": eachRow(attention),

	"multinomial_logpmf": logPMF, "multinomial_counts": countDraws,
	"bayes_posterior": posterior, "bayes_update": updated, "bayes_odds": oddsProduct, "relevance_posterior": relevance,
	"bm25": okapi, "ece": calibrationError, "reliability": diagram, "brier": squaredError, "temperature_fit": slopeFit,
	"monte_carlo": estimate, "bootstrap_ci": percentiles, "worst_case": lowQuantile, "pass_at_k": passProduct,
}

func eachRow(f func(k working, c *reference.Call, r int)) body {
	return func(k working, c *reference.Call) {
		for r := range c.In[0].Shape[0] {
			f(k, c, r)
		}
	}
}

// run is the kernel of a call's operation in this style.
func (s style) run(c *reference.Call) error {
	if _, err := c.Truth(); err != nil {
		return err
	}
	bodies[c.Op.Name](s.on(c), c)
	return nil
}

// family are the right kernels of an operation: every style, and the reference
// rounded once.
func family(op *reference.Op) []Kernel {
	add := func(all []Kernel, name string, contract func(reference.DType) reference.Contract, run func(*reference.Call) error) []Kernel {
		return append(all, Kernel{ID: op.Name + "/" + name, Op: op.Name, DTypes: op.DTypes(), Contract: contract, Run: run})
	}
	all := add(nil, "rounded", tight, rounded)
	for _, s := range styles {
		if exponentials(op.Name) {
			all = add(all, s.name, s.contract, s.run)
		} else if !s.onExponentials {
			all = add(all, s.name, reference.DefaultContract, s.run)
		}
	}
	g := generator(splitmix)
	switch op.Name {
	case "sample_logits", "sample_probs":
		all = add(all, "race", reference.DefaultContract, g.race)
		fallthrough
	case "sample_chain":
		all = add(all, "own-generator", reference.DefaultContract, g.own(right.run))
	}
	return append(all, outsiders(outside.Right, op.Name)...)
}

func tight(d reference.DType) reference.Contract { return styles[0].contract(d) }

// rounded is the reference's answer, rounded to the working type, then to the
// output's.
func rounded(c *reference.Call) error {
	truth, err := c.Truth()
	if err != nil {
		return err
	}
	k := plain.on(c)
	for o, t := range c.Out {
		if t.Absent() {
			continue
		}
		for i := range t.Len() {
			t.Put(i, k.of(truth.Out[o].Get(i)))
		}
	}
	return nil
}

// specials fills in the answers of rows without a distribution; a body then
// writes over those that have one.
func specials(c *reference.Call) { rounded(c) }
