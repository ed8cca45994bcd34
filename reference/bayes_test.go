package reference

import (
	"math"
	"math/rand/v2"
	"testing"
)

func bayesCases(form string, seed uint64) (cases []*Call) {
	r := rand.New(rand.NewPCG(seed, 1))
	rowsOf(r, []int{1, 2, 7, 100, 2000}, func(kind int, x []float64) {
		p, q := make([]float64, len(x)), make([]float64, len(x))
		for i, v := range x {
			p[i], q[i] = v, 2*r.NormFloat64()
			if form == "linear" {
				p[i], q[i] = math.Exp(min(max(v/2-float64(kind/4*500), -80), 80)), math.Exp(q[i])
			}
		}
		n := len(x)
		cases = append(cases, bayesPosteriorOp.NewCall(map[string]Tensor{"prior": Of(F32, []int{1, n}, p...), "likelihood": Of(F32, []int{1, n}, q...)}, map[string]string{"form": form}))
	})
	return cases
}

func products(c *Call) []f32 {
	p, q := column(c.In[0], 0), column(c.In[1], 0)
	for i := range p {
		p[i] *= q[i]
	}
	return p
}

// divided writes the products over their sum.
func divided(c *Call, p []f32, S f32) {
	for i := range p {
		p[i] /= S
	}
	storeRow(c.Out[0], 0, p...)
	storeRow(c.Out[1], 0, S)
}

func TestBayesPosteriorKernels(t *testing.T) {
	judgeKernels(t, bayesPosteriorOp, bayesCases("linear", 1), []kernel{
		{"sequential", false, func(c *Call) { p := products(c); divided(c, p, sum32(p)) }},
		{"pairwise", false, func(c *Call) { p := products(c); divided(c, p, pairwise32(p)) }},
		{"reciprocal", false, func(c *Call) {
			p := products(c)
			S := sum32(p)
			inv := 1 / S
			for i := range p {
				p[i] *= inv
			}
			storeRow(c.Out[0], 0, p...)
			storeRow(c.Out[1], 0, S)
		}},
		{"through logarithms", false, func(c *Call) {
			p, q := column(c.In[0], 0), column(c.In[1], 0)
			for i := range p {
				p[i] = roundedLn(p[i]) + roundedLn(q[i])
			}
			m, S := most32(p), f32(0)
			for _, v := range p {
				S += roundedExp(v - m)
			}
			lse := m + roundedLn(S)
			for i := range p {
				p[i] = roundedExp(p[i] - lse)
			}
			storeRow(c.Out[0], 0, p...)
			storeRow(c.Out[1], 0, roundedExp(lse))
		}},
		{"prior left out", true, func(c *Call) { q := column(c.In[1], 0); divided(c, q, sum32(q)) }},
		{"not normalised", true, func(c *Call) { p := products(c); S := sum32(p); storeRow(c.Out[0], 0, p...); storeRow(c.Out[1], 0, S) }},
		{"epsilon in the evidence", true, func(c *Call) { p := products(c); divided(c, p, sum32(p)+1e-5) }},
		{"last hypothesis left out of the sum", true, func(c *Call) { p := products(c); divided(c, p, sum32(p[:len(p)-1])) }},
	})
}

func logKernel(lse func(z []f32) f32, away func(z, m, lse f32) f32) func(*Call) {
	return func(c *Call) {
		p, q := column(c.In[0], 0), column(c.In[1], 0)
		for i := range p {
			p[i] += q[i]
		}
		m, l := most32(p), lse(p)
		storeRow(c.Out[1], 0, l)
		for i := range p {
			p[i] = away(p[i], m, l)
		}
		storeRow(c.Out[0], 0, p...)
	}
}

func lse32(z []f32) f32 {
	m, S := most32(z), f32(0)
	for _, v := range z {
		S += roundedExp(v - m)
	}
	return m + roundedLn(S)
}

func TestBayesPosteriorLogKernels(t *testing.T) {
	plain := func(z, _, l f32) f32 { return z - l }
	judgeKernels(t, bayesPosteriorOp, bayesCases("log", 2), []kernel{
		{"plain", false, logKernel(lse32, plain)},
		{"maximum first", false, logKernel(lse32, func(z, m, l f32) f32 { return (z - m) - (l - m) })},
		{"base 2", false, logKernel(func(z []f32) f32 {
			m, S := most32(z), f32(0)
			for _, v := range z {
				S += f32(math.Exp2(float64(f32(v*f32(math.Log2E)) - f32(m*f32(math.Log2E)))))
			}
			return m + f32(math.Log2(float64(S)))*f32(math.Ln2)
		}, plain)},
		{"running maximum", false, logKernel(func(z []f32) f32 {
			m, S := f32(math.Inf(-1)), f32(0)
			for _, v := range z {
				if v > m {
					S, m = S*roundedExp(m-v), v
				}
				S += roundedExp(v - m)
			}
			return m + roundedLn(S)
		}, plain)},
		{"clipped", true, logKernel(lse32, func(z, _, l f32) f32 { return max(z-l, -20) })},
		{"bits", true, logKernel(func(z []f32) f32 { return lse32(z) * f32(math.Log2E) }, plain)},
		{"likelihood alone in the evidence", true, func(c *Call) {
			logKernel(lse32, plain)(c)
			storeRow(c.Out[1], 0, lse32(column(c.In[1], 0)))
		}},
	})
}

