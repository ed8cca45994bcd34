package zoo

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// rebinned is a calibration by other bins: place gives a sample's bin, outside
// [0, bins) for none.
func rebinned(place func(conf float64, bins int) int, mean func(b, bins int, conf float64) float64) func(*reference.Call) error {
	return answering(func(c *reference.Call) {
		bins, n := int(c.Param("bins", 0)), c.In[0].Len()
		if c.Pick("scheme") == "equal_mass" || n == 0 {
			return
		}
		count, conf, acc := make([]float64, bins), make([]float64, bins), make([]float64, bins)
		for i := range n {
			if b := place(c.In[0].Get(i), bins); b >= 0 && b < bins {
				count[b]++
				conf[b] += c.In[0].Get(i)
				acc[b] += float64(c.In[1].Int(i))
			}
		}
		gaps := []float64{0}
		error := 0.0
		for b := range bins {
			conf[b], acc[b] = mean(b, bins, conf[b]/count[b]), acc[b]/count[b]
			if count[b] > 0 {
				gap := math.Abs(conf[b] - acc[b])
				gaps = append(gaps, gap)
				if c.Pick("norm") == "l2" {
					gap *= gap
				}
				error += gap * count[b] / float64(n)
			}
			if c.Op.Name == "reliability" {
				c.Out[0].Put(b, count[b])
				c.Out[1].Put(b, conf[b])
				c.Out[2].Put(b, acc[b])
			}
		}
		if c.Op.Name != "ece" {
			return
		}
		switch c.Pick("norm") {
		case "l2":
			error = math.Sqrt(error)
		case "max":
			error = slices.Max(gaps)
		}
		c.Out[0].Put(0, error)
		c.Out[1].Put(0, slices.Max(gaps))
	})
}

func asItIs(_, _ int, conf float64) float64 { return conf }

// centre of a bin, NaN where it is empty.
func centre(b, bins int, conf float64) float64 {
	return conf*0 + (float64(b)+0.5)/float64(bins)
}

func leftClosed(conf float64, bins int) int { return min(int(conf*float64(bins)), bins-1) }
func topLost(conf float64, bins int) int    { return int(conf * float64(bins)) }
func zeroLost(conf float64, bins int) int   { return int(math.Ceil(conf*float64(bins))) - 1 }
func usualBin(conf float64, bins int) int   { return max(zeroLost(conf, bins), 0) }

// quantiled is worst_case by another rule.
func quantiled(f func(x []float64, q float64) float64) func(*reference.Call) error {
	return output(0, func(c *reference.Call, r int, v float64) float64 {
		x := slices.Sorted(slices.Values(c.In[0].Row(r, nil)))
		if len(x) == 0 || math.IsNaN(x[0]) {
			return v
		}
		return f(x, c.Param("quantile", r))
	})
}

func place(x []float64, at float64) float64 { return x[min(max(int(at), 0), len(x)-1)] }

