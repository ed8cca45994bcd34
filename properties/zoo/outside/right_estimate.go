package outside

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var rightEstimate = []Kernel{
	{Op: "monte_carlo", DType: reference.F32, Run: rMonteCarlo,
		How: "Welford's updates in float32 on samples scaled by a power of two, Student's quantile from the incomplete beta function"},
	{Op: "pass_at_k", DType: reference.I64, Contract: "level=tight", Run: rPassAtK,
		How: "log1p of each factor added up, expm1 at the end"},
}

func rMonteCarlo(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	quantiles := map[float64]float64{}
	for i := range c.In[0].Shape[0] {
		x := rRow(c.In[0], i)
		mean, se := rWelford(x)
		half := rNaN
		if !rBad(se) {
			confidence := c.Param("confidence", i)
			t, known := quantiles[confidence]
			if !known {
				t = rStudent(confidence, float64(len(x)-1))
				quantiles[confidence] = t
			}
			half = float32(float32(t) * se)
		}
		rSet(c.Out[0], i, mean)
		rSet(c.Out[1], i, se)
		rSet(c.Out[2], i, mean-half)
		rSet(c.Out[3], i, mean+half)
	}
	return nil
}

// rWelford is the mean and its standard error.
func rWelford(x []float32) (mean, se float32) {
	n := float32(len(x))
	if len(x) == 0 || !rFinite(x) {
		return float32(rSum64(x) / float64(len(x))), rNaN
	}
	var top float32
	for _, v := range x {
		top = max(top, rAbs(v))
	}
	_, e := math.Frexp(float64(top))
	var squares float32
	for i, v := range x {
		v = rLdexp(v, -e)
		d := v - mean
		mean += d / float32(i+1)
		squares += float32(d * (v - mean))
	}
	se = rNaN
	if len(x) > 1 {
		se = float32(math.Sqrt(float64(squares/(n-1)/n)) * math.Ldexp(1, e))
	}
	return rLdexp(mean, e), se
}

// rStudent is the t that holds |T| <= t with the given probability, by halving in
// ln t. Of the two sides of the distribution the smaller is compared.
func rStudent(confidence, degrees float64) float64 {
	lo, hi := math.Log(1e-40), math.Log(1e40)
	for range 200 {
		mid := lo + (hi-lo)/2
		t2 := math.Exp(2 * mid)
		inside := t2 / (degrees + t2)
		var less bool
		if confidence < 0.5 {
			less = rBeta(inside, degrees/(degrees+t2), 0.5, degrees/2) < confidence
		} else {
			less = rBeta(degrees/(degrees+t2), inside, degrees/2, 0.5) > 1-confidence
		}
		if less {
			lo = mid
		} else {
			hi = mid
		}
	}
	return math.Exp(lo + (hi-lo)/2)
}

// rBeta is the regularised incomplete beta function I_x(a, b), y = 1-x, by its
// continued fraction on the side where that is quick.
func rBeta(x, y, a, b float64) float64 {
	if x <= 0 || y <= 0 {
		if x <= 0 {
			return 0
		}
		return 1
	}
	if x > (a+1)/(a+b+2) {
		return 1 - rBeta(y, x, b, a)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	lx, ly := math.Log(x), math.Log(y)
	if y < 0.5 {
		lx = math.Log1p(-y)
	}
	if x < 0.5 {
		ly = math.Log1p(-x)
	}
	front := math.Exp(a*lx+b*ly+(lab-la-lb)) / a
	// 1 + k_1/(1 + k_2/(1 + ...)) after Lentz
	f, num, den := 1.0, 1.0, 0.0
	for j := 1.0; j < 1e6; j++ {
		m := math.Floor(j / 2)
		k := m * (b - m) * x / ((a + j - 1) * (a + j))
		if j != 2*m {
			k = -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + j))
		}
		den, num = 1/rNotZero(1+k*den), rNotZero(1+k/num)
		f *= num * den
		if math.Abs(num*den-1) < 0x1p-52 {
			break
		}
	}
	return front / f
}

func rNotZero(v float64) float64 {
	if v == 0 {
		return 1e-300
	}
	return v
}

func rPassAtK(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	n := c.In[0].Len()
	var total float64
	for i := range n {
		v := rPass(float64(c.In[0].Int(i)), float64(c.In[1].Int(i)), c.Param("k", i))
		c.Out[0].Put(i, v)
		total += v
	}
	rSet(c.Out[1], 0, float32(total/float64(n)))
	return nil
}

func rPass(n, right, k float64) float64 {
	switch {
	case right == 0 || k == 0:
		return 0
	case n-right < k:
		return 1
	}
	few, many := min(right, k), max(right, k)
	var s float64
	for i := 0.0; i < few && s > -100; i++ {
		s += math.Log1p(-many / (n - i))
	}
	return -math.Expm1(s)
}
