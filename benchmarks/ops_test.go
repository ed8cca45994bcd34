package benchmarks

import "testing"

func BenchmarkSoftmax(b *testing.B)              { run(b, "softmax") }
func BenchmarkLogSoftmax(b *testing.B)           { run(b, "log_softmax") }
func BenchmarkLogsumexp(b *testing.B)            { run(b, "logsumexp") }
func BenchmarkSoftmaxBackward(b *testing.B)      { run(b, "softmax_backward") }
func BenchmarkCrossEntropy(b *testing.B)         { run(b, "cross_entropy") }
func BenchmarkCrossEntropyBackward(b *testing.B) { run(b, "cross_entropy_backward") }
func BenchmarkCrossEntropySoft(b *testing.B)     { run(b, "cross_entropy_soft") }
func BenchmarkTokenLogprobs(b *testing.B)        { run(b, "token_logprobs") }
func BenchmarkSequenceLogprob(b *testing.B)      { run(b, "sequence_logprob") }
func BenchmarkPerplexity(b *testing.B)           { run(b, "perplexity") }
func BenchmarkBitsPerToken(b *testing.B)         { run(b, "bits_per_token") }
func BenchmarkBitsPerByte(b *testing.B)          { run(b, "bits_per_byte") }
func BenchmarkEntropy(b *testing.B)              { run(b, "entropy") }
func BenchmarkEntropyFromLogits(b *testing.B)    { run(b, "entropy_from_logits") }
func BenchmarkKl(b *testing.B)                   { run(b, "kl") }
func BenchmarkKlFromLogits(b *testing.B)         { run(b, "kl_from_logits") }
func BenchmarkCrossEntropyPq(b *testing.B)       { run(b, "cross_entropy_pq") }
func BenchmarkJs(b *testing.B)                   { run(b, "js") }
func BenchmarkMutualInformation(b *testing.B)    { run(b, "mutual_information") }
func BenchmarkKlPenalty(b *testing.B)            { run(b, "kl_penalty") }
func BenchmarkTopPFilter(b *testing.B)           { run(b, "top_p_filter") }
func BenchmarkSampleLogits(b *testing.B)         { run(b, "sample_logits") }

func BenchmarkBayesPosterior(b *testing.B)     { run(b, "bayes_posterior") }
func BenchmarkBayesUpdate(b *testing.B)        { run(b, "bayes_update") }
func BenchmarkBayesOdds(b *testing.B)          { run(b, "bayes_odds") }
func BenchmarkRelevancePosterior(b *testing.B) { run(b, "relevance_posterior") }
func BenchmarkEce(b *testing.B)                { run(b, "ece") }
func BenchmarkReliability(b *testing.B)        { run(b, "reliability") }
func BenchmarkBrier(b *testing.B)              { run(b, "brier") }
func BenchmarkTemperatureFit(b *testing.B)     { run(b, "temperature_fit") }

func BenchmarkArgmax(b *testing.B)            { run(b, "argmax") }
func BenchmarkTopK(b *testing.B)              { run(b, "top_k") }
func BenchmarkTopKFilter(b *testing.B)        { run(b, "top_k_filter") }
func BenchmarkMinPFilter(b *testing.B)        { run(b, "min_p_filter") }
func BenchmarkSampleProbs(b *testing.B)       { run(b, "sample_probs") }
func BenchmarkPenalties(b *testing.B)         { run(b, "penalties") }
func BenchmarkLogitBias(b *testing.B)         { run(b, "logit_bias") }
func BenchmarkBanned(b *testing.B)            { run(b, "banned") }
func BenchmarkSampleGumbel(b *testing.B)      { run(b, "sample_gumbel") }
func BenchmarkSampleChain(b *testing.B)       { run(b, "sample_chain") }
func BenchmarkSpeculativeAccept(b *testing.B) { run(b, "speculative_accept") }
func BenchmarkBeamStep(b *testing.B)          { run(b, "beam_step") }
func BenchmarkAttentionSoftmax(b *testing.B)  { run(b, "attention_softmax") }
func BenchmarkAttention(b *testing.B)         { run(b, "attention") }
