package zoo

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

func relevance(f working, c *reference.Call) {
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
			if (prior == nil || prior[i] > 0) && v > -inf && (best < 0 || v > x[best]) {
				best = i
			}
		}
		if best < 0 {
			c.Out[0].PutRow(r, full(len(x), nan))
			continue
		}
		z := make([]float64, len(x))
		for i, v := range x {
			switch {
			case prior != nil && prior[i] == 0 || math.IsInf(v, -1) || T == 0 && i != best:
				z[i] = -inf
				continue
			case v != x[best] && !math.IsInf(T, 1):
				z[i] = f.of(f.of(v-x[best]) / T)
			}
			if prior != nil && T != 0 {
				z[i] = f.of(z[i] + f.log(prior[i]))
			}
		}
		c.Out[0].PutRow(r, f.softmax(z))
	}
}

// corpus is a query and documents, as token ids.
type corpus struct {
	query []int64
	docs  [][]int64
}

func read(c *reference.Call) corpus {
	ids := func(t reference.Tensor) []int64 {
		v := make([]int64, t.Len())
		for i := range v {
			v[i] = t.Int(i)
		}
		return v
	}
	k := corpus{query: ids(c.In[0])}
	tokens, at := ids(c.In[1]), ids(c.In[2])
	for d := range len(at) - 1 {
		k.docs = append(k.docs, tokens[at[d]:at[d+1]])
	}
	return k
}

func okapi(f working, c *reference.Call) {
	k := read(c)
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
				idf = f.log(f.of((N - df + 0.5) / (df + 0.5)))
			case "atire":
				idf, w = f.log(f.of(N/df)), f.of(f.of(k1+1)*w)
			case "bm25+":
				idf, w = f.log(f.of((N+1)/df)), f.of(f.of(f.of(k1+1)*w)+c.Param("delta", 0))
			}
			score[d] = f.of(score[d] + f.of(idf*w))
		}
	}
	z := slices.Clone(score)
	for d, s := range score {
		c.Out[0].Put(d, s)
		if prior := c.Arg("prior"); !prior.Absent() {
			z[d] = f.of(s + f.log(prior.Get(d)))
		}
	}
	if len(z) == 0 || math.IsInf(slices.Max(z), -1) {
		z = full(len(z), nan)
	} else {
		z = f.softmax(z)
	}
	for d, p := range z {
		c.Out[1].Put(d, p)
	}
}
