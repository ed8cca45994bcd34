package zoo

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

func logPMF(f working, c *reference.Call) {
	for r := range c.In[0].Shape[0] {
		lgamma := func(v float64) float64 { l, _ := math.Lgamma(v + 1); return f.of(l) }
		v, n := 0.0, 0.0
		for j, p := range c.In[0].Row(r, nil) {
			if k := c.In[1].Get(r*c.In[0].Shape[1] + j); k > 0 {
				v = f.of(f.of(v+f.of(k*f.log(p))) - lgamma(k))
				n += k
			}
		}
		c.Out[0].Put(r, v+lgamma(n))
	}
}

func countDraws(f working, c *reference.Call) {
	for r := range c.In[0].Shape[0] {
		p := c.In[0].Row(r, nil)
		count, total := make([]float64, len(p)), f.sum(p)
		for step := range int(c.Arg("n").At(r)) {
			word := words(c, r)
			u := reference.PhiloxUniform(word[0], word[1], uint32(step))
			if f.lanes > 1 {
				count[f.invert(p, 0, u)]++
				continue
			}
			at, hit := 0.0, 0
			for j, v := range p {
				if v == 0 {
					continue
				}
				hit = j
				if at = f.of(at + v); at > u*total {
					break
				}
			}
			count[hit]++
		}
		c.Out[0].PutRow(r, count)
	}
}

func posterior(f working, c *reference.Call) {
	v := c.In[0].Shape[1]
	for r := range c.In[0].Shape[0] {
		w := make([]float64, v)
		for j := range w {
			a, b := c.In[0].Get(r*v+j), c.In[1].Get(r*v+j)
			if w[j] = f.of(a * b); c.Pick("form") == "log" {
				w[j] = f.of(a + b)
			}
		}
		if c.Pick("form") == "log" {
			c.Out[0].PutRow(r, f.logSoftmax(w))
			c.Out[1].Put(r, f.lnSum(w))
			continue
		}
		E := f.sum(w)
		for j := range w {
			w[j] = f.ratio(w[j], E)
		}
		c.Out[0].PutRow(r, w)
		c.Out[1].Put(r, E)
	}
}

// updated adds logarithms in the log form, and multiplies and normalises step by
// step in the other.
func updated(f working, c *reference.Call) {
	v, steps := c.In[0].Shape[1], c.In[1].Shape[1]
	for r := range c.In[0].Shape[0] {
		p, evidence := c.In[0].Row(r, nil), 0.0
		like := func(s, j int) float64 { return c.In[1].Get((r*steps+s)*v + j) }
		if c.Pick("form") == "log" {
			for s := range steps {
				for j := range p {
					p[j] = f.of(p[j] + like(s, j))
				}
			}
			c.Out[0].PutRow(r, f.logSoftmax(p))
			c.Out[1].Put(r, f.lnSum(p))
			continue
		}
		for s := -1; s < steps; s++ {
			for j := range p {
				if s >= 0 {
					p[j] = f.of(p[j] * like(s, j))
				}
			}
			E := f.sum(p)
			evidence = f.of(evidence + f.log(E))
			for j := range p {
				p[j] = f.ratio(p[j], E)
			}
		}
		c.Out[0].PutRow(r, p)
		c.Out[1].Put(r, evidence)
	}
}

// oddsProduct multiplies in order, or keeps the exponent beside the product.
func oddsProduct(f working, c *reference.Call) {
	for r := range c.In[0].Len() {
		o, e := c.In[0].Get(r), 0
		for _, v := range c.In[1].Row(r, nil) {
			if o = f.of(o * v); math.IsNaN(o) {
				o = 0
			}
			if f.lanes > 1 {
				frac, n := math.Frexp(o)
				o, e = frac, e+n
			}
		}
		o = f.of(math.Ldexp(o, e))
		c.Out[0].Put(r, o)
		if c.Out[1].Put(r, f.of(o/f.of(1+o))); math.IsInf(o, 1) {
			c.Out[1].Put(r, 1)
		}
	}
}
