package properties

import (
	"math"
	"slices"
	"strings"

	"github.com/seed-210c9500/assay/reference"
)

// statisticsFamily are correct kernels of the operations on distributions,
// confidences, samples, counts and corpora: the reference rounded once, and one
// that works in float32 throughout.
func statisticsFamily(op string) []kernel {
	plain := map[string]func(*reference.Call, working){
		"multinomial_logpmf": logPMF, "multinomial_counts": countDraws,
		"bayes_posterior": posterior, "bayes_update": updated, "bayes_odds": oddsProduct, "relevance_posterior": relevance,
		"bm25": okapi, "ece": calibrationError, "reliability": diagram, "brier": squaredError, "temperature_fit": slopeFit,
		"monte_carlo": estimate, "bootstrap_ci": percentiles, "worst_case": lowQuantile, "pass_at_k": passProduct,
	}[op]
	if plain == nil {
		return nil
	}
	return []kernel{
		{"rounded", reference.DefaultContract, rounded},
		{"float32", reference.DefaultContract, func(c *reference.Call) error {
			if err := c.Check(); err != nil {
				return err
			}
			if strings.HasPrefix(op, "bayes") { // an evidence of 0 is no matter of one input's domain
				if _, err := c.Truth(); err != nil {
					return err
				}
			}
			plain(c, working(c.DType()))
			return nil
		}},
	}
}

// working rounds what a kernel computes to its working type: float64 beside
// float64 outputs, else float32.
type working reference.DType

func (n working) of(v float64) float64 {
	if reference.DType(n) == reference.F64 {
		return v
	}
	return float64(float32(v))
}

// sum adds in order.
func (n working) sum(x []float64) (s float64) {
	for _, v := range x {
		s = n.of(s + v)
	}
	return s
}

// softmax of a row whose maximum is finite.
func (n working) softmax(z []float64) []float64 {
	m := slices.Max(z)
	y := make([]float64, len(z))
	for i, v := range z {
		y[i] = n.of(math.Exp(n.of(v - m)))
	}
	S := n.sum(y)
	for i := range y {
		y[i] = n.of(y[i] / S)
	}
	return y
}

// rounded is the reference's answer in the outputs' types.
func rounded(c *reference.Call) error {
	want, err := c.Truth()
	if err != nil {
		return err
	}
	for o, t := range want.Out {
		for i := range t.Len() {
			if !c.Out[o].Absent() {
				c.Out[o].Put(i, t.Get(i))
			}
		}
	}
	return nil
}

func logPMF(c *reference.Call, f working) {
	for r := range c.In[0].Shape[0] {
		lgamma := func(v float64) float64 { l, _ := math.Lgamma(v + 1); return f.of(l) }
		v, n := 0.0, 0.0
		for j, p := range c.In[0].Row(r, nil) {
			if k := c.In[1].Get(r*c.In[0].Shape[1] + j); k > 0 {
				v = f.of(f.of(v+f.of(k*f.of(ln(p)))) - lgamma(k))
				n += k
			}
		}
		c.Out[0].Put(r, v+lgamma(n))
	}
}

func countDraws(c *reference.Call, f working) {
	for r := range c.In[0].Shape[0] {
		p := c.In[0].Row(r, nil)
		count, total := make([]float64, len(p)), f.sum(p)
		for step := range int(c.Arg("n").At(r)) {
			word := func(name string) uint64 {
				if t := c.Arg(name); !t.Absent() {
					return t.Bits(min(r, t.Len()-1))
				}
				return 0
			}
			goal := reference.PhiloxUniform(word("seed"), word("request"), uint32(step)) * total
			at, hit := 0.0, 0
			for j, v := range p {
				if v == 0 {
					continue
				}
				hit = j
				if at = f.of(at + v); at > goal {
					break
				}
			}
			count[hit]++
		}
		c.Out[0].PutRow(r, count)
	}
}

func posterior(c *reference.Call, f working) {
	v := c.In[0].Shape[1]
	for r := range c.In[0].Shape[0] {
		w := make([]float64, v)
		for j := range w {
			a, b := c.In[0].Get(r*v+j), c.In[1].Get(r*v+j)
			if w[j] = f.of(a * b); c.Pick("form") == "log" {
				w[j] = f.of(a + b)
			}
		}
		if c.Pick("form") == "log" {
			c.Out[0].PutRow(r, f.logSoftmax(w))
			c.Out[1].Put(r, f.lse(w))
			continue
		}
		E := f.sum(w)
		for j := range w {
			w[j] = f.of(w[j] / E)
		}
		c.Out[0].PutRow(r, w)
		c.Out[1].Put(r, E)
	}
}

func (n working) lse(z []float64) float64 {
	if len(z) == 0 {
		return math.Inf(-1)
	}
	m, t := slices.Max(z), make([]float64, len(z))
	for i, v := range z {
		t[i] = n.of(math.Exp(n.of(v - m)))
	}
	return n.of(m + n.of(ln(n.sum(t))))
}

func (n working) logSoftmax(z []float64) []float64 {
	y, l := make([]float64, len(z)), n.lse(z)
	for i, v := range z {
		y[i] = n.of(v - l)
	}
	return y
}

// updated adds logarithms in the log form, and multiplies and normalises step by
// step in the other.
func updated(c *reference.Call, f working) {
	v, steps := c.In[0].Shape[1], c.In[1].Shape[1]
	for r := range c.In[0].Shape[0] {
		p, evidence := c.In[0].Row(r, nil), 0.0
		like := func(s, j int) float64 { return c.In[1].Get((r*steps+s)*v + j) }
		if c.Pick("form") == "log" {
			for s := range steps {
				for j := range p {
					p[j] = f.of(p[j] + like(s, j))
				}
			}
			c.Out[0].PutRow(r, f.logSoftmax(p))
			c.Out[1].Put(r, f.lse(p))
			continue
		}
		for s := -1; s < steps; s++ {
			for j := range p {
				if s >= 0 {
					p[j] = f.of(p[j] * like(s, j))
				}
			}
			E := f.sum(p)
			evidence = f.of(evidence + f.of(ln(E)))
			for j := range p {
				p[j] = f.of(p[j] / E)
			}
		}
		c.Out[0].PutRow(r, p)
		c.Out[1].Put(r, evidence)
	}
}

func oddsProduct(c *reference.Call, f working) {
	for r := range c.In[0].Len() {
		o := c.In[0].Get(r)
		for _, v := range c.In[1].Row(r, nil) {
			if o = f.of(o * v); math.IsNaN(o) {
				o = 0
			}
		}
		c.Out[0].Put(r, o)
		if c.Out[1].Put(r, f.of(o/f.of(1+o))); math.IsInf(o, 1) {
			c.Out[1].Put(r, 1)
		}
	}
}
