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
