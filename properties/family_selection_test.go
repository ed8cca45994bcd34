package properties

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// selection is the style's kernel of a filter, a sampler, a list, a beam or
// attention; nil of another operation.
func (s style) selection(op string) func(*reference.Call) error {
	row := map[string]func(c *reference.Call, r int){
		"argmax": s.argmaxRow, "top_k": s.topKRow, "top_k_filter": s.topKFilterRow, "min_p_filter": s.minPRow,
		"sample_probs": s.sampleProbsRow, "penalties": s.penaltiesRow, "logit_bias": s.biasRow, "banned": s.bannedRow,
		"sample_gumbel": s.gumbelRow, "sample_chain": s.chainRow, "speculative_accept": s.speculativeRow,
		"attention_softmax": s.attentionSoftmaxRow, "attention": s.attentionRow,
	}[op]
	whole := map[string]func(c *reference.Call){"beam_step": s.beamStep, "beam_search": s.beamSearch}[op]
	if row == nil && whole == nil {
		return nil
	}
	return func(c *reference.Call) error {
		if _, err := c.Truth(); err != nil {
			return err
		}
		if whole != nil {
			whole(c)
			return nil
		}
		for r := range c.In[0].Shape[0] {
			row(c, r)
		}
		return nil
	}
}

// narrow rounds to the working type.
func narrow(c *reference.Call, v float64) float64 {
	if c.DType() == reference.F64 {
		return v
	}
	return float64(float32(v))
}

// order is a row's indices by rank, NaN first.
func order(x []float64) []int {
	at := make([]int, len(x))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int {
		switch {
		case outranks(x[a], x[b]):
			return -1
		case outranks(x[b], x[a]):
			return 1
		}
		return 0
	})
	return at
}

func (s style) argmaxRow(c *reference.Call, r int) {
	best := 0
	x := c.In[0].Row(r, nil)
	for i, v := range x {
		if outranks(v, x[best]) {
			best = i
		}
	}
	c.Out[0].PutInt(r, int64(best))
}

func (s style) topKRow(c *reference.Call, r int) {
	x, k := c.In[0].Row(r, nil), c.Out[0].Shape[1]
	for n, j := range order(x)[:k] {
		c.Out[0].PutInt(r*k+n, int64(j))
		c.Out[1].Put(r*k+n, x[j])
	}
}

// keepFirst writes a softmax over the first n of a row.
func (s style) keepFirst(c *reference.Call, r, n int) {
	x := c.In[0].Row(r, nil)
	c.Out[1].PutInt(r, int64(n))
	c.Out[0].PutRow(r, s.probabilities(among(x, order(x)[:n]), 1, c.DType()))
}

func among(x []float64, kept []int) []float64 {
	y := fill(len(x), -inf)
	for _, j := range kept {
		y[j] = x[j]
	}
	return y
}

// counted is how many of n a count keeps.
func counted(c *reference.Call, r, n int) int {
	if k := c.Param("k", r); k > 0 && k < float64(n) {
		return int(k)
	}
	return n
}

func (s style) topKFilterRow(c *reference.Call, r int) {
	x := c.In[0].Row(r, nil)
	if _, ok := regular(x); !ok {
		c.Out[0].PutRow(r, fill(len(x), nan))
		c.Out[1].PutInt(r, 0)
		return
	}
	s.keepFirst(c, r, counted(c, r, len(x)))
}

// aboveShare is how many of the kept, by rank, have minP of the largest; the sum is
// divided by where the style has lanes.
func (s style) aboveShare(c *reference.Call, x []float64, T float64, kept []int, minP float64) int {
	t, S, _, best, _ := s.masses(x, T, c.DType())
	for n, j := range kept {
		if s.lanes > 1 {
			if narrow(c, t[j]/S) < narrow(c, minP*narrow(c, t[best]/S)) {
				return n
			}
		} else if t[j] < minP {
			return n
		}
	}
	return len(kept)
}

