package reference

import (
	"fmt"
	"math"
	"slices"
)

var penaltiesOp = &Op{
	Name: "penalties", Formula: "y_i = (x_i > 0 ? x_i/r : x_i*r) - c_i*f - (c_i > 0)*s where c_i > 0, c_i the times i occurs; else x_i",
	In: append([]Arg{logits()}, append(ragged("history", "tokens so far"),
		Arg{Name: "repetition", Says: "divides a positive logit of the history, multiplies another", Unit: "1", DTypes: real64, PerRow: true, Default: 1.0, Domain: penaltyDomain("repetition", true)},
		Arg{Name: "frequency", Says: "subtracted once per occurrence", Unit: "nats", DTypes: real64, PerRow: true, Default: 0.0, Domain: penaltyDomain("frequency", false)},
		Arg{Name: "presence", Says: "subtracted once", Unit: "nats", DTypes: real64, PerRow: true, Default: 0.0, Domain: penaltyDomain("presence", false)},
	)...),
	Out: []Arg{
		{Name: "y", Says: "logits", Unit: "nats", Dims: matrix, DTypes: floats, Judge: Bounded},
	},
	Ref: penalties, Bound: penaltiesBound, Edges: penaltiesEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 0, 8 * n },
	Cites: []string{
		"Keskar et al.: CTRL, a conditional transformer language model for controllable generation, 2019, section 4.1 (repetition; the division of negative logits was put right in transformers, RepetitionPenaltyLogitsProcessor)",
		"OpenAI API reference, frequency and presence penalties",
	},
}

// ragged are tokens in lists of any length, one a row: list i is
// tokens[offsets[i]:offsets[i+1]].
func ragged(name, says string) []Arg {
	return []Arg{
		{Name: name, Says: says + ", all rows after one another", Dims: []string{name}, DTypes: []DType{I64, I32}, Domain: tokensDomain(name)},
		{Name: "offsets", Says: "where each row's list begins, and the end", Dims: []string{"rows+1"}, DTypes: []DType{I64}, Domain: historyDomain(name)},
	}
}

// list is where row i's list lies in the ragged input.
func (c *Call) list(i int) (from, to int) {
	t := c.Arg("offsets")
	return int(t.Int(i)), int(t.Int(i + 1))
}

func tokensDomain(name string) func(*Call) *Reject {
	return func(c *Call) *Reject {
		t, vocab := c.Arg(name), int64(c.In[0].Shape[1])
		for i := range t.Len() {
			if v := t.Int(i); v < 0 || v >= vocab {
				return &Reject{Op: c.Op.Name, Arg: name, Code: name + "_range", Value: fmt.Sprintf("%d at %d", v, i), Want: fmt.Sprintf("tokens in [0, %d)", vocab), Row: -1}
			}
		}
		return nil
	}
}

func historyDomain(name string) func(*Call) *Reject {
	return func(c *Call) *Reject {
		t, before := c.Arg("offsets"), int64(0)
		total := int64(c.Arg(name).Len())
		for i := range t.Len() {
			v := t.Int(i)
			if v < before || v > total || i == 0 && v != 0 || i+1 == t.Len() && v != total {
				return &Reject{Op: c.Op.Name, Arg: "offsets", Code: "offsets_range", Value: fmt.Sprintf("%d at %d", v, i), Want: fmt.Sprintf("0 first, never falling, %d last", total), Row: -1}
			}
			before = v
		}
		return nil
	}
}

func penaltyDomain(name string, positive bool) func(*Call) *Reject {
	return func(c *Call) *Reject {
		t := c.Arg(name)
		for i := range t.Len() {
			if v := t.Get(i); math.IsNaN(v) || math.IsInf(v, 0) || positive && v <= 0 {
				want := "a finite number"
				if positive {
					want += " above 0"
				}
				return &Reject{Op: c.Op.Name, Arg: name, Code: name + "_range", Value: fmt.Sprint(v), Want: want, Row: i}
			}
		}
		return nil
	}
}

// penalties makes tokens of the history less likely, before any temperature. For
// token i, in the history c_i > 0 times:
//
//	y_i = (x_i > 0 ? x_i/r : x_i*r) - c_i*f - s
//
// First repetition r > 0, as transformers has it: a positive logit is divided by
// r, another one multiplied, once however often the token occurs. Then, as the
// OpenAI interface has it, frequency f for every occurrence and presence s once
// are subtracted. A token not in the history keeps its logit to the bit.
//
// NaN stays NaN and -Inf stays -Inf. The history is whatever list the caller
// means: systems differ in whether the prompt is part of it (vLLM: for repetition
// only).
func penalties(c *Call) error {
	for i := range c.In[0].Shape[0] {
		x := c.In[0].Row(i, nil)
		for j, n := range c.seenBefore(i, c.Op.In[1].Name) {
			x[j] = c.penalised(i, x[j], float64(n))
		}
		c.Out[0].PutRow(i, x)
	}
	return nil
}

func (c *Call) penalised(i int, x, n float64) float64 {
	if r := c.Param("repetition", i); x > 0 {
		x /= r
	} else {
		x *= r
	}
	var y sum
	y.add(x)
	y.add(-n * c.Param("frequency", i))
	y.add(-c.Param("presence", i))
	return y.value()
}

