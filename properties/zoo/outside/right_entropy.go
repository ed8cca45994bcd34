package outside

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var rightEntropy = []Kernel{
	{Op: "entropy", DType: reference.F32, Run: rEntropy,
		How: "logarithms to base 2, terms added in ascending magnitude"},
	{Op: "entropy_from_logits", DType: reference.BF16, Run: rEntropyFromLogits,
		How: "one pass over tiles: running maximum, sum of exponentials and sum of exponential*gap"},
	{Op: "cross_entropy_pq", DType: reference.F32, Run: rCrossEntropyPQ,
		How: "totals in float64, 16 lanes of p*ln q by series"},
	{Op: "mutual_information", DType: reference.BF16, Contract: "acc=f64", Run: rMutualInformation,
		How: "float64 inside: entropies of rows and columns less that of the table"},
}

// rInUnit turns nats into the unit chosen.
func rInUnit(c *reference.Call, v float32) float32 {
	if c.Pick("unit") == "bits" {
		return float32(v * math.Log2E)
	}
	return v
}

func rEntropy(c *reference.Call) error {
	if err := rRefused(c); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		p := rRow(c.In[0], i)
		if !rFinite(p) {
			c.Out[0].Put(i, math.NaN())
			continue
		}
		if c.Pick("normalise") == "yes" {
			var top float32
			for _, v := range p {
				top = max(top, v)
			}
			for j, v := range p { // by the largest first: a total may leave the range
				p[j] = v / top
			}
			S := rSumAscending(p)
			for j, v := range p {
				p[j] = v / S
			}
		}
		for j, v := range p {
			p[j] = rTimes(v, rLog2(v))
		}
		h := 0 - rSumAscending(p)
		if c.Pick("unit") == "nats" {
			h = float32(h * math.Ln2)
		}
		rSet(c.Out[0], i, h)
	}
	return nil
}

func rEntropyFromLogits(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		x, T := rRow(c.In[0], i), float32(c.Param("temperature", i))
		_, _, kind := rScan(x)
		h := rNaN
		switch {
		case kind == rEmpty, kind == rRegular && T == 0:
			h = 0
		case kind == rRegular:
			h = rInUnit(c, rTiledEntropy(x, T))
		}
		rSet(c.Out[0], i, h)
	}
	return nil
}

func rTiledEntropy(x []float32, T float32) float32 {
	const tile = 128
	m := -rInf
	var s, t float32 // sum e, sum e*gap
	for lo := 0; lo < len(x); lo += tile {
		part := x[lo:min(lo+tile, len(x))]
		top := m
		for _, v := range part {
			top = max(top, v)
		}
		if top == -rInf {
			continue
		}
		if top > m && s > 0 { // every gap grows by the same step
			step := rGap(top, m, T)
			if k := rExpTable(-step); k > 0 {
				s, t = float32(s*k), float32((t+float32(s*step))*k)
			} else {
				s, t = 0, 0
			}
		}
		m = top
		var es, ts float32
		for _, v := range part {
			d := rGap(m, v, T)
			if e := rExpTable(-d); e > 0 {
				es += e
				ts += float32(e * d)
			}
		}
		s, t = s+es, t+ts
	}
	return rLnTable(s) + t/s
}

func rCrossEntropyPQ(c *reference.Call) error {
	if err := rRefused(c); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		p, q := rRow(c.In[0], i), rRow(c.In[1], i)
		if !rFinite(p) || !rFinite(q) {
			c.Out[0].Put(i, math.NaN())
			continue
		}
		P, Q := 1.0, 1.0
		if c.Pick("normalise") == "yes" {
			P, Q = rSum64(p), rSum64(q)
		}
		part := make([]float32, len(p))
		for j := range p {
			if part[j] = rTimes(float32(float64(p[j])/P), 0-rLnShare(q[j], Q)); p[j] > 0 && q[j] == 0 {
				part[j] = rInf
			}
		}
		rSet(c.Out[0], i, rInUnit(c, rSumLanes(part, 16)))
	}
	return nil
}

// rLnShare is ln(q/Q); a share that float32 cannot hold is taken apart.
func rLnShare(q float32, Q float64) float32 {
	s := float32(float64(q) / Q)
	if q > 0 && (s < 0x1p-126 || s == rInf) {
		return rLn(q) - float32(math.Log(Q))
	}
	return rLn(s)
}

func rMutualInformation(c *reference.Call) error {
	if err := rRefused(c); err != nil {
		return err
	}
	rows, cols := c.In[0].Shape[0], c.In[0].Shape[1]
	p := rFlat(c.In[0])
	if !rFinite(p) {
		c.Out[0].Put(0, math.NaN())
		return nil
	}
	total := 1.0
	if c.Pick("normalise") == "yes" {
		total = rSum64(p)
	}
	r, col := make([]float64, rows), make([]float64, cols)
	var v float64
	for f, m := range p {
		q := float64(m) / total
		r[f/cols] += q
		col[f%cols] += q
		v += rXLogX(q)
	}
	for _, q := range r {
		v -= rXLogX(q)
	}
	for _, q := range col {
		v -= rXLogX(q)
	}
	if c.Pick("unit") == "bits" {
		v *= math.Log2E
	}
	c.Out[0].Put(0, v)
	return nil
}

func rXLogX(v float64) float64 {
	if v == 0 {
		return 0
	}
	return v * math.Log(v)
}