func (s style) minPRow(c *reference.Call, r int) {
	x := c.In[0].Row(r, nil)
	if _, ok := regular(x); !ok {
		c.Out[0].PutRow(r, fill(len(x), nan))
		c.Out[1].PutInt(r, 0)
		return
	}
	n := len(x)
	if p := c.Param("min_p", r); p > 0 {
		n = s.aboveShare(c, x, 1, order(x), p)
	}
	s.keepFirst(c, r, n)
}

func (s style) sampleProbsRow(c *reference.Call, r int) {
	c.Out[0].PutInt(r, int64(s.invert(c.In[0].Row(r, nil), 0, c.Uniform(r), c.DType())))
}

func (s style) penaltiesRow(c *reference.Call, r int) {
	y := c.In[0].Row(r, nil)
	from, to := list(c, r)
	times := map[int]float64{}
	for i := from; i < to; i++ {
		times[int(c.In[1].Int(i))]++
	}
	rep, freq, pres := c.Param("repetition", r), c.Param("frequency", r), c.Param("presence", r)
	for j, n := range times {
		if y[j] > 0 {
			y[j] = narrow(c, y[j]/rep)
		} else {
			y[j] = narrow(c, y[j]*rep)
		}
		if s.lanes > 1 {
			y[j] = narrow(c, y[j]-narrow(c, narrow(c, n*freq)+pres))
		} else {
			y[j] = narrow(c, narrow(c, y[j]-narrow(c, n*freq))-pres)
		}
	}
	c.Out[0].PutRow(r, y)
}

func (s style) biasRow(c *reference.Call, r int) {
	y := c.In[0].Row(r, nil)
	from, to := list(c, r)
	gone := map[int]bool{}
	for i := from; i < to; i++ {
		j, v := int(c.In[1].Int(i)), c.Arg("bias").Get(i)
		gone[j] = gone[j] || math.IsInf(v, -1)
		if y[j] = narrow(c, y[j]+v); gone[j] {
			y[j] = -inf
		}
	}
	c.Out[0].PutRow(r, y)
}

func (s style) bannedRow(c *reference.Call, r int) {
	y := c.In[0].Row(r, nil)
	for j := range inList(c, r) {
		y[j] = -inf
	}
	c.Out[0].PutRow(r, y)
}

func (s style) gumbelRow(c *reference.Call, r int) {
	best, top := -1, 0.0
	for j, x := range c.In[0].Row(r, nil) {
		if math.IsInf(x, -1) {
			continue
		}
		u := narrow(c, c.In[1].Get(r*c.In[0].Shape[1]+j))
		key := narrow(c, x-narrow(c, math.Log(-narrow(c, math.Log(u)))))
		if best < 0 || key > top {
			best, top = j, key
		}
	}
	c.Out[0].PutInt(r, int64(best))
}

func (s style) chainRow(c *reference.Call, r int) {
	x, T := c.In[0].Row(r, nil), c.Param("temperature", r)
	kept := order(x)
	if T == 0 {
		kept = kept[:1]
	} else {
		kept = kept[:counted(c, r, len(x))]
		n := s.nucleus(s.probabilities(among(x, kept), T, c.DType()), kept, c.Param("p", r), c.DType())
		if p := c.Param("min_p", r); p > 0 {
			n = min(n, s.aboveShare(c, among(x, kept), T, kept, p))
		}
		kept = kept[:n]
	}
	t, _, _, best, _ := s.masses(among(x, kept), T, c.DType())
	c.Out[0].PutInt(r, int64(s.invert(t, best, c.Uniform(r), c.DType())))
	c.Out[1].PutInt(r, int64(len(kept)))
}

