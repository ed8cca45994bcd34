package properties

import "slices"

// Laws is the table of laws: what must hold of a kernel whatever the reference
// says of the case. Laws name the operations they bind; operations name none.
//
// A place is kept for a law over all normalised errors of a run (bias and
// spread: truncation where rounding is meant shows nowhere else); it looks at
// many cases at once, so it will not have this shape.
var Laws = slices.Concat(rowLaws, softmaxLaws, crossEntropyLaws, topPFilterLaws, sampleLogitsLaws,
	selectionLaws, filterLaws, sampleChainLaws, sampleGumbelLaws, listLaws, speculativeLaws, beamLaws, searchLaws, attentionSoftmaxLaws, attentionLaws)

var (
	onRows    = []string{"softmax", "cross_entropy", "top_p_filter", "sample_logits"}
	onSoftmax = []string{"softmax"}
	onNucleus = []string{"top_p_filter"}
	onLoss    = []string{"cross_entropy"}
	onDraws   = []string{"sample_logits", "sample_probs", "sample_chain"}
	onFilters = []string{"top_p_filter", "top_k_filter", "min_p_filter"}

	// onDrawnLogits draw from logits and refuse rows without a distribution.
	onDrawnLogits = []string{"sample_logits", "sample_chain", "sample_gumbel"}

	// shiftable, paddable and independent add to onRows what the laws of rows bind
	// beside the first operations.
	shiftable   = []string{"argmax", "top_k_filter", "min_p_filter", "sample_gumbel", "sample_chain", "attention_softmax"}
	paddable    = []string{"argmax", "min_p_filter", "sample_probs", "penalties", "logit_bias", "banned", "sample_gumbel", "sample_chain", "speculative_accept", "attention_softmax"}
	independent = slices.Concat(paddable, []string{"top_k", "top_k_filter", "attention"})
)
