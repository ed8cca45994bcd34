package reference

import "math"

func column32(t Tensor) (v []float32) {
	for i := range t.Len() {
		v = append(v, float32(t.Get(i)))
	}
	return v
}

func mean32(c *Call, s *style) float32 {
	v := column32(c.In[0])
	return s.sum(v) / float32(len(v))
}

// honestTokens has the operations on tokens, which have no rows of logits.
var honestTokens = map[string]honestKernel{
	"sequence_logprob": {1, func(c *Call, s *style, form int) {
		for i := range c.In[0].Shape[0] {
			v := s.sum(row32(c.In[0], i)[:c.In[1].Int(i)])
			n, a := float32(c.In[1].Int(i)), float32(c.Param("alpha", i))
			if c.Pick("length_penalty") == "gnmt" {
				n = (5 + n) * (1. / 6)
			}
			pow := float32(1)
			if c.Pick("length_penalty") != "none" {
				pow = s.exp(a * s.ln(n))
			}
			c.Out[0].Put(i, float64(v))
			c.Out[1].Put(i, float64(v/pow))
		}
	}},
	"perplexity": {2, func(c *Call, s *style, form int) {
		m := mean32(c, s)
		c.Out[1].Put(0, float64(m))
		c.Out[0].Put(0, float64(s.exp(m)))
		if form == 1 {
			c.Out[0].Put(0, float64(float32(math.Exp2(float64(m*math.Log2E)))))
		}
	}},
	"bits_per_token": {2, func(c *Call, s *style, form int) {
		v := mean32(c, s) / math.Ln2
		if form == 1 {
			v = mean32(c, s) * math.Log2E
		}
		c.Out[0].Put(0, float64(v))
	}},
	"bits_per_byte": {1, func(c *Call, s *style, form int) {
		c.Out[0].Put(0, float64(s.sum(column32(c.In[0]))*math.Log2E/float32(c.Arg("bytes").Int(0))))
	}},
	"kl_penalty": {2, func(c *Call, s *style, form int) {
		lp, lq := column32(c.In[0]), column32(c.In[1])
		var all []float32
		for i := range lp {
			r := lq[i] - lp[i]
			v, g := -r, float32(1)
			switch c.Pick("estimator") {
			case "k2":
				v, g = r*r/2, -r
			case "k3":
				v, g = s.exp(r)-1-r, 1-s.exp(r)
				if form == 1 {
					e := float32(math.Expm1(float64(r)))
					v, g = e-r, -e
				}
			}
			all = append(all, v)
			c.Out[0].Put(i, float64(v))
			c.Out[2].Put(i, float64(g))
		}
		c.Out[1].Put(0, float64(s.sum(all)/float32(len(all))))
	}},
}
