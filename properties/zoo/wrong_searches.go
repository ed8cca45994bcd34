package zoo

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// searching is a beam search of another kind.
func searching(s search) func(*reference.Call) error {
	return func(c *reference.Call) error {
		if _, err := c.Truth(); err != nil {
			return err
		}
		k := right.on(c)
		answer(k, c, s.run(k, c))
		return nil
	}
}

var wrongSearches = []planted{
	{law: "beam_whole", bug: "one candidate of each hypothesis only", op: "beam_step", run: answering(func(c *reference.Call) {
		taken := map[float64]bool{}
		for n := range c.Out[1].Len() {
			if b := c.Out[1].Get(n); taken[b] {
				c.Out[2].PutInt(n, (int64(c.Out[2].Get(n))+1)%int64(c.In[0].Shape[1]))
			} else {
				taken[b] = true
			}
		}
	})},
	{law: "narrower_beam", bug: "a beam of 1 is greedy in the first hypothesis", op: "beam_step", run: answering(func(c *reference.Call) {
		if c.Out[0].Len() == 1 && !math.IsInf(c.In[1].Get(0), -1) {
			k := right.on(c)
			if w, ok := k.row(c.In[0].Row(0, nil), 1); ok {
				j := w.best
				c.Out[0].Put(0, c.In[1].Get(0)+k.logp(w, j))
				c.Out[1].PutInt(0, 0)
				c.Out[2].PutInt(0, int64(j))
			}
		}
	})},
	{law: "scores_move", bug: "scores below -2 clamped", op: "beam_step", run: asking(func(c *reference.Call) {
		for r := range c.In[1].Len() {
			if v := c.In[1].Get(r); !math.IsInf(v, -1) {
				c.In[1].Put(r, max(v, -2))
			}
		}
	})},
	{law: "dead_stay_dead", bug: "a dead hypothesis scores -1", op: "beam_step", run: asking(func(c *reference.Call) {
		for r := range c.In[1].Len() {
			if math.IsInf(c.In[1].Get(r), -1) {
				c.In[1].Put(r, -1)
				c.In[0].PutRow(r, full(c.In[0].Shape[1], 0))
			}
		}
	})},
	{law: "search_scores", bug: "the length without the end token", op: "beam_search", run: searching(search{norm: func(c *reference.Call, n int) float64 {
		return norm(c, max(n-1, 1))
	}})},
	{law: "search_one_step", bug: "all hypotheses of the first step are the best one", op: "beam_search", run: answering(func(c *reference.Call) {
		for i := 1; i < c.Out[0].Len() && c.Out[1].Shape[1] == 1; i++ {
			c.Out[0].SetBits(i, c.Out[0].Bits(0))
			c.Out[1].SetBits(i, c.Out[1].Bits(0))
		}
	})},
	{law: "search_exhaustive", bug: "the last of the finished are dropped", op: "beam_search", run: answering(func(c *reference.Call) {
		for i := 2; i < c.Out[0].Len(); i++ {
			c.Out[0].Put(i, -inf)
			c.Out[2].PutInt(i, 0)
			for j := range c.Out[1].Shape[1] {
				c.Out[1].PutInt(i*c.Out[1].Shape[1]+j, -1)
			}
		}
	})},
	{law: "weights_add_up", bug: "a query that sees no key has 1/n", op: "attention_softmax", run: rowwise(func(c *reference.Call, r int, x []float64) {
		y := c.Out[0].Row(r, nil)
		if maximum(y) == 0 {
			c.Out[0].PutRow(r, full(len(y), 1/float64(len(y))))
		}
	})},
	{law: "hidden_has_no_influence", bug: "a hidden weight of 0 times NaN", op: "attention", run: rowwise(func(c *reference.Call, r int, _ []float64) {
		width := c.In[2].Shape[1]
		for i := range c.In[2].Len() {
			if math.IsNaN(c.In[2].Get(i)) {
				c.Out[0].Put(r*width+i%width, nan)
			}
		}
	})},
	{law: "causal_is_a_length", bug: "the offset forgotten", op: "attention_softmax", run: asking(func(c *reference.Call) {
		c.In[c.Op.Input("offset")] = reference.Tensor{}
	})},
	{law: "bias_hides", bug: "a bias of -Inf becomes -4", op: "attention_softmax", run: asking(func(c *reference.Call) {
		for i := range c.Arg("bias").Len() {
			if bias := c.Arg("bias"); !bias.Absent() {
				bias.Put(i, max(bias.Get(i), -4))
			}
		}
	})},
	{law: "scale_is_a_factor", bug: "the scale applied twice", op: "attention_softmax", run: asking(func(c *reference.Call) {
		if !c.Arg("scale").Absent() {
			each(c, "scale", func(v float64) float64 { return v * v })
		}
	})},
	{law: "values_of_one", bug: "divided by the sum of all but the last block", op: "attention", run: answering(func(c *reference.Call) {
		for i := range c.Out[0].Len() {
			c.Out[0].Put(i, c.Out[0].Get(i)*(1+1e-3))
		}
	})},
	{law: "mean_of_values", bug: "a weight of 1.25 for a key alone", op: "attention", run: answering(func(c *reference.Call) {
		for i := range c.Out[0].Len() {
			if r := i / c.Out[0].Shape[1]; visible(c, r) == 1 {
				c.Out[0].Put(i, c.Out[0].Get(i)*1.25)
			}
		}
	})},
	{law: "values_scale", bug: "outputs beyond 3 clipped", op: "attention", run: answering(func(c *reference.Call) {
		for i := range c.Out[0].Len() {
			if v := c.Out[0].Get(i); math.Abs(v) > 3 {
				c.Out[0].Put(i, math.Copysign(3, v))
			}
		}
	})},
	{law: "keys_turned_round", bug: "the last key of 8n+1 skipped", op: "attention", run: asking(func(c *reference.Call) {
		if n := keys(c); n%8 == 1 && n > 1 && c.Arg("lengths").Absent() {
			lengths := full(c.In[0].Shape[0], float64(n-1))
			give(c, "lengths", lengths...)
		}
	})},

	{law: "bound", bug: "the first step fills the beam with its best", op: "beam_search", from: "facebookresearch/ParlAI#2007", rows: "BS-01", run: searching(search{allEqual: true})},
	{law: "bound", bug: "an equal share for every hypothesis", op: "beam_search", from: "OpenNMT/OpenNMT-py#1844", rows: "BS-02", run: searching(search{perBeam: true})},
	{law: "bound", bug: "stops when as many have ended as are wanted", op: "beam_search", from: "huggingface/transformers#20901", rows: "BS-04", run: searching(search{enough: func(done []hypothesis, width int) bool { return len(done) >= width }})},
	{law: "bound", bug: "a hypothesis that ended goes on", op: "beam_search", from: "awslabs/sockeye#233", rows: "BS-06", run: searching(search{alive: func(h hypothesis, _ int) bool { return len(h.tokens) == 1 }})},
	{law: "bound", bug: "ranked by the sum, not by what it is divided to", op: "beam_search", run: searching(search{norm: func(*reference.Call, int) float64 { return 1 }})},

	{law: "bound", bug: "tanh by exp(2x)", op: "attention_softmax", from: "unslothai/unsloth-zoo#1277", rows: "CE-14", run: rowsOf(func(c *reference.Call, r int, x, y []float64) {
		cap, scale := c.Param("softcap", r), 1.0
		if t := c.Arg("scale"); !t.Absent() {
			scale = t.At(r)
		}
		for j := range visible(c, r) {
			if e := float32(math.Exp(2 * scale * x[j] / cap)); cap > 0 && math.IsInf(float64(e), 1) {
				rescale(y, nan)
				return
			}
		}
	})},
	{law: "bound", bug: "the causal mask hides the query's own key", op: "attention_softmax", run: asking(func(c *reference.Call) {
		if c.Pick("mask") != "causal" {
			return
		}
		lengths := make([]float64, c.In[0].Shape[0])
		for r := range lengths {
			lengths[r] = float64(max(visible(c, r)-1, 0))
		}
		give(c, "lengths", lengths...)
	})},
	{law: "bound", bug: "scaled by d for its root", op: "attention", run: asking(func(c *reference.Call) {
		if c.Arg("scale").Absent() {
			give(c, "scale", 1/float64(c.In[1].Shape[1]))
		}
	})},
}
