package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// denseFamily are right kernels of the operations on logits, masses and tokens:
// the reference rounded once, and one that works as a plain kernel does, every
// step rounded to the working type.
func denseFamily(op string) []kernel {
	run, ok := plainKernels[op]
	if !ok {
		return nil
	}
	tight := func(d reference.DType) reference.Contract {
		k := reference.DefaultContract(d)
		k.Level = "tight"
		return k
	}
	return []kernel{
		{name: "rounded reference", contract: tight, run: roundedReference},
		{name: "plain", contract: reference.DefaultContract, run: func(c *reference.Call) error {
			if err := roundedReference(c); err != nil { // rows without a distribution, refusals
				return err
			}
			run(stepwise{wide: c.DType() == reference.F64, c: c})
			return nil
		}},
	}
}

// roundedReference rounds to the working type, then to the output's.
func roundedReference(c *reference.Call) error {
	truth, err := c.Truth()
	if err != nil {
		return err
	}
	for o, t := range c.Out {
		if t.Absent() {
			continue
		}
		for i := range t.Len() {
			if v := truth.Out[o].Get(i); t.DType != reference.F64 {
				t.Put(i, float64(float32(v)))
			} else {
				t.Put(i, v)
			}
		}
	}
	return nil
}

// stepwise is a kernel at work on one call.
type stepwise struct {
	wide bool
	c    *reference.Call
}

// r rounds to the working type.
func (k stepwise) r(v float64) float64 {
	if k.wide {
		return v
	}
	return float64(float32(v))
}

func (k stepwise) sum(n int, f func(i int) float64) (s float64) {
	for i := range n {
		s = k.r(s + f(i))
	}
	return s
}

// row works out a regular row of logits at a usual temperature.
func (k stepwise) row(x []float64, T float64) (gap, p []float64, ls float64, ok bool) {
	best, ok := regular(x)
	if !ok || T == 0 || math.IsInf(T, 0) {
		return nil, nil, 0, false
	}
	gap, p = make([]float64, len(x)), make([]float64, len(x))
	for i, v := range x {
		gap[i] = k.r(k.r(x[best]-v) / k.r(T))
		p[i] = k.r(math.Exp(-gap[i]))
	}
	s := k.sum(len(x), func(i int) float64 { return p[i] })
	rest := k.sum(len(x), func(i int) float64 {
		if i == best {
			return 0
		}
		return p[i]
	})
	for i := range p {
		p[i] = k.r(p[i] / s)
	}
	return gap, p, k.r(math.Log1p(rest)), true
}

// eachLogits visits the rows that have a distribution.
func (k stepwise) eachLogits(f func(r int, x, gap, p []float64, ls float64)) {
	for r := range k.c.In[0].Shape[0] {
		T := 1.0
		if k.c.Op.Input("temperature") >= 0 {
			T = k.c.Param("temperature", r)
		}
		x := k.c.In[0].Row(r, nil)
		if gap, p, ls, ok := k.row(x, T); ok {
			f(r, x, gap, p, ls)
		}
	}
}

// eachMasses visits the rows whose answer is a number.
func (k stepwise) eachMasses(f func(r int, rows ...[]float64) float64, names ...string) {
	for r := range k.c.In[0].Shape[0] {
		var rows [][]float64
		for _, name := range names {
			p := k.c.Arg(name).Row(r, nil)
			if k.c.Pick("normalise") == "yes" {
				all := k.sum(len(p), func(i int) float64 { return p[i] })
				for i := range p {
					p[i] = k.r(p[i] / all)
				}
			}
			rows = append(rows, p)
		}
		if v := k.c.Out[0].Get(r); !math.IsNaN(v) && !math.IsInf(v, 0) {
			k.c.Out[0].Put(r, k.unit(f(r, rows...)))
		}
	}
}

func (k stepwise) unit(v float64) float64 { return k.r(v / perUnit(k.c)) }

func (k stepwise) ln(v float64) float64 { return k.r(math.Log(v)) }

// times is a product that is 0 where the mass is.
func (k stepwise) times(mass float64, f func() float64) float64 {
	if mass == 0 {
		return 0
	}
	return k.r(mass * f())
}

