package zoo

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// lengthPenalty is what a sequence's sum is divided by.
func lengthPenalty(c *reference.Call, r int) float64 {
	n, a := float64(c.Arg("lengths").Int(r)), c.Param("alpha", r)
	switch c.Pick("length_penalty") {
	case "power":
		return math.Pow(n, a)
	case "gnmt":
		return math.Pow((5+n)/6, a)
	}
	return 1
}

func sequenceLogprob(k working, c *reference.Call) {
	specials(c)
	n := c.In[0].Shape[1]
	for r := range c.In[0].Shape[0] {
		s := k.sumOf(int(c.Arg("lengths").Int(r)), func(i int) float64 { return c.In[0].Get(r*n + i) })
		c.Out[0].Put(r, s)
		c.Out[1].Put(r, k.of(s/k.of(lengthPenalty(c, r))))
	}
}

// lossSum adds the counted losses.
func (k working) lossSum(c *reference.Call) float64 {
	return k.sumOf(c.In[0].Len(), func(i int) float64 {
		if !counts(c, i) {
			return 0
		}
		return c.In[0].Get(i)
	})
}

func perplexity(k working, c *reference.Call) {
	mean := k.of(k.lossSum(c) / counted(c))
	c.Out[0].Put(0, k.of(math.Exp(mean)))
	c.Out[1].Put(0, mean)
}

func bitsPerToken(k working, c *reference.Call) {
	c.Out[0].Put(0, k.of(k.of(k.lossSum(c)/counted(c))*k.of(math.Log2E)))
}

func bitsPerByte(k working, c *reference.Call) {
	specials(c)
	if counted(c) > 0 {
		c.Out[0].Put(0, k.of(k.of(k.lossSum(c)/float64(c.Arg("bytes").Int(0)))*k.of(math.Log2E)))
	}
}

// klPenalty are the estimators -r, r^2/2 and e^r - 1 - r of r = lq - lp.
func klPenalty(k working, c *reference.Call) {
	specials(c)
	var penalties []float64
	for i := range c.In[0].Len() {
		if !counts(c, i) {
			continue
		}
		r := k.of(c.In[1].Get(i) - c.In[0].Get(i))
		if math.IsNaN(r) {
			penalties = append(penalties, r)
			continue // as the reference has it
		}
		v, g := k.of(-r), 1.0
		switch c.Pick("estimator") {
		case "k2":
			v, g = k.of(k.of(r*r)/2), k.of(-r)
		case "k3":
			v, g = k.of(k.of(math.Expm1(r))-r), k.of(-k.of(math.Expm1(r)))
			if math.IsInf(r, 1) {
				v = r
			}
		}
		c.Out[0].Put(i, v)
		c.Out[2].Put(i, g)
		penalties = append(penalties, v)
	}
	c.Out[1].Put(0, k.of(k.sum(penalties)/counted(c)))
}
