package reference

import (
	"fmt"
	"math"
)

var topKOp = &Op{
	Name: "top_k", Formula: "the k largest x_i, value descending, then index ascending",
	In: []Arg{logits(), countK(false)},
	Out: []Arg{
		{Name: "index", Says: "where they stand", Unit: "index", Dims: []string{"rows", "k"}, DTypes: []DType{I64}, Judge: Exact},
		{Name: "value", Says: "the values, as given", Unit: "nats", Dims: []string{"rows", "k"}, DTypes: floats, Judge: Exact},
	},
	Sizes: func(c *Call, d Dims) { d["k"] = c.keep(0, d["vocab"]) },
	Ref:   topK, Bound: topKBound, Edges: topKEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 2 * n, 4 * n },
	Cites: []string{
		"ONNX TopK: of equal values the lower index first",
		"Fan, Lewis, Dauphin: Hierarchical neural story generation, ACL 2018 (top-k sampling)",
	},
}

// countK is the parameter k of top-k: 0 or absent turns the filter off.
func countK(perRow bool) Arg {
	return Arg{Name: "k", Says: "how many; 0 for all, more than the vocabulary counts as all", Unit: "tokens",
		DTypes: []DType{I64, I32}, PerRow: perRow, Default: 0.0, Domain: countDomain}
}

func countDomain(c *Call) *Reject {
	t := c.Arg("k")
	for i := range t.Len() {
		if v := t.Int(i); v < 0 {
			return &Reject{Op: c.Op.Name, Arg: "k", Code: "k_negative", Value: fmt.Sprint(v), Want: "a number of tokens >= 0, 0 for all", Row: i}
		}
	}
	return nil
}

// keep is how many of n tokens row i's k leaves.
func (c *Call) keep(i, n int) int {
	k := c.Param("k", i)
	if k == 0 || k > float64(n) {
		return n
	}
	return max(int(k), 0)
}

// top_k selects without arithmetic: raw values are compared, NaN (all of them one
// key) before every number, the lowest index first among equals. So k = 1 is
// argmax. k = 0 ranks the whole row, and so does k above the vocabulary.
// value holds the logits themselves, to the bit but for NaN.
//
// The snippet `probs.topk(k)` picks the same tokens only while softmax keeps
// unequal logits apart: probabilities of logits further than 104 below the
// maximum are all 0 in float32, and equal.
func topK(c *Call) error {
	k := c.Out[0].Shape[1]
	eachRow(c, func(i int, r row) {
		for n, j := range ranked(r.x)[:k] {
			c.Out[0].PutInt(i*k+n, int64(j))
			c.Out[1].Put(i*k+n, r.x[j])
		}
	})
	return nil
}

// topKBound: the values are exact. The indices are too, unless the contract
// leaves ties open: then any index that holds the very value, each once.
func topKBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	if out == 1 || k.Ties != "any" {
		return b
	}
	n, got := c.Out[0].Shape[1], c.Out[0]
	var all []row
	eachRow(c, func(i int, r row) { all = append(all, r) })
	for i := range b.Lo {
		b.Lo[i], b.Hi[i] = 0, float64(c.In[0].Shape[1]-1)
	}
	b.Refuse = func(flat int, answer float64) string {
		r := &all[flat/n]
		j, ok := index(answer, len(r.x))
		if !ok {
			return "not an index"
		}
		want := r.x[int(ref.Out[0].Get(flat))]
		if ahead(want, r.x[j]) || ahead(r.x[j], want) {
			return fmt.Sprintf("the value there is %v, the one of this rank %v", r.x[j], want)
		}
		for other := flat / n * n; other < flat; other++ {
			if got.Get(other) == answer {
				return "the same index twice"
			}
		}
		return ""
	}
	return b
}

func count(k float64) map[string]Tensor { return map[string]Tensor{"k": Scalar(I64, k)} }

func rankOf(index, value []float64) Answer { return Answer{Out: [][]float64{index, value}} }

var topKEdges = []Edge{
	edge("tie", "equal values: the lower index first", []float64{1, 2, 2, 0, 2}, count(2), rankOf([]float64{1, 2}, []float64{2, 2})),
	edge("all", "k = 0: the whole row, ranked", []float64{1, 3, 2}, count(0), rankOf([]float64{1, 2, 0}, []float64{3, 2, 1})),
	edge("more_than_there_are", "k > V: as many as there are", []float64{1, 3}, count(9), rankOf([]float64{1, 0}, []float64{3, 1})),
	edge("nan_logit", "NaN first, then +Inf", []float64{0, nan, inf, nan}, count(3), rankOf([]float64{1, 3, 2}, []float64{nan, nan, inf})),
	edge("masked_row", "all -Inf: the first k", []float64{-inf, -inf, -inf}, count(2), rankOf([]float64{0, 1}, []float64{-inf, -inf})),
	edge("masked_logits", "-Inf ranks last, by index", []float64{-inf, 4, -inf}, count(2), rankOf([]float64{1, 0}, []float64{4, -inf})),
	edge("negative_zero", "-0 equals 0", []float64{math.Copysign(0, -1), 0}, count(1), rankOf([]float64{0}, []float64{0})),
	edge("far_below", "unequal logits whose probabilities are both 0 stay apart", []float64{-300, 0, -298}, count(2), rankOf([]float64{1, 2}, []float64{0, -298})),
	edge("empty_row", "no logits: nothing", nil, count(3), rankOf([]float64{}, []float64{})),
	edge("k_negative", "k < 0: refused", []float64{1, 2}, count(-1), refused("k_negative")),
}
