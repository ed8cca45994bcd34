package properties

import "slices"

// Laws is the table of laws: what must hold of a kernel whatever the reference
// says of the case. Laws name the operations they bind; operations name none.
//
// A place is kept for a law over all normalised errors of a run (bias and
// spread: truncation where rounding is meant shows nowhere else); it looks at
// many cases at once, so it will not have this shape.
var Laws = slices.Concat(rowLaws, softmaxLaws, crossEntropyLaws, topPFilterLaws, sampleLogitsLaws)

var (
	onRows    = []string{"softmax", "cross_entropy", "top_p_filter", "sample_logits"}
	onSoftmax = []string{"softmax"}
	onNucleus = []string{"top_p_filter"}
	onLoss    = []string{"cross_entropy"}
	onDraws   = []string{"sample_logits"}

	// Operations whose first input is rows of masses, and those on tokens.
	onMasses    = []string{"softmax_backward", "entropy", "kl", "js", "cross_entropy_pq", "mutual_information"}
	onTables    = []string{"mutual_information"}
	onPairs     = []string{"kl", "js", "cross_entropy_pq", "kl_from_logits", "cross_entropy_soft"}
	onGradients = []string{"softmax_backward", "cross_entropy_backward"}
	onTokens    = []string{"perplexity", "bits_per_token", "bits_per_byte", "kl_penalty"}
	onSequences = []string{"sequence_logprob"}
)
