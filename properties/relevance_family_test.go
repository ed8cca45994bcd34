package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

func relevance(c *reference.Call, f working) {
	for r := range c.In[0].Shape[0] {
		x, T, prior := c.In[0].Row(r, nil), c.Param("temperature", r), []float64(nil)
		if p := c.Arg("prior"); !p.Absent() {
			prior = p.Row(r, nil)
		}
		best := -1
		for i, v := range x {
			if math.IsNaN(v) || math.IsInf(v, 1) {
				best = -2
				break
			}
			if (prior == nil || prior[i] > 0) && v > math.Inf(-1) && (best < 0 || v > x[best]) {
				best = i
			}
		}
		if best < 0 {
			c.Out[0].PutRow(r, fill(len(x), math.NaN()))
			continue
		}
		z := make([]float64, len(x))
		for i, v := range x {
			switch {
			case prior != nil && prior[i] == 0 || math.IsInf(v, -1) || T == 0 && i != best:
				z[i] = math.Inf(-1)
				continue
			case v != x[best] && !math.IsInf(T, 1):
				z[i] = f.of(f.of(v-x[best]) / T)
			}
			if prior != nil && T != 0 {
				z[i] = f.of(z[i] + f.of(ln(prior[i])))
			}
		}
		c.Out[0].PutRow(r, f.softmax(z))
	}
}
