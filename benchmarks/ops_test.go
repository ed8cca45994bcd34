package benchmarks

import "testing"

func BenchmarkSoftmax(b *testing.B)      { run(b, "softmax") }
func BenchmarkCrossEntropy(b *testing.B) { run(b, "cross_entropy") }
func BenchmarkTopPFilter(b *testing.B)   { run(b, "top_p_filter") }
func BenchmarkSampleLogits(b *testing.B) { run(b, "sample_logits") }
