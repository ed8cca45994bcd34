package reference

import (
	"fmt"
	"math"
)

var perplexityOp = &Op{
	Name: "perplexity", Formula: "ppl = exp(mean nll), the mean over counted tokens",
	In: tokenLosses(),
	Out: []Arg{
		{Name: "ppl", Says: "perplexity", Unit: "1", DTypes: real64, Judge: Bounded},
		{Name: "mean", Says: "mean negative log-likelihood", Unit: "nats/token", DTypes: real64, Optional: true, Judge: Bounded},
	},
	Ref: perplexity, Bound: perplexityBound, Edges: perplexityEdges, Shapes: tokenShapes, Work: tokenWork,
	Cites: []string{"Jelinek, Mercer, Bahl, Baker: Perplexity, a measure of the difficulty of speech recognition tasks, 1977"},
}

var bitsPerTokenOp = &Op{
	Name: "bits_per_token", Formula: "mean nll / ln 2, the mean over counted tokens",
	In:  tokenLosses(),
	Out: []Arg{{Name: "bits", Says: "bits per token", Unit: "bits/token", DTypes: real64, Judge: Bounded}},
	Ref: bitsPerToken, Bound: bitsBound, Edges: bitsPerTokenEdges, Shapes: tokenShapes, Work: tokenWork,
	Cites: []string{"Shannon: Prediction and entropy of printed English, 1951"},
}

var bitsPerByteOp = &Op{
	Name: "bits_per_byte", Formula: "sum nll / (ln 2 * bytes), the sum over counted tokens",
	In: append(tokenLosses(), Arg{Name: "bytes", Says: "length in UTF-8 of the text the counted tokens stand for", Unit: "bytes",
		DTypes: []DType{I64}, Domain: bytesDomain}),
	Out: []Arg{{Name: "bits", Says: "bits per byte", Unit: "bits/byte", DTypes: real64, Judge: Bounded}},
	Ref: bitsPerByte, Bound: bitsBound, Edges: bitsPerByteEdges, Shapes: tokenShapes, Work: tokenWork,
	Cites: []string{"Gao et al.: The Pile, 2020, sec. 3.1 (bits per UTF-8 byte)"},
}

var tokenShapes = []Dims{{"rows": 512}, {"rows": 4096}, {"rows": 131072}}

func tokenWork(d Dims) (int64, int64) { n := int64(d["rows"]); return n, 4 * n }

func tokenLosses() []Arg {
	return []Arg{
		{Name: "nll", Says: "negative log-likelihood of each token", Unit: "nats", Dims: rows, DTypes: real64},
		{Name: "mask", Says: "0 for a token that counts nowhere", Dims: rows, DTypes: []DType{I64, I32}, Optional: true},
	}
}

// perplexity is exp of the mean negative log-likelihood over the counted tokens:
// as uncertain as a uniform choice among that many. The minus sign is part of
// it: `exp(mean log P)`, as texts have it, is one over the perplexity.
//
// Tokens masked out (padding, prompts, ignored labels) count in neither the sum
// nor the number, and may hold NaN. Over no counted token it is NaN. An
// impossible token (+Inf) makes it +Inf, and so does overflow.
func perplexity(c *Call) error {
	mean := added(c.counted()) / float64(len(c.counted()))
	c.Out[0].Put(0, math.Exp(mean))
	c.Out[1].Put(0, mean)
	return nil
}

// counted are the values of the first input that the mask leaves.
func (c *Call) counted() (v []float64) {
	mask := c.Arg("mask")
	for i := range c.In[0].Len() {
		if mask.Absent() || mask.Int(i) != 0 {
			v = append(v, c.In[0].Get(i))
		}
	}
	return v
}

// bits_per_token is the mean loss in bits: nats over ln 2. Losses computed with
// natural logarithms, as cross_entropy's are, mean nats, whatever a text calls
// them. Masks and edges are those of perplexity.
func bitsPerToken(c *Call) error {
	v := c.counted()
	c.Out[0].Put(0, added(v)/math.Ln2/float64(len(v)))
	return nil
}

// bits_per_byte is the total loss in bits over the length of the text, which
// unlike a mean over tokens can be compared between tokenizers. Over no counted
// token it is NaN.
func bitsPerByte(c *Call) error {
	v := c.counted()
	bits := added(v) / math.Ln2 / float64(c.Arg("bytes").Int(0))
	if len(v) == 0 {
		bits = math.NaN()
	}
	c.Out[0].Put(0, bits)
	return nil
}

