package properties

import "slices"

// Laws is the table of laws: what must hold of a kernel whatever the reference
// says of the case. Laws name the operations they bind; operations name none.
//
// A place is kept for a law over all normalised errors of a run (bias and
// spread: truncation where rounding is meant shows nowhere else); it looks at
// many cases at once, so it will not have this shape.
var Laws = slices.Concat(rowLaws, softmaxLaws, crossEntropyLaws, topPFilterLaws, sampleLogitsLaws, frequencyLaws,
	logSoftmaxLaws, backwardLaws, crossEntropySoftLaws, entropyLaws, divergenceLaws, mutualInformationLaws,
	tokenLaws, sequenceLaws, klPenaltyLaws,
	selectionLaws, filterLaws, sampleChainLaws, sampleGumbelLaws, listLaws, speculativeLaws, beamLaws, searchLaws,
	attentionSoftmaxLaws, attentionLaws,
	multinomialLaws, bayesLaws, relevanceLaws, bm25Laws, calibrationLaws, fitLaws, sampleLaws, quantileLaws, passLaws)

var (
	onRows    = []string{"softmax", "cross_entropy", "top_p_filter", "sample_logits", "relevance_posterior"}
	onSoftmax = []string{"softmax"}
	onNucleus = []string{"top_p_filter"}
	onLoss    = []string{"cross_entropy"}
	onDraws   = []string{"sample_logits", "sample_probs", "sample_chain"}
	onFilters = []string{"top_p_filter", "top_k_filter", "min_p_filter"}

	// onDrawnLogits draw from logits and refuse rows without a distribution.
	onDrawnLogits = []string{"sample_logits", "sample_chain", "sample_gumbel"}

	// Operations whose first input is rows of masses made from logits, or of any
	// masses, and those on tokens, ragged lists, scores, queries, or a whole model.
	onMasses    = []string{"softmax_backward", "entropy", "kl", "js", "cross_entropy_pq", "mutual_information"}
	onWeights   = []string{"sample_probs", "speculative_accept"}
	onTables    = []string{"mutual_information"}
	onPairs     = []string{"kl", "js", "cross_entropy_pq", "kl_from_logits", "cross_entropy_soft"}
	onGradients = []string{"softmax_backward", "cross_entropy_backward"}
	onTokens    = []string{"perplexity", "bits_per_token", "bits_per_byte", "kl_penalty"}
	onSequences = []string{"sequence_logprob"}
	onLists     = []string{"penalties", "logit_bias", "banned"}
	onScores    = []string{"attention_softmax"}
	onHeads     = []string{"attention"}
	onModels    = []string{"beam_search"}

	// Operations on beliefs, odds, counts, documents, confidences, samples.
	onBayes       = []string{"bayes_posterior", "bayes_update"}
	onOdds        = []string{"bayes_odds"}
	onCounts      = []string{"multinomial_logpmf"}
	onDrawnCounts = []string{"multinomial_counts"}
	onRelevance   = []string{"relevance_posterior"}
	onCorpora     = []string{"bm25"}
	onConfidences = []string{"ece", "reliability", "brier"}
	onFit         = []string{"temperature_fit"}
	onSamples     = []string{"monte_carlo", "bootstrap_ci", "worst_case"}
	onAttempts    = []string{"pass_at_k"}
)
