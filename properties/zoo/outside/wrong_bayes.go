package outside

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var wrongBayes = []Kernel{
	{Op: "bayes_posterior", DType: reference.F32, Run: wChecked(wNoMaximum),
		Bug: "log form exponentiates without taking the maximum first: no evidence below e^-104"},
	{Op: "bayes_update", DType: reference.F32, Run: wChecked(wEpsilonEvidence),
		Bug: "every step divides by evidence + 1e-10, which small likelihoods notice"},
	{Op: "bayes_odds", DType: reference.F32, Run: wChecked(wOddsToProbability),
		Bug: "probability as 1 - 1/(1 + odds): small odds cancel to 0"},
}

func wNoMaximum(c *reference.Call) error {
	if _, err := c.Truth(); err != nil {
		return err
	}
	for r := range c.In[0].Shape[0] {
		p, q := c.In[0].Row(r, nil), c.In[1].Row(r, nil)
		y := make([]float32, len(p))
		if c.Pick("form") == "linear" {
			var s float64
			for j := range p {
				s += p[j] * q[j]
			}
			for j := range p {
				y[j] = float32(p[j] * q[j] / s)
			}
			wStoreRow(c.Out[0], r, y)
			wStore(c.Out[1], r, float32(s))
			continue
		}
		var s float32
		for j := range p {
			if y[j] = -wInf; !math.IsInf(p[j], -1) && !math.IsInf(q[j], -1) {
				y[j] = float32(float32(p[j]) + float32(q[j]))
			}
			s += wExp(y[j])
		}
		lse := wLn(s)
		for j := range y {
			if !wIsInf(y[j], -1) {
				y[j] = float32(y[j] - lse)
			}
		}
		wStoreRow(c.Out[0], r, y)
		wStore(c.Out[1], r, lse)
	}
	return nil
}

// wUpdateLogs is the log form of bayes_update, without a mistake.
func wUpdateLogs(c *reference.Call, r int) (post []float32, evidence float32) {
	z := wLoad(c.In[0], r)
	steps := c.In[1].Shape[1]
	for j := range z {
		for t := range steps {
			z[j] += float32(c.In[1].Get((r*steps+t)*len(z) + j))
		}
	}
	m, _, ok := wTop(z)
	if !ok {
		return z, -wInf
	}
	_, ls := wLse(z, m, 1)
	for j := range z {
		z[j] = float32(float32(z[j]-m) - ls)
	}
	return z, float32(m + ls)
}

func wEpsilonEvidence(c *reference.Call) error {
	if _, err := c.Truth(); err != nil {
		return err
	}
	for r := range c.In[0].Shape[0] {
		if c.Pick("form") == "log" {
			post, evidence := wUpdateLogs(c, r)
			wStoreRow(c.Out[0], r, post)
			wStore(c.Out[1], r, evidence)
			continue
		}
		p := wLoad(c.In[0], r)
		if len(p) == 0 {
			wStore(c.Out[1], r, -wInf)
			continue
		}
		total := wTotal(p)
		evidence := wLn(total)
		for j := range p {
			p[j] = float32(p[j] / total)
		}
		steps := c.In[1].Shape[1]
		for t := range steps {
			for j := range p {
				p[j] = float32(p[j] * float32(c.In[1].Get((r*steps+t)*len(p)+j)))
			}
			s := wTotal(p)
			evidence += wLn(s)
			for j := range p {
				p[j] = float32(p[j] / float32(s+1e-10))
			}
		}
		wStoreRow(c.Out[0], r, p)
		wStore(c.Out[1], r, evidence)
	}
	return nil
}

func wOddsToProbability(c *reference.Call) error {
	steps := c.In[1].Shape[1]
	factor := func(r, t int) float64 {
		if t < 0 {
			return c.In[0].Get(r)
		}
		return c.In[1].Get(r*steps + t)
	}
	odds := make([]float32, c.In[0].Len())
	for r := range odds {
		m, e := 1.0, 0
		for t := -1; t < steps; t++ {
			f, k := math.Frexp(factor(r, t))
			var n int
			m, n = math.Frexp(m * f)
			e += k + n
		}
		if math.IsNaN(m) { // 0 times +Inf
			_, err := c.Truth()
			return err
		}
		odds[r] = float32(math.Ldexp(m, e))
	}
	for r, o := range odds {
		wStore(c.Out[0], r, o)
		wStore(c.Out[1], r, float32(1-float32(1/float32(1+o))))
	}
	return nil
}
