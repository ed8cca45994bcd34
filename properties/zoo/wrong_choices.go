package zoo

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// reranked is argmax or top_k by another order of the values.
func reranked(key func(v float64) float64) func(*reference.Call) error {
	return rowwise(func(c *reference.Call, r int, x []float64) {
		y := make([]float64, len(x))
		for i, v := range x {
			y[i] = key(v)
		}
		choose(c, r, x, order(y))
	})
}

// choose writes the first of an order.
func choose(c *reference.Call, r int, x []float64, at []int) {
	if c.Op.Name == "argmax" {
		c.Out[0].PutInt(r, int64(at[0]))
		return
	}
	k := c.Out[0].Shape[1]
	for n, j := range at[:k] {
		c.Out[0].PutInt(r*k+n, int64(j))
		c.Out[1].Put(r*k+n, x[j])
	}
}

func nanLast(v float64) float64 {
	if math.IsNaN(v) {
		return -inf
	}
	return v
}

// bitOrder ranks by the bits of a float32 as a signed magnitude: +0 above -0, and
// NaN with a sign below everything.
func bitOrder(v float64) float64 {
	b := int32(math.Float32bits(float32(v)))
	if b < 0 {
		return -float64(b&math.MaxInt32) - 1
	}
	return float64(b)
}

// nucleus is top-p with another rule of when the masses before a token are enough.
func nucleus(enough func(before, p float64, n int) bool) func(*reference.Call) error {
	return recounted(func(n, v int, c *reference.Call, r int) int {
		x, p := c.In[0].Row(r, nil), c.Param("p", r)
		y := right.on(c).probabilities(x, 1)
		before := 0.0
		for n, j := range order(x) {
			if enough(before, p, n) {
				return n
			}
			before += y[j]
		}
		return v
	})
}

