package outside

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var rightTokens = []Kernel{
	{Op: "sequence_logprob", DType: reference.F32, Contract: "sum=exact", Run: rSequenceLogprob,
		How: "Neumaier's sum, the penalty as exp2(a*log2 n) in float64"},
	{Op: "perplexity", DType: reference.F32, Contract: "sum=blocked(8)", Run: rPerplexity,
		How: "pairwise mean, Cody-Waite exp"},
	{Op: "kl_penalty", DType: reference.F32, Run: rKLPenalty,
		How: "k3 by its own series near 0, means in float64"},
}

func rSequenceLogprob(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		n := c.In[1].Int(i)
		lp := rRow(c.In[0], i)[:n]
		s := rSumNeumaier(lp)
		if rBad(s) {
			s = rSumSerial(lp)
		}
		penalty, a := 1.0, c.Param("alpha", i)
		switch c.Pick("length_penalty") {
		case "power":
			penalty = rPower(float64(n), a)
		case "gnmt":
			penalty = rPower((5+float64(n))/6, a)
		}
		rSet(c.Out[0], i, s)
		rSet(c.Out[1], i, float32(float64(s)/penalty))
	}
	return nil
}

func rPower(n, a float64) float64 {
	if n == 0 || a == 0 {
		return math.Pow(n, a)
	}
	return math.Exp2(a * math.Log2(n))
}

func rPerplexity(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	mask := c.Arg("mask")
	var v []float32
	for i, x := range rFlat(c.In[0]) {
		if mask.Absent() || mask.Int(i) != 0 {
			v = append(v, x)
		}
	}
	n := float32(len(v))
	mean := rSumPairs(v) / n
	if rBad(mean) && rFinite(v) { // the sum left the range, its mean does not
		for i := range v {
			v[i] *= 0x1p-40
		}
		mean = float32(rSumPairs(v)/n) * 0x1p40
	}
	rSet(c.Out[0], 0, rExpCody(mean))
	rSet(c.Out[1], 0, mean)
	return nil
}

func rKLPenalty(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	mask := c.Arg("mask")
	lp, lq := rFlat(c.In[0]), rFlat(c.In[1])
	var total float64
	n := 0
	for i := range lp {
		var v, g float32
		if mask.Absent() || mask.Int(i) != 0 {
			v, g = rEstimate(c.Pick("estimator"), lq[i]-lp[i])
			total += float64(v)
			n++
		}
		rSet(c.Out[0], i, v)
		rSet(c.Out[2], i, g)
	}
	rSet(c.Out[1], 0, float32(total/float64(n)))
	return nil
}

// rEstimate is a token's penalty and its derivative in lp.
func rEstimate(estimator string, r float32) (v, g float32) {
	switch {
	case r != r:
		return r, r
	case estimator == "k1":
		return 0 - r, 1
	case estimator == "k2":
		return float32(float32(r/2) * r), 0 - r
	case r == rInf:
		return r, -r
	}
	return rExcess(r), 0 - rExpm1(r)
}

// rExcess is e^r - 1 - r, never below 0.
func rExcess(r float32) float32 {
	if rAbs(r) > 0.5 {
		return rExpm1(r) - r
	}
	p := float32(0)
	for k := float32(11); k > 2; k-- {
		p = float32((1 + p) * r / k)
	}
	return float32(float32(float32(r*r)/2) * (1 + p))
}
