package zoo

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

func sampleLogits(k working, c *reference.Call, r int) {
	if w, ok := k.row(c.In[0].Row(r, nil), c.Param("temperature", r)); ok {
		c.Out[0].Put(r, float64(k.invert(w.t, w.best, c.Uniform(r))))
	}
}

func sampleProbs(k working, c *reference.Call, r int) {
	c.Out[0].PutInt(r, int64(k.invert(c.In[0].Row(r, nil), 0, c.Uniform(r))))
}

// invert finds the first token whose running mass exceeds u*total: token by
// token in the working type, or block by block and then inside. last is answered
// where there is none.
func (k working) invert(t []float64, last int, u float64) int {
	run := func(t []float64) []float64 {
		cum, at := make([]float64, len(t)), 0.0
		for i, v := range t {
			if at += v; !k.wide {
				at = k.of(at)
			}
			cum[i] = at
		}
		return cum
	}
	block := len(t)
	if k.lanes > 1 {
		block = 64
	}
	var parts [][]float64
	sums := []float64{}
	for i := 0; i < len(t); i += block {
		parts = append(parts, run(t[i:min(i+block, len(t))]))
		sums = append(sums, parts[len(parts)-1][len(parts[len(parts)-1])-1])
	}
	above := run(sums)
	goal := u * above[len(above)-1]
	for b, part := range parts {
		before := 0.0
		if b > 0 {
			before = above[b-1]
		}
		for i, v := range part {
			if t[b*block+i] == 0 {
				continue
			}
			if before+v > goal {
				return b*block + i
			}
			last = b*block + i
		}
	}
	return last
}

// gumbel takes the largest x - ln(-ln u), from the front or the back, or the
// first to arrive when token i takes -ln u e^(m-x): a race of exponentials.
func gumbel(k working, c *reference.Call, r int) {
	x := c.In[0].Row(r, nil)
	best, top, m := -1, 0.0, maximum(x)
	for n := range x {
		j := n
		if k.lanes > 1 {
			j = len(x) - 1 - n
		}
		if math.IsInf(x[j], -1) {
			continue
		}
		wait := -k.of(math.Log(k.of(c.In[1].Get(r*len(x) + j))))
		key := k.of(x[j] - k.of(math.Log(wait)))
		if k.reciprocal {
			key = -wait * math.Exp(min(m-x[j], 700))
		}
		if best < 0 || key > top || key == top && j < best {
			best, top = j, key
		}
	}
	c.Out[0].PutInt(r, int64(best))
}

func chain(k working, c *reference.Call, r int) {
	x, T := c.In[0].Row(r, nil), c.Param("temperature", r)
	kept := order(x)
	if T == 0 {
		kept = kept[:1]
	} else {
		kept = kept[:limit(c, r, len(x))]
		n := k.nucleus(k.probabilities(among(x, kept), T), kept, c.Param("p", r))
		if p := c.Param("min_p", r); p > 0 {
			n = min(n, k.aboveShare(among(x, kept), T, kept, p))
		}
		kept = kept[:n]
	}
	w, ok := k.row(among(x, kept), T)
	if !ok {
		return
	}
	c.Out[0].PutInt(r, int64(k.invert(w.t, w.best, c.Uniform(r))))
	c.Out[1].PutInt(r, int64(len(kept)))
}

// speculative accepts a draft where u q < p, or u < p/q, and else draws from what
// p has above q.
func speculative(k working, c *reference.Call, r int) {
	p, q := c.In[0].Row(r, nil), c.In[1].Row(r, nil)
	d, u := int(c.In[2].Int(r)), c.In[3].Get(r)
	accept := u*q[d] < p[d]
	if k.lanes > 1 && q[d] > 0 && p[d] > 0 {
		accept = u < k.of(p[d]/q[d])
	}
	if accept {
		c.Out[0].PutInt(r, int64(d))
		c.Out[1].PutInt(r, 1)
		return
	}
	w, some := make([]float64, len(p)), false
	for j := range p {
		w[j] = k.of(max(p[j]-q[j], 0))
		some = some || w[j] > 0
	}
	if !some {
		w = p
	}
	c.Out[0].PutInt(r, int64(k.invert(w, 0, c.In[4].Get(r))))
	c.Out[1].PutInt(r, 0)
}
