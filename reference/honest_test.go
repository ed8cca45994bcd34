package reference

import "math"

// logs is a row in float32 with what every kernel on logits begins with.
type logs struct {
	z, e         []float32 // scaled logits, exp(z - m)
	m, sum, lnS  float32
	lse          float32
	log, p, less []float32 // z - lse; e/sum; (z - m) - ln sum
}

func (s *style) logs(x []float64, T float64) (l logs) {
	l.m = float32(math.Inf(-1))
	n := len(x)
	l.z, l.e, l.log, l.p, l.less = make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)
	raw := l.m
	for i, v := range x {
		l.z[i] = float32(v) / float32(T)
		l.m, raw = max(l.m, l.z[i]), max(raw, float32(v))
	}
	for i, v := range x {
		d := l.z[i] - l.m
		if !s.scaledFirst {
			d = (float32(v) - raw) / float32(T)
		}
		l.e[i] = s.exp(d)
		if s.base2 {
			a := float32(l.z[i] * math.Log2E)
			b := float32(l.m * math.Log2E)
			l.e[i] = float32(math.Exp2(float64(a - b)))
		}
		l.less[i] = d
	}
	l.sum = s.sum(l.e)
	l.lnS = s.ln(l.sum)
	l.lse = l.m + l.lnS
	for i := range x {
		l.p[i] = l.e[i] / l.sum
		l.log[i] = l.z[i] - l.lse
		l.less[i] -= l.lnS
	}
	return l
}

// sumOf adds f over a row as the style adds.
func (s *style) sumOf(n int, f func(i int) float32) float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = f(i)
	}
	return s.sum(v)
}

func times(w, v float32) float32 {
	if w == 0 {
		return 0
	}
	return w * v
}

// honest has the kernels of each operation: form 0, 1, 2 are ways to arrange it.
type honestKernel struct {
	forms int
	run   func(c *Call, s *style, form int)
}

func perRow(forms int, f func(c *Call, i int, s *style, form int) float32) honestKernel {
	return honestKernel{forms, func(c *Call, s *style, form int) {
		for i := range c.In[0].Shape[0] {
			c.Out[0].Put(i, float64(f(c, i, s, form)))
		}
	}}
}

func row32(t Tensor, i int) []float32 {
	var v []float32
	for _, x := range t.Row(i, nil) {
		v = append(v, float32(x))
	}
	return v
}

func temperatureOf(c *Call, i int) float64 {
	if c.Op.Input("temperature") < 0 {
		return 1
	}
	return c.Param("temperature", i)
}