var plainKernels = map[string]func(stepwise){
	"log_softmax": func(k stepwise) {
		k.eachLogits(func(r int, x, gap, _ []float64, ls float64) {
			for i := range x {
				k.c.Out[0].Put(r*len(x)+i, k.r(-gap[i]-ls))
			}
		})
	},
	"logsumexp": func(k stepwise) {
		k.eachLogits(func(r int, x, _, _ []float64, ls float64) {
			k.c.Out[0].Put(r, k.r(k.r(maximum(x)/k.c.Param("temperature", r))+ls))
		})
	},
	"token_logprobs": func(k stepwise) {
		k.eachLogits(func(r int, _, gap, _ []float64, ls float64) {
			k.c.Out[0].Put(r, k.r(-gap[k.c.Arg("label").Int(r)]-ls))
		})
	},
	"entropy_from_logits": func(k stepwise) {
		k.eachLogits(func(r int, x, gap, p []float64, ls float64) {
			h := k.sum(len(x), func(i int) float64 { return k.times(p[i], func() float64 { return gap[i] }) })
			k.c.Out[0].Put(r, k.unit(k.r(h+ls)))
		})
	},
	"cross_entropy_soft": func(k stepwise) {
		k.eachLogits(func(r int, x, gap, _ []float64, ls float64) {
			q := k.c.Arg("q").Row(r, nil)
			if finiteRow(q) {
				k.c.Out[0].Put(r, k.sum(len(x), func(i int) float64 { return k.times(q[i], func() float64 { return k.r(gap[i] + ls) }) }))
			}
		})
	},
	"kl_from_logits": func(k stepwise) {
		k.eachLogits(func(r int, x, gap, p []float64, ls float64) {
			other, _, ly, ok := k.row(k.c.Arg("y").Row(r, nil), 1)
			if v := k.c.Out[0].Get(r); !ok || math.IsInf(v, 0) || v > 1e36 {
				return
			}
			k.c.Out[0].Put(r, k.unit(k.sum(len(x), func(i int) float64 {
				return k.times(p[i], func() float64 { return k.r(k.r(other[i]+ly) - k.r(gap[i]+ls)) })
			})))
		})
	},
	"softmax_backward": func(k stepwise) {
		v := k.c.In[0].Shape[1]
		for r := range k.c.In[0].Shape[0] {
			y, dy := k.c.In[0].Row(r, nil), k.c.In[1].Row(r, nil)
			s := k.sum(v, func(i int) float64 { return k.r(y[i] * dy[i]) })
			if math.IsNaN(total(y)+total(dy)) || math.IsInf(total(y), 0) || math.IsInf(k.c.Param("temperature", r), 0) {
				continue
			}
			for i := range y {
				k.c.Out[0].Put(r*v+i, k.r(k.r(y[i]*k.r(dy[i]-s))/k.r(k.c.Param("temperature", r))))
			}
		}
	},
	"cross_entropy_backward": plainBackward,
	"entropy": func(k stepwise) {
		k.eachMasses(func(_ int, rows ...[]float64) float64 {
			p := rows[0]
			return k.sum(len(p), func(i int) float64 { return k.times(p[i], func() float64 { return -k.ln(p[i]) }) })
		}, "p")
	},
	"kl": func(k stepwise) {
		k.eachMasses(func(_ int, rows ...[]float64) float64 {
			p, q := rows[0], rows[1]
			return k.sum(len(p), func(i int) float64 {
				return k.times(p[i], func() float64 { return k.r(k.ln(p[i]) - k.ln(q[i])) })
			})
		}, "p", "q")
	},
	"cross_entropy_pq": func(k stepwise) {
		k.eachMasses(func(_ int, rows ...[]float64) float64 {
			p, q := rows[0], rows[1]
			return k.sum(len(p), func(i int) float64 { return k.times(p[i], func() float64 { return -k.ln(q[i]) }) })
		}, "p", "q")
	},
	"js": func(k stepwise) {
		k.eachMasses(func(r int, rows ...[]float64) float64 {
			p, q, beta := rows[0], rows[1], k.c.Param("beta", r)
			return k.sum(len(p), func(i int) float64 {
				m := k.r(k.r(beta*p[i]) + k.r(k.r(1-beta)*q[i]))
				part := func(w, v float64) float64 {
					return k.times(k.r(w*v), func() float64 { return k.r(k.ln(v) - k.ln(m)) })
				}
				return k.r(part(beta, p[i]) + part(k.r(1-beta), q[i]))
			})
		}, "p", "q")
	},
	"mutual_information": plainInformation,
	"sequence_logprob": func(k stepwise) {
		n := k.c.In[0].Shape[1]
		for r := range k.c.In[0].Shape[0] {
			s := k.sum(int(k.c.Arg("lengths").Int(r)), func(i int) float64 { return k.c.In[0].Get(r*n + i) })
			k.c.Out[0].Put(r, s)
			k.c.Out[1].Put(r, k.r(s/k.r(penaltyOf(k.c, r))))
		}
	},
	"perplexity": func(k stepwise) {
		mean := k.r(k.nats() / countedOf(k.c))
		k.c.Out[0].Put(0, k.r(math.Exp(mean)))
		k.c.Out[1].Put(0, mean)
	},
	"bits_per_token": func(k stepwise) { k.c.Out[0].Put(0, k.r(k.r(k.nats()/countedOf(k.c))*k.r(math.Log2E))) },
	"bits_per_byte": func(k stepwise) {
		if countedOf(k.c) > 0 {
			k.c.Out[0].Put(0, k.r(k.r(k.nats()/float64(k.c.Arg("bytes").Int(0)))*k.r(math.Log2E)))
		}
	},
	"kl_penalty": plainPenalty,
}

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
