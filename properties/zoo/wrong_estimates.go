package zoo

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var wrongEstimates = []planted{
	{law: "one_sample", bug: "confidence 1 in no bin", op: "ece", run: output(0, func(c *reference.Call, _ int, v float64) float64 {
		if c.In[0].Len() == 1 && c.In[0].Get(0) == 1 {
			return 0
		}
		return v
	})},
	{law: "one_bin", bug: "at least two bins", op: "ece", run: param("bins", func(v float64) float64 { return max(v, 2) })},
	{law: "norms_in_order", bug: "no root in norm l2", op: "ece", run: output(0, func(c *reference.Call, _ int, v float64) float64 {
		if c.Pick("norm") == "l2" {
			return v * v
		}
		return v
	})},
	{law: "every_sample_twice", bug: "divided by n-1", op: "ece", run: output(0, func(c *reference.Call, _ int, v float64) float64 {
		n := float64(c.In[0].Len())
		return v * n / max(n-1, 1)
	})},
	{law: "samples_reversed", bug: "the last sample counts half", op: "brier", run: output(0, func(c *reference.Call, _ int, v float64) float64 {
		n := c.In[0].Len()
		e := c.In[0].Get(n-1) - c.In[1].Get(n-1)
		return v - e*e/2/float64(n)
	})},
	{law: "bins_hold_all", bug: "confidence 0 in bin -1", op: "reliability", run: answering(func(c *reference.Call) {
		for i := range c.In[0].Len() {
			if c.In[0].Get(i) == 0 {
				c.Out[0].Put(0, c.Out[0].Get(0)-1)
			}
		}
	})},
	{law: "mean_in_its_bin", bug: "bins numbered from the top", op: "reliability", run: answering(func(c *reference.Call) {
		for o := range c.Out {
			b := c.Out[o].Clone()
			for i := range b.Len() {
				c.Out[o].Put(i, b.Get(b.Len()-1-i))
			}
		}
	})},
	{law: "brier_of_halves", bug: "the root of the score", op: "brier", run: output(0, func(_ *reference.Call, _ int, v float64) float64 { return math.Sqrt(v) })},
	{law: "brier_of_the_sure", bug: "both classes added", op: "brier", run: output(0, func(_ *reference.Call, _ int, v float64) float64 { return 2 * v })},

	{law: "loss_at_the_fit", bug: "the loss is a sum", op: "temperature_fit", run: output(1, func(c *reference.Call, _ int, v float64) float64 { return v * float64(c.In[0].Shape[0]) })},
	{law: "fit_is_best", bug: "a temperature a third too large", op: "temperature_fit", run: output(0, func(_ *reference.Call, _ int, v float64) float64 { return min(v*1.35, 100) })},
	{law: "fit_scales", bug: "no temperature below 1", op: "temperature_fit", run: output(0, func(_ *reference.Call, _ int, v float64) float64 { return max(v, 1) })},
	{law: "rows_reversed", bug: "fitted to the first row", op: "temperature_fit", run: input("x", func(c *reference.Call, i int, v float64) float64 {
		return c.In[0].Get(i % c.In[0].Shape[1])
	})},
	{law: "fit_ignores", bug: "ignored rows count in the mean", op: "temperature_fit", run: output(1, func(c *reference.Call, _ int, v float64) float64 {
		skip, n := c.Arg("ignore_index"), 0.0
		for i := range c.In[1].Len() {
			if skip.Absent() || c.In[1].Int(i) != skip.Int(0) {
				n++
			}
		}
		return v * n / float64(c.In[1].Len())
	})},
	{law: "bound_is_told", bug: "no bound is told", op: "temperature_fit", run: output(2, func(*reference.Call, int, float64) float64 { return 0 })},

	{law: "pair_of_samples", bug: "n for n-1", op: "monte_carlo", run: output(1, func(c *reference.Call, _ int, v float64) float64 {
		n := float64(c.In[0].Shape[1])
		return v * math.Sqrt((n-1)/n)
	})},
	{law: "samples_shifted", bug: "the mean square less the squared mean", op: "monte_carlo", run: output(1, func(c *reference.Call, r int, v float64) float64 {
		var s, q float32
		n := c.In[0].Shape[1]
		for j := range n {
			x := float32(c.In[0].Get(r*n + j))
			s, q = s+x, q+x*x
		}
		if n < 2 || v != v {
			return v
		}
		mean := s / float32(n)
		return math.Sqrt(math.Max(0, float64(q/float32(n)-mean*mean)) / float64(n-1))
	})},
	{law: "samples_scaled", bug: "the variance for its root", op: "monte_carlo", run: output(1, func(_ *reference.Call, _ int, v float64) float64 { return v * v })},
	{law: "interval_of_one_degree", bug: "two tails for one", op: "monte_carlo", run: input("confidence", func(_ *reference.Call, _ int, v float64) float64 { return 2*v - 1 + 1e-3 })},
	{law: "interval_holds", bug: "the interval starts at the mean", op: "monte_carlo", run: answering(func(c *reference.Call) {
		for r := range c.Out[0].Len() {
			c.Out[2].Put(r, c.Out[0].Get(r))
		}
	})},
	{law: "surer_is_wider", bug: "1 - confidence", op: "bootstrap_ci", run: asking(func(c *reference.Call) {
		each(c, "confidence", func(v float64) float64 { return 1 - v })
	})},
	{law: "resamples_differ", bug: "a seed of 32 bits", op: "bootstrap_ci", run: asking(func(c *reference.Call) {
		for _, name := range []string{"seed", "request"} {
			if t := c.Arg(name); !t.Absent() {
				for i := range t.Len() {
					t.SetBits(i, uint64(uint32(t.Bits(i))))
				}
			}
		}
	})},
	{law: "samples_reordered", bug: "the last sample forgotten", op: "worst_case", run: input("samples", func(c *reference.Call, i int, v float64) float64 {
		if n := c.In[0].Shape[1]; i%n == n-1 {
			return c.In[0].Get(i - i%n)
		}
		return v
	})},
	{law: "quantile_ends", bug: "one index late", op: "worst_case", run: param("quantile", func(v float64) float64 { return min(v+0.1, 1) })},
	{law: "quantile_grows", bug: "the quantile of 1 - q", op: "worst_case", run: asking(func(c *reference.Call) { each(c, "quantile", func(v float64) float64 { return 1 - v }) })},

	{law: "pass_is_exact", bug: "1 - (1 - c/n)^k", op: "pass_at_k", run: output(0, func(c *reference.Call, r int, v float64) float64 {
		k := 1.0
		if !c.In[2].Absent() {
			k = c.In[2].At(r)
		}
		n, right := c.In[0].Get(r), c.In[1].Get(r)
		if n == 0 || right == 0 {
			return v
		}
		return 1 - math.Pow(1-right/n, k)
	})},
	{law: "pass_grows", bug: "the probability that all pass", op: "pass_at_k", run: output(0, func(c *reference.Call, r int, v float64) float64 {
		k := 1.0
		if !c.In[2].Absent() {
			k = c.In[2].At(r)
		}
		n := c.In[0].Get(r)
		if n == 0 {
			return v
		}
		return math.Pow(c.In[1].Get(r)/n, k)
	})},
	{law: "pass_is_symmetric", bug: "one factor too few", op: "pass_at_k", run: output(0, func(c *reference.Call, r int, v float64) float64 {
		if c.In[2].Absent() || v == 0 || v == 1 || c.In[2].At(r) < 2 {
			return v
		}
		n, right := c.In[0].Get(r), c.In[1].Get(r)
		q := 1.0
		for i := 0.0; i < min(c.In[2].At(r)-1, 1000); i++ {
			q *= 1 - right/(n-i)
		}
		return 1 - q
	})},
	{law: "pass_mean", bug: "the mean over samples", op: "pass_at_k", run: output(1, func(c *reference.Call, _ int, v float64) float64 {
		var right, all float64
		for r := range c.In[0].Len() {
			right += c.In[0].Get(r) * c.Out[0].Get(r)
			all += c.In[0].Get(r)
		}
		if all == 0 {
			return v
		}
		return right / all
	})},
}
