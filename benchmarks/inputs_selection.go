package benchmarks

import (
	"math"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

// said is how many tokens each row's list has: a history, banned tokens.
const said = 64

// typicalSelection fills arguments whose name means something else in other operations,
// or nothing: "top_k.k".
var typicalSelection = map[string]filler{
	"top_k.k": number(50), "top_k_filter.k": number(50), "sample_chain.k": number(50), "beam_step.k": number(8),
	"min_p_filter.min_p": real(0.05), "sample_chain.min_p": real(0.05), "sample_chain.temperature": real(0.8),
	"sample_probs.p": masses, "speculative_accept.p": masses, "speculative_accept.q": masses,
	"speculative_accept.draft": tokens, "speculative_accept.u2": typical["u"],
	"penalties.history": tokens, "logit_bias.token": tokens, "banned.token": tokens,
	"penalties.offsets": offsets, "logit_bias.offsets": offsets, "banned.offsets": offsets,
	"penalties.repetition": real(1.2), "penalties.frequency": real(0.25), "penalties.presence": real(0.5),
	"logit_bias.bias": normal(1), "beam_step.score": scores,
	"attention_softmax.scale": real(0.125),
	"attention.Q":             normal(1), "attention.K": normal(1), "attention.V": normal(1),
	"beam_search.table": func(draw *properties.Draw, t reference.Tensor, _ reference.Dims, logits string) reference.Tensor {
		return rowsOf(draw, t, logits)
	},
	"beam_search.start": normal(3), "beam_search.k": sizeFrom("k"), "beam_search.max_len": sizeFrom("max_len"), "beam_search.eos": number(0),
}

func number(n int64) filler {
	return func(_ *properties.Draw, t reference.Tensor, _ reference.Dims, _ string) reference.Tensor {
		t.PutInt(0, n)
		return t
	}
}

func real(v float64) filler {
	return func(_ *properties.Draw, t reference.Tensor, _ reference.Dims, _ string) reference.Tensor {
		t.Put(0, v)
		return t
	}
}

// sizeFrom is a parameter that gives a size of the outputs.
func sizeFrom(name string) filler {
	return func(_ *properties.Draw, t reference.Tensor, dims reference.Dims, _ string) reference.Tensor {
		t.PutInt(0, int64(dims[name]))
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

// masses are the softmax of rows of logits.
func masses(draw *properties.Draw, t reference.Tensor, _ reference.Dims, logits string) reference.Tensor {
	rowsOf(draw, t, logits)
	vocab := max(t.Shape[1], 1)
	for r := range t.Shape[0] {
		x := t.Row(r, nil)
		best, sum := math.Inf(-1), 0.0
		for _, v := range x {
			best = max(best, v)
		}
		for _, v := range x {
			sum += math.Exp(v - best)
		}
		for j, v := range x {
			t.Put(r*vocab+j, math.Exp(v-best)/sum)
		}
	}
	return t
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
