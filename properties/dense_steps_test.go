package properties

import "math"

// nats is the counted losses' sum.
func (k stepwise) nats() float64 {
	return k.sum(k.c.In[0].Len(), func(i int) float64 {
		if !isCounted(k.c, i) {
			return 0
		}
		return k.c.In[0].Get(i)
	})
}

func plainBackward(k stepwise) {
	c, scale := k.c, 1.0
	if c.Pick("reduction") == "mean" {
		weights := k.sum(c.In[0].Shape[0], func(r int) float64 {
			if skipped(c, r) {
				return 0
			}
			return weightOf(c, r)
		})
		scale = k.r(1 / weights)
	}
	w := c.Arg("weight")
	at := func(i int) float64 {
		if w.Absent() {
			return 1
		}
		return w.Get(i)
	}
	k.eachLogits(func(r int, x, _, p []float64, _ float64) {
		if skipped(c, r) {
			return
		}
		label, e, n := int(c.Arg("label").Int(r)), k.r(c.Param("smoothing", r)), float64(len(x))
		mean := k.r(k.sum(len(x), at) / n)
		hard := k.r(at(label) * k.r(1-e))
		f := k.r(k.r(k.r(c.Param("g", r))*scale) / k.r(c.Param("temperature", r)))
		for i := range x {
			d := k.r(k.r(hard+k.r(e*mean)) * p[i])
			if i == label {
				d = k.r(d - hard)
			}
			d = k.r(d - k.r(k.r(e*at(i))/n))
			c.Out[0].Put(r*len(x)+i, k.r(f*d))
		}
		if len(x) == 1 && e == 0 {
			c.Out[0].Put(r, 0)
		}
	})
}

func plainInformation(k stepwise) {
	n, m := k.c.In[0].Shape[0], k.c.In[0].Shape[1]
	if v := k.c.Out[0].Get(0); math.IsNaN(v) || n*m == 0 {
		return
	}
	p := make([]float64, n*m)
	for i := range p {
		p[i] = k.c.In[0].Get(i)
	}
	if k.c.Pick("normalise") == "yes" {
		all := k.sum(n*m, func(i int) float64 { return p[i] })
		for i := range p {
			p[i] = k.r(p[i] / all)
		}
	}
	r, c := make([]float64, n), make([]float64, m)
	for i := range p {
		r[i/m], c[i%m] = k.r(r[i/m]+p[i]), k.r(c[i%m]+p[i])
	}
	k.c.Out[0].Put(0, k.unit(k.sum(n*m, func(i int) float64 {
		return k.times(p[i], func() float64 { return k.r(k.r(k.ln(p[i])-k.ln(r[i/m])) - k.ln(c[i%m])) })
	})))
}

func plainPenalty(k stepwise) {
	c, sum, n := k.c, 0.0, countedOf(k.c)
	for i := range c.In[0].Len() {
		if !isCounted(c, i) {
			continue
		}
		r := k.r(c.In[1].Get(i) - c.In[0].Get(i))
		if math.IsNaN(r) {
			sum = r
			continue // as the reference has it
		}
		v, g := k.r(-r), 1.0
		switch c.Pick("estimator") {
		case "k2":
			v, g = k.r(k.r(r*r)/2), k.r(-r)
		case "k3":
			v, g = k.r(k.r(math.Expm1(r))-r), k.r(-k.r(math.Expm1(r)))
			if math.IsInf(r, 1) {
				v = r
			}
		}
		c.Out[0].Put(i, v)
		c.Out[2].Put(i, g)
		sum = k.r(sum + v)
	}
	c.Out[1].Put(0, k.r(sum/n))
}