func (s style) speculativeRow(c *reference.Call, r int) {
	p, q := c.In[0].Row(r, nil), c.In[1].Row(r, nil)
	d, u := int(c.In[2].Int(r)), c.In[3].Get(r)
	accept := narrow(c, narrow(c, u)*q[d]) < p[d]
	if s.lanes > 1 && q[d] > 0 && p[d] > 0 {
		accept = u < narrow(c, p[d]/q[d])
	}
	if accept {
		c.Out[0].PutInt(r, int64(d))
		c.Out[1].PutInt(r, 1)
		return
	}
	w, some := make([]float64, len(p)), false
	for j := range p {
		w[j] = narrow(c, max(p[j]-q[j], 0))
		some = some || w[j] > 0
	}
	if !some {
		w = p
	}
	c.Out[0].PutInt(r, int64(s.invert(w, 0, c.In[4].Get(r), c.DType())))
	c.Out[1].PutInt(r, 0)
}

// logProb is ln softmax of a row, as the style has it.
func (s style) logProb(c *reference.Call, x []float64) []float64 {
	_, S, rest, best, ok := s.masses(x, 1, c.DType())
	y := make([]float64, len(x))
	if !ok {
		return fill(len(x), nan)
	}
	for j := range x {
		if s.level == "tight" {
			y[j] = narrow(c, -narrow(c, narrow(c, x[best]-x[j])+narrow(c, math.Log1p(rest))))
		} else {
			y[j] = narrow(c, x[j]-narrow(c, x[best]+narrow(c, math.Log(S))))
		}
	}
	return y
}

// extend lists every extension of a beam, best first.
func (s style) extend(c *reference.Call, rows [][]float64, score []float64) [][3]float64 {
	var all [][3]float64
	for b, x := range rows {
		lp := s.logProb(c, x)
		for j := range x {
			if all = append(all, [3]float64{-inf, float64(b), float64(j)}); !math.IsInf(score[b], -1) {
				all[len(all)-1][0] = narrow(c, score[b]+lp[j])
			}
		}
	}
	slices.SortStableFunc(all, func(a, b [3]float64) int {
		switch {
		case a[0] > b[0]:
			return -1
		case a[0] < b[0]:
			return 1
		}
		return 0
	})
	return all
}

func (s style) beamStep(c *reference.Call) {
	var rows [][]float64
	var score []float64
	for b := range c.In[0].Shape[0] {
		rows, score = append(rows, c.In[0].Row(b, nil)), append(score, c.In[1].Get(b))
	}
	all := s.extend(c, rows, score)
	for n := range c.Out[0].Len() {
		c.Out[0].Put(n, all[n][0])
		c.Out[1].Put(n, all[n][1])
		c.Out[2].Put(n, all[n][2])
	}
}

