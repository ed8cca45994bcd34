package reference

import (
	"math/rand/v2"
	"slices"
	"testing"
)

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
			storeRow(c.Out[0], 0, f32(q(m, low)))
			storeRow(c.Out[1], 0, f32(q(m, high)))
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
