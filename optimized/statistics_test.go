package optimized

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

// statisticsCases draw a call of an operation that is not just a row of logits.
var statisticsCases = map[string]func(r *rand.Rand, op *reference.Op, d reference.DType) *reference.Call{
	"bayes_posterior": func(r *rand.Rand, op *reference.Op, d reference.DType) *reference.Call {
		return bayesCase(r, op, d, nil)
	},
	"bayes_update": func(r *rand.Rand, op *reference.Op, d reference.DType) *reference.Call {
		steps := r.IntN(5)
		return bayesCase(r, op, d, &steps)
	},
	"bayes_odds": func(r *rand.Rand, op *reference.Op, _ reference.DType) *reference.Call {
		n, steps := r.IntN(5), r.IntN(9)
		return op.NewCall(map[string]reference.Tensor{"prior_odds": drawn(r, reference.F32, spread(r, true), n), "ratio": drawn(r, reference.F32, spread(r, true), n, steps)}, nil)
	},
	"relevance_posterior": func(r *rand.Rand, op *reference.Op, d reference.DType) *reference.Call {
		n, vocab := 1+r.IntN(3), length(r)
		in := map[string]reference.Tensor{"score": drawn(r, d, spread(r, false), n, vocab), "temperature": reference.Vector(reference.F32, one(n, []float64{1, 0.7, 20, 1e-3}[r.IntN(4)])...)}
		if r.IntN(4) > 0 {
			in["prior"] = drawn(r, d, spread(r, true), n, vocab)
		}
		return op.NewCall(in, nil)
	},
	"ece":         calibrationCase,
	"reliability": calibrationCase,
	"brier":       calibrationCase,
	"temperature_fit": func(r *rand.Rand, op *reference.Op, d reference.DType) *reference.Call {
		n, vocab := 1+r.IntN(20), 1+r.IntN(60)
		label := make([]float64, n)
		for i := range label {
			label[i] = float64(r.IntN(vocab))
		}
		size := math.Exp(2 * r.NormFloat64())
		return op.NewCall(map[string]reference.Tensor{"x": drawn(r, d, func() float64 { return size * r.NormFloat64() }, n, vocab), "label": reference.Vector(reference.I64, label...)}, nil)
	},
}

func bayesCase(r *rand.Rand, op *reference.Op, d reference.DType, steps *int) *reference.Call {
	n, vocab := 1+r.IntN(3), length(r)
	form := []string{"linear", "log"}[r.IntN(2)]
	shape := []int{n, vocab}
	if steps != nil {
		shape = []int{n, *steps, vocab}
	}
	f := spread(r, form == "linear")
	return op.NewCall(map[string]reference.Tensor{"prior": drawn(r, d, f, n, vocab), "likelihood": drawn(r, d, f, shape...)}, map[string]string{"form": form})
}

func calibrationCase(r *rand.Rand, op *reference.Op, d reference.DType) *reference.Call {
	n, kind := r.IntN(500), r.IntN(4)
	correct := make([]float64, n)
	for i := range correct {
		correct[i] = float64(r.IntN(2))
	}
	in := map[string]reference.Tensor{"correct": reference.Vector(reference.I64, correct...), "conf": drawn(r, d, func() float64 {
		return []float64{r.Float64(), 1 - 1e-3*r.Float64(), float64(r.IntN(11)) / 10, float64(r.IntN(5)) / 4}[kind]
	}, n)}
	choice := map[string]string{}
	if op.Input("bins") >= 0 {
		in["bins"] = reference.Scalar(reference.I64, []float64{1, 4, 10, 15, 100}[r.IntN(5)])
		choice["scheme"] = op.Choices["scheme"][r.IntN(2)]
	}
	if norms := op.Choices["norm"]; norms != nil {
		choice["norm"] = norms[r.IntN(3)]
	}
	return op.NewCall(in, choice)
}

