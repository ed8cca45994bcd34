package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// answering is the right kernel with its answer changed.
func answering(change func(c *reference.Call)) func(*reference.Call) error {
	return func(c *reference.Call) error {
		if err := family(c.Op.Name)[0].run(c); err != nil {
			return err
		}
		change(c)
		return nil
	}
}

// eachRow changes the answer row by row.
func eachRow(change func(c *reference.Call, r int, x []float64)) func(*reference.Call) error {
	return answering(func(c *reference.Call) {
		for r := range c.In[0].Shape[0] {
			change(c, r, c.In[0].Row(r, nil))
		}
	})
}

// recounted is a filter with another number of tokens kept.
func recounted(f func(n, v int, c *reference.Call, r int) int) func(*reference.Call) error {
	return eachRow(func(c *reference.Call, r int, x []float64) {
		if _, ok := regular(x); ok {
			right.keepFirst(c, r, max(1, min(len(x), f(int(c.Out[1].Get(r)), len(x), c, r))))
		}
	})
}

// other is the right kernel with another value of a parameter.
func other(name string, f func(c *reference.Call, v float64) float64) func(*reference.Call) error {
	return asking(func(c *reference.Call) { each(c, name, func(v float64) float64 { return f(c, v) }) })
}

var wrongSelections = []planted{
	{law: "largest_first", bug: "the last of equals", op: "argmax", run: eachRow(func(c *reference.Call, r int, x []float64) {
		for j, v := range x {
			if v == x[int(c.Out[0].Get(r))] {
				c.Out[0].PutInt(r, int64(j))
			}
		}
	})},
	{law: "ranks_whole", bug: "equals by the higher index", op: "top_k", run: eachRow(func(c *reference.Call, r int, x []float64) {
		k := c.Out[0].Shape[1]
		for n := 1; n < k; n++ {
			a, b := int(c.Out[0].Get(r*k+n-1)), int(c.Out[0].Get(r*k+n))
			if x[a] == x[b] {
				c.Out[0].PutInt(r*k+n-1, int64(b))
				c.Out[0].PutInt(r*k+n, int64(a))
			}
		}
	})},
	{law: "fewer_is_a_prefix", bug: "k below 3 has a path that starts at the end", op: "top_k", run: eachRow(func(c *reference.Call, r int, x []float64) {
		k := c.Out[0].Shape[1]
		for n := 0; n < k && k < 3; n++ {
			for j, v := range x {
				if v == x[int(c.Out[0].Get(r*k+n))] {
					c.Out[0].PutInt(r*k+n, int64(j))
				}
			}
		}
	})},
	{law: "turned_round", bug: "the last of 8n+1 not looked at", op: "argmax", run: asking(func(c *reference.Call) {
		v := c.In[0].Shape[1]
		for r := range c.In[0].Shape[0] {
			if v%8 == 1 && v > 1 {
				c.In[0].Put(r*v+v-1, -inf)
			}
		}
	})},
	{law: "kept_counts_k", bug: "all that tie with the k-th stay", op: "top_k_filter", run: recounted(func(n, v int, c *reference.Call, r int) int {
		x := c.In[0].Row(r, nil)
		at := order(x)
		for n < v && x[at[n]] == x[at[n-1]] {
			n++
		}
		return n
	})},
	{law: "kept_grows_with_k", bug: "k above 3 keeps the end of the list", op: "top_k_filter", run: eachRow(func(c *reference.Call, r int, x []float64) {
		if n := int(c.Out[1].Get(r)); n > 3 && n < len(x) {
			c.Out[0].PutRow(r, right.probabilities(among(x, append(order(x)[1:n], order(x)[n])), 1, c.DType()))
		}
	})},
	{law: "share_of_the_largest", bug: "min_p compared with the probability itself", op: "min_p_filter", run: recounted(func(n, v int, c *reference.Call, r int) int {
		y := right.probabilities(c.In[0].Row(r, nil), 1, c.DType())
		kept := 0
		for _, p := range y {
			if p >= c.Param("min_p", r) {
				kept++
			}
		}
		return kept
	})},
	{law: "kept_falls_with_min_p", bug: "a min_p above 0.6 means no filter", op: "min_p_filter", run: other("min_p", func(c *reference.Call, v float64) float64 {
		if v > 0.6 && v < 1 {
			return 0
		}
		return v
	})},
	{law: "ends_of_min_p", bug: "min_p = 1 keeps one of equals", op: "min_p_filter", run: recounted(func(n, v int, c *reference.Call, r int) int {
		if c.Param("min_p", r) == 1 {
			return 1
		}
		return n
	})},
	{law: "chain_is_the_shortest", bug: "min_p skipped where p is on", op: "sample_chain", run: asking(func(c *reference.Call) {
		p := c.Arg("p")
		s := make([]float64, c.In[0].Shape[0])
		for r := range s {
			if s[r] = c.Param("min_p", r); !p.Absent() && c.Param("p", r) < 1 {
				s[r] = 0
			}
		}
		give(c, "min_p", s...)
	})},
	{law: "drawn_is_kept", bug: "the filters count and the draw is from all", op: "sample_chain", run: eachRow(func(c *reference.Call, r int, x []float64) {
		T := c.Param("temperature", r)
		t, _, _, best, _ := right.masses(x, T, c.DType())
		c.Out[0].PutInt(r, int64(right.invert(t, best, c.Uniform(r), c.DType())))
	})},
	{law: "chain_off", bug: "k = V taken for k = V - 1", op: "sample_chain", run: asking(func(c *reference.Call) {
		k := reference.NewTensor(reference.I64, c.In[0].Shape[0])
		for r := range k.Len() {
			k.PutInt(r, int64(c.Param("k", r)))
			if v := c.In[0].Shape[1]; k.Int(r) == int64(v) && v > 1 {
				k.PutInt(r, int64(v-1))
			}
		}
		if c.In[0].Shape[1] > 1 {
			c.In[c.Op.Input("k")] = k
		}
	})},
	{law: "gumbel_of_equals", bug: "the smallest key", op: "sample_gumbel", run: asking(func(c *reference.Call) {
		for i := range c.In[1].Len() {
			c.In[1].Put(i, max(0, 1-0x1p-53-c.In[1].Get(i)))
		}
	})},
	{law: "gumbel_zero_loses", bug: "u = 0 becomes 0.9", op: "sample_gumbel", run: asking(func(c *reference.Call) {
		for i := range c.In[1].Len() {
			if c.In[1].Get(i) == 0 {
				c.In[1].Put(i, 0.9)
			}
		}
	})},
	{law: "gumbel_winner_stays", bug: "uniforms above 0.95 turned round", op: "sample_gumbel", run: asking(func(c *reference.Call) {
		for i := range c.In[1].Len() {
			if u := c.In[1].Get(i); u > 0.95 {
				c.In[1].Put(i, 1-u)
			}
		}
	})},
	{law: "others_keep_bits", bug: "the penalty of the row before", op: "penalties", run: asking(func(c *reference.Call) {
		at := c.Arg("offsets")
		n := at.Len() - 1
		if n > 1 {
			for i := 1; i < n; i++ {
				at.PutInt(i, at.Int(i+1))
			}
		}
	})},
	{law: "list_order", bug: "the last entry of a list is dropped", op: "banned", run: asking(func(c *reference.Call) {
		n := relisted(c, func(from, to int) []int {
			var places []int
			for i := from; i < to-1; i++ {
				places = append(places, i)
			}
			return places
		})
		copy(c.In, n.In)
	})},
	{law: "penalised_no_more", bug: "a negative logit divided", op: "penalties", run: eachRow(func(c *reference.Call, r int, x []float64) {
		for j := range inList(c, r) {
			if rep := c.Param("repetition", r); x[j] < 0 {
				c.Out[0].Put(r*len(x)+j, c.Out[0].Get(r*len(x)+j)-x[j]*rep+x[j]/rep)
			}
		}
	})},
	{law: "occurrences_count", bug: "repetition once per occurrence", op: "penalties", run: func(c *reference.Call) error {
		if err := right.selection("penalties")(c); err != nil {
			return err
		}
		for r := range c.In[0].Shape[0] {
			from, to := list(c, r)
			seen := map[int64]bool{}
			for i := from; i < to; i++ {
				j := c.In[1].Int(i)
				if at := r*c.In[0].Shape[1] + int(j); seen[j] {
					c.Out[0].Put(at, c.Out[0].Get(at)/c.Param("repetition", r))
				}
				seen[j] = true
			}
		}
		return nil
	}},
	{law: "penalty_off", bug: "a repetition of 1 taken for 1.05", op: "penalties", run: asking(func(c *reference.Call) {
		each(c, "repetition", func(v float64) float64 {
			if v == 1 {
				return 1.05
			}
			return v
		})
	})},
	{law: "biases_add_up", bug: "the second bias replaces the first", op: "logit_bias", run: func(c *reference.Call) error {
		if err := right.selection("logit_bias")(c); err != nil {
			return err
		}
		for r := range c.In[0].Shape[0] {
			from, to := list(c, r)
			for i := from; i < to; i++ {
				at := r*c.In[0].Shape[1] + int(c.In[1].Int(i))
				c.Out[0].Put(at, c.In[0].Get(at)+c.Arg("bias").Get(i))
			}
		}
		return nil
	}},
	{law: "listed_are_banned", bug: "-1e9 for -Inf", op: "banned", run: eachRow(func(c *reference.Call, r int, x []float64) {
		for j := range inList(c, r) {
			c.Out[0].Put(r*len(x)+j, -1e9)
		}
	})},
	{law: "draft_or_residual", bug: "a rejection draws from p", op: "speculative_accept", run: eachRow(func(c *reference.Call, r int, p []float64) {
		if c.Out[1].Get(r) == 0 {
			c.Out[0].PutInt(r, int64(right.invert(p, 0, c.In[4].Get(r), c.DType())))
		}
	})},
	{law: "accepts_below", bug: "u > p/q for u < p/q", op: "speculative_accept", run: asking(func(c *reference.Call) {
		each(c, "u", func(u float64) float64 { return max(0, 1-0x1p-53-u) })
	})},
	{law: "stands_as_p", bug: "u squared", op: "speculative_accept", run: asking(func(c *reference.Call) {
		each(c, "u", func(u float64) float64 { return u * u * u * u * u * u })
	})},
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
			if lp := right.logProb(c, c.In[0].Row(0, nil)); len(lp) > 0 {
				j := order(lp)[0]
				c.Out[0].Put(0, c.In[1].Get(0)+lp[j])
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
	{law: "dead_stay_dead", bug: "a dead hypothesis scores -1", op: "beam_step", run: func(c *reference.Call) error {
		changed := remake(c, all(c)...)
		v := c.In[0].Shape[1]
		for r := range c.In[1].Len() {
			if math.IsInf(c.In[1].Get(r), -1) {
				changed.In[1].Put(r, -1)
				for j := range v {
					changed.In[0].Put(r*v+j, 0)
				}
			}
		}
		err := right.selection("beam_step")(changed)
		for o := range c.Out {
			for i := range c.Out[o].Len() {
				c.Out[o].SetBits(i, changed.Out[o].Bits(i))
			}
		}
		return err
	}},
	{law: "search_scores", bug: "the length without the end token", op: "beam_search", run: answering(func(c *reference.Call) {
		m := modelOf(c)
		for i := range c.Out[0].Len() {
			if h, ok := hypothesis(c, i); ok && len(h) > 1 && h[len(h)-1] == m.eos {
				c.Out[0].Put(i, c.Out[0].Get(i)*m.norm(len(h))/m.norm(len(h)-1))
			}
		}
	})},
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
	{law: "weights_add_up", bug: "a query that sees no key has 1/n", op: "attention_softmax", run: eachRow(func(c *reference.Call, r int, x []float64) {
		y := c.Out[0].Row(r, nil)
		if maximum(y) == 0 {
			c.Out[0].PutRow(r, fill(len(y), 1/float64(len(y))))
		}
	})},
	{law: "hidden_has_no_influence", bug: "a hidden weight of 0 times NaN", op: "attention", run: eachRow(func(c *reference.Call, r int, _ []float64) {
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
		if n := keysOf(c); n%8 == 1 && n > 1 && c.Arg("lengths").Absent() {
			lengths := fill(c.In[0].Shape[0], float64(n-1))
			give(c, "lengths", lengths...)
		}
	})},
}
