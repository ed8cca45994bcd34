package reference

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// bm25Kernel scores in float32: idf of (N, df), weight of (tf, K, k1), and
// whether a repeated query term counts again.
func bm25Kernel(idf func(n, df f32) f32, weight func(tf, K, k1 f32) f32, repeat bool, length func(dl, average f32) f32) func(*Call) {
	return func(c *Call) {
		off, k1, b := c.In[2], f32(c.Param("k1", 0)), f32(c.Param("b", 0))
		docs := make([][]int64, off.Len()-1)
		for d := range docs {
			for i := off.Int(d); i < off.Int(d+1); i++ {
				docs[d] = append(docs[d], c.In[1].Int(int(i)))
			}
		}
		average := f32(c.In[1].Len()) / f32(len(docs))
		scores, seen := make([]f32, len(docs)), map[int64]bool{}
		for q := range c.In[0].Len() {
			t := c.In[0].Int(q)
			if seen[t] && !repeat {
				continue
			}
			seen[t] = true
			df := 0
			for _, d := range docs {
				df += b2i(slices.Contains(d, t))
			}
			for i, d := range docs {
				tf := 0
				for _, v := range d {
					tf += b2i(v == t)
				}
				if tf > 0 {
					scores[i] += idf(f32(len(docs)), f32(df)) * weight(f32(tf), k1*(1-b+b*length(f32(len(d)), average)), k1)
				}
			}
		}
		storeRow(c.Out[0], 0, scores...)
		storeRow(c.Out[1], 0, softmax32(scores)...)
	}
}

func TestBM25Kernels(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 12))
	tf := func(tf, K, _ f32) f32 { return tf / (tf + K) }
	over := func(dl, average f32) f32 { return dl / average }
	robertson := func(n, df f32) f32 { return roundedLn((n - df + 0.5) / (df + 0.5)) }
	lucene := func(n, df f32) f32 { return roundedLn(1 + (n-df+0.5)/(df+0.5)) }
	for variant, kernels := range map[string][]kernel{
		"lucene": {
			{"plain", false, bm25Kernel(lucene, tf, true, over)},
			{"log1p", false, bm25Kernel(func(n, df f32) f32 { return f32(math.Log1p(float64((n - df + 0.5) / (df + 0.5)))) }, tf, true, over)},
			{"difference of logarithms", false, bm25Kernel(func(n, df f32) f32 { return roundedLn(n+1) - roundedLn(df+0.5) }, tf, true, over)},
			{"saturation as 1/(1 + K/tf)", false, bm25Kernel(lucene, func(tf, K, _ f32) f32 { return 1 / (1 + K/tf) }, true, over)},
			{"Robertson's idf", true, bm25Kernel(robertson, tf, true, over)},
			{"k1+1 as before Lucene 8", true, bm25Kernel(lucene, func(tf, K, k1 f32) f32 { return tf * (k1 + 1) / (tf + K) }, true, over)},
			{"repeated terms once", true, bm25Kernel(lucene, tf, false, over)},
			{"no length", true, bm25Kernel(lucene, tf, true, func(dl, average f32) f32 { return 1 })},
		},
		"robertson": {
			{"plain", false, bm25Kernel(robertson, tf, true, over)},
			{"difference of logarithms", false, bm25Kernel(func(n, df f32) f32 { return roundedLn(n-df+0.5) - roundedLn(df+0.5) }, tf, true, over)},
			{"floored at 0", true, bm25Kernel(func(n, df f32) f32 { return max(robertson(n, df), 0) }, tf, true, over)},
		},
	} {
		var cases []*Call
		for range 150 {
			docs := make([][]float64, 1+r.IntN(12))
			for i := range docs {
				docs[i] = make([]float64, r.IntN(30))
				for j := range docs[i] {
					docs[i][j] = float64(r.IntN(12))
				}
			}
			query := make([]float64, r.IntN(6))
			for i := range query {
				query[i] = float64(r.IntN(12))
			}
			cases = append(cases, bm25Op.NewCall(corpus(query, docs...), map[string]string{"variant": variant}))
		}
		judgeKernels(t, bm25Op, cases, kernels)
	}
}