func drawn(_ *rand.Rand, d reference.DType, f func() float64, shape ...int) reference.Tensor {
	t := reference.NewTensor(d, shape...)
	for i := range t.Len() {
		t.Put(i, f())
	}
	return t
}

func one(n int, v float64) []float64 {
	all := make([]float64, n)
	for i := range all {
		all[i] = v
	}
	return all
}

// length is one around the lane, block and chunk boundaries, or short.
func length(r *rand.Rand) int {
	return []int{1, 2, 3, 17, 255, 256, 257, 1000, 4095, 4096, 4097, 9000}[r.IntN(12)]
}

// spread draws logarithms, or masses whose logarithms these are, with some that
// are none.
func spread(r *rand.Rand, masses bool) func() float64 {
	size, holes := []float64{0, 1e-3, 1, 5, 15}[r.IntN(5)], r.IntN(2) == 0
	offset := 0.0
	if !masses {
		offset = []float64{0, -300, 1e4}[r.IntN(3)]
	}
	return func() float64 {
		v := offset + size*min(max(r.NormFloat64(), -5), 5)
		if holes && r.IntN(20) == 0 {
			v = math.Inf(-1)
		}
		if masses {
			return math.Exp(min(v, 9)) // float16 holds no more than 65504
		}
		return v
	}
}

// Every operation here lies within the bound of its contract, has the same bits
// on every instruction set, and is refused where the reference refuses.
func TestStatistics(t *testing.T) {
	for name, make := range statisticsCases {
		op, err := reference.ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			var variants []*reference.Variant
			for _, v := range Variants {
				if v.Op == name && v.Ready() == nil {
					variants = append(variants, v)
				}
			}
			most, refused := 0.0, 0
			ulps := map[string]float64{}
			for _, d := range variants[0].DTypes {
				if name == "bayes_odds" && d != reference.F32 {
					continue
				}
				r := rand.New(rand.NewPCG(uint64(d), 11))
				for range 25 {
					c := make(r, op, d)
					most = max(most, worst(t, variants[0], c))
					truth, err := c.Truth()
					if err != nil {
						refused++
						continue
					}
					if d == reference.F32 {
						countULPs(ulps, c, truth)
					}
					for _, v := range variants[1:] {
						other := &reference.Call{Op: op, In: c.In, Choice: c.Choice}
						for _, o := range c.Out {
							other.Out = append(other.Out, reference.NewTensor(o.DType, o.Shape...))
						}
						if err := v.Run(other); err != nil {
							t.Fatal(err)
						}
						for o := range c.Out {
							for i := range c.Out[o].Len() {
								if a, b := c.Out[o].Bits(i), other.Out[o].Bits(i); a != b {
									t.Fatalf("%v: %s[%d] has the bits %x with %s and %x with %s", d, op.Out[o].Name, i, a, variants[0].Name, b, v.Name)
								}
							}
						}
					}
				}
			}
			t.Logf("worst error %.3f of the bound; %d calls refused; float32, in ULP: %v", most, refused, ulps)
			for out, claim := range claimedULP {
				if have, ok := ulps[out]; ok && have > claim {
					t.Errorf("%s errs by %.3f ULP, its doc comment says at most %v", out, have, claim)
				}
			}
			if most == 0 {
				t.Error("no case has an error: nothing was judged")
			}
		})
	}
}

// claimedULP are the errors that doc comments state, in ULP of float32.
var claimedULP = map[string]float64{
	"bayes_posterior linear posterior": 0.51, "bayes_posterior linear evidence": 0.51, "relevance_posterior posterior": 5,
	"ece ece": 0.51, "ece mce": 0.51, "reliability confidence": 0.51, "reliability accuracy": 0.51, "brier brier": 0.51,
	"bayes_odds odds": 0.51, "bayes_odds probability": 0.51, "bayes_update linear posterior": 5,
}

