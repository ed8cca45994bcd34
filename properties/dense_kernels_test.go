package properties

import "math"

// plainKernels are the operations as a plain kernel has them, for rows that have
// an ordinary answer.
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
