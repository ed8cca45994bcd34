package outside

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var rightBayes = []Kernel{
	{Op: "multinomial_logpmf", DType: reference.F64, Run: rMultinomialLogPMF,
		How: "ln of factorials from a table of added logarithms, Stirling's series beyond it"},
	{Op: "bayes_posterior", DType: reference.F32, Run: rBayesPosterior,
		How: "linear: exact products in float64; log: a log-softmax of float64 sums"},
	{Op: "bayes_update", DType: reference.F32, Run: rBayesUpdate,
		How: "logarithms added in float64, one softmax at the end"},
	{Op: "bayes_odds", DType: reference.F32, Contract: "level=tight", Run: rBayesOdds,
		How: "significands multiplied in float32, exponents counted apart"},
	{Op: "relevance_posterior", DType: reference.BF16, Run: rRelevance,
		How: "log-space: gap of the score plus ln prior by table, then a softmax of those"},
}

var rFactorials = func() (t [128]float64) {
	var lost float64
	for n := 2; n < len(t); n++ { // Kahan's sum
		y := math.Log(float64(n)) - lost
		t[n] = t[n-1] + y
		lost = (t[n] - t[n-1]) - y
	}
	return t
}()

func rLnFactorial(n int64) float64 {
	if n < int64(len(rFactorials)) {
		return rFactorials[n]
	}
	x := float64(n)
	r := 1 / x
	series := r * (1./12 - r*r*(1./360-r*r*(1./1260)))
	return (x+0.5)*math.Log(x) - x + (0.91893853320467274178 + series)
}

func rMultinomialLogPMF(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	vocab := c.In[0].Shape[1]
	for r := range c.In[0].Shape[0] {
		var n int64
		var v float64
		for j := range vocab {
			if k := c.In[1].Int(r*vocab + j); k > 0 {
				n += k
				v += float64(k)*rLog64(c.In[0].Get(r*vocab+j)) - rLnFactorial(k)
			}
		}
		c.Out[0].Put(r, rLnFactorial(n)+v)
	}
	return nil
}

// rPosterior is the softmax, or its logarithm, of exponents in float64, and the
// lse; the distances from the largest are small enough for float32.
func rPosterior(z []float64, logs bool) (y []float32, lse float64) {
	m, _ := rNoWeights(z)
	y = make([]float32, len(z))
	e := make([]float32, len(z))
	for j, v := range z {
		y[j] = float32(m - v)
		e[j] = rExpTable(-y[j])
	}
	S := rSumLanes(e, 8)
	ls := rLn(S)
	for j := range y {
		if logs {
			y[j] = 0 - (y[j] + ls)
		} else {
			y[j] = e[j] / S
		}
	}
	return y, m + float64(ls)
}

func rBayesPosterior(c *reference.Call) error {
	if err := rRefused(c); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		prior, like := rRow(c.In[0], i), rRow(c.In[1], i)
		z := make([]float64, len(prior))
		if c.Pick("form") == "log" {
			for j := range z {
				z[j] = float64(prior[j]) + float64(like[j])
			}
			if len(z) == 0 {
				rSet(c.Out[1], i, -rInf)
				continue
			}
			y, lse := rPosterior(z, true)
			rStore(c.Out[0], i, y)
			rSet(c.Out[1], i, float32(lse))
			continue
		}
		var evidence float64
		for j := range z {
			z[j] = float64(prior[j]) * float64(like[j])
			evidence += z[j]
		}
		for j := range z {
			c.Out[0].Put(i*len(z)+j, z[j]/evidence)
		}
		rSet(c.Out[1], i, float32(evidence))
	}
	return nil
}

func rBayesUpdate(c *reference.Call) error {
	if err := rRefused(c); err != nil {
		return err
	}
	logs := c.Pick("form") == "log"
	ln := func(v float64) float64 {
		if logs {
			return v
		}
		return math.Log(v)
	}
	steps, vocab := c.In[1].Shape[1], c.In[0].Shape[1]
	for i := range c.In[0].Shape[0] {
		if vocab == 0 {
			rSet(c.Out[1], i, -rInf)
			continue
		}
		z := make([]float64, vocab)
		for j := range z {
			z[j] = ln(c.In[0].Get(i*vocab + j))
			for t := range steps {
				z[j] += ln(c.In[1].Get((i*steps+t)*vocab + j))
			}
		}
		y, lse := rPosterior(z, logs)
		rStore(c.Out[0], i, y)
		rSet(c.Out[1], i, float32(lse))
	}
	return nil
}

func rBayesOdds(c *reference.Call) error {
	if err := rRefused(c); err != nil {
		return err
	}
	steps := c.In[1].Shape[1]
	for i := range c.In[0].Len() {
		f, e := math.Frexp(c.In[0].Get(i))
		m := float32(f)
		for t := range steps {
			v, k := math.Frexp(c.In[1].Get(i*steps + t))
			f, n := math.Frexp(float64(float32(m * float32(v))))
			m, e = float32(f), e+k+n
		}
		odds, p := math.Ldexp(float64(m), e), 1.0
		if odds <= math.MaxFloat64 {
			p = odds / (1 + odds)
		}
		c.Out[0].Put(i, odds)
		if !c.Out[1].Absent() {
			c.Out[1].Put(i, p)
		}
	}
	return nil
}

func rRelevance(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	prior := c.Arg("prior")
	for i := range c.In[0].Shape[0] {
		x, T := rRow(c.In[0], i), float32(c.Param("temperature", i))
		_, _, kind := rScan(x)
		w := make([]float32, len(x))
		best := -1
		for j := range w {
			if w[j] = 1; !prior.Absent() {
				w[j] = float32(prior.Get(i*len(x) + j))
			}
			if w[j] > 0 && x[j] > -rInf && (best < 0 || x[j] > x[best]) {
				best = j
			}
		}
		if kind == rRegular && best < 0 {
			kind = rMasked
		}
		if rSpecial(c.Out[0], i, len(x), best, kind, T, 1, 0) {
			continue
		}
		z := make([]float64, len(x))
		for j := range z {
			z[j] = math.Inf(-1)
			if w[j] > 0 && x[j] > -rInf {
				z[j] = float64(rLnTable(w[j]) - rGap(x[best], x[j], T))
			}
		}
		y, _ := rPosterior(z, false)
		rStore(c.Out[0], i, y)
	}
	return nil
}