// countULPs keeps the largest error of each output.
func countULPs(most map[string]float64, c, truth *reference.Call) {
	for o := range c.Out {
		name := c.Op.Name + " "
		if f := c.Pick("form"); f != "" {
			name += f + " "
		}
		name += c.Op.Out[o].Name
		for i := range c.Out[o].Len() {
			if want := truth.Out[o].Get(i); c.Out[o].DType == reference.F32 && !math.IsNaN(want) && !math.IsInf(want, 0) && math.Abs(want) < math.MaxFloat32 {
				most[name] = max(most[name], math.Abs(c.Out[o].Get(i)-want)/reference.F32.Ulp(want))
			}
		}
	}
}

// Rows do not see each other: one at a time, many, and any number of goroutines
// give the same bits.
func TestStatisticsBatches(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	const count, vocab = 7, 5000
	p, q := make([]float32, count*vocab), make([]float32, count*vocab)
	for i := range p {
		p[i], q[i] = r.Float32(), r.Float32()
	}
	label := make([]int64, count)
	alone, all, many := make([]float32, len(p)), make([]float32, len(p)), make([]float32, len(p))
	e := make([]float32, count)
	check := func(name string, one func(i int) error, rows func(dst []float32, r Rows) error) {
		for i := range count {
			if err := one(i); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(rows(all, Rows{Count: count, Vocab: vocab}), rows(many, Rows{Count: count, Vocab: vocab, Goroutines: 3})); err != nil {
			t.Fatal(err)
		}
		for i := range alone {
			if alone[i] != all[i] || alone[i] != many[i] {
				t.Fatalf("%s: element %d is %x alone, %x in a batch, %x with 3 goroutines", name, i, alone[i], all[i], many[i])
			}
		}
	}
	part := func(x []float32, i int) []float32 { return x[i*vocab:][:vocab] }
	check("bayes", func(i int) error { _, err := BayesPosterior(part(alone, i), part(p, i), part(q, i)); return err },
		func(dst []float32, r Rows) error { return BayesPosteriorRows(dst, e, p, q, r) })
	check("log", func(i int) error { _, err := BayesLogPosterior(part(alone, i), part(p, i), part(q, i)); return err },
		func(dst []float32, r Rows) error { return BayesLogPosteriorRows(dst, e, p, q, r) })
	check("relevance", func(i int) error { return RelevancePosterior(part(alone, i), part(p, i), part(q, i), 0.5) },
		func(dst []float32, r Rows) error { return RelevancePosteriorRows(dst, p, q, r, 0.5) })
	f, err := TemperatureFit(p, label, Rows{Count: count, Vocab: vocab})
	g, err2 := TemperatureFit(p, label, Rows{Count: count, Vocab: vocab, Goroutines: 3})
	if f != g || err != nil || err2 != nil {
		t.Errorf("temperature_fit: %v, with 3 goroutines %v (%v, %v)", f, g, err, err2)
	}
	for name, f := range map[string]func(){
		"BayesPosterior":     func() { _, _ = BayesPosterior(alone[:vocab], p[:vocab], q[:vocab]) },
		"BayesLogPosterior":  func() { _, _ = BayesLogPosterior(alone[:vocab], p[:vocab], q[:vocab]) },
		"RelevancePosterior": func() { _ = RelevancePosterior(alone[:vocab], p[:vocab], q[:vocab], 0.5) },
		"BayesOdds":          func() { _, _, _ = BayesOdds(2, p[:9]) },
	} {
		if n := testing.AllocsPerRun(50, f); n >= 1 {
			t.Errorf("%s allocates %v times a row", name, n)
		}
	}
}

// What is refused is refused before anything is written, and lengths that
// differ panic.
func TestStatisticsRefusals(t *testing.T) {
	dst := []float32{7, 7, 7, 7}
	e := []float32{7, 7}
	one, two := Rows{Count: 2, Vocab: 1}, Rows{Count: 2, Vocab: 2}
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for name, c := range map[string]struct {
		err error
		row int
	}{
		"second row impossible": {BayesPosteriorRows(dst, e, []float32{1, 1, 1, 0}, []float32{1, 1, 0, 1}, two), 1},
		"NaN prior":             {RelevancePosteriorRows(dst, []float32{1, 2, 3, 4}, []float32{1, 1, 1, nan}, two), 1},
		"NaN prior, one each":   {RelevancePosteriorRows(dst[:2], []float32{1, 2}, []float32{1, nan}, one), 1},
		"log +Inf":              {BayesLogPosteriorRows(dst, e, []float32{1, 1, 1, inf}, []float32{1, 1, 0, 1}, two), 1},
		"log +Inf, third step":  {BayesUpdateRows(dst, e, []float32{1, 1, 1, 1}, []float32{11: inf}, 3, two, true), 1},
		"no bins":               {errOf3(ECE([]float32{0.5}, []uint8{1}, Binning{Bins: 0}, L1)), -1},
	} {
		var bad *reference.Reject
		if !errors.As(c.err, &bad) || bad.Row != c.row {
			t.Errorf("%s: %v, want a refusal of row %d", name, c.err, c.row)
		}
	}
	for _, v := range append(dst, e...) {
		if v != 7 {
			t.Fatalf("a refused call wrote %v", v)
		}
	}
	for name, f := range map[string]func(){
		"likelihood too short": func() { _, _ = BayesPosterior(dst, dst[:4:4], e) },
		"dst is the prior":     func() { _, _ = BayesPosterior(dst, dst, []float32{1, 1, 1, 1}) },
		"dst in the prior":     func() { _, _ = BayesPosterior(dst[:3], dst[1:], []float32{1, 1, 1}) },
		"dst in likelihood":    func() { _, _ = BayesPosterior(dst[:3], []float32{1, 1, 1}, dst[1:]) },
		"less than no rows":    func() { _ = BayesPosteriorRows[float32](nil, nil, nil, nil, Rows{Count: -1}) },
		"prior too short":      func() { _ = RelevancePosterior(dst, dst, e, 1) },
		"labels missing":       func() { _, _ = TemperatureFit(dst, nil, Rows{Count: 2, Vocab: 2}) },
		"correct too short":    func() { _, _ = Brier(dst, nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

// The table's rows lie where their tensors say; posteriors that must be neighbours
// and are not are not supported.
func TestStatisticsStrides(t *testing.T) {
	x := reference.Of(reference.F32, []int{3, 5}, 1, 2, 3, 4, 5, 9, 7, 5, 3, 1, 6, 6, 6, 1, 2)
	bayes := map[string]reference.Tensor{"prior": x, "likelihood": x}
	for name, c := range map[string]struct {
		op   string
		in   map[string]reference.Tensor
		lay  func(c *reference.Call)
		want error
	}{
		"relevance":  {"relevance_posterior", map[string]reference.Tensor{"score": x, "prior": x}, func(c *reference.Call) { c.In[0], c.Out[0] = spaced(x, 8, 1), spaced(x, 11, 1) }, nil},
		"evidence":   {"bayes_posterior", bayes, func(c *reference.Call) { c.Out[1].Stride, c.Out[1].Data = []int{2}, make([]float32, 6) }, nil},
		"posteriors": {"bayes_posterior", bayes, func(c *reference.Call) { c.Out[0] = spaced(x, 8, 1) }, reference.ErrUnsupported},
	} {
		op, err := reference.ByName(c.op)
		if err != nil {
			t.Fatal(err)
		}
		v := Variants[slices.IndexFunc(Variants, func(v *reference.Variant) bool { return v.Op == c.op && v.Name == "portable" })]
		plain, spread := op.NewCall(c.in, nil), op.NewCall(c.in, nil)
		c.lay(spread)
		if err := v.Run(plain); err != nil {
			t.Fatal(err)
		}
		if err := v.Run(spread); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
			continue
		}
		for o := range plain.Out {
			for i := range plain.Out[o].Len() {
				if c.want == nil && plain.Out[o].Bits(i) != spread.Out[o].Bits(i) {
					t.Errorf("%s: output %d differs at %d with other strides", name, o, i)
				}
			}
		}
	}
}
