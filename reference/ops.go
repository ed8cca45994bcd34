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
// vectors, list, explain, the README's tables. Adding an operation is a row
// here, a body beside it and a file of laws.
var Ops = []*Op{
	{
		Name: "softmax", Formula: "y_i = exp((x_i-m)/T) / sum_j exp((x_j-m)/T), m = max x",
		In: []Arg{logits(), temperature(true)},
		Out: []Arg{
			{Name: "y", Says: "probabilities", Unit: "1", Dims: matrix, DTypes: floats, InPlace: "x", Judge: Bounded},
		},
		Ref: softmax, Bound: softmaxBound, Edges: softmaxEdges,
		Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 21 * n, 8 * n },
		Cites: []string{
			"Blanchard, Higham, Higham: Accurately computing the log-sum-exp and softmax functions, IMA J. Numer. Anal. 41(4), 2021",
			"Bridle: Probabilistic interpretation of feedforward classification network outputs, 1990",
		},
	},
	{
		Name: "cross_entropy", Formula: "loss = w_t (1-e) (lse - z_t) + (e/V) sum_i w_i (lse - z_i), z = x/T; then none, sum or mean",
		In: []Arg{
			logits(),
			{Name: "label", Says: "class of each row", Dims: rows, DTypes: []DType{I64, I32}, Domain: labelDomain},
			temperature(false),
			{Name: "ignore_index", Says: "label that counts nowhere, any integer", DTypes: []DType{I64}, Optional: true},
			{Name: "smoothing", Says: "label smoothing e", Unit: "1", DTypes: real64, PerRow: true, Default: 0.0, Domain: unitInterval("smoothing")},
			{Name: "weight", Says: "class weights", Unit: "1", Dims: []string{"vocab"}, DTypes: real64, Optional: true, Domain: weightDomain},
		},
		Out: []Arg{
			{Name: "reduced", Says: "mean over counted rows, or sum", Unit: "nats", DTypes: real64, Optional: true, Judge: Bounded},
			{Name: "loss", Says: "loss of each row", Unit: "nats", Dims: rows, DTypes: real64, Judge: Bounded},
			{Name: "lse", Says: "ln sum exp(x/T) of each row", Unit: "nats", Dims: rows, DTypes: real64, Optional: true, Judge: Bounded},
		},
		Choices: map[string][]string{"reduction": {"mean", "sum", "none"}},
		Ref:     crossEntropy, Bound: crossEntropyBound, Edges: crossEntropyEdges,
		Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 20 * n, 4 * n },
		Cites: []string{
			"Szegedy et al.: Rethinking the Inception architecture for computer vision, CVPR 2016 (label smoothing)",
			"Blanchard, Higham, Higham 2021 (log-sum-exp)",
		},
	},
	{
		Name: "top_p_filter", Formula: "keep i (value desc, index asc) iff mass before i <= p; renormalise the kept",
		In: []Arg{
			logits(),
			{Name: "p", Says: "nucleus mass", Unit: "1", DTypes: real64, PerRow: true, Default: 1.0, Domain: unitInterval("p")},
		},
		Out: []Arg{
			{Name: "probs", Says: "renormalised probabilities, +0 outside", Unit: "1", Dims: matrix, DTypes: floats, Judge: Bounded},
			{Name: "kept", Says: "tokens kept", Unit: "tokens", Dims: rows, DTypes: []DType{I64}, Judge: ByLaw},
		},
		Ref: topPFilter, Bound: topPFilterBound, Edges: topPFilterEdges,
		Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 42 * n, 8 * n },
		Cites: []string{"Holtzman, Buys, Du, Forbes, Choi: The curious case of neural text degeneration, ICLR 2020"},
	},
	{
		Name: "sample_logits", Formula: "first i with cdf_i > u*total, cdf of softmax(x/T)",
		In: []Arg{
			withDomain(logits(), randomnessDomain), temperature(true),
			{Name: "u", Says: "uniform of each row", Unit: "1", Dims: rows, DTypes: []DType{F64}, Optional: true, Domain: uniformDomain},
			{Name: "seed", Says: "Philox key", DTypes: []DType{U64}, PerRow: true, Optional: true},
			{Name: "request", Says: "counter, high half", DTypes: []DType{U64}, PerRow: true, Optional: true},
			{Name: "step", Says: "counter, position in the request", DTypes: []DType{U64}, PerRow: true, Optional: true, Domain: stepDomain},
		},
		Out: []Arg{
			{Name: "token", Says: "token drawn", Unit: "index", Dims: rows, DTypes: []DType{I64}, Judge: ByLaw},
		},
		Ref: sampleLogits, Bound: sampleLogitsBound, Edges: sampleLogitsEdges,
		Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 20 * n, 4 * n },
		Cites: []string{
			"Devroye: Non-uniform random variate generation, 1986, ch. III.2 (inversion)",
			"Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3, SC 2011 (Philox4x32-10)",
		},
	},
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

func weightDomain(c *Call) *Reject {
	t := c.Arg("weight")
	for i := range t.Len() {
		if v := t.Get(i); !(v >= 0) || math.IsInf(v, 1) {
			return &Reject{Op: c.Op.Name, Arg: "weight", Code: "weight_range", Value: fmt.Sprintf("%v for class %d", v, i), Want: "finite numbers >= 0", Row: -1}
		}
	}
	return nil
}

func stepDomain(c *Call) *Reject {
	t := c.Arg("step")
	for i := range t.Len() {
		if v := t.Bits(i); v > math.MaxUint32 {
			return &Reject{Op: c.Op.Name, Arg: "step", Code: "step_range", Value: fmt.Sprint(v), Want: "a position below 2^32", Row: i}
		}
	}
	return nil
}
