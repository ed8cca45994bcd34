package reference

import (
	"fmt"
	"math"
	"slices"
)

// beamSearchBound. Where every decision of the search, which candidates stay and
// in what order the result stands, is clearer than the errors of a kernel, the
// hypotheses are exact and the scores within those errors. Where one is not, a
// search may take another way, and what it returns is held to what can be said:
// each hypothesis is a sequence of the model, each once, with the score of that
// very sequence, none better than its rank allows by more than the errors.
func beamSearchBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	s := c.search(&k)
	found, err := s.Run()
	if err != nil {
		return b
	}
	worst := 0.0
	terms := make([][]Term, c.Out[0].Shape[0])
	for i, h := range found {
		worst = max(worst, s.slack(h))
		terms[i] = append([]Term{{"steps", "the bounds of beam_step, added; over the norm", s.slack(h)}}, k.lastTerms(h.Score, c.Out[0].DType)...)
		if out == 0 {
			b.widen(i, s.slack(h), c.Out[0].DType, k)
		}
	}
	b.Terms = func(flat int) []Term {
		if out == 1 {
			flat /= c.Out[1].Shape[1]
		}
		return terms[flat]
	}
	if !s.open {
		return b
	}
	vocab := c.In[0].Shape[0]
	if out == 0 {
		for i := range b.Lo {
			if v := s.rescore(c.hypothesis(i)); !math.IsNaN(v) {
				b.Lo[i], b.Hi[i] = v, v
				by := 4*worst + 16*k.Acc.Unit()*math.Abs(v)
				b.widen(i, by, c.Out[0].DType, k)
				terms[i] = append([]Term{{"open decisions", "4 times the worst hypothesis' steps + 16u*|score|", by}}, k.lastTerms(v, c.Out[0].DType)...)
			}
		}
		return b
	}
	for i := range b.Lo {
		if b.Lo[i], b.Hi[i] = -1, float64(vocab-1); out == 2 {
			b.Lo[i], b.Hi[i] = 0, float64(c.Out[1].Shape[1])
		}
	}
	b.Refuse = func(flat int, _ float64) string {
		if out == 1 {
			flat /= c.Out[1].Shape[1]
		}
		return c.malformed(flat, s)
	}
	return b
}

// hypothesis is the kernel's i-th answer, nil where it gives none.
func (c *Call) hypothesis(i int) []int {
	var h []int
	for j := range c.Out[1].Shape[1] {
		t := c.Out[1].Get(i*c.Out[1].Shape[1] + j)
		if t < 0 {
			break
		}
		h = append(h, int(t))
	}
	return h
}

// rescore is the exact score of a sequence; -Inf of none, NaN of one that the
// model cannot have.
func (s *Search) rescore(h []int) float64 {
	if len(h) == 0 {
		return math.Inf(-1)
	}
	var sum float64
	for n, t := range h {
		r := newRow(s.Model(h[:n]), 1, s.dtype)
		if r.kind != regular || t >= len(r.x) || n+1 < len(h) && t == s.EOS {
			return math.NaN()
		}
		sum -= r.gap(t) + r.logSum()
	}
	return s.scored(Hypothesis{Tokens: h, LogProb: sum}).Score
}

// malformed says what is wrong with the kernel's i-th hypothesis as such.
func (c *Call) malformed(i int, s *Search) string {
	h := c.hypothesis(i)
	v := s.rescore(h)
	switch {
	case float64(len(h)) != c.Out[2].Get(i):
		return fmt.Sprintf("%d tokens, and a length of %v", len(h), c.Out[2].Get(i))
	case math.IsNaN(v) || len(h) > 0 && math.IsInf(v, -1):
		return "no sequence of the model"
	case len(h) > 0 && len(h) < s.MaxLen && h[len(h)-1] != s.EOS:
		return "shorter than max_len without an end"
	}
	for o := range i {
		if len(h) > 0 && slices.Equal(c.hypothesis(o), h) {
			return "the same hypothesis twice"
		}
	}
	return ""
}

