package properties

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// binned are the samples of each bin.
func binned(c *reference.Call, f working) [][]int {
	n, bins := c.In[0].Len(), int(c.Param("bins", 0))
	in := make([][]int, bins)
	order := upTo(n)
	if c.Pick("scheme") == "equal_mass" {
		slices.SortStableFunc(order, func(a, b int) int {
			switch d := c.In[0].Get(a) - c.In[0].Get(b); {
			case d < 0:
				return -1
			case d > 0:
				return 1
			}
			return 0
		})
	}
	for rank, i := range order {
		b := int(math.Ceil(f.of(c.In[0].Get(i)*float64(bins)))) - 1
		if c.Pick("scheme") == "equal_mass" {
			b = rank * bins / n
		}
		b = min(max(b, 0), bins-1)
		in[b] = append(in[b], i)
	}
	return in
}

// means are a bin's mean confidence and accuracy.
func means(c *reference.Call, f working, in []int) (conf, right float64) {
	n := float64(len(in))
	for _, i := range in {
		conf = f.of(conf + c.In[0].Get(i))
		right += float64(c.In[1].Int(i))
	}
	return f.of(conf / n), f.of(right / n)
}

func calibrationError(c *reference.Call, f working) {
	n := float64(c.In[0].Len())
	total, worst := 0.0, 0.0
	for _, in := range binned(c, f) {
		if len(in) == 0 {
			continue
		}
		conf, right := means(c, f, in)
		gap := math.Abs(f.of(conf - right))
		worst = max(worst, gap)
		if c.Pick("norm") == "l2" {
			gap = f.of(gap * gap)
		}
		total = f.of(total + f.of(float64(len(in))/n*gap))
	}
	switch c.Pick("norm") {
	case "l2":
		total = math.Sqrt(total)
	case "max":
		total = worst
	}
	if n == 0 {
		total, worst = math.NaN(), math.NaN()
	}
	c.Out[0].Put(0, total)
	c.Out[1].Put(0, worst)
}

func diagram(c *reference.Call, f working) {
	for b, in := range binned(c, f) {
		conf, right := means(c, f, in)
		c.Out[0].Put(b, float64(len(in)))
		c.Out[1].Put(b, conf)
		c.Out[2].Put(b, right)
	}
}

func squaredError(c *reference.Call, f working) {
	var s float64
	for i := range c.In[0].Len() {
		d := f.of(c.In[0].Get(i) - float64(c.In[1].Int(i)))
		s = f.of(s + f.of(d*d))
	}
	c.Out[0].Put(0, s/float64(c.In[0].Len()))
}

// slopeFit finds where the loss' derivative changes its sign.
func slopeFit(c *reference.Call, f working) {
	skip := c.Arg("ignore_index")
	var x [][]float64
	var label []int
	flat := true
	for r := range c.In[0].Shape[0] {
		if l := c.Arg("label").Int(r); skip.Absent() || l != skip.Int(0) {
			row := c.In[0].Row(r, nil)
			x, label = append(x, row), append(label, int(l))
			for _, v := range row {
				flat = flat && (v == slices.Max(row) || math.IsInf(v, -1))
			}
		}
	}
	if len(x) == 0 {
		for o := range 2 {
			c.Out[o].Put(0, math.NaN())
		}
		c.Out[2].Put(0, 0)
		return
	}
	slope := func(beta float64) float64 {
		var s float64
		for r, row := range x {
			z := make([]float64, len(row))
			for i, v := range row {
				z[i] = f.of(f.of(v-slices.Max(row)) * beta)
			}
			var mean float64
			for i, p := range f.softmax(z) {
				if p > 0 {
					mean = f.of(mean + f.of(p*f.of(row[i]-row[label[r]])))
				}
			}
			s = f.of(s + mean)
		}
		return s
	}
	T, side := 1.0, 0.0
	lo, hi := 1.0/hottest, 1.0/coldest
	switch {
	case flat:
	case slope(lo) >= 0:
		T, side = hottest, 1
	case slope(hi) <= 0:
		T, side = coldest, -1
	default:
		for range 60 {
			if mid := (lo + hi) / 2; slope(mid) < 0 {
				lo = mid
			} else {
				hi = mid
			}
		}
		T = 1 / hi
	}
	var nll float64
	for r, row := range x {
		z := make([]float64, len(row))
		for i, v := range row {
			z[i] = f.of(f.of(v-slices.Max(row)) / T)
		}
		nll = f.of(nll + f.of(f.lse(z)-z[label[r]]))
	}
	c.Out[0].Put(0, T)
	c.Out[1].Put(0, nll/float64(len(x)))
	c.Out[2].Put(0, side)
}
