package outside

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var rightDivergence = []Kernel{
	{Op: "kl", DType: reference.F64, Run: rKL,
		How: "float64, one logarithm of (p/q)*(Q/P), 4 lanes"},
	{Op: "kl_from_logits", DType: reference.F32, Run: rKLFromLogits,
		How: "q - p + p*r of log-probabilities, the small r by the series of e^-r - 1 + r"},
	{Op: "js", DType: reference.F32, Run: rJS,
		How: "log1p of the differences from the mixture"},
}

func rKL(c *reference.Call) error {
	if err := rRefused(c); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		p, q := c.In[0].Row(i, nil), c.In[1].Row(i, nil)
		var lane [4]float64
		ok := true
		P, Q := rTotal{1, 1}, rTotal{1, 1}
		if c.Pick("normalise") == "yes" {
			P, Q = rTotalOf(p), rTotalOf(q)
		}
		for j := range p {
			ok = ok && !math.IsNaN(p[j]-p[j]) && !math.IsNaN(q[j]-q[j])
			if p[j] > 0 {
				lane[j&3] += p[j] * P.unit / P.sum * rLnRatio64(p[j], q[j], P, Q)
			}
		}
		v := (lane[0] + lane[2]) + (lane[1] + lane[3])
		if c.Pick("unit") == "bits" {
			v *= math.Log2E
		}
		if !ok {
			v = math.NaN()
		}
		c.Out[0].Put(i, v)
	}
	return nil
}

// rTotal is the sum of a row in a unit that keeps it in the range.
type rTotal struct{ sum, unit float64 }

func rTotalOf(v []float64) rTotal {
	t := rTotal{0, 1}
	for _, x := range v {
		if x > 0x1p900 {
			t.unit = 0x1p-64
		}
	}
	for _, x := range v {
		t.sum += x * t.unit
	}
	return t
}

// rLnRatio64 is ln((p/P)/(q/Q)), p > 0.
func rLnRatio64(p, q float64, P, Q rTotal) float64 {
	x, f := p/q, Q.sum/P.sum*(P.unit/Q.unit)
	if y := x * f; x > 0x1p-900 && x < 0x1p900 && y > 0x1p-900 && y < 0x1p900 {
		return math.Log(y)
	}
	return (rLog64(p) - rLog64(q)) + (rLog64(Q.sum) - rLog64(P.sum)) + (math.Log(P.unit) - math.Log(Q.unit))
}

// rLog64 lifts subnormal numbers into the range first.
func rLog64(v float64) float64 {
	if v > 0 && v < 0x1p-1022 {
		return math.Log(v*0x1p100) - 100*math.Ln2
	}
	return math.Log(v)
}

// rLogProbs are -(gap + ln S) of a regular row at T = 1.
func rLogProbs(x []float32, m float32) []float32 {
	y, e := make([]float32, len(x)), make([]float32, len(x))
	for j, v := range x {
		y[j] = rGap(m, v, 1)
		e[j] = rExpCody(-y[j])
	}
	ls := rLn(rSumLanes(e, 16))
	for j, d := range y {
		y[j] = 0 - (d + ls)
	}
	return y
}

func rKLFromLogits(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		x, y := rRow(c.In[0], i), rRow(c.In[1], i)
		mx, _, kx := rScan(x)
		my, _, ky := rScan(y)
		v := rNaN
		switch {
		case kx == rEmpty:
			v = 0
		case kx == rRegular && ky == rRegular:
			v = rInUnit(c, rDivergence(x, y, rLogProbs(x, mx), rLogProbs(y, my)))
		}
		rSet(c.Out[0], i, v)
	}
	return nil
}

func rDivergence(x, y, lx, ly []float32) float32 {
	part := make([]float32, len(x))
	for j := range x {
		p, q := rExpCody(lx[j]), rExpCody(ly[j])
		switch r := lx[j] - ly[j]; {
		case x[j] > -rInf && y[j] == -rInf:
			return rInf
		case p == 0:
			part[j] = q
		case rAbs(r) <= 0.5:
			part[j] = float32(p * rExcess(-r))
		default:
			part[j] = (q - p) + float32(p*r)
		}
	}
	return rSumLanes(part, 16)
}

func rJS(c *reference.Call) error {
	if err := rRefused(c); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		p, q, b := rRow(c.In[0], i), rRow(c.In[1], i), float32(c.Param("beta", i))
		if !rFinite(p) || !rFinite(q) {
			c.Out[0].Put(i, math.NaN())
			continue
		}
		if c.Pick("normalise") == "yes" {
			P, Q := rSum64(p), rSum64(q)
			for j := range p {
				p[j], q[j] = float32(float64(p[j])/P), float32(float64(q[j])/Q)
			}
		}
		part := make([]float32, len(p))
		for j := range p {
			m := float32(b*p[j]) + float32((1-b)*q[j])
			d := p[j] - q[j]
			part[j] = float32(b*rMixed(p[j], m, float32((1-b)*d))) + float32((1-b)*rMixed(q[j], m, -float32(b*d)))
		}
		v := rSumPairs(part)
		if b == 0 || b == 1 {
			v = 0
		}
		rSet(c.Out[0], i, rInUnit(c, v))
	}
	return nil
}

// rMixed is p*ln(p/m), p - m = d. Where nothing is left of the mixture, nothing
// is left of its part either.
func rMixed(p, m, d float32) float32 {
	switch x := d / m; {
	case p == 0 || m == 0:
		return 0
	case x > 0x1p100:
		return float32(p * (rLn(p) - rLn(m)))
	case x < -0.75 && p/m > 0x1p-126: // the quotient keeps what the difference from 1 would lose
		return float32(p * rLn(p/m))
	case x < -0.75:
		return float32(p * (rLn(p) - rLn(m)))
	default:
		return float32(p * rLog1p(x))
	}
}
