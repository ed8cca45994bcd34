package reference

import (
	"fmt"
	"math"
)

var (
	floats = []DType{F32, BF16, F16, F64}
	real64 = []DType{F32, F64} // parameters and scalars: F32 beside 16-bit logits
	rows   = []string{"rows"}
	matrix = []string{"rows", "vocab"}
)

// Ops is the table of operations. Everything iterates over it: verify, bench,
// vectors, list, explain, the README's tables. A row stands beside its body, in
// the file of its name or of its family's; adding an operation is that file, a
// line here and a file of laws.
var Ops = []*Op{
	softmaxOp,
	logSoftmaxOp,
	logsumexpOp,
	softmaxBackwardOp,
	crossEntropyOp,
	crossEntropyBackwardOp,
	crossEntropySoftOp,
	tokenLogprobsOp,
	sequenceLogprobOp,
	perplexityOp,
	bitsPerTokenOp,
	bitsPerByteOp,
	entropyOp,
	entropyFromLogitsOp,
	klOp,
	klFromLogitsOp,
	crossEntropyPQOp,
	jsOp,
	mutualInformationOp,
	klPenaltyOp,
	topPFilterOp,
	sampleLogitsOp,
	argmaxOp,
	topKOp,
	topKFilterOp,
	minPFilterOp,
	sampleProbsOp,
	penaltiesOp,
	logitBiasOp,
	bannedOp,
	sampleGumbelOp,
	sampleChainOp,
	speculativeAcceptOp,
	beamStepOp,
	beamSearchOp,
	attentionSoftmaxOp,
	attentionOp,
	multinomialLogPMFOp,
	multinomialCountsOp,
	bayesPosteriorOp,
	bayesUpdateOp,
	bayesOddsOp,
	relevancePosteriorOp,
	bm25Op,
	eceOp,
	reliabilityOp,
	brierOp,
	temperatureFitOp,
	monteCarloOp,
	bootstrapCIOp,
	worstCaseOp,
	passAtKOp,
}

// rowShapes are a gate, a small vocabulary, and those of GPT-2, Llama 2 and 3.
var rowShapes = []Dims{
	{"rows": 64, "vocab": 128}, {"rows": 1, "vocab": 1000}, {"rows": 1, "vocab": 32000}, {"rows": 1, "vocab": 128256},
}

func size(d Dims) int64 { return int64(d["rows"]) * int64(d["vocab"]) }

// logits is the first input of every operation on rows of logits.
func logits() Arg {
	return Arg{Name: "x", Says: "logits", Unit: "nats", Dims: matrix, DTypes: floats}
}

func withDomain(a Arg, domain func(*Call) *Reject) Arg {
	a.Domain = domain
	return a
}

// temperature divides the logits. Zero, where it is allowed, means greedy.
func temperature(zero bool) Arg {
	domain := func(c *Call) *Reject {
		t := c.Arg("temperature")
		for i := range t.Len() {
			v := t.Get(i)
			r := &Reject{Op: c.Op.Name, Arg: "temperature", Value: fmt.Sprint(v), Want: "a number >= 0, +Inf allowed", Row: i}
			switch {
			case math.IsNaN(v):
				r.Code = "temperature_nan"
				return r
			case v < 0:
				r.Code = "temperature_negative"
				return r
			case v == 0 && !zero:
				r.Code, r.Want = "temperature_zero", "a number above 0"
				return r
			}
		}
		return nil
	}
	return Arg{Name: "temperature", Says: "divides the logits", Unit: "1", DTypes: real64, PerRow: true, Default: 1.0, Domain: domain}
}
