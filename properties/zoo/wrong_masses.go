package zoo

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// only keeps the masses for which f holds.
func only(name string, f func(c *reference.Call, i int, v float64) bool) func(*reference.Call) error {
	return input(name, func(c *reference.Call, i int, v float64) float64 {
		if f(c, i, v) || math.IsNaN(v) {
			return v
		}
		return 0
	})
}

// column is where an element stands in its row.
func column(c *reference.Call, i int) (j, n int) {
	n = c.In[0].Shape[1]
	return i % n, n
}

// inTail says that an element is left over by whole vectors of eight.
func inTail(c *reference.Call, i int) bool {
	j, n := column(c, i)
	return n > 8 && j >= tail(n)
}

func plus(by float64) func(*reference.Call, int, float64) float64 {
	return func(_ *reference.Call, _ int, v float64) float64 { return v + by }
}

func notInTail(c *reference.Call, i int, _ float64) bool { return !inTail(c, i) }

// perClass divides the answer by the number of classes.
func perClass(c *reference.Call, _ int, v float64) float64 { return v / float64(c.In[0].Shape[1]) }

var wrongMasses = []planted{
	{law: "bound", bug: "the sum skips the tail", op: "entropy", run: only("p", notInTail)},
	{law: "bound", bug: "ln(p + 1e-7)", op: "entropy", run: output(0, func(c *reference.Call, r int, v float64) float64 {
		p := c.In[0].Row(r, nil)
		if !finite(p) || c.Pick("normalise") == "yes" {
			return v
		}
		h := 0.0
		for _, m := range p {
			h -= m * math.Log(m+1e-7)
		}
		return h / nats(c)
	})},
	{law: "bound", bug: "0 ln 0 is NaN", op: "entropy", run: output(0, func(c *reference.Call, r int, v float64) float64 {
		for _, m := range c.In[0].Row(r, nil) {
			if m == 0 {
				return nan
			}
		}
		return v
	})},
	{law: "bound", bug: "the arguments swapped", op: "kl", from: "paiml/aprender#2153", rows: "KL-05", run: asking(func(c *reference.Call) { c.In[0], c.In[1] = c.In[1], c.In[0] })},
	{law: "bound", bug: "the mean over the classes", op: "kl", run: output(0, perClass)},
	{law: "bound", bug: "the sum skips the tail", op: "kl", run: only("p", notInTail)},
	{law: "bound", bug: "masses below 1e-6 left out", op: "kl", run: only("p", func(_ *reference.Call, _ int, v float64) bool { return v >= 1e-6 })},

	{law: "bound", bug: "the sum skips the tail", op: "cross_entropy_pq", run: only("p", notInTail)},
	{law: "impossible_is_infinite", bug: "q clipped to 1e-9", op: "cross_entropy_pq", run: input("q", func(_ *reference.Call, _ int, v float64) float64 { return max(v, 1e-9) })},
	{law: "bound", bug: "the arguments swapped", op: "cross_entropy_pq", run: asking(func(c *reference.Call) { c.In[0], c.In[1] = c.In[1], c.In[0] })},
	{law: "bound", bug: "an epsilon of 1e-7 in every q", op: "cross_entropy_pq", run: input("q", plus(1e-7))},
	{law: "bound", bug: "masses below 1e-6 left out", op: "cross_entropy_pq", run: only("p", func(_ *reference.Call, _ int, v float64) bool { return v >= 1e-6 })},
	{law: "bound", bug: "ln 2 to four digits", op: "cross_entropy_pq", run: output(0, func(c *reference.Call, _ int, v float64) float64 {
		if c.Pick("unit") == "bits" {
			return v * math.Ln2 / 0.6931
		}
		return v
	})},

	{law: "bound", bug: "the mixture's weights swapped", op: "js", from: "modelscope/ms-swift#10213", rows: "KL-04", run: func(c *reference.Call) error {
		if _, err := c.Truth(); err != nil {
			return err
		}
		k := right.on(c)
		k.eachMasses(c, func(r int, p, q []float64) (s float64) {
			beta := c.Param("beta", r)
			for i := range p {
				m := (1-beta)*p[i] + beta*q[i]
				s += k.times(beta*p[i], func() float64 { return math.Log(p[i] / m) }) + k.times((1-beta)*q[i], func() float64 { return math.Log(q[i] / m) })
			}
			return s
		})
		return nil
	}},
	{law: "bound", bug: "the sum skips the tail", op: "js", run: func(c *reference.Call) error {
		return only("p", notInTail)(c)
	}},
	{law: "bound", bug: "an epsilon of 1e-6 in every p", op: "js", run: input("p", plus(1e-6))},
	{law: "bound", bug: "always half and half", op: "js", run: param("beta", func(float64) float64 { return 0.5 })},

	{law: "bound", bug: "a product of counts in 32 bits", op: "mutual_information", from: "scikit-learn/scikit-learn#9772", rows: "MI-01", run: information(func(k working, p, row, column, all float64) float64 {
		product := row * column * all * all
		if all >= 2 { // counts
			product = float64(int32(int64(product)))
		}
		return k.log(p * all * all / product)
	})},
	{law: "transposed", bug: "the rows' marginal for the columns'", op: "mutual_information", run: information(func(k working, p, row, _, _ float64) float64 { return k.of(k.log(p) - 2*k.log(row)) })},
	{law: "bound", bug: "cells below 1e-4 left out", op: "mutual_information", run: only("joint", func(_ *reference.Call, _ int, v float64) bool { return v >= 1e-4 })},
}

// information is mutual_information with another logarithm of a cell of share p
// in a row and a column of those shares.
func information(ratio func(k working, p, row, column, all float64) float64) func(*reference.Call) error {
	return answering(func(c *reference.Call) {
		n, m := c.In[0].Shape[0], c.In[0].Shape[1]
		if v := c.Out[0].Get(0); math.IsNaN(v) || n*m == 0 {
			return
		}
		k := right.on(c)
		p, all := make([]float64, n*m), 1.0
		for i := range p {
			p[i] = c.In[0].Get(i)
		}
		if c.Pick("normalise") == "yes" {
			all = total(p)
			for i := range p {
				p[i] /= all
			}
		}
		rows, columns := make([]float64, n), make([]float64, m)
		for i, v := range p {
			rows[i/m] += v
			columns[i%m] += v
		}
		s := k.sumOf(n*m, func(i int) float64 {
			return k.times(p[i], func() float64 { return ratio(k, p[i], rows[i/m], columns[i%m], all) })
		})
		c.Out[0].Put(0, s/nats(c))
	})
}
