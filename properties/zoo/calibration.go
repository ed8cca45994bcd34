package zoo

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// binned are the samples of each bin.
func binned(f working, c *reference.Call) [][]int {
	n, bins := c.In[0].Len(), int(c.Param("bins", 0))
	in := make([][]int, bins)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
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
func means(f working, c *reference.Call, in []int) (conf, right float64) {
	n := float64(len(in))
	conf = f.sumOf(len(in), func(i int) float64 { return c.In[0].Get(in[i]) })
	for _, i := range in {
		right += float64(c.In[1].Int(i))
	}
	return f.of(conf / n), f.of(right / n)
}

func calibrationError(f working, c *reference.Call) {
	n := float64(c.In[0].Len())
	var gaps []float64
	worst := 0.0
	for _, in := range binned(f, c) {
		if len(in) == 0 {
			continue
		}
		conf, right := means(f, c, in)
		gap := math.Abs(f.of(conf - right))
		worst = max(worst, gap)
		if c.Pick("norm") == "l2" {
			gap = f.of(gap * gap)
		}
		gaps = append(gaps, f.of(float64(len(in))/n*gap))
	}
	total := f.sum(gaps)
	switch c.Pick("norm") {
	case "l2":
		total = math.Sqrt(total)
	case "max":
		total = worst
	}
	if n == 0 {
		total, worst = nan, nan
	}
	c.Out[0].Put(0, total)
	c.Out[1].Put(0, worst)
}

func diagram(f working, c *reference.Call) {
	for b, in := range binned(f, c) {
		conf, right := means(f, c, in)
		c.Out[0].Put(b, float64(len(in)))
		c.Out[1].Put(b, conf)
		c.Out[2].Put(b, right)
	}
}

func squaredError(f working, c *reference.Call) {
	n := c.In[0].Len()
	c.Out[0].Put(0, f.sumOf(n, func(i int) float64 {
		d := f.of(c.In[0].Get(i) - float64(c.In[1].Int(i)))
		return f.of(d * d)
	})/float64(n))
}

// slopeFit finds where the loss' derivative changes its sign.
func slopeFit(f working, c *reference.Call) {
	skip := c.Arg("ignore_index")
	var x [][]float64
	var top []float64
	var label []int
	flat := true
	for r := range c.In[0].Shape[0] {
		if l := c.Arg("label").Int(r); skip.Absent() || l != skip.Int(0) {
			row := c.In[0].Row(r, nil)
			x, label = append(x, row), append(label, int(l))
			top = append(top, slices.Max(row))
			for _, v := range row {
				flat = flat && (v == top[len(top)-1] || math.IsInf(v, -1))
			}
		}
	}
	if len(x) == 0 {
		for o := range 2 {
			c.Out[o].Put(0, nan)
		}
		c.Out[2].Put(0, 0)
		return
	}
	slope := func(beta float64) float64 {
		var s float64
		for r, row := range x {
			z := make([]float64, len(row))
			for i, v := range row {
				z[i] = f.of(f.of(v-top[r]) * beta)
			}
			p := f.softmax(z)
			s = f.of(s + f.sumOf(len(p), func(i int) float64 {
				return f.times(p[i], func() float64 { return f.of(row[i] - row[label[r]]) })
			}))
		}
		return s
	}
	T, side := 1.0, 0.0
	lo, hi := 1.0/100, 1.0/0.01
	switch {
	case flat:
	case slope(lo) >= 0:
		T, side = 100, 1
	case slope(hi) <= 0:
		T, side = 0.01, -1
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
			z[i] = f.of(f.of(v-top[r]) / T)
		}
		nll = f.of(nll + f.of(f.lnSum(z)-z[label[r]]))
	}
	c.Out[0].Put(0, T)
	c.Out[1].Put(0, nll/float64(len(x)))
	c.Out[2].Put(0, side)
}