func TestRelevancePosteriorKernels(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	var cases []*Call
	rowsOf(r, []int{1, 2, 7, 100, 2000}, func(kind int, x []float64) {
		p := make([]float64, len(x))
		for i := range p {
			p[i] = math.Exp(3 * r.NormFloat64())
			if r.IntN(8) == 0 && i > 0 {
				p[i] = 0
			}
		}
		n := len(x)
		cases = append(cases, relevancePosteriorOp.NewCall(map[string]Tensor{"score": Of(F32, []int{1, n}, x...), "prior": Of(F32, []int{1, n}, p...),
			"temperature": Scalar(F32, []float64{1, 0.5, 2}[r.IntN(3)])}, nil))
	})
	exponents := func(c *Call) []f32 {
		x, p, T := column(c.In[0], 0), column(c.In[2], 0), f32(c.Param("temperature", 0))
		for i := range x {
			x[i] = f32(x[i]/T) + roundedLn(p[i])
		}
		return x
	}
	judgeKernels(t, relevancePosteriorOp, cases, []kernel{
		{"plain", false, func(c *Call) { storeRow(c.Out[0], 0, softmax32(exponents(c))...) }},
		{"base 2", false, func(c *Call) { storeRow(c.Out[0], 0, softmaxExp2(exponents(c))...) }},
		{"online", false, func(c *Call) { storeRow(c.Out[0], 0, online32(exponents(c))...) }},
		{"prior times exponential", false, func(c *Call) {
			x, p, T := column(c.In[0], 0), column(c.In[2], 0), f32(c.Param("temperature", 0))
			m := f32(math.Inf(-1))
			for i := range x {
				if p[i] > 0 {
					m = max(m, x[i])
				}
			}
			for i := range x {
				if p[i] > 0 {
					p[i] *= roundedExp((x[i] - m) / T)
				}
			}
			S := pairwise32(p)
			for i := range p {
				p[i] /= S
			}
			storeRow(c.Out[0], 0, p...)
		}},
		{"no prior", true, func(c *Call) {
			x := column(c.In[0], 0)
			for i := range x {
				x[i] /= f32(c.Param("temperature", 0))
			}
			storeRow(c.Out[0], 0, softmax32(x)...)
		}},
		{"temperature divides the prior, too", true, func(c *Call) {
			x, p, T := column(c.In[0], 0), column(c.In[2], 0), f32(c.Param("temperature", 0))
			for i := range x {
				x[i] = (x[i] + roundedLn(p[i])) / T
			}
			storeRow(c.Out[0], 0, softmax32(x)...)
		}},
		{"prior clipped at 1e-9", true, func(c *Call) {
			x, p, T := column(c.In[0], 0), column(c.In[2], 0), f32(c.Param("temperature", 0))
			for i := range x {
				x[i] = x[i]/T + roundedLn(max(p[i], 1e-9))
			}
			storeRow(c.Out[0], 0, softmax32(x)...)
		}},
	})
}

// Sequential updates, in any order, are one update by the product.
func TestBayesUpdateIsOneStep(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for range 200 {
		n, steps := 1+r.IntN(6), r.IntN(5)
		prior, like := make([]float64, n), make([]float64, n*steps)
		for i := range prior {
			prior[i] = float64(1+r.IntN(8)) / 8
		}
		for i := range like {
			like[i] = float64(1+r.IntN(16)) / 16
		}
		all, err := bayesUpdateOp.NewCall(map[string]Tensor{"prior": Of(F64, []int{1, n}, prior...), "likelihood": Of(F64, []int{1, steps, n}, like...)}, nil).Truth()
		if err != nil {
			t.Fatal(err)
		}
		product := make([]float64, n) // of dyadic numbers: exact
		fill(product, 1)
		for i, v := range like {
			product[i%n] *= v
		}
		one, err := bayesPosteriorOp.NewCall(map[string]Tensor{"prior": Of(F64, []int{1, n}, prior...), "likelihood": Of(F64, []int{1, n}, product...)}, nil).Truth()
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			if a, b := all.Out[0].Get(i), one.Out[0].Get(i); math.Abs(a-b) > 0x1p-52*b {
				t.Fatalf("%d steps: posterior[%d] = %v, in one step %v", steps, i, a, b)
			}
		}
		if a, b := all.Out[1].Get(0), math.Log(one.Out[1].Get(0)); math.Abs(a-b) > 1e-14*(1+math.Abs(b)) {
			t.Fatalf("%d steps: log evidence %v, in one step %v", steps, a, b)
		}
	}
}