// seenBefore counts the tokens of row i's list.
func (c *Call) seenBefore(i int, name string) map[int]int {
	t, n := c.Arg(name), map[int]int{}
	for at, end := c.list(i); at < end; at++ {
		n[int(t.Int(at))]++
	}
	return n
}

// penaltiesBound: tokens outside the history are exact, as is anything where all
// three penalties do nothing. For the others, of y = x' - n*f - s: the product or
// quotient and a reciprocal's rounding; n*f rounded, or f subtracted n times; the
// last difference.
func penaltiesBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[0])
	vocab, u := c.In[0].Shape[1], k.Acc.Unit()
	terms := map[int][]Term{}
	for i := range c.In[0].Shape[0] {
		r, f, s := c.Param("repetition", i), c.Param("frequency", i), c.Param("presence", i)
		if r == 1 && f == 0 && s == 0 {
			continue
		}
		for j, count := range c.seenBefore(i, "history") {
			flat, n := i*vocab+j, float64(count)
			x := math.Abs(c.penalisedOnce(i, c.In[0].Get(flat)))
			if math.IsNaN(x) || math.IsInf(x, 0) {
				continue
			}
			t := []Term{}
			if r != 1 {
				t = append(t, Term{"repetition", "2u*|x'|", 2 * u * x})
			}
			if f != 0 || s != 0 {
				steps := 2.0
				if depth, err := k.depth(count); err == nil && depth < 0 && f != 0 {
					steps += n
				}
				t = append(t, Term{"frequency and presence", fmt.Sprintf("u*%g*(|x'| + n*|f| + |s|): n = %g occurrences", steps, n), u * steps * (x + n*math.Abs(f) + math.Abs(s))})
			}
			if k.FlushIn {
				t = append(t, Term{"flushed input", "max(1, r, 1/r)*smallest normal", max(1, r, 1/r) * max(c.DType().MinNormal(), k.Acc.MinNormal())})
			}
			b.widen(flat, total(t), c.Out[0].DType, k)
			terms[flat] = slices.Concat(t, k.lastTerms(ref.Out[0].Get(flat), c.Out[0].DType))
		}
	}
	b.Terms = func(flat int) []Term { return terms[flat] }
	return b
}

func (c *Call) penalisedOnce(i int, x float64) float64 {
	if x > 0 {
		return x / c.Param("repetition", i)
	}
	return x * c.Param("repetition", i)
}

// said is a history of one row, and parameters beside it.
func said(tokens []float64, more map[string]Tensor) map[string]Tensor {
	in := map[string]Tensor{"history": Vector(I64, tokens...), "offsets": Vector(I64, 0, float64(len(tokens)))}
	for name, t := range more {
		in[name] = t
	}
	return in
}

var penaltiesEdges = []Edge{
	edge("repetition", "a positive logit is divided, a negative one multiplied, others stay", []float64{4, -4, 3}, said([]float64{0, 1}, param("repetition", 2)), values(2, -8, 3)),
	edge("repetition_once", "however often the token occurs", []float64{4, 1}, said([]float64{0, 0, 0}, param("repetition", 2)), values(2, 1)),
	edge("frequency", "for every occurrence", []float64{4, 1, 2}, said([]float64{0, 2, 0, 0}, param("frequency", 0.5)), values(2.5, 1, 1.5)),
	edge("presence", "once", []float64{4, 1, 2}, said([]float64{0, 2, 0, 0}, param("presence", 0.5)), values(3.5, 1, 1.5)),
	edge("order", "repetition before the differences", []float64{4, 4}, said([]float64{1, 1}, map[string]Tensor{"repetition": Scalar(F64, 2), "frequency": Scalar(F64, 0.5), "presence": Scalar(F64, 0.25)}), values(4, 0.75)),
	edge("reward", "a negative penalty, a repetition below 1: more likely", []float64{1, -1}, said([]float64{0, 1}, map[string]Tensor{"repetition": Scalar(F64, 0.5), "frequency": Scalar(F64, -1)}), values(3, 0.5)),
	edge("no_history", "nothing said: nothing changes", []float64{4, -inf, nan}, said(nil, param("repetition", 2)), values(4, -inf, nan)),
	edge("masked_logit", "-Inf stays, NaN stays", []float64{-inf, nan, inf}, said([]float64{0, 1, 2}, map[string]Tensor{"repetition": Scalar(F64, 2), "presence": Scalar(F64, 1)}), values(-inf, nan, inf)),
	edge("zero", "a logit of 0 stays 0 under repetition", []float64{0, 1}, said([]float64{0}, param("repetition", 2)), values(0, 1)),
	edge("repetition_zero", "repetition 0: refused", []float64{1}, said([]float64{0}, param("repetition", 0)), refused("repetition_range")),
	edge("presence_nan", "presence NaN: refused", []float64{1}, said([]float64{0}, param("presence", nan)), refused("presence_range")),
	edge("frequency_infinite", "frequency +Inf: refused", []float64{1}, said([]float64{0}, param("frequency", inf)), refused("frequency_range")),
	edge("token_too_large", "a token outside the vocabulary: refused", []float64{1}, said([]float64{1}, nil), refused("history_range")),
	edge("offsets", "offsets that fall: refused", []float64{1}, map[string]Tensor{"history": Vector(I64, 0), "offsets": Vector(I64, 1, 0)}, refused("offsets_range")),
}
