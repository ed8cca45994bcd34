package zoo

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// log takes subnormals apart first: math.Log of them is wrong on some machines.
func (k working) log(v float64) float64 {
	if v > 0 && v < 0x1p-1022 {
		return k.of(math.Log(v*0x1p54) - 54*math.Ln2)
	}
	return k.of(math.Log(v))
}

// eachMasses fills in the special rows and visits those whose answer is a number,
// normalised where the call says so.
func (k working) eachMasses(c *reference.Call, f func(r int, p, q []float64) float64) {
	specials(c)
	for r := range c.In[0].Shape[0] {
		var rows [2][]float64
		for i, name := range []string{"p", "q"} {
			if c.Op.Input(name) < 0 {
				continue
			}
			rows[i] = c.Arg(name).Row(r, nil)
			if c.Pick("normalise") == "yes" {
				all := k.sum(rows[i])
				for j := range rows[i] {
					rows[i][j] = k.ratio(rows[i][j], all)
				}
			}
		}
		if v := c.Out[0].Get(r); !math.IsNaN(v) && !math.IsInf(v, 0) {
			c.Out[0].Put(r, k.of(f(r, rows[0], rows[1])/nats(c)))
		}
	}
}

func entropy(k working, c *reference.Call) {
	k.eachMasses(c, func(_ int, p, _ []float64) float64 {
		return k.sumOf(len(p), func(i int) float64 { return k.times(p[i], func() float64 { return -k.log(p[i]) }) })
	})
}

func kl(k working, c *reference.Call) {
	k.eachMasses(c, func(_ int, p, q []float64) float64 {
		return k.sumOf(len(p), func(i int) float64 {
			return k.times(p[i], func() float64 { return k.of(k.log(p[i]) - k.log(q[i])) })
		})
	})
}

func crossEntropyPQ(k working, c *reference.Call) {
	k.eachMasses(c, func(_ int, p, q []float64) float64 {
		return k.sumOf(len(p), func(i int) float64 { return k.times(p[i], func() float64 { return -k.log(q[i]) }) })
	})
}

// jensenShannon is beta KL(p,m) + (1-beta) KL(q,m), m = beta p + (1-beta) q.
func jensenShannon(k working, c *reference.Call) {
	k.eachMasses(c, func(r int, p, q []float64) float64 {
		beta := c.Param("beta", r)
		return k.sumOf(len(p), func(i int) float64 {
			m := k.of(k.of(beta*p[i]) + k.of(k.of(1-beta)*q[i]))
			part := func(w, v float64) float64 {
				return k.times(k.of(w*v), func() float64 { return k.of(k.log(v) - k.log(m)) })
			}
			return k.of(part(beta, p[i]) + part(k.of(1-beta), q[i]))
		})
	})
}

func mutualInformation(k working, c *reference.Call) {
	specials(c)
	n, m := c.In[0].Shape[0], c.In[0].Shape[1]
	if v := c.Out[0].Get(0); math.IsNaN(v) || n*m == 0 {
		return
	}
	p := make([]float64, n*m)
	for i := range p {
		p[i] = c.In[0].Get(i)
	}
	if c.Pick("normalise") == "yes" {
		all := k.sum(p)
		for i := range p {
			p[i] = k.ratio(p[i], all)
		}
	}
	rows, columns := make([]float64, n), make([]float64, m)
	for i := range rows {
		rows[i] = k.sum(p[i*m : i*m+m])
	}
	for j := range columns {
		columns[j] = k.sumOf(n, func(i int) float64 { return p[i*m+j] })
	}
	c.Out[0].Put(0, k.of(k.sumOf(n*m, func(i int) float64 {
		return k.times(p[i], func() float64 { return k.of(k.of(k.log(p[i])-k.log(rows[i/m])) - k.log(columns[i%m])) })
	})/nats(c)))
}
