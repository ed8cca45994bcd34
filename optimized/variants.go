package optimized

import (
	"unsafe"

	"github.com/seed-210c9500/assay/reference"
)

// Variants is the table of kernels: every operation here, on every instruction
// set. A row's Run is an adapter to the typed functions.
var Variants = table(
	entry{"softmax", runSoftmax, contract(1.2)},
	entry{"log_softmax", runLogSoftmax, contract(1.2)},
	entry{"logsumexp", runLogSumExp, contract(1.2)},
	entry{"softmax_backward", runSoftmaxBackward, contract(1.2)},
	entry{"cross_entropy", runCrossEntropy, contract(1.2)},
	entry{"cross_entropy_backward", runCrossEntropyBackward, contract(1.2)},
	entry{"cross_entropy_soft", runCrossEntropySoft, contract(1.2)},
	entry{"token_logprobs", runTokenLogProbs, contract(1.2)},
	entry{"sequence_logprob", runSequenceLogProb, contract(1)},
	entry{"perplexity", runPerplexity, contract(1)},
	entry{"bits_per_token", runBitsPerToken, contract(1)},
	entry{"bits_per_byte", runBitsPerByte, contract(1)},
	entry{"entropy", runEntropy, contract(1)},
	entry{"entropy_from_logits", runEntropyFromLogits, contract(1.2)},
	entry{"kl", runKL, contract(1)},
	entry{"kl_from_logits", runKLFromLogits, contract(1.2)},
	entry{"cross_entropy_pq", runCrossEntropyPQ, contract(1)},
	entry{"js", runJS, contract(1)},
	entry{"mutual_information", runMutualInformation, contract(1)},
	entry{"kl_penalty", runKLPenalty, contract(1)},
	entry{"top_p_filter", runTopPFilter, contract(1.2)},
	entry{"sample_logits", runSampleLogits, contract(1.2)},
	entry{"argmax", runArgmax, contract(1.2)},
	entry{"top_k", runTopK, contract(1.2)},
	entry{"top_k_filter", runTopKFilter, contract(1.2)},
	entry{"min_p_filter", runMinPFilter, contract(1.2)},
	entry{"sample_probs", runSampleProbs, contract(1.2)},
	entry{"penalties", runPenalties, contract(1.2)},
	entry{"logit_bias", runLogitBias, contract(1.2)},
	entry{"banned", runBanned, contract(1.2)},
	entry{"sample_gumbel", runSampleGumbel, contract(1.2)},
	entry{"sample_chain", runSampleChain, contract(1.2)},
	entry{"speculative_accept", runSpeculativeAccept, contract(1.2)},
	entry{"beam_step", runBeamStep, contract(1.2)},
	entry{"attention_softmax", runAttentionSoftmax, contract(1.2)},
	entry{"attention", runAttention, contract(1.2)},
	entry{"bayes_posterior", runBayesPosterior, contract(1.2)},
	entry{"bayes_update", runBayesUpdate, contract(1.2)},
	entry{"bayes_odds", runBayesOdds, contract(1.2)},
	entry{"relevance_posterior", runRelevancePosterior, contract(1.2)},
	entry{"ece", runECE, inFloat64},
	entry{"reliability", runReliability, inFloat64},
	entry{"brier", runBrier, inFloat64},
	entry{"temperature_fit", runTemperatureFit, contract(1.2)},
)

// contract is what the specification promises: float32 terms, five roundings in
// a lane and the rest in float64, gaps formed from unscaled logits, subnormals
// kept.
func contract(expULP float64) reference.Contract {
	return reference.Contract{Acc: reference.F32, Sum: "depth(6)", Level: "tight", Ties: "first", Profile: "ieee",
		Bits: Bits, ExpULP: expULP, LnULP: 1}
}