var wrongChoices = []planted{
	{law: "bound", bug: "NaN loses every comparison", op: "argmax", from: "jax-ml/jax#4640", rows: "AM-03", run: reranked(nanLast)},
	{law: "bound", bug: "a chunk's index not rebased", op: "argmax", from: "pytorch/pytorch#36482", rows: "AM-01", run: output(0, func(_ *reference.Call, _ int, v float64) float64 { return math.Mod(v, 64) })},
	{law: "bound", bug: "subnormals compared as zeros", op: "argmax", from: "jax-ml/jax#24281", rows: "AM-11", declares: "level=tight,noftz", run: reranked(func(v float64) float64 {
		if math.Abs(v) < 0x1p-126 {
			return 0
		}
		return v
	})},
	{law: "bound", bug: "bits compared for values", op: "argmax", from: "tenstorrent/tt-metal#55346", rows: "AM-12", run: reranked(bitOrder)},
	{law: "bound", bug: "the largest of the probabilities", op: "argmax", from: "tinygrad/tinygrad#3600", rows: "AM-05", run: rowwise(func(c *reference.Call, r int, x []float64) {
		if y := right.on(c).probabilities(x, 1); finite(y) {
			choose(c, r, x, order(y))
		}
	})},
	{law: "bound", bug: "-1 for a row of -Inf", op: "argmax", run: rowwise(func(c *reference.Call, r int, x []float64) {
		if math.IsInf(maximum(x), -1) {
			c.Out[0].PutInt(r, -1)
		}
	})},

	{law: "bound", bug: "bits compared for values", op: "top_k", from: "tenstorrent/tt-metal#56626", rows: "AM-08,AM-13", run: reranked(bitOrder)},
	{law: "bound", bug: "NaN loses every comparison", op: "top_k", run: reranked(nanLast)},
	{law: "bound", bug: "in the order of their places", op: "top_k", run: rowwise(func(c *reference.Call, r int, x []float64) {
		at := order(x)[:c.Out[0].Shape[1]]
		slices.Sort(at)
		choose(c, r, x, at)
	})},
	{law: "bound", bug: "values rounded to bfloat16", op: "top_k", run: output(1, func(_ *reference.Call, _ int, v float64) float64 { return reference.BF16.Round(v) })},
	{law: "ranks_whole", bug: "ties by quickselect above 4", op: "top_k", from: "pytorch/pytorch#27542", rows: "AM-06", run: rowwise(func(c *reference.Call, r int, x []float64) {
		if k := c.Out[0].Shape[1]; k > 4 {
			at := order(x)
			for lo := 0; lo < len(at); {
				hi := lo + 1
				for hi < len(at) && x[at[hi]] == x[at[lo]] {
					hi++
				}
				slices.Reverse(at[lo:hi])
				lo = hi
			}
			choose(c, r, x, at)
		}
	})},

	{law: "nucleus_is_minimal", bug: "the token that crosses left out", op: "top_p_filter", from: "ggml-org/llama.cpp#1953", rows: "TP-01", run: func(c *reference.Call) error {
		return recounted(func(n, v int, c *reference.Call, r int) int {
			y := right.on(c).probabilities(c.In[0].Row(r, nil), 1)
			cum := 0.0
			for i, j := range order(c.In[0].Row(r, nil)) {
				if cum += y[j]; cum > c.Param("p", r) && c.Param("p", r) < 1 {
					return i
				}
			}
			return v
		})(c)
	}},
	{law: "bound", bug: "stops at a prefix equal to p", op: "top_p_filter", from: "huggingface/transformers#18976", rows: "TP-02", run: nucleus(func(before, p float64, n int) bool { return n > 0 && before >= p && p < 1 })},
	{law: "p_one_is_softmax", bug: "p of 1 keeps the first", op: "top_p_filter", from: "BlinkDL/ChatRWKV#170", rows: "TP-03", run: nucleus(func(before, p float64, n int) bool { return n > 0 && (before > p || p == 1) })},
	{law: "bound", bug: "rejected logits are 0", op: "top_p_filter", from: "sgl-project/sglang-jax#1563", rows: "TP-06", run: rowwise(func(c *reference.Call, r int, x []float64) {
		if n := int(c.Out[1].Get(r)); n > 0 {
			z := make([]float64, len(x))
			for _, j := range order(x)[:n] {
				z[j] = x[j]
			}
			c.Out[0].PutRow(r, right.on(c).probabilities(z, 1))
		}
	})},
	{law: "bound", bug: "nothing kept where one token has more than p", op: "top_p_filter", from: "skyzh/tiny-llm#32", rows: "TP-14", run: rowsOf(func(c *reference.Call, r int, x, y []float64) {
		if p := right.on(c).probabilities(x, 1); c.Out[1].Get(r) == 1 && maximum(p) > c.Param("p", r) {
			rescale(y, 0)
		}
	})},
	{law: "bound", bug: "the first row's count for all", op: "top_p_filter", from: "facebookresearch/fairseq#882", rows: "TP-15", run: func(c *reference.Call) error {
		first := 0
		return recounted(func(n, _ int, _ *reference.Call, r int) int {
			if r == 0 {
				first = n
			}
			return max(first, 1)
		})(c)
	}},
	{law: "bound", bug: "a share above the largest's wanted", op: "min_p_filter", from: "ggml-org/llama.cpp#13822", rows: "TP-12", run: rowsOf(func(c *reference.Call, r int, x, y []float64) {
		if c.Param("min_p", r) == 1 {
			rescale(y, 0)
		}
	})},
	{law: "bound", bug: "no min_p above 32768 tokens", op: "min_p_filter", from: "lablup/mlxcel#1391", rows: "TP-21", run: asking(func(c *reference.Call) {
		if c.In[0].Shape[1] > 32768 {
			each(c, "min_p", func(float64) float64 { return 0 })
		}
	})},

	{law: "bound", bug: "frequency once whatever the count", op: "penalties", run: rowwise(func(c *reference.Call, r int, x []float64) {
		from, to := list(c, r)
		times := map[int]float64{}
		for i := from; i < to; i++ {
			times[int(c.In[1].Int(i))]++
		}
		for j, n := range times {
			at := r*len(x) + j
			c.Out[0].Put(at, c.Out[0].Get(at)+(n-1)*c.Param("frequency", r))
		}
	})},
	{law: "penalised_no_more", bug: "every logit of the history divided", op: "penalties", from: "huggingface/transformers#2302", rows: "TP-24", run: input("x", func(c *reference.Call, i int, v float64) float64 {
		r := i / c.In[0].Shape[1]
		if rep := c.Param("repetition", r); v < 0 && inList(c, r)[i%c.In[0].Shape[1]] {
			return v / rep / rep
		}
		return v
	})},

	{law: "bound", bug: "the bias for the logit", op: "logit_bias", run: rowwise(func(c *reference.Call, r int, x []float64) {
		from, to := list(c, r)
		for i := from; i < to; i++ {
			c.Out[0].Put(r*len(x)+int(c.In[1].Int(i)), c.Arg("bias").Get(i))
		}
	})},
	{law: "bound", bug: "a bias of -Inf is -1e4", op: "logit_bias", run: input("bias", func(_ *reference.Call, _ int, v float64) float64 { return max(v, -1e4) })},
	{law: "bound", bug: "biases held in bfloat16", op: "logit_bias", run: input("bias", func(_ *reference.Call, _ int, v float64) float64 { return reference.BF16.Round(v) })},
	{law: "bound", bug: "biases between -100 and 100", op: "logit_bias", run: input("bias", func(_ *reference.Call, _ int, v float64) float64 { return max(-100, min(100, v)) })},
	{law: "list_order", bug: "the last entry of a list is dropped", op: "logit_bias", run: relisted(func(from, to int) []int { return span(from, to-1) })},

	{law: "list_order", bug: "the first entry of a list is dropped", op: "banned", run: relisted(func(from, to int) []int { return span(from+1, to) })},
	{law: "listed_are_banned", bug: "banned logits are 0", op: "banned", run: banning(0)},
	{law: "listed_are_banned", bug: "banned logits are the least number", op: "banned", run: banning(-math.MaxFloat32)},
	{law: "bound", bug: "token ids of 6 bits", op: "banned", run: rowwise(func(c *reference.Call, r int, x []float64) {
		for j := range inList(c, r) {
			if j >= 64 {
				c.Out[0].Put(r*len(x)+j, x[j])
			}
		}
	})},
}

func span(from, to int) (places []int) {
	for i := from; i < to; i++ {
		places = append(places, i)
	}
	return places
}

// banning writes something else than -Inf.
func banning(v float64) func(*reference.Call) error {
	return rowwise(func(c *reference.Call, r int, x []float64) {
		for j := range inList(c, r) {
			c.Out[0].Put(r*len(x)+j, v)
		}
	})
}
