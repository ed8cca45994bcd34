package zoo

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// rescale multiplies all of a row.
func rescale(y []float64, by float64) {
	for i := range y {
		y[i] *= by
	}
}

var wrongRows = []planted{
	{law: "bound", bug: "zeros", op: "softmax", rows: "M01", run: output(0, func(*reference.Call, int, float64) float64 { return 0 })},
	{law: "bound", bug: "the same for every token", op: "softmax", rows: "M02", run: output(0, func(c *reference.Call, _ int, _ float64) float64 { return 1 / float64(c.In[0].Shape[1]) })},
	{law: "shift", bug: "a row below -100 lost", op: "softmax", run: rowsOf(func(c *reference.Call, r int, x, y []float64) {
		if m := maximum(x); m < -100 {
			rescale(y, nan)
		}
	})},
	{law: "row_alone", bug: "another exp for batches of one", op: "softmax", run: rowsOf(func(c *reference.Call, r int, x, y []float64) {
		if c.In[0].Shape[0] == 1 {
			for i := range y {
				y[i] *= 1 + 1e-3*float64(i%2)
			}
		}
	})},
	{law: "neighbours", bug: "NaN leaks into the row after", op: "softmax", run: rowsOf(func(c *reference.Call, r int, x, y []float64) {
		if r > 0 && math.IsNaN(c.In[0].Get((r-1)*len(x))) {
			rescale(y, nan)
		}
	})},
	{law: "padding", bug: "a path for 8n+3 that rounds to bf16", op: "softmax", run: rowsOf(func(c *reference.Call, r int, x, y []float64) {
		for i := range y {
			if len(x)%8 == 3 {
				y[i] = reference.BF16.Round(y[i])
			}
		}
	})},
	{law: "permutation", bug: "the sum skips the last of 8n+1", op: "softmax", run: rowsOf(func(c *reference.Call, r int, x, y []float64) {
		if n := len(x); n%8 == 1 && n > 1 && y[n-1] < 1 {
			rescale(y, 1/(1-y[n-1]))
		}
	})},
	{law: "temperature", bug: "divided by T twice", op: "softmax", run: asking(func(c *reference.Call) { each(c, "temperature", func(t float64) float64 { return t * t }) })},
	{law: "sums_to_one", bug: "2e-6 added to the sum", op: "softmax", run: rowsOf(func(c *reference.Call, r int, x, y []float64) {
		if m := maximum(y); m > 0 {
			rescale(y, (1/m)/(1/m+2e-6))
		}
	})},
	{law: "in_unit_interval", bug: "a reciprocal rounded up", op: "softmax", run: rowsOf(func(c *reference.Call, r int, x, y []float64) { rescale(y, 1+0x1p-23) })},
	{law: "order", bug: "an exp that jumps at multiples of ln 2", op: "softmax", run: rowsOf(func(c *reference.Call, r int, x, y []float64) {
		for i, m := 0, maximum(x); i < len(x); i++ {
			if d := (m - x[i]) / math.Ln2; d > 0.5 && d-math.Floor(d) > 0.5 {
				y[i] *= 1 + 120*0x1p-24
			}
		}
	})},
	{law: "ratio", bug: "an exp good to 20 bits only", op: "softmax", run: rowsOf(func(c *reference.Call, r int, x, y []float64) {
		for i, m := 0, maximum(x); i < len(x); i++ {
			if x[i] < m && c.Param("temperature", r) != 0 {
				y[i] *= 1 + 0x1p-18*float64(i%3-1)
			}
		}
	})},
	{law: "greedy", bug: "T = 0 becomes 1e-8", op: "softmax", run: asking(func(c *reference.Call) { each(c, "temperature", func(t float64) float64 { return max(t, 1e-8) }) })},
	{law: "colder_is_sharper", bug: "T below 0.4 ignored", op: "softmax", run: asking(func(c *reference.Call) {
		each(c, "temperature", func(t float64) float64 {
			if t < 0.4 && t > 0 {
				return 1
			}
			return t
		})
	})},
	{law: "masked_gets_nothing", bug: "-Inf becomes -1e4", op: "softmax", run: asking(func(c *reference.Call) {
		for i := range c.In[0].Len() {
			c.In[0].Put(i, max(c.In[0].Get(i), -1e4))
		}
	})},
	{law: "loss_not_negative", bug: "ln S of a sum short by a unit", op: "cross_entropy", run: output(lossOut, func(c *reference.Call, r int, loss float64) float64 { return loss - 0x1p-23 })},
	{law: "loss_from_lse", bug: "lse saved before the maximum is added", op: "cross_entropy", run: output(lseOut, func(c *reference.Call, r int, v float64) float64 { return v - maximum(c.In[0].Row(r, nil)) })},
	{law: "reductions_agree", bug: "the mean over all rows", op: "cross_entropy", run: answering(func(c *reference.Call) {
		if c.Pick("reduction") == "mean" {
			counted := 0.0
			for r := range c.In[0].Shape[0] {
				if !skipped(c, r) {
					counted += classWeight(c, int(c.Arg("label").Int(r)))
				}
			}
			c.Out[0].Put(0, c.Out[0].Get(0)*counted/float64(c.In[0].Shape[0]))
		}
	})},
	{law: "ignored_rows", bug: "NaN times a mask of 0", op: "cross_entropy", run: output(lossOut, func(c *reference.Call, r int, loss float64) float64 {
		if skipped(c, r) {
			return maximum(c.In[0].Row(r, nil)) * 0
		}
		return loss
	})},
	{law: "any_ignore_index", bug: "only a negative index ignores", op: "cross_entropy", run: asking(func(c *reference.Call) {
		if t := c.Arg("ignore_index"); !t.Absent() && t.Int(0) >= 0 && t.Int(0) < int64(c.In[0].Shape[1]) {
			c.In[c.Op.Input("ignore_index")] = reference.Tensor{}
		}
	})},
	{law: "smoothing_is_linear", bug: "(1-e)/V for e/V", op: "cross_entropy", from: "paiml/aprender#2199", rows: "CE-05", run: asking(func(c *reference.Call) {
		each(c, "smoothing", func(e float64) float64 {
			if e > 0 && e < 1 {
				return 1 - e
			}
			return e
		})
	})},
	{law: "weights_scale", bug: "the weighted mean over the rows' number", op: "cross_entropy", run: answering(func(c *reference.Call) {
		if c.Pick("reduction") == "mean" {
			n, w := 0.0, 0.0
			for r := range c.In[0].Shape[0] {
				if !skipped(c, r) {
					n, w = n+1, w+classWeight(c, int(c.Arg("label").Int(r)))
				}
			}
			c.Out[0].Put(0, c.Out[0].Get(0)*w/n)
		}
	})},
	{law: "uniform_loss", bug: "a running sum that stalls at 64", op: "cross_entropy", run: output(lossOut, func(c *reference.Call, r int, loss float64) float64 {
		if v := float64(c.In[0].Shape[1]); loss > math.Log(64) && v > 64 {
			return loss - math.Log(v/64)
		}
		return loss
	})},
	{law: "kept_is_a_prefix", bug: "ties to the higher index", op: "top_p_filter", run: rowwise(func(c *reference.Call, r int, x []float64) {
		if n := int(c.Out[1].Get(r)); n > 0 {
			at := order(x)
			slices.SortStableFunc(at, func(a, b int) int {
				if x[a] == x[b] {
					return b - a
				}
				return byRank(x[a], x[b])
			})
			c.Out[0].PutRow(r, right.on(c).probabilities(among(x, at[:n]), 1))
		}
	})},
	{law: "nucleus_is_minimal", bug: "the crossing token dropped", op: "top_p_filter", run: recounted(func(n, v int, c *reference.Call, r int) int {
		p := c.Param("p", r)
		if p > 0 && p < 1 {
			return max(1, n-1)
		}
		return n
	})},
	{law: "kept_grows_with_p", bug: "a p below 0.3 means no filter", op: "top_p_filter", run: asking(func(c *reference.Call) {
		each(c, "p", func(p float64) float64 {
			if p < 0.3 && p > 0 {
				return 1
			}
			return p
		})
	})},
	{law: "p_one_is_softmax", bug: "p = 1 drops the least", op: "top_p_filter", run: recounted(func(n, v int, c *reference.Call, r int) int {
		p := c.Param("p", r)
		if p == 1 {
			return max(1, n-1)
		}
		return n
	})},
	{law: "p_zero_is_argmax", bug: "p = 0 keeps two", op: "top_p_filter", run: recounted(func(n, v int, c *reference.Call, r int) int {
		p := c.Param("p", r)
		if p == 0 {
			return min(2, v)
		}
		return n
	})},
	{law: "token_has_mass", bug: "u = 0 draws token 0", op: "sample_logits", run: output(0, func(c *reference.Call, r int, v float64) float64 {
		if c.Uniform(r) == 0 {
			return 0
		}
		return v
	})},
	{law: "inverts_exactly", bug: ">= for >", op: "sample_logits", run: drawn(func(u float64) float64 { return max(0, u-0x1p-53) })},
	{law: "grows_with_u", bug: "the upper half turned round", op: "sample_logits", run: drawn(func(u float64) float64 {
		if u > 0.5 {
			return 1.5 - u
		}
		return u
	})},
	{law: "grid_counts", bug: "a temperature of 1.05", op: "sample_logits", rows: "S1", run: asking(func(c *reference.Call) { each(c, "temperature", func(t float64) float64 { return 1.05 * t }) })},
	{law: "ends_of_u", bug: "uniforms kept off the ends", op: "sample_logits", run: drawn(func(u float64) float64 { return min(max(u, 1e-3), 1-1e-3) })},
	{law: "greedy_draw", bug: "T = 0 becomes 0.1", op: "sample_logits", run: asking(func(c *reference.Call) { each(c, "temperature", func(t float64) float64 { return max(t, 0.1) }) })},
	{law: "seed_decides", bug: "the row's place is in the key", op: "sample_logits", run: reseeded(func(w [3]uint64, r int) [3]uint64 { w[1] += uint64(r) << 50; return w })},
	{law: "streams_differ", bug: "the step is not in the key", op: "sample_logits", run: reseeded(func(w [3]uint64, r int) [3]uint64 { w[2] = 0; return w })},
	{law: "seed_is_philox", bug: "a seed of 32 bits", op: "sample_logits", declares: "level=tight,bits=draft", run: reseeded(func(w [3]uint64, r int) [3]uint64 { w[0] = uint64(uint32(w[0])); return w })},
}