var honest = map[string]honestKernel{
	"log_softmax": {2, func(c *Call, s *style, form int) {
		for i := range c.In[0].Shape[0] {
			l := s.logs(c.In[0].Row(i, nil), temperatureOf(c, i))
			for j := range l.log {
				c.Out[0].Put(i*len(l.log)+j, float64([][]float32{l.log, l.less}[form][j]))
			}
		}
	}},
	"logsumexp": perRow(2, func(c *Call, i int, s *style, form int) float32 {
		l := s.logs(c.In[0].Row(i, nil), temperatureOf(c, i))
		if form == 0 {
			return l.lse
		}
		m, sum := float32(math.Inf(-1)), float32(0) // online: one pass, rescaled at each new maximum
		for _, z := range l.z {
			if z > m {
				sum, m = sum*s.exp(m-z)+1, z
			} else if !math.IsInf(float64(z), -1) {
				sum += s.exp(z - m)
			}
		}
		return m + s.ln(sum)
	}),
	"token_logprobs": perRow(2, func(c *Call, i int, s *style, form int) float32 {
		l := s.logs(c.In[0].Row(i, nil), temperatureOf(c, i))
		return [][]float32{l.log, l.less}[form][c.Arg("label").Int(i)]
	}),
	"cross_entropy_soft": perRow(2, func(c *Call, i int, s *style, form int) float32 {
		l, q := s.logs(c.In[0].Row(i, nil), 1), row32(c.In[1], i)
		if form == 1 {
			return l.lse*s.sum(q) - s.sumOf(len(q), func(j int) float32 { return times(q[j], l.z[j]) })
		}
		return -s.sumOf(len(q), func(j int) float32 { return times(q[j], l.log[j]) })
	}),
	"entropy_from_logits": perRow(3, func(c *Call, i int, s *style, form int) float32 {
		l := s.logs(c.In[0].Row(i, nil), temperatureOf(c, i))
		switch form {
		case 0:
			return -s.sumOf(len(l.p), func(j int) float32 { return times(l.p[j], s.ln(max(l.p[j], 1e-45))) })
		case 1:
			return l.lse - s.sumOf(len(l.p), func(j int) float32 { return times(l.p[j], l.z[j]) })
		}
		return l.lnS + s.sumOf(len(l.p), func(j int) float32 { return times(l.e[j], l.m-l.z[j]) })/l.sum
	}),
	"kl_from_logits": perRow(2, func(c *Call, i int, s *style, form int) float32 {
		x, y := s.logs(c.In[0].Row(i, nil), 1), s.logs(c.In[1].Row(i, nil), 1)
		return s.sumOf(len(x.p), func(j int) float32 {
			if form == 0 {
				return times(x.p[j], x.log[j]-y.log[j])
			}
			return times(s.exp(x.less[j]), x.less[j]-y.less[j])
		})
	}),
	"softmax_backward": {2, func(c *Call, s *style, form int) {
		for i := range c.In[0].Shape[0] {
			y, dy, T := row32(c.In[0], i), row32(c.In[1], i), float32(temperatureOf(c, i))
			d := s.sumOf(len(y), func(j int) float32 { return y[j] * dy[j] })
			for j := range y {
				v := y[j] * (dy[j] - d) / T
				if form == 1 {
					a, b := y[j]*dy[j], y[j]*d
					v = (a - b) * (1 / T)
				}
				c.Out[0].Put(i*len(y)+j, float64(v))
			}
		}
	}},
	"cross_entropy_backward": {2, func(c *Call, s *style, form int) {
		scale := float32(c.perCounted())
		for i := range c.In[0].Shape[0] {
			T, e, g := temperatureOf(c, i), float32(c.Param("smoothing", i)), float32(c.Param("g", i))
			l := s.logs(c.In[0].Row(i, nil), T)
			t, n := int(c.Arg("label").Int(i)), float32(len(l.p))
			for j, p := range l.p {
				if form == 1 {
					p = s.exp(l.less[j])
				}
				target := e / n
				if j == t {
					target += 1 - e
				}
				c.Out[0].Put(i*len(l.p)+j, float64((p-target)*(g*scale/float32(T))))
			}
		}
	}},
	"entropy": perRow(2, func(c *Call, i int, s *style, form int) float32 {
		p := row32(c.In[0], i)
		return -s.sumOf(len(p), func(j int) float32 {
			if form == 1 { // in base 2
				return times(p[j], float32(math.Log2(float64(p[j]))))*math.Ln2 + 0
			}
			return times(p[j], s.ln(p[j]))
		})
	}),
	"kl": perRow(3, func(c *Call, i int, s *style, form int) float32 {
		p, q := row32(c.In[0], i), row32(c.In[1], i)
		if form == 2 {
			return s.sumOf(len(p), func(j int) float32 { return times(p[j], s.ln(p[j])) }) - s.sumOf(len(p), func(j int) float32 { return times(p[j], s.ln(q[j])) })
		}
		return s.sumOf(len(p), func(j int) float32 {
			if form == 1 {
				return times(p[j], s.ln(p[j]/q[j]))
			}
			return times(p[j], s.ln(p[j])-s.ln(q[j]))
		})
	}),
	"cross_entropy_pq": perRow(1, func(c *Call, i int, s *style, form int) float32 {
		p, q := row32(c.In[0], i), row32(c.In[1], i)
		return -s.sumOf(len(p), func(j int) float32 { return times(p[j], s.ln(q[j])) })
	}),
	"js": perRow(2, func(c *Call, i int, s *style, form int) float32 {
		p, q, b := row32(c.In[0], i), row32(c.In[1], i), float32(c.Param("beta", i))
		mix := func(j int) float32 { return b*p[j] + (1-b)*q[j] }
		sum := func(f func(j int) float32) float32 { return s.sumOf(len(p), f) }
		if form == 1 {
			h := func(v func(j int) float32) float32 {
				return -sum(func(j int) float32 { return times(v(j), s.ln(v(j))) })
			}
			return h(mix) - b*h(func(j int) float32 { return p[j] }) - (1-b)*h(func(j int) float32 { return q[j] })
		}
		return b*sum(func(j int) float32 { return times(p[j], s.ln(p[j]/mix(j))) }) + (1-b)*sum(func(j int) float32 { return times(q[j], s.ln(q[j]/mix(j))) })
	}),
	"mutual_information": {3, func(c *Call, s *style, form int) {
		n, m := c.In[0].Shape[0], c.In[0].Shape[1]
		p := make([]float32, 0, n*m)
		r, col := make([]float32, n), make([]float32, m)
		for i := range n {
			v := row32(c.In[0], i)
			p = append(p, v...)
			r[i] = s.sum(v)
		}
		for j := range m {
			col[j] = s.sumOf(n, func(i int) float32 { return p[i*m+j] })
		}
		h := func(v []float32) float32 {
			return -s.sumOf(len(v), func(j int) float32 { return times(v[j], s.ln(v[j])) })
		}
		v := s.sumOf(n*m, func(f int) float32 {
			i, j := f/m, f%m
			if form == 0 {
				return times(p[f], s.ln(p[f]/(r[i]*col[j])))
			}
			return times(p[f], s.ln(p[f])-s.ln(r[i])-s.ln(col[j]))
		})
		if form == 2 {
			v = h(r) + h(col) - h(p)
		}
		c.Out[0].Put(0, float64(v))
	}},
}
