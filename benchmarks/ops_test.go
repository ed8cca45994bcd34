package benchmarks

import "testing"

func BenchmarkSoftmax(b *testing.B)           { run(b, "softmax") }
func BenchmarkCrossEntropy(b *testing.B)      { run(b, "cross_entropy") }
func BenchmarkTopPFilter(b *testing.B)        { run(b, "top_p_filter") }
func BenchmarkSampleLogits(b *testing.B)      { run(b, "sample_logits") }
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
func BenchmarkBeamSearch(b *testing.B)        { run(b, "beam_search") }
func BenchmarkAttentionSoftmax(b *testing.B)  { run(b, "attention_softmax") }
func BenchmarkAttention(b *testing.B)         { run(b, "attention") }