func (s style) beamSearch(c *reference.Call) {
	type hypothesis struct {
		tokens []int
		sum    float64
	}
	m := modelOf(c)
	start := make([]float64, c.In[1].Len())
	for i := range start {
		start[i] = c.In[1].Get(i)
	}
	live, done := []hypothesis{{}}, []hypothesis{}
	k := int(c.Param("k", 0))
	for n := 0; n < m.length && len(live) > 0; n++ {
		var rows [][]float64
		var score []float64
		for _, h := range live {
			x := start
			if n > 0 {
				x = c.In[0].Row(h.tokens[n-1], nil)
			}
			rows, score = append(rows, x), append(score, h.sum)
		}
		var next []hypothesis
		all := s.extend(c, rows, score)
		for _, e := range all[:min(k, len(all))] {
			if math.IsInf(e[0], -1) {
				break
			}
			h := hypothesis{append(slices.Clone(live[int(e[1])].tokens), int(e[2])), e[0]}
			if h.tokens[n] == m.eos {
				done = append(done, h)
			} else {
				next = append(next, h)
			}
		}
		live = next
	}
	done = append(done, live...)
	slices.SortStableFunc(done, func(a, b hypothesis) int {
		x, y := narrow(c, a.sum/narrow(c, m.norm(len(a.tokens)))), narrow(c, b.sum/narrow(c, m.norm(len(b.tokens))))
		switch {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	for i := range c.Out[1].Len() {
		c.Out[1].PutInt(i, -1)
	}
	for i := range c.Out[0].Len() {
		if c.Out[0].Put(i, -inf); i >= len(done) {
			c.Out[2].PutInt(i, 0)
			continue
		}
		c.Out[0].Put(i, narrow(c, done[i].sum/narrow(c, m.norm(len(done[i].tokens)))))
		c.Out[2].PutInt(i, int64(len(done[i].tokens)))
		for j, token := range done[i].tokens {
			c.Out[1].PutInt(i*c.Out[1].Shape[1]+j, int64(token))
		}
	}
}

// visible is how many keys a row sees.
func visible(c *reference.Call, r int) int {
	n := keysOf(c)
	if t := c.Arg("lengths"); !t.Absent() {
		n = min(n, int(t.Int(r)))
	}
	if c.Pick("mask") == "causal" {
		offset := int64(0)
		if t := c.Arg("offset"); !t.Absent() {
			offset = min(max(t.Int(0), -1<<30), 1<<30)
		}
		n = min(n, r+1+int(offset))
	}
	return max(n, 0)
}

// score turns raw scores into what the softmax takes.
func (s style) score(c *reference.Call, r int, raw []float64) []float64 {
	z, bias := fill(len(raw), -inf), c.Arg("bias")
	scale, cap := 1.0, c.Param("softcap", r)
	if t := c.Arg("scale"); !t.Absent() {
		scale = t.At(r)
	} else if k := c.Arg("K"); !k.Absent() {
		scale = 1 / math.Sqrt(float64(k.Shape[1]))
	}
	for j := range visible(c, r) {
		b := 0.0
		if !bias.Absent() {
			if b = bias.Get(r*len(raw) + j); math.IsInf(b, -1) {
				continue
			}
		}
		v := narrow(c, narrow(c, scale)*raw[j])
		if cap > 0 {
			v = narrow(c, cap*narrow(c, math.Tanh(narrow(c, v/cap))))
		}
		z[j] = narrow(c, v+b)
	}
	return z
}

// weigh is the softmax of scores, zeros where no key is seen.
func (s style) weigh(c *reference.Call, z []float64) []float64 {
	if m := maximum(z); math.IsInf(m, -1) {
		return make([]float64, len(z))
	}
	return s.probabilities(z, 1, c.DType())
}

func (s style) attentionSoftmaxRow(c *reference.Call, r int) {
	c.Out[0].PutRow(r, s.weigh(c, s.score(c, r, c.In[0].Row(r, nil))))
}

func (s style) attentionRow(c *reference.Call, r int) {
	keys, q := keysOf(c), c.In[0].Row(r, nil)
	raw := make([]float64, keys)
	for j := range visible(c, r) {
		for d, k := range c.In[1].Row(j, nil) {
			raw[j] = narrow(c, raw[j]+narrow(c, q[d]*k))
		}
	}
	z := s.score(c, r, raw)
	w := s.weigh(c, z)
	width := c.In[2].Shape[1]
	for d := range width {
		sum := 0.0
		for j, weight := range w {
			if weight != 0 {
				sum = narrow(c, sum+narrow(c, weight*c.In[2].Get(j*width+d)))
			}
		}
		c.Out[0].Put(r*width+d, sum)
	}
	if c.Out[1].Absent() {
		return
	}
	_, S, rest, best, ok := s.masses(z, 1, c.DType())
	switch {
	case ok && s.level == "tight":
		c.Out[1].Put(r, narrow(c, z[best]+narrow(c, math.Log1p(rest))))
	case ok:
		c.Out[1].Put(r, narrow(c, z[best]+narrow(c, math.Log(S))))
	default:
		c.Out[1].Put(r, maximum(z))
	}
}
