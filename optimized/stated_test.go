package optimized

import (
	"fmt"
	"math"
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

// stated are the errors the doc comments promise for float32, in units of 2^-24 of
// the result (or of what the comment names).
var stated = []struct {
	op    string
	out   int
	units float64
	size  func(c, truth *reference.Call, i int) float64 // nil: the result's own
}{
	{"log_softmax", 0, 4, nil},
	{"logsumexp", 0, 2.6, func(c, truth *reference.Call, i int) float64 {
		m := 0.0
		for _, x := range c.In[0].Row(i, nil) {
			if x >= -math.MaxFloat32 {
				m = max(m, math.Abs(x))
			}
		}
		return max(m/c.Param("temperature", i), math.Abs(truth.Out[0].Get(i)))
	}},
	{"token_logprobs", 0, 4, nil},
	{"cross_entropy_soft", 0, 4, nil},
	{"entropy_from_logits", 0, 4, nil},
	{"cross_entropy_backward", 1, 4, nil},
	{"cross_entropy_backward", 0, 10, func(c, truth *reference.Call, i int) float64 {
		if c.Param("smoothing", i/c.In[0].Shape[1]) > 0 {
			return math.Inf(1) // its terms cancel
		}
		return math.Abs(truth.Out[0].Get(i))
	}},
	{"softmax_backward", 0, 1.01, func(c, truth *reference.Call, i int) float64 {
		n := c.In[0].Shape[1]
		if n > 300 {
			return math.Inf(1) // not looked at
		}
		s := math.Abs(c.In[1].Get(i))
		for j := range n {
			s += math.Abs(c.In[0].Get(i/n*n+j) * c.In[1].Get(i/n*n+j))
		}
		return max(math.Abs(truth.Out[0].Get(i)), 0x1p-24*c.In[0].Get(i)/c.Param("temperature", i/n)*s)
	}},
	{"entropy", 0, 2, ofShares},
	{"cross_entropy_pq", 0, 1.01, ofShares},
	{"perplexity", 0, 1.01, nil},
	{"sequence_logprob", 1, 1.01, nil},
	{"kl_penalty", 0, 1.01, nil},
	{"js", 0, 1.01, nil},
	{"kl_from_logits", 0, 4, klSize},
}

// ofShares is the result, or where the shares were rounded what that may cost.
func ofShares(c, truth *reference.Call, i int) float64 {
	size := math.Abs(truth.Out[0].Get(i))
	if c.Pick("normalise") == "yes" {
		return max(size, 0x1p-28)
	}
	return size
}

// klSize is sum_i p_i |ln p_i - ln q_i|, or the divergence where it is small, but not
// below 2^-20.
func klSize(c, truth *reference.Call, i int) float64 {
	kl := truth.Out[0].Get(i)
	if kl < 0x1p-8 {
		return max(kl, 0x1p-20)
	}
	op, _ := reference.ByName("log_softmax")
	var l [2]reference.Tensor
	for side := range l {
		y, _ := op.NewCall(map[string]reference.Tensor{"x": c.In[side]}, nil).Truth()
		l[side] = y.Out[0]
	}
	s, n := 0.0, c.In[0].Shape[1]
	for j := range n {
		a, b := l[0].Get(i*n+j), l[1].Get(i*n+j)
		if p := math.Exp(a); p > 0 {
			s += p * math.Abs(a-b)
		}
	}
	return max(s, kl)
}

func TestStatedErrors(t *testing.T) {
	for _, k := range stated {
		op, _ := reference.ByName(k.op)
		v := variantsOf(k.op, t)[0]
		worst, witness := 0.0, ""
		denseCalls(op, reference.F32, func(c *reference.Call) {
			truth, err := c.Truth()
			if err != nil {
				t.Fatal(err)
			}
			if err := v.Run(c); err != nil {
				t.Fatal(err)
			}
			out := truth.Out[k.out]
			for i := range out.Len() {
				want := out.Get(i)
				size := math.Abs(want)
				if k.size != nil {
					size = k.size(c, truth, i)
				}
				if math.IsNaN(want) || math.IsInf(want, 0) || size < 0x1p-120 || size > math.MaxFloat32 {
					continue
				}
				if e := math.Abs(c.Out[k.out].Get(i)-want) / size * 0x1p24; e > worst {
					worst, witness = e, witnessOf(c, i, c.Out[k.out].Get(i), want)
				}
			}
		})
		t.Logf("%s: %.2f units of 2^-24, %s", k.op, worst, witness)
		if worst > k.units {
			t.Errorf("%s: %.2f units of 2^-24, the comment says %v: %s", k.op, worst, k.units, witness)
		}
	}
}

func witnessOf(c *reference.Call, i int, got, want float64) string {
	return fmt.Sprintf("V = %d, %v, element %d: %v for %v", c.In[0].Shape[len(c.In[0].Shape)-1], c.Choice, i, got, want)
}
