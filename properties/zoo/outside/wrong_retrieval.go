package outside

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var wrongRetrieval = []Kernel{
	{Op: "bm25", DType: reference.I64, Run: wChecked(wMeanOfNonEmpty),
		Bug: "the average length leaves empty documents out"},
}

func wMeanOfNonEmpty(c *reference.Call) error {
	query, tokens, off := c.In[0], c.In[1], c.In[2]
	docs := off.Len() - 1
	filled := 0
	for d := range docs {
		if off.Int(d+1) > off.Int(d) {
			filled++
		}
	}
	average := float64(tokens.Len()) / float64(filled)
	k1, b, delta := c.Param("k1", 0), c.Param("b", 0), c.Param("delta", 0)
	score := make([]float64, docs)
	for q := range query.Len() {
		tf, df := make([]float64, docs), 0.0
		for d := range docs {
			for i := off.Int(d); i < off.Int(d+1); i++ {
				if tokens.Int(int(i)) == query.Int(q) {
					tf[d]++
				}
			}
			if tf[d] > 0 {
				df++
			}
		}
		for d := range docs {
			if tf[d] == 0 {
				continue
			}
			K := k1 * (1 - b + b*float64(off.Int(d+1)-off.Int(d))/average)
			w := tf[d] / (tf[d] + K)
			n := float64(docs)
			switch c.Pick("variant") {
			case "lucene":
				score[d] += math.Log1p((n-df+0.5)/(df+0.5)) * w
			case "robertson":
				score[d] += math.Log((n-df+0.5)/(df+0.5)) * w
			case "atire":
				score[d] += math.Log(n/df) * (k1 + 1) * w
			default:
				score[d] += math.Log((n+1)/df) * (delta + (k1+1)*w)
			}
		}
	}
	z := make([]float64, docs)
	m, s := math.Inf(-1), 0.0
	for d := range z {
		wStore(c.Out[0], d, float32(score[d]))
		z[d] = score[d]
		if prior := c.Arg("prior"); !prior.Absent() {
			z[d] += math.Log(prior.Get(d))
		}
		m = max(m, z[d])
	}
	for d := range z {
		z[d] = math.Exp(z[d] - m)
		s += z[d]
	}
	for d := range z {
		wStore(c.Out[1], d, float32(z[d]/s))
	}
	return nil
}