var wrongSamples = []planted{
	{law: "bound", bug: "confidence 1 in a bin of its own", op: "ece", from: "Lightning-AI/torchmetrics#3510", rows: "EC-01", run: rebinned(topLost, asItIs)},
	{law: "bound", bug: "confidence 0 in no bin", op: "ece", from: "Lightning-AI/torchmetrics#1646", rows: "EC-02,EC-03", run: rebinned(zeroLost, asItIs)},
	{law: "bound", bug: "bins closed on the left", op: "ece", run: rebinned(leftClosed, asItIs)},
	{law: "bound", bug: "the bin's centre for the mean confidence", op: "ece", run: rebinned(usualBin, centre)},
	{law: "bound", bug: "confidence 1 in a bin of its own", op: "reliability", run: rebinned(topLost, asItIs)},
	{law: "bound", bug: "bins closed on the left", op: "reliability", run: rebinned(leftClosed, asItIs)},
	{law: "bound", bug: "the bin's centre for the mean confidence", op: "reliability", run: rebinned(usualBin, centre)},
	{law: "bound", bug: "an empty bin is 0", op: "reliability", run: output(1, func(_ *reference.Call, _ int, v float64) float64 {
		if math.IsNaN(v) {
			return 0
		}
		return v
	})},
	{law: "bound", bug: "the absolute error", op: "brier", run: output(0, func(c *reference.Call, _ int, _ float64) float64 {
		s := 0.0
		for i := range c.In[0].Len() {
			s += math.Abs(c.In[0].Get(i) - float64(c.In[1].Int(i)))
		}
		return s / float64(c.In[0].Len())
	})},
	{law: "bound", bug: "the tail left out", op: "brier", run: output(0, func(c *reference.Call, _ int, v float64) float64 {
		s, n := 0.0, c.In[0].Len()
		for i := range tail(n) {
			d := c.In[0].Get(i) - float64(c.In[1].Int(i))
			s += d * d
		}
		if n < 8 {
			return v
		}
		return s / float64(n)
	})},
	{law: "bound", bug: "confidences rounded to hundredths", op: "brier", run: input("conf", func(_ *reference.Call, _ int, v float64) float64 { return math.Round(v*100) / 100 })},

	{law: "bound", bug: "ten steps of bisection", op: "temperature_fit", from: "gpleiss/temperature_scaling#20", rows: "EC-06", run: output(0, func(_ *reference.Call, _ int, v float64) float64 {
		return 1 / (math.Round(1/v*10) / 10)
	})},

	{law: "bound", bug: "the normal interval", op: "bootstrap_ci", run: answering(func(c *reference.Call) {
		for r := range c.In[0].Shape[0] {
			x := c.In[0].Row(r, nil)
			n := float64(len(x))
			mean, dev := total(x)/n, 0.0
			for _, v := range x {
				dev += (v - mean) * (v - mean)
			}
			c.Out[0].Put(r, mean-1.96*math.Sqrt(dev)/n)
			c.Out[1].Put(r, mean+1.96*math.Sqrt(dev)/n)
		}
	})},
	{law: "bound", bug: "half the resamples", op: "bootstrap_ci", run: param("resamples", func(v float64) float64 { return max(1, math.Floor(v/2)) })},
	{law: "resamples_differ", bug: "the request left out of the key", op: "bootstrap_ci", run: word(1, zero)},
	{law: "bound", bug: "the lower end twice", op: "bootstrap_ci", run: answering(func(c *reference.Call) {
		for r := range c.Out[0].Len() {
			c.Out[1].Put(r, c.Out[0].Get(r))
		}
	})},

	{law: "bound", bug: "no interpolation", op: "worst_case", run: quantiled(func(x []float64, q float64) float64 { return place(x, q*float64(len(x)-1)) })},
	{law: "bound", bug: "a share of n for one of n - 1", op: "worst_case", run: quantiled(func(x []float64, q float64) float64 { return place(x, q*float64(len(x))) })},
	{law: "bound", bug: "NaN left out", op: "worst_case", run: output(0, func(c *reference.Call, r int, v float64) float64 {
		if x := c.In[0].Row(r, nil); math.IsNaN(v) && len(x) > 0 {
			return maximum(slices.DeleteFunc(x, math.IsNaN))
		}
		return v
	})},
	{law: "bound", bug: "binomials that overflow", op: "pass_at_k", run: output(0, func(c *reference.Call, r int, v float64) float64 {
		n, k := c.In[0].Get(r), 1.0
		if a := c.Arg("k"); !a.Absent() {
			k = a.At(r)
		}
		ln := lnFactorial(n) - lnFactorial(k) - lnFactorial(n-k)
		if ln > math.Log(math.MaxFloat32) && v > 0 && v < 1 {
			return nan
		}
		return v
	})},
	{law: "bound", bug: "a shortfall of k is no pass", op: "pass_at_k", run: output(0, func(c *reference.Call, r int, v float64) float64 {
		if a := c.Arg("k"); !a.Absent() && c.In[1].Get(r) < a.At(r) && v == 1 {
			return 0
		}
		return v
	})},
}
