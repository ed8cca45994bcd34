// Package logits holds what a real language model said about a page of English.
//
// Random rows are not like the rows that a kernel meets in use: those have a few
// large logits, a long tail, and labels that the model did not expect. The file
// here has 40 positions over a vocabulary of 49,152, from SmolLM2-135M-Instruct
// (HuggingFaceTB, Apache-2.0) with weights quantised to Q4_1, evaluated by
// llama.cpp. The text is the opening of Jane Austen's Pride and Prejudice (1813),
// in the public domain. scripts/logits.py made the file and says how.
//
// In float32 the logits would be twice the bytes, so they are kept in float16. That
// is why the metadata hold two losses. loss_producer is the producer's own: from
// float32 logits, in float32. loss is what a kernel handed this file must find:
// from the float16 logits, in float64. They lie 1e-3 apart because rounding moved
// each logit by up to 2^-7, which is a change of the input; the producer's float32
// sums account for less than 1e-7 of it.
//
// The package is 4 MB, so only the command imports it; who imports the kernels
// does not carry it.
package logits

import (
	_ "embed"

	"github.com/seed-210c9500/assay/properties/wire"
)

//go:embed smollm2.safetensors
var smolLM2 []byte

// SmolLM2 returns the logits and their labels:
//
//	logits  F16 [40, 49152]  row i, after the tokens 0 to i
//	labels  I64 [40]         the token that follows in the text, i+1
//
// The text starts without a BOS token, as this model's tokenizer has it. The
// metadata hold the model, the weights' sha256, the passage and its tokens, and the
// mean loss in nats: loss, loss_producer and perplexity = exp(loss), as decimals
// that read back to the same float64. The tensors' data are the package's own
// bytes: read them, do not write to them.
func SmolLM2() (*wire.File, error) { return wire.Parse(smolLM2) }