func bytesDomain(c *Call) *Reject {
	if n := c.Arg("bytes").Int(0); n < 1 {
		return &Reject{Op: c.Op.Name, Arg: "bytes", Code: "bytes_range", Value: fmt.Sprint(n), Want: "at least one byte", Row: -1}
	}
	return nil
}

// meanTerms bound the sum of the counted values over n, and its scaling.
func (c *Call) meanTerms(k Contract, n float64) []Term {
	sizes := c.counted()
	for i, v := range sizes {
		sizes[i] = math.Abs(v)
	}
	s, o := k.sumTerm("nll", sizes), own(added(sizes))
	s.Value /= n
	o.Value /= n
	return []Term{s, {"scaling", "4u*mean |nll|: quotient, unit", 4 * k.Acc.Unit() * added(sizes) / n}, o}
}

// perplexityBound: relative, exp(the mean's error) - 1, and exp's own.
func perplexityBound(c, ref *Call, k Contract, out int) Bounds {
	mean := c.meanTerms(k, float64(len(c.counted())))
	if out == 1 {
		return bounded(ref.Out[1], c.Out[1].DType, k, func(int) []Term { return mean })
	}
	u, m := k.Acc.Unit(), math.Abs(ref.Out[1].Get(0))
	return bounded(ref.Out[0], c.Out[0].DType, k, func(int) []Term {
		v := ref.Out[0].Get(0)
		return []Term{
			{"mean", "ppl*expm1(bound of the mean)", v * math.Expm1(total(mean)+u*m)},
			{"exp", "u*ppl*(2*exp_ulp + 2*mean)", u * v * (2*k.ExpULP + 2*m)},
			{"reference's exp", "2^-52*ppl*(1 + mean)", 0x1p-52 * v * (1 + m)},
		}
	})
}

func bitsBound(c, ref *Call, k Contract, out int) Bounds {
	n := float64(len(c.counted()))
	if c.Op.Input("bytes") >= 0 {
		n = float64(c.Arg("bytes").Int(0))
	}
	terms := c.meanTerms(k, n*math.Ln2)
	return bounded(ref.Out[0], c.Out[0].DType, k, func(int) []Term { return terms })
}

func perplexed(ppl, mean float64) Answer { return Answer{Out: [][]float64{{ppl}, {mean}}} }

func masked(v ...float64) map[string]Tensor { return map[string]Tensor{"mask": labels(v...)} }

func inBytes(n float64) map[string]Tensor { return map[string]Tensor{"bytes": Scalar(I64, n)} }

var perplexityEdges = []Edge{
	edge("sure", "every token sure: 1", []float64{0, 0}, nil, perplexed(1, 0)),
	edge("masked", "a token masked out counts nowhere, though it be NaN", []float64{1, nan}, masked(1, 0), perplexed(math.E, 1)),
	edge("none_counted", "no counted token: NaN", []float64{1}, masked(0), perplexed(nan, nan)),
	edge("empty", "no tokens: NaN", nil, nil, perplexed(nan, nan)),
	edge("impossible", "a token of probability 0: +Inf", []float64{1, inf}, nil, perplexed(inf, inf)),
	edge("overflow", "overflow: +Inf", []float64{1024, 1024}, nil, perplexed(inf, 1024)),
	edge("nan_token", "a counted NaN: NaN", []float64{1, nan}, nil, perplexed(nan, nan)),
}

var bitsPerTokenEdges = []Edge{
	edge("sure", "every token sure: 0", []float64{0, 0}, nil, values(0)),
	edge("nat", "a nat is 1.4427 bits", []float64{1}, nil, values(math.Log2E)),
	edge("masked", "a token masked out counts nowhere", []float64{1, 7}, masked(1, 0), values(math.Log2E)),
	edge("none_counted", "no counted token: NaN", []float64{1}, masked(0), values(nan)),
	edge("impossible", "+Inf", []float64{1, inf}, nil, values(inf)),
	edge("nan_token", "NaN", []float64{nan}, nil, values(nan)),
}

var bitsPerByteEdges = []Edge{
	edge("two_tokens", "a sum over bytes, not a mean over tokens", []float64{2, 2}, inBytes(4), values(math.Log2E)),
	edge("impossible", "+Inf", []float64{1, inf}, inBytes(2), values(inf)),
	edge("empty", "no tokens: NaN", nil, inBytes(2), values(nan)),
	edge("no_bytes", "0 bytes: refused", []float64{1}, inBytes(0), refused("bytes_range")),
}
