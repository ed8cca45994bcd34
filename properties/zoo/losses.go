package zoo

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// The outputs of cross_entropy.
const (
	reducedOut = iota
	lossOut
	lseOut
)

func crossEntropy(k working, c *reference.Call) {
	label := c.Arg("label")
	var losses []float64
	count := 0.0
	for r := range c.In[0].Shape[0] {
		x, T := c.In[0].Row(r, nil), c.Param("temperature", r)
		w, ok := k.row(x, T)
		lse := nan
		if ok {
			lse = k.lse(w)
		} else if top := maximum(x); math.IsInf(top, 0) {
			lse = top
		}
		if !c.Out[lseOut].Absent() {
			c.Out[lseOut].Put(r, lse)
		}
		if skipped(c, r) {
			c.Out[lossOut].Put(r, 0)
			continue
		}
		loss, t := nan, int(label.Int(r))
		if ok {
			e := c.Param("smoothing", r)
			loss = k.of(classWeight(c, t) * -k.logp(w, t))
			if e > 0 {
				all := k.sumOf(len(x), func(j int) float64 { return k.of(classWeight(c, j) * -k.logp(w, j)) })
				loss = k.of(k.of((1-e)*loss) + k.of(e*all/float64(len(x))))
			}
		}
		c.Out[lossOut].Put(r, loss)
		losses = append(losses, loss)
		count += classWeight(c, t)
	}
	if c.Out[reducedOut].Absent() {
		return
	}
	sum := k.sum(losses)
	if c.Pick("reduction") == "mean" {
		sum /= count
	}
	c.Out[reducedOut].Put(0, sum)
}

// crossEntropyBackward is g (p - target)/T, the target smoothed and weighted.
func crossEntropyBackward(k working, c *reference.Call) {
	scale := 1.0
	if c.Pick("reduction") == "mean" {
		scale = k.of(1 / k.sumOf(c.In[0].Shape[0], func(r int) float64 {
			if skipped(c, r) {
				return 0
			}
			return classWeight(c, int(c.Arg("label").Int(r)))
		}))
	}
	k.eachLogits(c, func(r int, w *terms) {
		if skipped(c, r) {
			return
		}
		p := k.shares(w)
		label, e, n := int(c.Arg("label").Int(r)), k.of(c.Param("smoothing", r)), float64(len(p))
		mean := k.of(k.sumOf(len(p), func(j int) float64 { return classWeight(c, j) }) / n)
		hard := k.of(classWeight(c, label) * k.of(1-e))
		f := k.of(k.of(k.of(c.Param("g", r))*scale) / k.of(c.Param("temperature", r)))
		for i := range p {
			d := k.of(k.of(hard+k.of(e*mean)) * p[i])
			if i == label {
				d = k.of(d - hard)
			}
			c.Out[0].Put(r*len(p)+i, k.of(f*k.of(d-k.of(k.of(e*classWeight(c, i))/n))))
		}
		if len(p) == 1 && e == 0 {
			c.Out[0].Put(r, 0)
		}
	})
}

// crossEntropySoft is -sum q ln p.
func crossEntropySoft(k working, c *reference.Call) {
	k.eachLogits(c, func(r int, w *terms) {
		q := c.Arg("q").Row(r, nil)
		if math.IsNaN(total(q)) || math.IsInf(maximum(q), 1) {
			return
		}
		c.Out[0].Put(r, k.sumOf(len(q), func(i int) float64 {
			return k.times(q[i], func() float64 { return k.of(k.gap(w, i) + k.lnS(w)) })
		}))
	})
}
