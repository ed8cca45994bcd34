package zoo

import (
	"math"
	"slices"
	"sync"

	"github.com/seed-210c9500/assay/reference"
)

func estimate(f working, c *reference.Call) {
	n := c.In[0].Shape[1]
	for r := range c.In[0].Shape[0] {
		x := c.In[0].Row(r, nil)
		mean := f.of(f.sum(x) / float64(n))
		dev := f.sumOf(n, func(i int) float64 {
			d := f.of(x[i] - mean)
			return f.of(d * d)
		})
		se, half := nan, nan
		if n > 1 {
			se = math.Sqrt(f.of(f.of(dev/float64(n-1)) / float64(n)))
			half = f.of(student(n-1, c.Param("confidence", r)) * f.of(se))
		}
		for o, v := range []float64{mean, se, mean - half, mean + half} {
			c.Out[o].Put(r, v)
		}
	}
}

// areas are the integrals below, by degrees of freedom.
var areas = struct {
	sync.Mutex
	of map[int][]float64
}{of: map[int][]float64{}}

// student is the two-sided quantile of Student's t by its tail: the integral of
// sin^(nu-1) from 0 to phi is 1 - confidence of that to pi/2, t = sqrt(nu)/tan phi.
func student(nu int, confidence float64) float64 {
	const cells = 64
	low := max(0, math.Pi/2-12/math.Sqrt(float64(nu))) // below it the integrand is e^-72 of its largest
	h := (math.Pi/2 - low) / cells
	f := func(x float64) float64 { return math.Pow(math.Sin(x), float64(nu-1)) }
	areas.Lock()
	area := areas.of[nu]
	if area == nil {
		area = make([]float64, cells+1)
		for i := range cells {
			area[i+1] = area[i] + gauss(f, low+float64(i)*h, h)
		}
		areas.of[nu] = area
	}
	areas.Unlock()
	goal := (1 - confidence) * area[cells]
	i, _ := slices.BinarySearch(area, goal)
	i = max(i-1, 0)
	phi := low + (float64(i)+0.5)*h
	for range 8 { // Newton's steps on what is left of the area
		phi += (goal - area[i] - gauss(f, low+float64(i)*h, phi-low-float64(i)*h)) / f(phi)
	}
	return math.Sqrt(float64(nu)) / math.Tan(phi)
}

// gauss integrates f from a over w with five points.
func gauss(f func(float64) float64, a, w float64) (s float64) {
	for _, p := range [][2]float64{{0, 128.0 / 225}, {0.5384693101056831, 0.47862867049936647}, {0.9061798459386640, 0.23692688505618908}} {
		s += p[1] * f(a+w/2*(1+p[0]))
		if p[0] > 0 {
			s += p[1] * f(a+w/2*(1-p[0]))
		}
	}
	return s * w / 2
}

func percentiles(f working, c *reference.Call) {
	for r := range c.In[0].Shape[0] {
		x := c.In[0].Row(r, nil)
		word := words(c, r)
		means := make([]float64, int(c.Param("resamples", 0)))
		for b := range means {
			y := make([]float64, len(x))
			for j := range y {
				y[j] = x[reference.ResampleIndex(word[0], word[1], uint32(b), uint32(j), len(x))]
			}
			if means[b] = f.of(f.sum(y) / float64(len(x))); math.IsInf(means[b], 0) {
				means[b] = nan
			}
		}
		share := c.Param("confidence", r)
		c.Out[0].Put(r, f.between(means, f.of(f.of(1-share)/2)))
		c.Out[1].Put(r, f.between(means, f.of(f.of(1+share)/2)))
	}
}

// between interpolates at a share of the sorted samples.
func (n working) between(x []float64, q float64) float64 {
	x = slices.Sorted(slices.Values(x))
	if len(x) == 0 || math.IsNaN(x[0]) {
		return nan
	}
	h := n.of(q * float64(len(x)-1))
	i := min(int(h), len(x)-1)
	j := min(i+1, len(x)-1)
	if w := n.of(h - float64(i)); w > 0 && x[i] != x[j] {
		if n.reciprocal && !math.IsInf(x[i], 0) { // from above
			return n.of(x[j] - n.of(n.of(1-w)*n.of(x[j]-x[i])))
		}
		return n.of(x[i] + n.of(w*n.of(x[j]-x[i])))
	}
	return x[i]
}

func lowQuantile(f working, c *reference.Call) {
	for r := range c.In[0].Shape[0] {
		c.Out[0].Put(r, f.between(c.In[0].Row(r, nil), c.Param("quantile", r)))
	}
}

func passProduct(f working, c *reference.Call) {
	pass := make([]float64, c.In[0].Len())
	for r := range pass {
		n, right, k := c.In[0].Get(r), c.In[1].Get(r), 1.0
		if a := c.Arg("k"); !a.Absent() {
			k = a.At(r)
		}
		q := 1.0
		for step := 0.0; step < min(right, k) && q > 0; step++ {
			i := step
			if f.lanes > 1 {
				i = min(right, k) - 1 - step
			}
			q = f.of(q * f.of(1-f.ratio(max(right, k), n-i)))
		}
		if right == 0 || k == 0 {
			q = 1
		} else if n-right < k {
			q = 0
		}
		pass[r] = f.of(1 - q)
		c.Out[0].Put(r, pass[r])
	}
	c.Out[1].Put(0, f.sum(pass)/float64(len(pass)))
}
