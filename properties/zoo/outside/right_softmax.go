package outside

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var rightSoftmax = []Kernel{
	{Op: "softmax", DType: reference.F32, Run: rSoftmaxTiles,
		How: "one pass over tiles of 64 with a running maximum and sum, exp as exp2 of a scaled difference"},
	{Op: "softmax", DType: reference.BF16, Contract: "acc=bf16,sum=tree", Run: rSoftmaxBF16,
		How: "bf16 throughout: exponentials stored in bf16, summed in a bf16 tree, divided in bf16"},
	{Op: "softmax", DType: reference.F16, Run: rSoftmaxFlush,
		How: "subnormals flushed in and out, table-driven exp, 8 lanes, reciprocal by a Newton step from 12 bits"},
	{Op: "softmax", DType: reference.F64, Contract: "sum=exact,level=tight", Run: rSoftmax64,
		How: "float64 with a compensated sum"},
	{Op: "log_softmax", DType: reference.F32, Contract: "level=tight,exp_ulp=1,ln_ulp=1,noftz", Run: rLogSoftmaxTight,
		How: "log1p of the sum without the largest term, pairwise"},
	{Op: "log_softmax", DType: reference.BF16, Run: rLogSoftmaxScaled,
		How: "logits premultiplied by 1/T, 8 lanes, a rounded lse subtracted"},
	{Op: "logsumexp", DType: reference.F32, Run: rLogSumExpLanes,
		How: "32 lanes of running (maximum, sum), rescaled at every new maximum, merged in a butterfly"},
	{Op: "softmax_backward", DType: reference.F16, Run: rSoftmaxBackward,
		How: "dot product by FMA in 32 lanes"},
}

// rLog2Arg is log2(e)*(x-m)/T.
func rLog2Arg(m, x, T, a float32) float32 {
	if rTame(T) && x-m >= -math.MaxFloat32 {
		return float32((x - m) * a)
	}
	return -float32(rGap(m, x, T) * math.Log2E)
}

func rSoftmaxTiles(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		x, T := rRow(c.In[0], i), float32(c.Param("temperature", i))
		_, at, kind := rScan(x) // what the row is: the pass below has a maximum of its own
		if rSpecial(c.Out[0], i, len(x), at, kind, T, 1, 0) {
			continue
		}
		a := float32(math.Log2E / float64(T))
		m := -rInf
		var S float32
		for lo := 0; lo < len(x); lo += 64 {
			tile := x[lo:min(lo+64, len(x))]
			top := m
			for _, v := range tile {
				top = max(top, v)
			}
			if top == -rInf {
				continue
			}
			if m > -rInf && top > m {
				S = float32(S * rExp2(rLog2Arg(top, m, T, a)))
			}
			m = top
			var part float32
			for _, v := range tile {
				part += rExp2(rLog2Arg(m, v, T, a))
			}
			S += part
		}
		for j, v := range x {
			x[j] = rExp2(rLog2Arg(m, v, T, a)) / S
		}
		rStore(c.Out[0], i, x)
	}
	return nil
}

// rBF16 rounds to bfloat16.
func rBF16(v float32) float32 { return float32(reference.BF16.Round(float64(v))) }

func rSoftmaxBF16(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		x, T := rRow(c.In[0], i), float32(c.Param("temperature", i))
		m, at, kind := rScan(x)
		if rSpecial(c.Out[0], i, len(x), at, kind, T, 1, 0) {
			continue
		}
		for j, v := range x {
			d := rBF16(m - v)
			if d = rBF16(d / T); rIsInf(m-v) || T == rInf {
				d = rBF16(rGap(m, v, T))
			}
			x[j] = rBF16(rExpRound(-d))
		}
		S := rSumTree(x, rBF16)
		for j, e := range x {
			x[j] = rBF16(e / S)
		}
		rStore(c.Out[0], i, x)
	}
	return nil
}

// rFlush takes numbers below the smallest normal one for 0.
func rFlush(v, least float32) float32 {
	if rAbs(v) < least {
		return 0
	}
	return v
}

func rSoftmaxFlush(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	const least16, least32 = 0x1p-14, 0x1p-126
	for i := range c.In[0].Shape[0] {
		x, T := rRow(c.In[0], i), float32(c.Param("temperature", i))
		for j, v := range x {
			x[j] = rFlush(v, least16)
		}
		m, at, kind := rScan(x)
		if rSpecial(c.Out[0], i, len(x), at, kind, T, 1, 0) {
			continue
		}
		for j, v := range x {
			x[j] = rFlush(rExpTable(-rGap(m, v, T)), least32)
		}
		S := rSumLanes(x, 8)
		r := math.Float32frombits(math.Float32bits(1/S) &^ 0xfff)
		r = float32(r * (2 - float32(S*r)))
		r = float32(r * (2 - float32(S*r)))
		for j, e := range x {
			x[j] = rFlush(float32(e*r), least16)
		}
		rStore(c.Out[0], i, x)
	}
	return nil
}

func rSoftmax64(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		x, T := c.In[0].Row(i, nil), c.Param("temperature", i)
		m, at, bad := math.Inf(-1), 0, len(x) == 0
		for j, v := range x {
			bad = bad || math.IsNaN(v) || math.IsInf(v, 1)
			if v > m {
				m, at = v, j
			}
		}
		bad = bad || math.IsInf(m, -1)
		var S, lost float64
		for j, v := range x {
			d := (m - v) / T
			switch {
			case bad:
				x[j] = math.NaN()
				continue
			case math.IsInf(v, -1):
				d = math.Inf(1)
			case v == m, T > math.MaxFloat64:
				d = 0
			case m-v > math.MaxFloat64:
				d = 2 * ((m/2 - v/2) / T)
			}
			x[j] = math.Exp(-d)
			if T == 0 {
				x[j] = 0
				if j == at {
					x[j] = 1
				}
			}
			t := S + x[j]
			if S >= x[j] {
				lost += (S - t) + x[j]
			} else {
				lost += (x[j] - t) + S
			}
			S = t
		}
		for j, e := range x {
			if !bad {
				x[j] = e / (S + lost)
			}
		}
		c.Out[0].PutRow(i, x)
	}
	return nil
}
