package reference

import (
	"fmt"
	"math"
)

var sampleGumbelOp = &Op{
	Name: "sample_gumbel", Formula: "argmax_i x_i - ln(-ln u_i) over x_i > -Inf, lowest i",
	In: []Arg{
		logits(),
		{Name: "u", Says: "a uniform for every token", Unit: "1", Dims: matrix, DTypes: []DType{F64}, Domain: uniformDomain("u")},
	},
	Out: []Arg{
		{Name: "token", Says: "token drawn", Unit: "index", Dims: rows, DTypes: []DType{I64}, Judge: ByLaw},
	},
	Ref: sampleGumbel, Bound: sampleGumbelBound, Edges: sampleGumbelEdges,
	Shapes: rowShapes[:3], Work: func(d Dims) (int64, int64) { n := size(d); return 40 * n, 12 * n },
	Cites: []string{
		"Gumbel: Statistical theory of extreme values, 1954",
		"Maddison, Tarlow, Minka: A* sampling, NeurIPS 2014 (the Gumbel-max trick)",
	},
}

// sample_gumbel draws a token from softmax(x) by the Gumbel-max trick: the
// argmax of x_i + g_i, g_i = -ln(-ln u_i) standard Gumbel for u_i uniform in
// [0, 1). Sampling argmax(p / exponential) is the same in other words.
//
// u_i = 0 is g_i = -Inf: token i loses to every other. A masked token is never
// drawn, whatever the uniforms: if every token with mass has u_i = 0, the lowest
// of them answers. Rows that cannot be sampled are refused, as in sample_logits.
func sampleGumbel(c *Call) error {
	if r := c.refuseRows(); r != nil {
		return r
	}
	eachRow(c, func(i int, r row) {
		u, best, top := c.In[1].Row(i, nil), -1, 0.0
		for j, x := range r.x {
			if math.IsInf(x, -1) {
				continue
			}
			if key := x + gumbel(u[j]); best < 0 || key > top {
				best, top = j, key
			}
		}
		c.Out[0].PutInt(i, int64(best))
	})
	return nil
}

// gumbel is -ln(-ln u).
func gumbel(u float64) float64 {
	return -logOf(-logOf(u))
}

// sampleGumbelBound. A key x + g is off by the rounding of the sum; by the outer
// logarithm's error, and by the inner one's, relative, which the outer turns into
// an absolute one; and by that of u rounded to the working type, which moves
// -ln u by u_a/(-ln u) of itself. Where u so rounded may be 1, or flushed to 0,
// the key has no bound at that end. A token may be drawn if the upper end of its
// key reaches the largest of all lower ends.
func sampleGumbelBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[0])
	wrong := make([][]string, len(b.Lo))
	errs := make([]float64, len(b.Lo))
	eachRow(c, func(i int, r row) {
		if r.kind != regular {
			return
		}
		lo, hi := keyIntervals(r.x, c.In[1].Row(i, nil), k, c.DType())
		least := math.Inf(-1)
		for _, v := range lo {
			least = max(least, v)
		}
		wrong[i] = make([]string, len(r.x))
		first, last := -1, 0
		for j, v := range hi {
			switch {
			case math.IsInf(r.x[j], -1):
				wrong[i][j] = "the token drawn has no probability"
			case v >= least:
				if first < 0 {
					first = j
				}
				last = j
			default:
				wrong[i][j] = fmt.Sprintf("its key is at most %v, another's at least %v", v, least)
			}
		}
		t := int(ref.Out[0].Get(i))
		if k.Ties != "any" && silent(r.x, c.In[1].Row(i, nil)) {
			first, last = t, t
		}
		errs[i] = hi[t]/2 - lo[t]/2
		b.Lo[i], b.Hi[i] = float64(first), float64(last)
	})
	b.Refuse = func(flat int, got float64) string {
		if j, ok := index(got, len(wrong[flat])); ok {
			return wrong[flat][j]
		}
		return ""
	}
	b.Terms = func(flat int) []Term {
		return []Term{{"key of the reference's token", "u*(|x+g| + 2*ln_ulp*(|g| + 1) + 2 + u_i rounded: 1/(-ln u_i))", errs[flat]}}
	}
	return b
}

// silent reports whether every token with mass has u = 0: all keys are -Inf then,
// in any arithmetic.
func silent(x, u []float64) bool {
	for j := range x {
		if u[j] != 0 && !math.IsInf(x[j], -1) {
			return false
		}
	}
	return true
}

// keyIntervals is where each token's key may lie.
func keyIntervals(x, u []float64, k Contract, in DType) (lo, hi []float64) {
	lo, hi = make([]float64, len(x)), make([]float64, len(x))
	unit := k.Acc.Unit()
	for j, v := range x {
		g := gumbel(u[j])
		key := v + g
		lo[j], hi[j] = key, key
		if math.IsInf(v, -1) || u[j] == 0 {
			continue
		}
		by := unit * (2*math.Abs(key) + math.Abs(v) + 2*k.LnULP*(math.Abs(g)+1) + 3)
		by += 4 * F64.Unit() * (math.Abs(g) + math.Abs(key) + 1)
		if k.FlushIn {
			by += max(in.MinNormal(), k.Acc.MinNormal())
			if u[j] < k.Acc.MinNormal() {
				lo[j] = math.Inf(-1)
			}
		}
		w := -logOf(u[j])
		if s := unit / w; s < 0.5 { // -ln(u(1+-unit)) = w -+ unit
			by += -math.Log1p(-s)
		} else {
			hi[j] = math.Inf(1)
			lo[j] = min(lo[j], v-logOf(w+unit)-by)
			continue
		}
		lo[j], hi[j] = min(lo[j], key-by), key+by
	}
	return lo, hi
}

func uniforms(u ...float64) map[string]Tensor {
	return map[string]Tensor{"u": Of(F64, []int{1, len(u)}, u...)}
}

var sampleGumbelEdges = []Edge{
	edge("equal_logits", "equal logits: the largest uniform", []float64{0, 0, 0}, uniforms(0.25, 0.75, 0.5), values(1)),
	edge("tie", "equal keys: the lowest index", []float64{1, 1, -50, -50, -50}, uniforms(0.5, 0.5, 0.5, 0.5, 0.5), values(0)),
	edge("u_zero", "u = 0 loses to every other", []float64{50, -50}, uniforms(0, 0x1p-20), values(1)),
	edge("all_u_zero", "every u 0: the lowest index with mass", []float64{-inf, -3, 5}, uniforms(0.5, 0, 0), values(1)),
	edge("masked_logit", "a masked token is never drawn", []float64{-inf, -50}, uniforms(1-0x1p-53, 0x1p-40), values(1)),
	edge("single", "one token: always that", []float64{-9}, uniforms(0), values(0)),
	edge("u_last", "u -> 1: g = 36.7", []float64{0, 30, -50, -50}, uniforms(1-0x1p-53, 0.5, 0.5, 0.5), values(0)),
	edge("masked_row", "all -Inf: refused", []float64{-inf, -inf}, uniforms(0.5, 0.5), refused("row_masked")),
	edge("infinite_logit", "+Inf: refused", []float64{0, inf}, uniforms(0.5, 0.5), refused("row_infinite")),
	edge("nan_logit", "NaN: refused", []float64{nan, 0}, uniforms(0.5, 0.5), refused("row_nan")),
	edge("empty_row", "no tokens: refused", nil, uniforms(), refused("row_empty")),
	edge("u_one", "u = 1: refused", []float64{0, 0}, uniforms(0.5, 1), refused("u_range")),
}
