package reference

import (
	"math"
	"math/rand/v2"
	"testing"
)

func calibrationCallCases(op *Op, choice map[string]string) (cases []*Call) {
	r := rand.New(rand.NewPCG(5, 5))
	for _, n := range []int{1, 2, 30, 1000, 5000} {
		for kind := range 5 {
			conf, correct := make([]float64, n), make([]float64, n)
			for i := range conf {
				conf[i] = []float64{r.Float64(), 1 - 1e-4*r.Float64(), 0.5 + 1e-6*r.NormFloat64(), float64(r.IntN(11)) / 10, float64(r.IntN(2))}[kind]
				correct[i] = float64(r.IntN(2))
			}
			in := map[string]Tensor{"conf": Vector(F32, conf...), "correct": Vector(I64, correct...)}
			if op.Input("bins") >= 0 {
				in["bins"] = Scalar(I64, []float64{10, 15, 16}[r.IntN(3)])
			}
			cases = append(cases, op.NewCall(in, choice))
		}
	}
	return cases
}

// eceKernel is ece in float32 with a rule for the bin, which may leave samples
// out (-1), and one for a bin's gap.
func eceKernel(bin func(c f32, bins int) int, gap func(conf, right, n f32) f32) func(*Call) {
	return func(c *Call) {
		bins, n := int(c.Param("bins", 0)), c.In[0].Len()
		conf, right, count := make([]f32, bins), make([]f32, bins), make([]f32, bins)
		for i := range n {
			if b := bin(f32(c.In[0].Get(i)), bins); b >= 0 {
				conf[b] += f32(c.In[0].Get(i))
				right[b] += f32(c.In[1].Int(i))
				count[b]++
			}
		}
		var ece, mce f32
		for b := range bins {
			if count[b] > 0 {
				g := gap(conf[b], right[b], count[b])
				ece += g * (count[b] / f32(n))
				mce = max(mce, g)
			}
		}
		storeRow(c.Out[0], 0, ece)
		storeRow(c.Out[1], 0, mce)
	}
}