// model is the input of an edge case: a start row, a table, and parameters.
func model(start, table []float64, k, maxLen float64, more map[string]Tensor) map[string]Tensor {
	n := len(start)
	in := map[string]Tensor{"table": Of(F64, []int{n, n}, table...), "start": Vector(F64, start...), "k": Scalar(I64, k), "max_len": Scalar(I64, maxLen)}
	for name, t := range more {
		in[name] = t
	}
	return in
}

func ending(eos float64) map[string]Tensor { return map[string]Tensor{"eos": Scalar(I64, eos)} }

func foundOf(score, tokens, length []float64) Answer {
	return Answer{Out: [][]float64{score, tokens, length}}
}

var beamSearchEdges = []Edge{
	edge("one_way", "a chain of sure tokens, the end among them", nil, model([]float64{0, -inf, -inf}, []float64{-inf, 0, -inf, -inf, -inf, 0, 0, 0, 0}, 2, 5, ending(2)), foundOf([]float64{0, -inf}, []float64{0, 1, 2, -1, -1, -1, -1, -1, -1, -1}, []float64{3, 0})),
	edge("max_len", "what lives at max_len counts as it is", nil, model([]float64{0, -inf}, []float64{0, -inf, 0, 0}, 1, 3, ending(1)), foundOf([]float64{0}, []float64{0, 0, 0}, []float64{3})),
	edge("ends_at_once", "a first token that ends", nil, model([]float64{-inf, 3}, []float64{nan, nan, nan, nan}, 1, 4, ending(1)), foundOf([]float64{0}, []float64{1, -1, -1, -1}, []float64{1})),
	edge("no_end", "no end token: all have max_len", nil, model([]float64{0, 0}, []float64{0, -inf, -inf, 0}, 2, 2, nil), foundOf([]float64{-math.Ln2, -math.Ln2}, []float64{0, 0, 1, 1}, []float64{2, 2})),
	edge("tie", "ties: the lower parent, then the lower token", nil, model([]float64{0, 0}, []float64{0, 0, 0, 0}, 1, 2, nil), foundOf([]float64{-2 * math.Ln2}, []float64{0, 0}, []float64{2})),
	edge("finished_kept", "an ended hypothesis is not dropped for live ones, the best first", nil, model([]float64{0, 0}, []float64{-inf, 0, 0, 0}, 2, 2, ending(1)), foundOf([]float64{-math.Ln2, -math.Ln2}, []float64{1, -1, 0, 1}, []float64{1, 2})),
	edge("length_penalty", "a = 1 divides by the length", nil, model([]float64{0, 0}, []float64{-inf, 0, 0, 0}, 2, 2, map[string]Tensor{"eos": Scalar(I64, 1), "length_penalty": Scalar(F64, 1)}), foundOf([]float64{-math.Ln2 / 2, -math.Ln2}, []float64{0, 1, 1, -1}, []float64{2, 1})),
	edge("k_zero", "k = 0: refused", nil, model([]float64{0}, []float64{0}, 0, 1, nil), refused("k_zero")),
	edge("max_len_zero", "max_len = 0: refused", nil, model([]float64{0}, []float64{0}, 1, 0, nil), refused("max_len_range")),
	edge("length_penalty_nan", "a = NaN: refused", nil, model([]float64{0}, []float64{0}, 1, 1, param("length_penalty", nan)), refused("length_penalty_range")),
	edge("masked_row", "a row all -Inf that is reached: refused", nil, model([]float64{0, 0}, []float64{-inf, -inf, 0, 0}, 1, 2, nil), refused("row_masked")),
	edge("nan_start", "NaN in the start row: refused", nil, model([]float64{nan, 0}, []float64{0, 0, 0, 0}, 1, 2, nil), refused("row_nan")),
}
