package benchmarks

import "testing"

func BenchmarkSoftmax(b *testing.B)      { run(b, "softmax") }
func BenchmarkCrossEntropy(b *testing.B) { run(b, "cross_entropy") }
func BenchmarkTopPFilter(b *testing.B)   { run(b, "top_p_filter") }
func BenchmarkSampleLogits(b *testing.B) { run(b, "sample_logits") }

func BenchmarkBayesPosterior(b *testing.B)     { run(b, "bayes_posterior") }
func BenchmarkBayesUpdate(b *testing.B)        { run(b, "bayes_update") }
func BenchmarkBayesOdds(b *testing.B)          { run(b, "bayes_odds") }
func BenchmarkRelevancePosterior(b *testing.B) { run(b, "relevance_posterior") }
func BenchmarkEce(b *testing.B)                { run(b, "ece") }
func BenchmarkReliability(b *testing.B)        { run(b, "reliability") }
func BenchmarkBrier(b *testing.B)              { run(b, "brier") }
func BenchmarkTemperatureFit(b *testing.B)     { run(b, "temperature_fit") }
