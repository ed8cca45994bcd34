package zoo

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// redrawn is a sampler from logits or masses by other terms, of a row, and by the
// uniform.
func redrawn(f func(k working, t []float64, u float64) int) func(*reference.Call) error {
	return rowwise(func(c *reference.Call, r int, x []float64) {
		k, t := right.on(c), x
		if c.Op.Name == "sample_logits" {
			w, ok := k.row(x, c.Param("temperature", r))
			if !ok {
				return
			}
			t = w.t
		}
		c.Out[0].PutInt(r, int64(f(k, t, c.Uniform(r))))
	})
}

// largest is the lowest index of the largest.
func largest(t []float64) int { return order(t)[0] }

// firstStep is the first step of a cumulative sum that passes, len(t) for none.
func firstStep(t []float64, passes func(cum float64) bool) int {
	cum := 0.0
	for i, v := range t {
		if cum += v; passes(cum) {
			return i
		}
	}
	return len(t)
}

// word is a sampler whose seed (0), request (1) or step (2) is another.
func word(i int, f func(v uint64) uint64) func(*reference.Call) error {
	return reseeded(func(w [3]uint64, _ int) [3]uint64 { w[i] = f(w[i]); return w })
}

func zero(uint64) uint64 { return 0 }

var wrongDraws = []planted{
	{law: "grid_counts", bug: "a temperature of 1.25", op: "sample_logits", rows: "S2", run: param("temperature", func(v float64) float64 { return 1.25 * v })},
	{law: "bound", bug: "tokens below 1e-6 never drawn", op: "sample_logits", rows: "S3", run: redrawn(func(k working, t []float64, u float64) int {
		w, all := make([]float64, len(t)), total(t)
		for i, v := range t {
			if v >= 1e-6*all {
				w[i] = v
			}
		}
		return k.invert(w, largest(t), u)
	})},
	{law: "bound", bug: "the next token in one draw of fifty", op: "sample_logits", rows: "S4", run: redrawn(func(k working, t []float64, u float64) int {
		j := k.invert(t, largest(t), u)
		if math.Mod(u*4096, 1) < 0.02 && j+1 < len(t) {
			return j + 1
		}
		return j
	})},
	{law: "bound", bug: "uniforms of 16 bits", op: "sample_logits", rows: "S5", run: drawn(func(u float64) float64 { return math.Floor(u*65536) / 65536 })},
	{law: "bound", bug: "a float32 walk where float64 is declared", op: "sample_logits", rows: "S6", declares: "level=tight,acc=f64,sum=exact,noftz", run: right.run},
	{law: "bound", bug: "the best token in one draw of ten", op: "sample_logits", rows: "S7", run: redrawn(func(k working, t []float64, u float64) int {
		if math.Mod(u*256, 1) < 0.1 {
			return largest(t)
		}
		return k.invert(t, largest(t), u)
	})},
	{law: "bound", bug: "a nucleus of 0.85 nobody asked for", op: "sample_logits", rows: "S8", run: redrawn(func(k working, t []float64, u float64) int {
		w, all, before := make([]float64, len(t)), total(t), 0.0
		for _, j := range order(t) {
			if before > 0.85*all {
				break
			}
			w[j] = t[j]
			before += t[j]
		}
		return k.invert(w, largest(t), u)
	})},
	{law: "bound", bug: "the first and the last token never drawn", op: "sample_logits", rows: "S9", run: redrawn(func(k working, t []float64, u float64) int {
		return min(max(k.invert(t, largest(t), u), min(1, len(t)-1)), max(len(t)-2, 0))
	})},
	{law: "bound", bug: "an answer of V where the sum falls short", op: "sample_logits", from: "NVIDIA/TensorRT-LLM#1590", rows: "TP-27", run: redrawn(func(k working, t []float64, u float64) int {
		return firstStep(t, func(cum float64) bool { return cum > k.of(u)*total(t)*(1+0x1p-20) })
	})},
	{law: "seed_decides", bug: "one row without a seed unseeds the batch", op: "sample_logits", from: "vllm-project/vllm#51226", rows: "MN-12", run: reseeded(func(w [3]uint64, r int) [3]uint64 { w[0] ^= uint64(r) >> 1; return w })},
	{law: "bound", bug: "nothing written for a sure token", op: "sample_logits", from: "flashinfer-ai/flashinfer#384", rows: "MN-18", run: redrawn(func(k working, t []float64, u float64) int {
		if total(t) == maximum(t) {
			return 0
		}
		return k.invert(t, largest(t), u)
	})},
	{law: "bound", bug: "temperature and p swapped", op: "sample_chain", from: "mlc-ai/mlc-llm#951", rows: "TP-22", run: asking(func(c *reference.Call) {
		T, p := make([]float64, c.In[0].Shape[0]), make([]float64, c.In[0].Shape[0])
		for r := range T {
			T[r], p[r] = c.Param("p", r), min(c.Param("temperature", r), 1)
		}
		give(c, "temperature", T...)
		give(c, "p", p...)
	})},

	{law: "token_has_mass", bug: "the first step that reaches u", op: "sample_probs", from: "pytorch/pytorch#48841", rows: "MN-01", run: redrawn(func(_ working, t []float64, u float64) int {
		all := total(t)
		return min(firstStep(t, func(cum float64) bool { return cum >= u*all }), len(t)-1)
	})},
	{law: "bound", bug: "masses taken for probabilities", op: "sample_probs", run: redrawn(func(_ working, t []float64, u float64) int {
		return min(firstStep(t, func(cum float64) bool { return cum > u }), len(t)-1)
	})},
	{law: "bound", bug: "a running sum in bfloat16", op: "sample_probs", from: "pytorch/pytorch#43115", rows: "MN-03", run: redrawn(func(_ working, t []float64, u float64) int {
		cum, last, goal := 0.0, 0, u*total(t)
		for i, v := range t {
			if cum = reference.BF16.Round(cum + v); v > 0 {
				if last = i; cum > goal {
					break
				}
			}
		}
		return last
	})},
	{law: "bound", bug: "refuses what does not add up to 1 in float64", op: "sample_probs", from: "numpy/numpy#16688", rows: "MN-21", run: func(c *reference.Call) error {
		for r := range c.In[0].Shape[0] {
			if s := total(c.In[0].Row(r, nil)); math.Abs(s-1) > 1e-12 {
				return &reference.Reject{Op: c.Op.Name, Arg: "p", Code: "sum", Row: r}
			}
		}
		return right.run(c)
	}},
	{law: "streams_differ", bug: "the same uniform at every step", op: "sample_probs", from: "tenstorrent/tt-xla#4539", rows: "MN-14", run: word(2, zero)},
	{law: "bound", bug: "a seed of 32 bits", op: "sample_probs", declares: "level=tight,bits=draft", run: word(0, func(v uint64) uint64 { return uint64(uint32(v)) })},

	{law: "bound", bug: "ln 0 is as good as any", op: "sample_gumbel", from: "pytorch/pytorch#4517", rows: "MN-08", run: input("u", func(_ *reference.Call, _ int, u float64) float64 {
		if u == 0 {
			return 1 - 0x1p-53
		}
		return u
	})},
	{law: "bound", bug: "half the noise", op: "sample_gumbel", run: input("x", func(_ *reference.Call, _ int, v float64) float64 { return 2 * v })},
	{law: "bound", bug: "the noise of the column before", op: "sample_gumbel", run: input("u", func(c *reference.Call, i int, u float64) float64 {
		if j, _ := column(c, i); j > 0 {
			return c.In[1].Get(i - 1)
		}
		return u
	})},
	{law: "bound", bug: "uniforms of 10 bits", op: "sample_gumbel", run: input("u", func(_ *reference.Call, _ int, u float64) float64 { return (math.Floor(u*1024) + 0.5) / 1024 })},

	{law: "bound", bug: "the draft's probabilities in bfloat16", op: "speculative_accept", from: "deepseek-ai/DeepSpec#31", rows: "MN-16", run: input("q", func(_ *reference.Call, _ int, v float64) float64 { return reference.BF16.Round(v * (1 + 0x1p-9)) })},
	{law: "bound", bug: "what q has above p", op: "speculative_accept", run: rowwise(func(c *reference.Call, r int, p []float64) {
		if c.Out[1].Get(r) == 0 {
			q, w := c.In[1].Row(r, nil), make([]float64, len(p))
			for j := range w {
				w[j] = max(q[j]-p[j], 0)
			}
			c.Out[0].PutInt(r, int64(right.on(c).invert(w, 0, c.In[4].Get(r))))
		}
	})},
	{law: "bound", bug: "the same uniform decides and draws", op: "speculative_accept", run: asking(func(c *reference.Call) { c.In[4] = c.In[3] })},
	{law: "bound", bug: "a draft of no mass is taken", op: "speculative_accept", run: rowwise(func(c *reference.Call, r int, p []float64) {
		if d := int(c.In[2].Int(r)); p[d] == 0 {
			c.Out[0].PutInt(r, int64(d))
			c.Out[1].PutInt(r, 1)
		}
	})},

	{law: "bound", bug: "every draw has the same number", op: "multinomial_counts", from: "Dao-AILab/flash-attention#314", rows: "MN-22", run: rowwise(func(c *reference.Call, r int, p []float64) {
		n, w := c.Param("n", r), words(c, r)
		y := make([]float64, len(p))
		if n > 0 {
			y[right.on(c).invert(p, 0, reference.PhiloxUniform(w[0], w[1], 0))] = n
		}
		c.Out[0].PutRow(r, y)
	})},
	{law: "bound", bug: "draws numbered by lane", op: "multinomial_counts", from: "Dao-AILab/flash-attention#2439", rows: "MN-23", run: rowwise(func(c *reference.Call, r int, p []float64) {
		w, y := words(c, r), make([]float64, len(p))
		for i := range int(c.Param("n", r)) {
			y[right.on(c).invert(p, 0, reference.PhiloxUniform(w[0], w[1], uint32(i%32)))]++
		}
		c.Out[0].PutRow(r, y)
	})},
	{law: "bound", bug: "the request left out of the key", op: "multinomial_counts", run: word(1, zero)},
}
