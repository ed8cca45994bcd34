package properties

import "slices"

// Laws is the table of laws: what must hold of a kernel whatever the reference
// says of the case. Laws name the operations they bind; operations name none.
//
// A place is kept for a law over all normalised errors of a run (bias and
// spread: truncation where rounding is meant shows nowhere else); it looks at
// many cases at once, so it will not have this shape.
var Laws = slices.Concat(rowLaws, softmaxLaws, crossEntropyLaws, topPFilterLaws, sampleLogitsLaws,
	multinomialLaws, bayesLaws, relevanceLaws, bm25Laws, calibrationLaws, fitLaws, sampleLaws, quantileLaws, passLaws)

var (
	onRows    = []string{"softmax", "cross_entropy", "top_p_filter", "sample_logits", "relevance_posterior"}
	onSoftmax = []string{"softmax"}
	onNucleus = []string{"top_p_filter"}
	onLoss    = []string{"cross_entropy"}
	onDraws   = []string{"sample_logits"}
)
