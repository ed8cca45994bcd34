package optimized

import (
	"fmt"

	"github.com/seed-210c9500/assay/reference"
)

// Estimator is a way to estimate a divergence from one token drawn, r = lq - lp.
type Estimator uint8

// The estimators: -r, r^2/2, e^r - 1 - r (Schulman 2020).
const (
	K1 Estimator = iota
	K2
	K3
)

// KLPenalty sets dst[i] to the estimate of KL(policy || reference) from token i,
// whose log-probabilities under the two are lp[i] and lq[i] (nats), and gradient[i],
// unless gradient is nil, to its derivative in lp[i]: 1, -r, 1 - e^r. It returns the
// mean over the counted tokens (nil: all), canonical NaN over none. A token that
// does not count has 0 in both.
//
// dst and gradient must not overlap anything; lengths that differ panic.
//
// Error: that of the rounding to float32, and of r's to float64.
//
// Reference: reference.Ops, kl_penalty.
func KLPenalty(dst, gradient, lp, lq []float32, counted []bool, e Estimator) (mean float32) {
	if len(dst) != len(lp) || len(lq) != len(lp) {
		panic(fmt.Sprintf("optimized: KLPenalty: len(dst)=%d, len(lq)=%d, want len(lp)=%d", len(dst), len(lq), len(lp)))
	}
	if len(gradient) != 0 && len(gradient) != len(lp) || len(counted) != 0 && len(counted) != len(lp) {
		panic(fmt.Sprintf("optimized: KLPenalty: len(gradient)=%d, len(counted)=%d, want 0 or len(lp)=%d", len(gradient), len(counted), len(lp)))
	}
	var l lanes
	n := 0
	for i := range lp {
		v, g := 0.0, 0.0
		if len(counted) == 0 || counted[i] {
			v, g = estimate(float64(lq[i])-float64(lp[i]), e)
			l.add(i, v)
			n++
		}
		dst[i] = canonical(v)
		if len(gradient) > 0 {
			gradient[i] = canonical(g)
		}
	}
	return canonical(l.sum() / float64(n))
}

func estimate(r float64, e Estimator) (value, gradient float64) {
	switch {
	case r != r:
		return r, r
	case e == K1:
		return 0 - r, 1
	case e == K2:
		return float64(r*r) / 2, 0 - r
	case r <= 0.5 && r >= -0.5:
		v := excess(-r)
		return v, 0 - (r + v)
	}
	grown := exp(r)
	if grown > 1e300 { // +Inf less r may be +Inf
		return grown, -grown
	}
	return grown - 1 - r, 1 - grown
}

// runKLPenalty answers a row of the table.
func runKLPenalty(c *reference.Call, _ Kernels) error {
	lp, counted := tokens(c)
	dst, gradient := make([]float32, len(lp)), make([]float32, len(lp))
	e := map[string]Estimator{"k1": K1, "k2": K2, "k3": K3}[c.Pick("estimator")]
	mean := KLPenalty(dst, gradient, lp, floats(c.In[1]), counted, e)
	putFloats(c.Out[2], gradient, nil)
	putFloats(c.Out[1], []float32{mean}, nil)
	return putFloats(c.Out[0], dst, nil)
}
