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
		put32(c.Out[0], 0, scores...)
		put32(c.Out[1], 0, softmax32(scores)...)
	}
}

func TestBM25Kernels(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 12))
	tf := func(tf, K, _ f32) f32 { return tf / (tf + K) }
	over := func(dl, average f32) f32 { return dl / average }
	robertson := func(n, df f32) f32 { return ln32((n - df + 0.5) / (df + 0.5)) }
	lucene := func(n, df f32) f32 { return ln32(1 + (n-df+0.5)/(df+0.5)) }
	for variant, kernels := range map[string][]kernel{
		"lucene": {
			{"plain", false, bm25Kernel(lucene, tf, true, over)},
			{"log1p", false, bm25Kernel(func(n, df f32) f32 { return f32(math.Log1p(float64((n - df + 0.5) / (df + 0.5)))) }, tf, true, over)},
			{"difference of logarithms", false, bm25Kernel(func(n, df f32) f32 { return ln32(n+1) - ln32(df+0.5) }, tf, true, over)},
			{"saturation as 1/(1 + K/tf)", false, bm25Kernel(lucene, func(tf, K, _ f32) f32 { return 1 / (1 + K/tf) }, true, over)},
			{"Robertson's idf", true, bm25Kernel(robertson, tf, true, over)},
			{"k1+1 as before Lucene 8", true, bm25Kernel(lucene, func(tf, K, k1 f32) f32 { return tf * (k1 + 1) / (tf + K) }, true, over)},
			{"repeated terms once", true, bm25Kernel(lucene, tf, false, over)},
			{"no length", true, bm25Kernel(lucene, tf, true, func(dl, average f32) f32 { return 1 })},
		},
		"robertson": {
			{"plain", false, bm25Kernel(robertson, tf, true, over)},
			{"difference of logarithms", false, bm25Kernel(func(n, df f32) f32 { return ln32(n-df+0.5) - ln32(df+0.5) }, tf, true, over)},
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

func TestTemperatureFitKernels(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 13))
	var cases []*Call
	for range 30 {
		n, vocab := 5+r.IntN(30), 2+r.IntN(8)
		x, label := make([]float64, n*vocab), make([]float64, n)
		size := math.Exp(r.NormFloat64())
		for i := range x {
			x[i] = size * r.NormFloat64()
		}
		for i := range label {
			label[i] = float64(r.IntN(vocab))
			x[i*vocab+int(label[i])] += size * math.Abs(r.NormFloat64())
		}
		in := labelled(n, vocab, x, label...)
		in["x"] = retype(in["x"], F32)
		cases = append(cases, temperatureFitOp.NewCall(in, nil))
	}
	nll := func(c *Call, T f32) f32 {
		var all f32
		vocab := c.In[0].Shape[1]
		for i := range c.In[0].Shape[0] {
			z := make([]f32, vocab)
			for j := range z {
				z[j] = f32(c.In[0].Get(i*vocab+j)) / T
			}
			all += lse32(z) - z[c.In[1].Int(i)]
		}
		return all / f32(c.In[0].Shape[0])
	}
	done := func(c *Call, T float64) {
		put32(c.Out[0], 0, f32(T))
		put32(c.Out[1], 0, nll(c, f32(T)))
		c.Out[2].PutInt(0, int64(b2i(T >= hottest)-b2i(T <= coldest)))
	}
	// shrink narrows [lo, hi] by comparing losses a third in from either end.
	shrink := func(c *Call, lo, hi float64, T func(float64) float64) float64 {
		for range 80 {
			a, b := lo+(hi-lo)/3, hi-(hi-lo)/3
			if nll(c, f32(T(a))) <= nll(c, f32(T(b))) {
				hi = b
			} else {
				lo = a
			}
		}
		return T((lo + hi) / 2)
	}
	inverse := func(b float64) float64 { return 1 / b }
	newton := func(c *Call) float64 {
		f := c.fit()
		lo, hi := 0.01, 100.0
		for range 60 {
			if mid := math.Sqrt(lo * hi); f.slope(mid) < 0 {
				lo = mid
			} else {
				hi = mid
			}
		}
		return 1 / lo
	}
	judgeKernels(t, temperatureFitOp, cases, []kernel{
		{"thirds in 1/T", false, func(c *Call) { done(c, shrink(c, 0.01, 100, inverse)) }},
		{"thirds in ln T", false, func(c *Call) { done(c, shrink(c, math.Log(0.01), math.Log(100), math.Exp)) }},
		{"root of the derivative in float64", false, func(c *Call) { done(c, newton(c)) }},
		{"float32 of the reference", false, func(c *Call) { done(c, c.fit().T) }},
		{"not fitted", true, func(c *Call) { done(c, 1) }},
		{"1/T for T", true, func(c *Call) { done(c, 1/c.fit().T) }},
		{"a grid of tenths", true, func(c *Call) { done(c, math.Round(c.fit().T*10)/10+0.1) }},
		{"one row left out", true, func(c *Call) {
			f := c.fit()
			f.rows, f.label = f.rows[1:], f.label[1:]
			lo, hi := 0.01, 100.0
			for range 60 {
				if mid := (lo + hi) / 2; f.slope(mid) < 0 {
					lo = mid
				} else {
					hi = mid
				}
			}
			done(c, 1/hi)
		}},
	})
}

