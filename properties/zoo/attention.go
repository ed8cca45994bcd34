package zoo

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

func keys(c *reference.Call) int {
	if k := c.Arg("K"); !k.Absent() {
		return k.Shape[0]
	}
	return c.In[0].Shape[1]
}

// visible is how many keys a query sees.
func visible(c *reference.Call, r int) int {
	n := keys(c)
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

// scores turns raw scores into what the softmax takes: scaled, capped, biased,
// -Inf where no key is seen.
func (k working) scores(c *reference.Call, r int, raw []float64) []float64 {
	z, bias := full(len(raw), -inf), c.Arg("bias")
	scale, cap := 1.0, c.Param("softcap", r)
	if t := c.Arg("scale"); !t.Absent() {
		scale = t.At(r)
	} else if keys := c.Arg("K"); !keys.Absent() {
		scale = 1 / math.Sqrt(float64(keys.Shape[1]))
	}
	for j := range visible(c, r) {
		b := 0.0
		if !bias.Absent() {
			if b = bias.Get(r*len(raw) + j); math.IsInf(b, -1) {
				continue
			}
		}
		v := k.of(k.of(scale) * raw[j])
		if cap > 0 {
			v = k.of(cap * k.of(math.Tanh(k.of(v/cap))))
		}
		z[j] = k.of(v + b)
	}
	return z
}

// weights are the softmax of scores, zeros where no key is seen.
func (k working) weights(z []float64) []float64 {
	if math.IsInf(maximum(z), -1) {
		return make([]float64, len(z))
	}
	return k.probabilities(z, 1)
}

func attentionSoftmax(k working, c *reference.Call, r int) {
	c.Out[0].PutRow(r, k.weights(k.scores(c, r, c.In[0].Row(r, nil))))
}

func attention(k working, c *reference.Call, r int) {
	q := c.In[0].Row(r, nil)
	raw := make([]float64, keys(c))
	for j := range visible(c, r) {
		row := c.In[1].Row(j, nil)
		raw[j] = k.sumOf(len(q), func(d int) float64 { return k.of(q[d] * row[d]) })
	}
	z := k.scores(c, r, raw)
	w := k.weights(z)
	width := c.In[2].Shape[1]
	for d := range width {
		c.Out[0].Put(r*width+d, k.sumOf(len(w), func(j int) float64 {
			return k.times(w[j], func() float64 { return c.In[2].Get(j*width + d) })
		}))
	}
	if c.Out[1].Absent() {
		return
	}
	if t, ok := k.row(z, 1); ok {
		c.Out[1].Put(r, k.lse(t))
	} else {
		c.Out[1].Put(r, maximum(z))
	}
}
