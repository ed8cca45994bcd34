package reference

import "math"

var argmaxOp = &Op{
	Name: "argmax", Formula: "the lowest i with x_i = max x",
	In: []Arg{logits()},
	Out: []Arg{
		{Name: "token", Says: "index of the largest value", Unit: "index", Dims: rows, DTypes: []DType{I64}, Judge: Exact},
	},
	Ref: argmax, Bound: argmaxBound, Edges: argmaxEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return n, 4 * n },
	Cites: []string{
		"numpy.argmax: of equal maxima the first",
		"ONNX ArgMax, select_last_index = 0",
	},
}

// argmax is greedy decoding: the lowest index of the largest logit. No arithmetic
// is done, the raw logits are compared. NaN ranks before every number, so the
// first NaN wins, then the first +Inf. A row of -Inf alone answers 0. An empty
// row has no largest value: the call is refused.
func argmax(c *Call) error {
	if n, vocab := c.In[0].Shape[0], c.In[0].Shape[1]; n > 0 && vocab == 0 {
		return rowReject(c.Op.Name, 0, empty)
	}
	eachRow(c, func(i int, r row) { c.Out[0].PutInt(i, int64(r.argmax)) })
	return nil
}

// argmaxBound asks for the very index; of a contract with ties "any", for any
// index whose value is the largest.
func argmaxBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[0])
	if k.Ties != "any" {
		return b
	}
	best := make([]row, len(b.Lo))
	eachRow(c, func(i int, r row) {
		best[i] = r
		b.Lo[i], b.Hi[i] = 0, float64(len(r.x)-1)
	})
	b.Refuse = func(flat int, got float64) string {
		r := &best[flat]
		if j, ok := index(got, len(r.x)); ok && ahead(r.x[r.argmax], r.x[j]) {
			return "a larger value stands elsewhere in the row"
		}
		return ""
	}
	return b
}

// index reads a kernel's answer as an index below n.
func index(got float64, n int) (int, bool) {
	if got != math.Trunc(got) || !(got >= 0 && got < float64(n)) {
		return 0, false
	}
	return int(got), true
}

var argmaxEdges = []Edge{
	edge("tie", "equal values: the lowest index", []float64{1, 3, 3, 2}, nil, values(1)).also("llama.cpp", values(2)),
	edge("masked_row", "all -Inf: index 0", []float64{-inf, -inf, -inf}, nil, values(0)).also("llama.cpp", values(-1)),
	edge("nan_logit", "NaN ranks first: the first of them", []float64{inf, nan, 5, nan}, nil, values(1)),
	edge("nan_beside_masked", "NaN beside -Inf is not lost", []float64{-inf, nan, -inf}, nil, values(1)),
	edge("infinite_logit", "the first +Inf", []float64{0, inf, inf}, nil, values(1)),
	edge("negative_zero", "-0 equals 0: the lowest index", []float64{math.Copysign(0, -1), 0}, nil, values(0)),
	edge("negative", "values below 0 alone: the search does not start at 0", []float64{-3, -1, -2}, nil, values(1)),
	edge("one_left", "all but the last masked", []float64{-inf, -inf, -300}, nil, values(2)),
	edge("single", "one value", []float64{-9}, nil, values(0)),
	edge("empty_row", "no values: refused", nil, nil, refused("row_empty")),
}