func TestBayesOddsKernels(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 14))
	var cases []*Call
	for range 200 {
		ratio := make([]float64, r.IntN(20))
		for i := range ratio {
			ratio[i] = math.Exp(r.NormFloat64())
		}
		in := odds(math.Exp(r.NormFloat64()), ratio...)
		cases = append(cases, bayesOddsOp.NewCall(map[string]Tensor{"prior_odds": retype(in["prior_odds"], F32), "ratio": retype(in["ratio"], F32)}, nil))
	}
	with := func(f func(x []f32) (o, p f32)) func(*Call) {
		return func(c *Call) {
			o, p := f(append(column(c.In[0], 0), column(c.In[1], 0)...))
			put32(c.Out[0], 0, o)
			put32(c.Out[1], 0, p)
		}
	}
	product := func(x []f32) f32 {
		o := f32(1)
		for _, v := range x {
			o *= v
		}
		return o
	}
	judgeKernels(t, bayesOddsOp, cases, []kernel{
		{"product", false, with(func(x []f32) (f32, f32) { o := product(x); return o, o / (1 + o) })},
		{"backwards", false, with(func(x []f32) (f32, f32) { slices.Reverse(x); o := product(x); return o, 1 / (1 + 1/o) })},
		{"logarithms", false, with(func(x []f32) (f32, f32) {
			var l f32
			for _, v := range x {
				l += ln32(v)
			}
			return exp32(l), 1 / (1 + exp32(-l))
		})},
		{"float64", false, with(func(x []f32) (f32, f32) {
			o := 1.0
			for _, v := range x {
				o *= float64(v)
			}
			return f32(o), f32(o / (1 + o))
		})},
		{"odds for probability", true, with(func(x []f32) (f32, f32) { o := product(x); return o, o })},
		{"prior left out", true, with(func(x []f32) (f32, f32) { o := product(x[1:]); return o, o / (1 + o) })},
		{"probabilities multiplied", true, with(func(x []f32) (f32, f32) {
			p := f32(1)
			for _, v := range x {
				p *= v / (1 + v)
			}
			return p / (1 - p), p
		})},
	})
}

func TestBootstrapKernels(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 15))
	var cases []*Call
	for _, c := range sampleCases(monteCarloOp) {
		if n := c.In[0].Len(); n <= 60 {
			cases = append(cases, bootstrapCIOp.NewCall(map[string]Tensor{"samples": c.In[0], "seed": Scalar(U64, float64(r.Uint32())), "resamples": Scalar(I64, float64(1+r.IntN(300)))}, nil))
		}
	}
	resample := func(c *Call, add func([]f32) f32, index func(seed uint64, b, j uint32, n int) int) []float64 {
		x := column(c.In[0], 0)
		means := make([]float64, int(c.Param("resamples", 0)))
		for b := range means {
			v := make([]f32, len(x))
			for j := range v {
				v[j] = x[index(c.word("seed", 0), uint32(b), uint32(j), len(x))]
			}
			means[b] = float64(add(v) / f32(len(x)))
		}
		return sorted(means)
	}
	own := func(seed uint64, b, j uint32, n int) int { return ResampleIndex(seed, 0, b, j, n) }
	with := func(add func([]f32) f32, index func(uint64, uint32, uint32, int) int, low, high float64, q func([]float64, float64) float64) func(*Call) {
		return func(c *Call) {
			m := resample(c, add, index)
			put32(c.Out[0], 0, f32(q(m, low)))
			put32(c.Out[1], 0, f32(q(m, high)))
		}
	}
	reversed := func(x []f32) f32 { slices.Reverse(x); return sum32(x) }
	wide := func(x []f32) f32 {
		var s float64
		for _, v := range x {
			s += float64(v)
		}
		return f32(s)
	}
	judgeKernels(t, bootstrapCIOp, cases, []kernel{
		{"sequential", false, with(sum32, own, 0.025, 0.975, quantile)},
		{"pairwise", false, with(pairwise32, own, 0.025, 0.975, quantile)},
		{"backwards", false, with(reversed, own, 0.025, 0.975, quantile)},
		{"float64 sums", false, with(wide, own, 0.025, 0.975, quantile)},
		{"90% for 95%", true, with(sum32, own, 0.05, 0.95, quantile)},
		{"nearest rank", true, with(sum32, own, 0.025, 0.975, func(x []float64, q float64) float64 { return x[int(q*float64(len(x)-1)+0.5)] })},
		{"index modulo n", true, with(sum32, func(seed uint64, b, j uint32, n int) int {
			w := Philox4x32([4]uint32{j, b, 0, 0}, [2]uint32{uint32(seed), uint32(seed >> 32)})
			return int(w[0]) % n
		}, 0.025, 0.975, quantile)},
		{"the same resample each time", true, with(sum32, func(seed uint64, b, j uint32, n int) int { return own(seed, 0, j, n) }, 0.025, 0.975, quantile)},
	})
}