func TestECEKernels(t *testing.T) {
	exact := func(c f32, bins int) int { return widthBin(float64(c), bins) }
	means := func(conf, right, n f32) f32 { return f32(math.Abs(float64(right/n - conf/n))) }
	judgeKernels(t, eceOp, calibrationCallCases(eceOp, nil), []kernel{
		{"plain", false, eceKernel(exact, means)},
		{"product in float32", false, eceKernel(func(c f32, bins int) int { return max(int(math.Ceil(float64(c*f32(bins))))-1, 0) }, means)},
		{"edges in float32", false, eceKernel(func(c f32, bins int) int {
			b := 0
			for b < bins-1 && c > f32(b+1)/f32(bins) {
				b++
			}
			return b
		}, means)},
		{"one difference", false, eceKernel(exact, func(conf, right, n f32) f32 { return f32(math.Abs(float64(right-conf))) / n })},
		{"textbook: conf >= lo and conf < hi", true, eceKernel(func(c f32, bins int) int {
			if c >= 1 {
				return -1 // the bin [lo, 1) does not hold it
			}
			return int(c * f32(bins))
		}, means)},
		{"confidence 0 left out", true, eceKernel(func(c f32, bins int) int { return widthBin(float64(c), bins) - b2i(c == 0) }, means)},
		{"centre of the bin for the mean", true, eceKernel(exact, func(conf, right, n f32) f32 {
			return f32(math.Abs(float64(right/n - 0.05 - f32(math.Floor(float64(10*conf/n)))/10)))
		})},
		{"squared gap", true, eceKernel(exact, func(conf, right, n f32) f32 { return means(conf, right, n) * means(conf, right, n) })},
	})
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// The source text's loop over bins leaves out a confidence of exactly 1: a model
// that is always sure and half the time wrong looks calibrated.
func TestTextbookECELosesConfidenceOne(t *testing.T) {
	conf, correct := []float64{1, 1}, []float64{1, 0}
	textbook := 0.0
	for b := range 10 {
		lo, hi := float64(b)/10, float64(b+1)/10
		var n, c, a float64
		for i, v := range conf {
			if v >= lo && v < hi {
				n, c, a = n+1, c+v, a+correct[i]
			}
		}
		if n > 0 {
			textbook += n / 2 * math.Abs(c/n-a/n)
		}
	}
	truth, err := eceOp.NewCall(confident(conf, correct, 10), nil).Truth()
	if err != nil {
		t.Fatal(err)
	}
	if got := truth.Out[0].Get(0); got != 0.5 || textbook != 0 {
		t.Errorf("ece = %v, want 0.5; the textbook's = %v, known to be 0", got, textbook)
	}
}

func TestBrierKernels(t *testing.T) {
	square := func(c *Call, add func([]f32) f32) f32 {
		v := make([]f32, c.In[0].Len())
		for i := range v {
			e := f32(c.In[0].Get(i)) - f32(c.In[1].Int(i))
			v[i] = e * e
		}
		return add(v)
	}
	judgeKernels(t, brierOp, calibrationCallCases(brierOp, nil), []kernel{
		{"sequential", false, func(c *Call) { storeRow(c.Out[0], 0, square(c, sum32)/f32(c.In[0].Len())) }},
		{"pairwise", false, func(c *Call) { storeRow(c.Out[0], 0, square(c, pairwise32)/f32(c.In[0].Len())) }},
		{"reciprocal", false, func(c *Call) { storeRow(c.Out[0], 0, square(c, sum32)*(1/f32(c.In[0].Len()))) }},
		{"running mean", false, func(c *Call) {
			storeRow(c.Out[0], 0, square(c, func(v []f32) (m f32) {
				for i, x := range v {
					m += (x - m) / f32(i+1)
				}
				return m
			}))
		}},
		{"root", true, func(c *Call) { storeRow(c.Out[0], 0, f32(math.Sqrt(float64(square(c, sum32)/f32(c.In[0].Len()))))) }},
		{"not divided", true, func(c *Call) { storeRow(c.Out[0], 0, square(c, sum32)) }},
		{"n-1", true, func(c *Call) { storeRow(c.Out[0], 0, square(c, sum32)/f32(c.In[0].Len()-1)) }},
	})
}

func TestReliabilityKernels(t *testing.T) {
	// with writes bins by a rule and means by another.
	with := func(bin func(c f32, bins int) int, mean func(sum f32, n, bins, b int) f32) func(*Call) {
		return func(c *Call) {
			bins := int(c.Param("bins", 0))
			conf, right, n := make([]f32, bins), make([]f32, bins), make([]int, bins)
			for i := range c.In[0].Len() {
				if b := bin(f32(c.In[0].Get(i)), bins); b >= 0 && b < bins {
					conf[b] += f32(c.In[0].Get(i))
					right[b] += f32(c.In[1].Int(i))
					n[b]++
				}
			}
			for b := range bins {
				c.Out[0].PutInt(b, int64(n[b]))
				c.Out[1].Put(b, float64(mean(conf[b], n[b], bins, b)))
				c.Out[2].Put(b, float64(right[b]/f32(n[b])))
			}
		}
	}
	exact := func(c f32, bins int) int { return widthBin(float64(c), bins) }
	mean := func(s f32, n, _, _ int) f32 { return s / f32(n) }
	judgeKernels(t, reliabilityOp, calibrationCallCases(reliabilityOp, nil), []kernel{
		{"plain", false, with(exact, mean)},
		{"product in float32", false, with(func(c f32, bins int) int { return max(int(math.Ceil(float64(c*f32(bins))))-1, 0) }, mean)},
		{"reciprocal", false, with(exact, func(s f32, n, _, _ int) f32 { return s * (1 / f32(n)) })},
		{"edges in float32", false, with(func(c f32, bins int) int {
			b := 0
			for b < bins-1 && c > f32(b+1)/f32(bins) {
				b++
			}
			return b
		}, mean)},
		{"[lo, hi)", true, with(func(c f32, bins int) int { return int(c * f32(bins)) }, mean)},
		{"centres", true, with(exact, func(_ f32, n, bins, b int) f32 { return (f32(b) + 0.5) / f32(bins) / f32(min(n, 1)) })},
		{"empty bins 0", true, with(exact, func(s f32, n, _, _ int) f32 { return s / f32(max(n, 1)) })},
	})
}
