package outside

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

var rightSampler = []Kernel{
	{Op: "sample_chain", DType: reference.F32, Run: rSampleChain,
		How: "one sort of the k best, nucleus by float32 prefix sums, min_p on the gaps"},
	{Op: "penalties", DType: reference.F16, Run: rPenalties,
		How: "a reciprocal of the repetition, frequency by FMA, counts from a sorted history"},
}

func rSampleChain(c *reference.Call) error {
	if err := rRefused(c); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		x, T := rRow(c.In[0], i), float32(c.Param("temperature", i))
		m, at, _ := rScan(x)
		kept := 1
		if T != 0 {
			at, kept = rChain(c, i, x, m, T)
		}
		c.Out[0].PutInt(i, int64(at))
		c.Out[1].PutInt(i, int64(kept))
	}
	return nil
}

func rChain(c *reference.Call, i int, x []float32, m, T float32) (token, kept int) {
	order := rBest(x, rKept(c.Param("k", i), len(x)))
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case rAhead(x, a, b):
			return -1
		case a == b:
			return 0
		}
		return 1
	})
	e := make([]float32, len(x))
	var S float32
	for _, j := range order {
		e[j] = rExpCody(-rGap(m, x[j], T))
		S += e[j]
	}
	kept = len(order)
	if p := float32(c.Param("p", i)); p < 1 {
		limit, before := float32(p*S), float32(0)
		kept = 0
		for kept < len(order) && before <= limit {
			before += e[order[kept]]
			kept++
		}
	}
	least := -math.Log(c.Param("min_p", i)) // the widest gap that stays
	for n, j := range order[:kept] {
		if float64(rGap(m, x[j], T)) > least {
			kept = n
			break
		}
	}
	mass := make([]float32, len(x))
	for _, j := range order[:kept] {
		mass[j] = e[j]
	}
	return rDraw(mass, c.Uniform(i)), kept
}

func rPenalties(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	history, offsets, n := c.Arg("history"), c.Arg("offsets"), c.In[0].Shape[1]
	for i := range c.In[0].Shape[0] {
		for j := range n {
			c.Out[0].SetBits(i*n+j, c.In[0].Bits(i*n+j))
		}
		r := float32(c.Param("repetition", i))
		f, s := float32(c.Param("frequency", i)), float32(c.Param("presence", i))
		inv := 1 / r
		var said []int64
		for at := offsets.Int(i); at < offsets.Int(i+1); at++ {
			said = append(said, history.Int(int(at)))
		}
		slices.Sort(said)
		for lo := 0; lo < len(said); {
			hi := lo + 1
			for hi < len(said) && said[hi] == said[lo] {
				hi++
			}
			flat := i*n + int(said[lo])
			x := float32(c.In[0].Get(flat))
			switch {
			case x > 0 && r >= 0x1p-100 && r <= 0x1p100:
				x = float32(x * inv)
			case x > 0:
				x /= r
			default:
				x = float32(x * r)
			}
			rSet(c.Out[0], flat, rFMA(-f, float32(hi-lo), x)-s)
			lo = hi
		}
	}
	return nil
}
