package zoo

import (
	"github.com/seed-210c9500/assay/reference"
)

var wrongSelections = []planted{
	{law: "largest_first", bug: "the last of equals", op: "argmax", run: rowwise(func(c *reference.Call, r int, x []float64) {
		for j, v := range x {
			if v == x[int(c.Out[0].Get(r))] {
				c.Out[0].PutInt(r, int64(j))
			}
		}
	})},
	{law: "ranks_whole", bug: "equals by the higher index", op: "top_k", run: rowwise(func(c *reference.Call, r int, x []float64) {
		k := c.Out[0].Shape[1]
		for n := 1; n < k; n++ {
			a, b := int(c.Out[0].Get(r*k+n-1)), int(c.Out[0].Get(r*k+n))
			if x[a] == x[b] {
				c.Out[0].PutInt(r*k+n-1, int64(b))
				c.Out[0].PutInt(r*k+n, int64(a))
			}
		}
	})},
	{law: "fewer_is_a_prefix", bug: "k below 3 has a path that starts at the end", op: "top_k", run: rowwise(func(c *reference.Call, r int, x []float64) {
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
	{law: "kept_counts_k", bug: "all that tie with the k-th stay", op: "top_k_filter", from: "vllm-project/vllm#15478", rows: "TP-08", run: recounted(func(n, v int, c *reference.Call, r int) int {
		x := c.In[0].Row(r, nil)
		at := order(x)
		for n < v && x[at[n]] == x[at[n-1]] {
			n++
		}
		return n
	})},
	{law: "kept_grows_with_k", bug: "k above 3 keeps the end of the list", op: "top_k_filter", run: rowwise(func(c *reference.Call, r int, x []float64) {
		if n := int(c.Out[1].Get(r)); n > 3 && n < len(x) {
			c.Out[0].PutRow(r, right.on(c).probabilities(among(x, append(order(x)[1:n], order(x)[n])), 1))
		}
	})},
	{law: "share_of_the_largest", bug: "min_p compared with the probability itself", op: "min_p_filter", run: recounted(func(n, v int, c *reference.Call, r int) int {
		y := right.on(c).probabilities(c.In[0].Row(r, nil), 1)
		kept := 0
		for _, p := range y {
			if p >= c.Param("min_p", r) {
				kept++
			}
		}
		return kept
	})},
	{law: "kept_falls_with_min_p", bug: "a min_p above 0.6 means no filter", op: "min_p_filter", run: param("min_p", func(v float64) float64 {
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
	{law: "drawn_is_kept", bug: "the filters count and the draw is from all", op: "sample_chain", run: rowwise(func(c *reference.Call, r int, x []float64) {
		T := c.Param("temperature", r)
		k := right.on(c)
		if w, ok := k.row(x, T); ok {
			c.Out[0].PutInt(r, int64(k.invert(w.t, w.best, c.Uniform(r))))
		}
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
	{law: "list_order", bug: "the last entry of a list is dropped", op: "banned", run: relisted(func(from, to int) []int {
		var places []int
		for i := from; i < to-1; i++ {
			places = append(places, i)
		}
		return places
	})},
	{law: "penalised_no_more", bug: "a negative logit divided", op: "penalties", run: rowwise(func(c *reference.Call, r int, x []float64) {
		for j := range inList(c, r) {
			if rep := c.Param("repetition", r); x[j] < 0 {
				c.Out[0].Put(r*len(x)+j, c.Out[0].Get(r*len(x)+j)-x[j]*rep+x[j]/rep)
			}
		}
	})},
	{law: "occurrences_count", bug: "repetition once per occurrence", op: "penalties", run: answering(func(c *reference.Call) {
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
	})},
	{law: "penalty_off", bug: "a repetition of 1 taken for 1.05", op: "penalties", run: asking(func(c *reference.Call) {
		each(c, "repetition", func(v float64) float64 {
			if v == 1 {
				return 1.05
			}
			return v
		})
	})},
	{law: "biases_add_up", bug: "the second bias replaces the first", op: "logit_bias", run: answering(func(c *reference.Call) {
		for r := range c.In[0].Shape[0] {
			from, to := list(c, r)
			for i := from; i < to; i++ {
				at := r*c.In[0].Shape[1] + int(c.In[1].Int(i))
				c.Out[0].Put(at, c.In[0].Get(at)+c.Arg("bias").Get(i))
			}
		}
	})},
	{law: "listed_are_banned", bug: "-1e9 for -Inf", op: "banned", run: rowwise(func(c *reference.Call, r int, x []float64) {
		for j := range inList(c, r) {
			c.Out[0].Put(r*len(x)+j, -1e9)
		}
	})},
	{law: "draft_or_residual", bug: "a rejection draws from p", op: "speculative_accept", run: rowwise(func(c *reference.Call, r int, p []float64) {
		if c.Out[1].Get(r) == 0 {
			c.Out[0].PutInt(r, int64(right.on(c).invert(p, 0, c.In[4].Get(r))))
		}
	})},
	{law: "accepts_below", bug: "u > p/q for u < p/q", op: "speculative_accept", run: asking(func(c *reference.Call) {
		each(c, "u", func(u float64) float64 { return max(0, 1-0x1p-53-u) })
	})},
	{law: "stands_as_p", bug: "u squared", op: "speculative_accept", run: asking(func(c *reference.Call) {
		each(c, "u", func(u float64) float64 { return u * u * u * u * u * u })
	})},
}
