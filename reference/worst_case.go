package reference

import (
	"math"
	"slices"
)

var worstCaseOp = &Op{
	Name: "worst_case", Formula: "h = (n-1) q, x_(floor h) + (h - floor h)(x_(floor h + 1) - x_(floor h)), x sorted",
	In: []Arg{
		samplesArg(),
		{Name: "quantile", Says: "share of the samples below", Unit: "1", DTypes: real64, PerRow: true, Default: 0.05, Domain: unitInterval("quantile")},
	},
	Out: []Arg{
		{Name: "value", Says: "the quantile", Dims: rows, DTypes: real64, Judge: Bounded},
	},
	Ref: worstCase, Bound: worstCaseBound, Edges: worstCaseEdges,
	Shapes: []Dims{{"rows": 100, "samples": 50}, {"rows": 1, "samples": 1000000}},
	Work: func(d Dims) (int64, int64) {
		n := int64(d["rows"]) * int64(d["samples"])
		return 20 * n, 4 * n
	},
	Cites: []string{"Hyndman, Fan: Sample quantiles in statistical packages, The American Statistician 50, 1996 (type 7)"},
}

// worst_case is a low quantile of a row of samples, the quality that all but the
// worst few answers reach: type 7 of Hyndman and Fan, the default of R and NumPy,
//
//	h = (n-1) q, x_(floor h) + (h - floor h) (x_(floor h + 1) - x_(floor h)), x sorted from x_0
//
// Quantile 0 is the minimum, 1 the maximum. No sample, or NaN among them:
// NaN.
func worstCase(c *Call) error {
	for r := range c.In[0].Shape[0] {
		c.Out[0].Put(r, quantile(sorted(c.In[0].Row(r, nil)), c.Param("quantile", r)))
	}
	return nil
}

func sorted(x []float64) []float64 {
	slices.Sort(x) // NaN first
	return x
}

// quantile of type 7 of sorted samples. h is exact to twice the precision.
func quantile(x []float64, q float64) float64 {
	if len(x) == 0 || math.IsNaN(x[0]) {
		return math.NaN()
	}
	h := exactProduct(float64(len(x)-1), q)
	return between(x, h)
}

// between interpolates sorted samples at position h.
func between(x []float64, h double) float64 {
	i := math.Floor(h.hi)
	if i == h.hi && h.lo < 0 {
		i--
	}
	i = min(max(i, 0), float64(len(x)-1))
	f := h.minus(double{i, 0})
	lo := x[int(i)]
	if f.value() <= 0 || int(i) == len(x)-1 || x[int(i)+1] == lo {
		return lo
	}
	hi := x[int(i)+1]
	if math.IsInf(lo, 0) || math.IsInf(hi, 0) {
		return lo + (hi - lo) // -Inf + Inf: NaN; towards one infinity: that
	}
	s, e := twoSum(hi, -lo)
	return double{s, e}.times(f).plus(double{lo, 0}).value()
}

// worstCaseBound: the quantile does not fall as h grows, so it lies between its
// values at h moved either way by what h may be off by; interpolation adds
// roundings of the two neighbours.
func worstCaseBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[0])
	u, d := k.Acc.Unit(), c.Out[0].DType
	terms := make([][]Term, len(b.Lo))
	for r := range b.Lo {
		x := sorted(c.In[0].Row(r, nil))
		if math.IsNaN(b.Lo[r]) || math.IsInf(b.Lo[r], 0) {
			continue
		}
		q := c.Param("quantile", r)
		h := exactProduct(float64(len(x)-1), q)
		exact := q == 0 || q == 1 || len(x) == 1 || x[0] == x[len(x)-1]
		if exact {
			continue // a sample itself: nothing is rounded
		}
		off := 2 * u * h.hi
		lo, hi := between(x, h.minus(double{off, 0})), between(x, h.plus(double{off, 0}))
		i := min(int(h.hi), len(x)-2)
		size := max(math.Abs(x[max(i-1, 0)]), math.Abs(x[i]), math.Abs(x[i+1]), math.Abs(x[min(i+2, len(x)-1)]))
		v, by := b.Lo[r], 4*u*finiteOrZero(size)
		terms[r] = append([]Term{
			{"position", "what 2u of h moves the quantile by", max(hi-v, v-lo)},
			{"interpolation", "4u*max |neighbour|", by},
		}, k.lastTerms(v, d)...)
		b.widen(r, by, d, k)
		b.Lo[r], b.Hi[r] = b.Lo[r]-(v-lo), b.Hi[r]+(hi-v)
		if math.IsNaN(b.Lo[r]) || math.IsNaN(b.Hi[r]) {
			b.Lo[r], b.Hi[r] = math.Inf(-1), math.Inf(1)
		}
	}
	b.Terms = func(flat int) []Term { return terms[flat] }
	return b
}

func quantileOf(q float64, x ...float64) map[string]Tensor {
	return with(samplesOf(x...), "quantile", Scalar(F64, q))
}

var worstCaseEdges = []Edge{
	edgeOf("minimum", "quantile 0", quantileOf(0, 3, 1, 2), nil, values(1)),
	edgeOf("maximum", "quantile 1", quantileOf(1, 3, 1, 2), nil, values(3)),
	edgeOf("median_even", "the median of an even number lies halfway", quantileOf(0.5, 4, 1, 2, 3), nil, values(2.5)),
	edgeOf("quarter", "type 7: h = 3/4", quantileOf(0.25, 1, 2, 3, 4), nil, values(1.75)),
	edgeOf("single", "one sample: that", quantileOf(0.3, 7), nil, values(7)),
	edgeOf("none", "no samples: NaN", quantileOf(0.5), nil, values(nan)),
	edgeOf("nan_sample", "NaN: NaN", quantileOf(0.5, 1, nan, 2), nil, values(nan)),
	edgeOf("infinite", "+Inf at the top does not reach the bottom", quantileOf(0.25, 1, 2, 2, inf, inf), nil, values(2)),
	edgeOf("above_one", "quantile above 1: refused", quantileOf(1.5, 1), nil, refused("quantile_range")),
}
