package benchmarks

import (
	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

// typicalSelection fills those of filters, samplers, lists of tokens, beams and
// attention, whose names mean something else in other operations.
var typicalSelection = map[string]filler{
	"top_k.k": constant(50), "top_k_filter.k": constant(50), "sample_chain.k": constant(50), "beam_step.k": constant(8),
	"min_p_filter.min_p": real(0.05), "sample_chain.min_p": real(0.05), "sample_chain.temperature": real(0.8),
	"sample_probs.p": distributions, "speculative_accept.p": distributions, "speculative_accept.q": distributions,
	"speculative_accept.draft": tokens, "speculative_accept.u2": uniform,
	"penalties.history": tokens, "logit_bias.token": tokens, "banned.token": tokens,
	"penalties.offsets": offsets, "logit_bias.offsets": offsets, "banned.offsets": offsets,
	"penalties.repetition": real(1.2), "penalties.frequency": real(0.25), "penalties.presence": real(0.5),
	"logit_bias.bias": normal(1), "beam_step.score": scores,
	"attention_softmax.scale": real(0.125),
	"attention.Q":             normal(1), "attention.K": normal(1), "attention.V": normal(1),
	"beam_search.table": logitsOf,
	"beam_search.start": normal(3), "beam_search.k": sized("k"), "beam_search.max_len": sized("max_len"), "beam_search.eos": constant(0),
}

func real(v float64) filler {
	return func(_ *properties.Draw, t reference.Tensor, _ reference.Dims, _ string) reference.Tensor {
		t.Put(0, v)
		return t
	}
}

func normal(scale float64) filler {
	return func(draw *properties.Draw, t reference.Tensor, _ reference.Dims, _ string) reference.Tensor {
		for i := range t.Len() {
			t.Put(i, draw.Normal()*scale)
		}
		return t
	}
}

func tokens(draw *properties.Draw, t reference.Tensor, dims reference.Dims, _ string) reference.Tensor {
	for i := range t.Len() {
		t.PutInt(i, int64(draw.Intn(dims["vocab"])))
	}
	return t
}

func offsets(_ *properties.Draw, t reference.Tensor, _ reference.Dims, _ string) reference.Tensor {
	for i := range t.Len() {
		t.PutInt(i, int64(i*said))
	}
	return t
}

// scores are log-probabilities of hypotheses of a few tokens.
func scores(draw *properties.Draw, t reference.Tensor, _ reference.Dims, _ string) reference.Tensor {
	for i := range t.Len() {
		t.Put(i, -8-4*draw.Float())
	}
	return t
}
