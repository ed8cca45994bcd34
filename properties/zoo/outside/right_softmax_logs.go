package outside

import "github.com/seed-210c9500/assay/reference"

func rLogSoftmaxTight(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		x, T := rRow(c.In[0], i), float32(c.Param("temperature", i))
		m, at, kind := rScan(x)
		if rSpecial(c.Out[0], i, len(x), at, kind, T, 0, -rInf) {
			continue
		}
		e := make([]float32, len(x))
		for j, v := range x {
			x[j] = rGap(m, v, T)
			e[j] = rExpRound(-x[j])
		}
		e[at] = 0
		ls := rLog1p(rSumPairs(e))
		for j, d := range x {
			x[j] = 0 - (d + ls)
		}
		rStore(c.Out[0], i, x)
	}
	return nil
}

func rLogSoftmaxScaled(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		x, T := rRow(c.In[0], i), float32(c.Param("temperature", i))
		m, at, kind := rScan(x)
		if rSpecial(c.Out[0], i, len(x), at, kind, T, 0, -rInf) {
			continue
		}
		z := make([]float32, len(x))
		inv := 1 / T
		if !rTame(T) || rIsInf(float32(m*inv)) { // from the maximum, where 1/T is of no use
			for j, v := range x {
				z[j] = -rGap(m, v, T)
			}
			m = 0
		} else {
			for j, v := range x {
				z[j] = float32(v * inv)
			}
			m = float32(m * inv)
		}
		e := make([]float32, len(x))
		for j, v := range z {
			e[j] = rExpTable(v - m)
		}
		lse := m + rLn(rSumLanes(e, 8))
		for j, v := range z {
			x[j] = v - lse
		}
		rStore(c.Out[0], i, x)
	}
	return nil
}

// rPair is a maximum and the sum of exponentials taken from it.
type rPair struct{ m, s float32 }

func (a rPair) join(b rPair, T float32) rPair {
	if a.m < b.m {
		a, b = b, a
	}
	if b.s == 0 {
		return a
	}
	return rPair{a.m, a.s + float32(b.s*rExpCody(-rGap(a.m, b.m, T)))}
}

func rLogSumExpLanes(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		x, T := rRow(c.In[0], i), float32(c.Param("temperature", i))
		m, _, kind := rScan(x)
		if kind != rRegular {
			if kind == rEmpty {
				m = -rInf
			}
			rSet(c.Out[0], i, m)
			continue
		}
		var lane [32]rPair
		for l := range lane {
			lane[l].m = -rInf
		}
		for j, v := range x {
			if v > -rInf {
				l := j & 31
				lane[l] = lane[l].join(rPair{v, 1}, T)
			}
		}
		for h := 16; h > 0; h /= 2 {
			next := lane
			for l := range lane {
				next[l] = lane[l].join(lane[l^h], T)
			}
			lane = next
		}
		rSet(c.Out[0], i, lane[0].m/T+rLn(lane[0].s))
	}
	return nil
}

func rSoftmaxBackward(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		y, dy, T := rRow(c.In[0], i), rRow(c.In[1], i), float32(c.Param("temperature", i))
		var lane [32]float32
		for j := range y {
			lane[j&31] = rFMA(y[j], dy[j], lane[j&31])
		}
		s := rSumLanes(lane[:], 32)
		ok := rFinite(y) && rFinite(dy)
		for j := range y {
			v := float32(y[j]*(dy[j]-s)) / T
			if !ok {
				v = rNaN
			}
			y[j] = v
		}
		rStore(c.Out[0], i, y)
	}
	return nil
}