// inFloat64 is the contract of operations that work in float64 throughout and
// round each output once.
var inFloat64 = reference.Contract{Acc: reference.F64, Sum: "any", Level: "tight", Ties: "first", Profile: "ieee",
	Bits: Bits, ExpULP: 1, LnULP: 1}

type entry struct {
	op       string
	run      func(*reference.Call, Kernels) error
	contract reference.Contract
}

func table(entries ...entry) (t []*reference.Variant) {
	for _, e := range entries {
		for _, isa := range isas {
			var features []string
			for _, f := range needs[isa] {
				features = append(features, f.String())
			}
			t = append(t, &reference.Variant{
				Op: e.op, Name: isa.String(), Needs: features, Contract: e.contract,
				DTypes: taken(e.op),
				Ready:  func() error { return ready(isa) },
				Run:    func(c *reference.Call) error { return e.run(c, Kernels{true, isa}) },
			})
		}
	}
	return t
}

// taken are the element types an operation has here: those of its cases below
// float64.
func taken(op string) (d []reference.DType) {
	row, err := reference.ByName(op)
	if err != nil {
		panic(err)
	}
	for _, t := range row.DTypes() {
		if t != reference.F64 {
			d = append(d, t)
		}
	}
	return d
}

// byElement runs the instance of a typed function that fits the call's logits.
func byElement(c *reference.Call, f32, bf16, f16 func() error) error {
	switch c.DType() {
	case reference.F32:
		return f32()
	case reference.BF16:
		return bf16()
	case reference.F16:
		return f16()
	}
	return reference.ErrUnsupported
}

// batch describes the rows of a matrix and, where the operation writes rows, of
// its output. Elements of a row must be neighbours.
func batch(x, dst reference.Tensor, k Kernels) (Rows, error) {
	r := Rows{Count: x.Shape[0], Vocab: x.Shape[1], Stride: x.Stride[0], DstStride: x.Shape[1], On: k}
	ok := x.Stride[1] == 1 || x.Shape[1] <= 1
	if !dst.Absent() {
		r.DstStride = dst.Stride[0]
		ok = ok && dst.DType == x.DType && (dst.Stride[1] == 1 || x.Shape[1] <= 1)
	}
	if !ok || r.Count > 1 && (r.Stride < r.Vocab || r.DstStride < r.Vocab) {
		return r, reference.ErrUnsupported
	}
	r.Stride, r.DstStride = max(r.Stride, r.Vocab), max(r.DstStride, r.Vocab)
	return r, nil
}

// elements is the tensor's storage from its first element on.
func elements[E Element](t reference.Tensor) []E {
	if t.Len() == 0 {
		return nil
	}
	end := t.Offset(t.Len()-1) + 1
	switch data := t.Data.(type) {
	case []E:
		return data[t.Off:end]
	case []uint16:
		data = data[t.Off:end]
		return unsafe.Slice((*E)(unsafe.Pointer(&data[0])), len(data))
	}
	return nil
}

// floats reads a parameter: one value, one per row, or none.
func floats(t reference.Tensor) (v []float32) {
	if t.Absent() {
		return nil
	}
	for i := range t.Len() {
		v = append(v, float32(t.Get(i)))
	}
	return v
}

// integers reads an integer input, nil where it is absent.
func integers(t reference.Tensor) []int64 {
	if t.Absent() {
		return nil
	}
	v := make([]int64, t.Len())
	for i := range v {
		v[i] = t.Int(i)
	}
	return v
}

// putFloats stores an output of numbers, unless there is an error.
func putFloats(t reference.Tensor, v []float32, err error) error {
	if err != nil || t.Absent() {
		return err
	}
	for i, x := range v {
		t.Put(i, float64(x))
	}
	return nil
}

// putInts stores an integer output, unless there is an error.
func putInts(t reference.Tensor, v []int64, err error) error {
	if err != nil || t.Absent() {
		return err
	}
	for i, n := range v {
		t.PutInt(i, n)
	}
	return nil
}
