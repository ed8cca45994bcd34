package outside

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var rightRank = []Kernel{
	{Op: "bm25", DType: reference.I64, Run: rBM25,
		How: "an inverted index, term by term in float32, log1p for Lucene's idf"},
}

// rPosting is how often a document holds a term.
type rPosting struct{ doc, tf int }

// rPostings is the inverted index of a corpus.
func rPostings(tokens, offsets reference.Tensor) map[int64][]rPosting {
	index := map[int64][]rPosting{}
	for d := range offsets.Len() - 1 {
		for at := offsets.Int(d); at < offsets.Int(d+1); at++ {
			t := tokens.Int(int(at))
			list := index[t]
			if n := len(list); n > 0 && list[n-1].doc == d {
				list[n-1].tf++
			} else {
				index[t] = append(list, rPosting{d, 1})
			}
		}
	}
	return index
}

func rBM25(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	query, tokens, offsets := c.In[0], c.In[1], c.In[2]
	docs := offsets.Len() - 1
	index := rPostings(tokens, offsets)
	k1, b, delta := c.Param("k1", 0), c.Param("b", 0), c.Param("delta", 0)
	mean := float64(tokens.Len()) / float64(docs)
	score := make([]float32, docs)
	for q := range query.Len() {
		list := index[query.Int(q)]
		df := float32(len(list))
		idf := rIDF(c.Pick("variant"), float32(docs), df)
		for _, p := range list {
			length := float64(offsets.Int(p.doc+1)-offsets.Int(p.doc)) / mean
			tf := float64(p.tf)
			w := tf / (tf + k1*(1-b+b*length))
			switch c.Pick("variant") {
			case "atire":
				w *= k1 + 1
			case "bm25+":
				w = w*(k1+1) + delta
			}
			score[p.doc] += float32(idf * float32(w))
		}
	}
	for d, s := range score {
		rSet(c.Out[0], d, s)
	}
	if !c.Out[1].Absent() && docs > 0 {
		rBM25Posterior(c, score)
	}
	return nil
}

// rIDF weighs a term by the documents that hold it.
func rIDF(variant string, n, df float32) float32 {
	switch variant {
	case "lucene":
		return rLog1p((n - df + 0.5) / (df + 0.5))
	case "robertson":
		return rLn((n - df + 0.5) / (df + 0.5))
	case "atire":
		return rLn(n / df)
	}
	return rLn((n + 1) / df)
}

func rBM25Posterior(c *reference.Call, score []float32) {
	prior, z := c.Arg("prior"), make([]float64, len(score))
	for d, s := range score {
		z[d] = float64(s)
		if !prior.Absent() {
			z[d] += math.Log(prior.Get(d))
		}
	}
	if _, kind := rNoWeights(z); kind != rRegular {
		for d := range z {
			c.Out[1].Put(d, math.NaN())
		}
		return
	}
	y, _ := rPosterior(z, false)
	for d, v := range y {
		rSet(c.Out[1], d, v)
	}
}
