package outside

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var wrongDraws = []Kernel{
	{Op: "sample_logits", DType: reference.F32, Run: wChecked(wRowInCounter),
		Bug: "the row's place in the batch enters the Philox counter: a request's token depends on its neighbours"},
	{Op: "sample_probs", DType: reference.F32, Run: wChecked(wNearlyNormalised),
		Bug: "a total within 0.001 of 1 counts as 1, so the draw is not normalised"},
	{Op: "sample_gumbel", DType: reference.F32, Run: wChecked(wClampedUniforms),
		Bug: "uniforms are clamped to [1e-10, 1 - 1e-10]: u = 0 can win, large keys cannot occur"},
	{Op: "sample_chain", DType: reference.F32, Run: wChecked(wTemperatureLast),
		Bug: "temperature is applied after top-p and min-p instead of before"},
	{Op: "speculative_accept", DType: reference.F32, Run: wChecked(wResidualTotal),
		Bug: "the residual's total is taken as 1 - sum min(p, q), right only if p and q add up to 1"},
}

// wInvert is the first token whose cumulative mass exceeds limit, the last with
// mass where none does.
func wInvert(p []float32, limit float64) int {
	var cdf float32
	last := 0
	for j, v := range p {
		if v == 0 {
			continue
		}
		if cdf += v; float64(cdf) > limit {
			return j
		}
		last = j
	}
	return last
}

func wRowInCounter(c *reference.Call) error {
	if err := wUnfit(c); err != nil {
		return err
	}
	for r := range c.In[0].Shape[0] {
		x, T := wLoad(c.In[0], r), wParam(c, "temperature", r)
		m, at, _ := wTop(x)
		if T == 0 {
			wStoreInt(c.Out[0], r, at)
			continue
		}
		u := c.Uniform(r)
		if c.Arg("u").Absent() {
			seed, request, step := wWord(c, "seed", r), wWord(c, "request", r), wWord(c, "step", r)
			w := reference.Philox4x32([4]uint32{uint32(r), uint32(step), uint32(request), uint32(request >> 32)},
				[2]uint32{uint32(seed), uint32(seed >> 32)})
			u = float64((uint64(w[0])<<32|uint64(w[1]))>>11) * 0x1p-53
		}
		t, s := wTerms(x, m, T)
		wStoreInt(c.Out[0], r, wInvert(t, u*float64(s)))
	}
	return nil
}

func wNearlyNormalised(c *reference.Call) error {
	for r := range c.In[0].Shape[0] {
		p := wLoad(c.In[0], r)
		total := wTotal(p)
		if total > 0.999 && total < 1.001 {
			total = 1
		}
		wStoreInt(c.Out[0], r, wInvert(p, c.Uniform(r)*float64(total)))
	}
	return nil
}

func wClampedUniforms(c *reference.Call) error {
	if err := wUnfit(c); err != nil {
		return err
	}
	for r := range c.In[0].Shape[0] {
		best, top := -1, float32(0)
		u := c.In[1].Row(r, nil)
		for j, v := range wLoad(c.In[0], r) {
			if wIsInf(v, -1) {
				continue
			}
			w := -math.Log(min(max(u[j], 1e-10), 1-1e-10))
			if key := float32(v - float32(math.Log(w))); best < 0 || key > top {
				best, top = j, key
			}
		}
		wStoreInt(c.Out[0], r, best)
	}
	return nil
}

func wTemperatureLast(c *reference.Call) error {
	if err := wUnfit(c); err != nil {
		return err
	}
	for r := range c.In[0].Shape[0] {
		x, T := wLoad(c.In[0], r), wParam(c, "temperature", r)
		order := wRanked(x)
		if T == 0 {
			wStoreInt(c.Out[0], r, order[0])
			wStoreInt(c.Out[1], r, 1)
			continue
		}
		if k := int(c.Param("k", r)); k > 0 && k < len(order) {
			order = order[:k]
		}
		y := make([]float32, len(x))
		wRenormalise(x, order, y)
		top, least, m := wParam(c, "p", r), wParam(c, "min_p", r), x[order[0]]
		var before float32
		for n, j := range order {
			if top < 1 && before > top || wExp(wGap(x[j], m, 1)) < least {
				order = order[:n]
				break
			}
			before += y[j]
		}
		clear(y)
		var s float32
		for _, j := range order {
			y[j] = wExp(wGap(x[j], m, T))
		}
		for _, v := range y {
			s += v
		}
		wStoreInt(c.Out[0], r, wInvert(y, c.Uniform(r)*float64(s)))
		wStoreInt(c.Out[1], r, len(order))
	}
	return nil
}

func wResidualTotal(c *reference.Call) error {
	for r := range c.In[0].Shape[0] {
		p, q, d := wLoad(c.In[0], r), wLoad(c.In[1], r), int(c.In[2].Int(r))
		if c.In[3].Get(r)*float64(q[d]) < float64(p[d]) {
			wStoreInt(c.Out[0], r, d)
			wStoreInt(c.Out[1], r, 1)
			continue
		}
		w, some := make([]float32, len(p)), false
		var overlap float32
		for j := range p {
			w[j] = max(float32(p[j]-q[j]), 0)
			overlap += min(p[j], q[j])
			some = some || w[j] > 0
		}
		total := float32(1 - overlap)
		if !some {
			w, total = p, wTotal(p)
		}
		wStoreInt(c.Out[0], r, wInvert(w, c.In[4].Get(r)*float64(total)))
		wStoreInt(c.Out[1], r, 0)
	}
	return nil
}
