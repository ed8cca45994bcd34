package properties

import (
	"math"
	"slices"
	"sync"

	"github.com/seed-210c9500/assay/reference"
)

func okapi(c *reference.Call, f working) {
	k := corpusOf(c)
	N := float64(len(k.docs))
	score := make([]float64, len(k.docs))
	k1, b := c.Param("k1", 0), c.Param("b", 0)
	words := float64(c.In[1].Len())
	for _, q := range k.query {
		df := 0.0
		for _, doc := range k.docs {
			if slices.Contains(doc, q) {
				df++
			}
		}
		for d, doc := range k.docs {
			tf := 0.0
			for _, w := range doc {
				if w == q {
					tf++
				}
			}
			if tf == 0 {
				continue
			}
			K := f.of(k1 * f.of(f.of(1-b)+f.of(b*f.of(float64(len(doc))/f.of(words/N)))))
			w := f.of(tf / f.of(tf+K))
			var idf float64
			switch c.Pick("variant") {
			case "lucene":
				idf = f.of(math.Log1p(f.of((N - df + 0.5) / (df + 0.5))))
			case "robertson":
				idf = f.of(ln(f.of((N - df + 0.5) / (df + 0.5))))
			case "atire":
				idf, w = f.of(ln(f.of(N/df))), f.of(f.of(k1+1)*w)
			case "bm25+":
				idf, w = f.of(ln(f.of((N+1)/df))), f.of(f.of(f.of(k1+1)*w)+c.Param("delta", 0))
			}
			score[d] = f.of(score[d] + f.of(idf*w))
		}
	}
	z := slices.Clone(score)
	for d, s := range score {
		c.Out[0].Put(d, s)
		if prior := c.Arg("prior"); !prior.Absent() {
			z[d] = f.of(s + f.of(ln(prior.Get(d))))
		}
	}
	if len(z) == 0 || math.IsInf(slices.Max(z), -1) {
		z = fill(len(z), math.NaN())
	} else {
		z = f.softmax(z)
	}
	for d, p := range z {
		c.Out[1].Put(d, p)
	}
}

func estimate(c *reference.Call, f working) {
	n := c.In[0].Shape[1]
	for r := range c.In[0].Shape[0] {
		x := c.In[0].Row(r, nil)
		mean := f.of(f.sum(x) / float64(n))
		var dev float64
		for _, v := range x {
			d := f.of(v - mean)
			dev = f.of(dev + f.of(d*d))
		}
		se, half := math.NaN(), math.NaN()
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
	h := math.Pi / 2 / cells
	f := func(x float64) float64 { return math.Pow(math.Sin(x), float64(nu-1)) }
	areas.Lock()
	area := areas.of[nu]
	if area == nil {
		area = make([]float64, cells+1)
		for i := range cells {
			area[i+1] = area[i] + gauss(f, float64(i)*h, h)
		}
		areas.of[nu] = area
	}
	areas.Unlock()
	goal := (1 - confidence) * area[cells]
	i, _ := slices.BinarySearch(area, goal)
	i = max(i-1, 0)
	phi := (float64(i) + 0.5) * h
	for range 8 { // Newton's steps on what is left of the area
		phi += (goal - area[i] - gauss(f, float64(i)*h, phi-float64(i)*h)) / f(phi)
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

func percentiles(c *reference.Call, f working) {
	for r := range c.In[0].Shape[0] {
		x := c.In[0].Row(r, nil)
		word := func(name string) uint64 {
			if t := c.Arg(name); !t.Absent() {
				return t.Bits(min(r, t.Len()-1))
			}
			return 0
		}
		means := make([]float64, int(c.Param("resamples", 0)))
		for b := range means {
			y := make([]float64, len(x))
			for j := range y {
				y[j] = x[reference.ResampleIndex(word("seed"), word("request"), uint32(b), uint32(j), len(x))]
			}
			if means[b] = f.of(f.sum(y) / float64(len(x))); math.IsInf(means[b], 0) {
				means[b] = math.NaN()
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
		return math.NaN()
	}
	h := n.of(q * float64(len(x)-1))
	i := min(int(h), len(x)-1)
	j := min(i+1, len(x)-1)
	if w := n.of(h - float64(i)); w > 0 && x[i] != x[j] {
		return n.of(x[i] + n.of(w*n.of(x[j]-x[i])))
	}
	return x[i]
}

func lowQuantile(c *reference.Call, f working) {
	for r := range c.In[0].Shape[0] {
		c.Out[0].Put(r, f.between(c.In[0].Row(r, nil), c.Param("quantile", r)))
	}
}

func passProduct(c *reference.Call, f working) {
	var sum float64
	for r := range c.In[0].Len() {
		n, right, k := c.In[0].Get(r), c.In[1].Get(r), 1.0
		if a := c.Arg("k"); !a.Absent() {
			k = a.At(r)
		}
		q := 1.0
		for i := 0.0; i < min(right, k) && q > 0; i++ {
			q = f.of(q * f.of(1-f.of(max(right, k)/(n-i))))
		}
		if right == 0 || k == 0 {
			q = 1
		} else if n-right < k {
			q = 0
		}
		c.Out[0].Put(r, f.of(1-q))
		sum = f.of(sum + f.of(1-q))
	}
	c.Out[1].Put(0, sum/float64(c.In[0].Len()))
}
