package reference

import (
	"fmt"
	"math"
)

var beamSearchOp = &Op{
	Name: "beam_search", Formula: "beam_step from the start row, max_len times; hypotheses that end are set aside; the k best by score",
	In: []Arg{
		{Name: "table", Says: "logits of the token after each token", Unit: "nats", Dims: []string{"vocab", "vocab"}, DTypes: floats},
		{Name: "start", Says: "logits of the first token", Unit: "nats", Dims: []string{"vocab"}, DTypes: floats},
		{Name: "k", Says: "width of the beam", Unit: "hypotheses", DTypes: []DType{I64, I32}, Domain: beamDomain},
		{Name: "max_len", Says: "longest hypothesis, the end token counted", Unit: "tokens", DTypes: []DType{I64, I32}, Domain: maxLenDomain},
		{Name: "eos", Says: "token that ends a hypothesis; none where it is outside the vocabulary", DTypes: []DType{I64}, Optional: true},
		{Name: "length_penalty", Says: "exponent a of the length", Unit: "1", DTypes: real64, Default: 0.0, Domain: lengthPenaltyDomain},
	},
	Out: []Arg{
		{Name: "score", Says: "sum/len^a or sum/((5+len)/6)^a, descending; -Inf where there is no hypothesis", Unit: "nats", Dims: []string{"k"}, DTypes: real64, Judge: Bounded},
		{Name: "tokens", Says: "the hypotheses, -1 after their end", Dims: []string{"k", "max_len"}, DTypes: []DType{I64}, Judge: ByLaw},
		{Name: "length", Says: "their lengths", Unit: "tokens", Dims: []string{"k"}, DTypes: []DType{I64}, Judge: ByLaw},
	},
	Choices: map[string][]string{"normalisation": {"length", "gnmt"}},
	Sizes: func(c *Call, d Dims) {
		d["k"] = max(int(min(c.Param("k", 0), 1<<16)), 0)
		d["max_len"] = max(int(min(c.Param("max_len", 0), 1<<16)), 0)
	},
	Ref: beamSearch, Bound: beamSearchBound, Edges: beamSearchEdges,
	Shapes: []Dims{{"vocab": 100, "k": 4, "max_len": 16}, {"vocab": 1000, "k": 8, "max_len": 32}},
	Work: func(d Dims) (int64, int64) {
		n := int64(d["vocab"]) * int64(d["k"]) * int64(d["max_len"])
		return 22 * n, 4 * n
	},
	Cites: []string{
		"Sutskever, Vinyals, Le: Sequence to sequence learning with neural networks, NIPS 2014, section 3.2",
		"Wu et al.: Google's neural machine translation system, 2016, section 7 (length normalisation)",
	},
}

func maxLenDomain(c *Call) *Reject {
	if v := c.Arg("max_len").Int(0); v < 1 || v > 1<<16 {
		return &Reject{Op: c.Op.Name, Arg: "max_len", Code: "max_len_range", Value: fmt.Sprint(v), Want: "a length from 1 to 65536", Row: -1}
	}
	if v := c.Arg("k").Int(0); v > 1<<16 {
		return &Reject{Op: c.Op.Name, Arg: "k", Code: "k_range", Value: fmt.Sprint(v), Want: "a beam from 1 to 65536", Row: -1}
	}
	return nil
}

func lengthPenaltyDomain(c *Call) *Reject {
	if v := c.Arg("length_penalty").Get(0); math.IsNaN(v) || math.IsInf(v, 0) {
		return &Reject{Op: c.Op.Name, Arg: "length_penalty", Code: "length_penalty_range", Value: fmt.Sprint(v), Want: "a finite number", Row: -1}
	}
	return nil
}

// search reads the call's table form.
func (c *Call) search(k *Contract) *Search {
	table, start := c.Arg("table"), c.Arg("start")
	s := &Search{K: int(c.Param("k", 0)), MaxLen: int(c.Param("max_len", 0)), EOS: -1,
		LengthPenalty: c.Param("length_penalty", 0), GNMT: c.Pick("normalisation") == "gnmt", dtype: c.DType(), contract: k}
	if eos := c.Arg("eos"); !eos.Absent() && eos.Int(0) >= 0 && eos.Int(0) < int64(table.Shape[0]) {
		s.EOS = int(eos.Int(0))
	}
	s.Model = func(prefix []int) []float64 {
		if len(prefix) > 0 {
			return table.Row(prefix[len(prefix)-1], nil)
		}
		return Tensor{start.DType, []int{1, start.Shape[0]}, []int{0, start.Stride[0]}, start.Off, start.Data}.Row(0, nil)
	}
	return s
}

// beam_search finds likely sequences under a model of bigrams: see Search, whose
// form for any model is tested to agree. Lengths count generated tokens, the end
// token among them. With a = 0 the score is the sum of log-probabilities, which
// prefers short hypotheses; texts that "divide by the length" mean a = 1.
//
// Logits of a row that is reached must be fit to sample from, else the call is
// refused; rows not reached may hold anything.
func beamSearch(c *Call) error {
	found, err := c.search(nil).Run()
	if err != nil {
		return err
	}
	score, tokens, length := c.Out[0], c.Out[1], c.Out[2]
	for i := range tokens.Len() {
		tokens.PutInt(i, -1)
	}
	for i := range score.Len() {
		if score.Put(i, math.Inf(-1)); i >= len(found) {
			length.PutInt(i, 0)
			continue
		}
		score.Put(i, found[i].Score)
		length.PutInt(i, int64(len(found[i].Tokens)))
		for j, t := range found[i].Tokens {
			tokens.PutInt(i*tokens.Shape[1]+j, int64(t))
		}
	}
	return nil
}
