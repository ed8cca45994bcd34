package zoo

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// temperature of a row, 1 where the operation has none.
func temperature(c *reference.Call, r int) float64 {
	if c.Op.Input("temperature") < 0 {
		return 1
	}
	return c.Param("temperature", r)
}

// eachLogits fills in the special rows and visits those with a distribution at a
// usual temperature. An output may lie where the logits are, so they are read
// first.
func (k working) eachLogits(c *reference.Call, f func(r int, w *terms)) {
	x := c.In[0].Clone()
	specials(c)
	for r := range x.Shape[0] {
		if T := temperature(c, r); T > 0 && !math.IsInf(T, 0) {
			if w, ok := k.row(x.Row(r, nil), T); ok {
				f(r, w)
			}
		}
	}
}

func softmax(k working, c *reference.Call) {
	for r := range c.In[0].Shape[0] {
		c.Out[0].PutRow(r, k.probabilities(c.In[0].Row(r, nil), c.Param("temperature", r)))
	}
}

func logSoftmax(k working, c *reference.Call) {
	k.eachLogits(c, func(r int, w *terms) {
		for j := range w.x {
			v := k.logp(w, j)
			if k.slip.prob != nil {
				v = k.of(k.slip.prob(j, len(w.x), v))
			}
			c.Out[0].Put(r*len(w.x)+j, v)
		}
	})
}

func logSumExp(k working, c *reference.Call) {
	k.eachLogits(c, func(r int, w *terms) { c.Out[0].Put(r, k.lse(w)) })
}

func tokenLogprobs(k working, c *reference.Call) {
	k.eachLogits(c, func(r int, w *terms) { c.Out[0].Put(r, k.logp(w, int(c.Arg("label").Int(r)))) })
}

// times is a product that is 0 where the mass is.
func (k working) times(mass float64, f func() float64) float64 {
	if mass == 0 {
		return 0
	}
	return k.of(mass * f())
}

// entropyFromLogits is ln S + sum p gap.
func entropyFromLogits(k working, c *reference.Call) {
	k.eachLogits(c, func(r int, w *terms) {
		p := k.shares(w)
		h := k.sumOf(len(p), func(i int) float64 { return k.times(p[i], func() float64 { return k.gap(w, i) }) })
		c.Out[0].Put(r, k.of(k.of(h+k.lnS(w))/nats(c)))
	})
}

// klFromLogits is sum p (ln p - ln q).
func klFromLogits(k working, c *reference.Call) {
	k.eachLogits(c, func(r int, w *terms) {
		other, ok := k.row(c.Arg("y").Row(r, nil), 1)
		if v := c.Out[0].Get(r); !ok || math.IsInf(v, 0) || v > 1e36 {
			return
		}
		p := k.shares(w)
		c.Out[0].Put(r, k.of(k.sumOf(len(p), func(i int) float64 {
			return k.times(p[i], func() float64 {
				return k.of(k.of(k.gap(other, i)+k.lnS(other)) - k.of(k.gap(w, i)+k.lnS(w)))
			})
		})/nats(c)))
	})
}

// softmaxBackward is y (dy - sum y dy)/T.
func softmaxBackward(k working, c *reference.Call) {
	in := c.In[0].Clone()
	upstream := c.In[1].Clone()
	specials(c)
	v := in.Shape[1]
	for r := range in.Shape[0] {
		y, dy, T := in.Row(r, nil), upstream.Row(r, nil), c.Param("temperature", r)
		if !finite(y) || !finite(dy) || math.IsInf(T, 0) {
			continue
		}
		s := k.sumOf(v, func(i int) float64 { return k.of(y[i] * dy[i]) })
		for i := range y {
			c.Out[0].Put(r*v+i, k.of(k.of(y[i]*k.of(dy[i]-s))/k.of(T)))
		}
	}
}
