package reference

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

func answerOf(t *testing.T, op *Op, in map[string]Tensor, choice map[string]string) *Call {
	t.Helper()
	truth, err := op.NewCall(in, choice).Truth()
	if err != nil {
		t.Fatal(err)
	}
	return truth
}

// sample_probs against exact rationals, uniforms on and beside every step.
func TestSampleProbsIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		p := make([]float64, 1+r.IntN(9))
		total := 0.0
		for i := range p {
			p[i] = float64(r.IntN(4) * r.IntN(1000))
			total += p[i]
		}
		if total == 0 {
			continue
		}
		before := 0.0
		for _, v := range p {
			before += v
			for _, u := range []float64{before / total, math.Nextafter(before/total, 0), math.Nextafter(before/total, 2), 0, 1 - 0x1p-53} {
				if u >= 1 {
					continue
				}
				limit := new(big.Rat).Mul(new(big.Rat).SetFloat64(u), new(big.Rat).SetFloat64(total))
				want, cdf := 0, new(big.Rat)
				for cdf.Add(cdf, new(big.Rat).SetFloat64(p[0])); cdf.Cmp(limit) <= 0; cdf.Add(cdf, new(big.Rat).SetFloat64(p[want])) {
					want++
				}
				got := int(answerOf(t, sampleProbsOp, map[string]Tensor{"p": Of(F64, []int{1, len(p)}, p...), "u": Vector(F64, u)}, nil).Out[0].Get(0))
				// u*total itself is rounded in float64: either side of a step that close.
				if near := math.Abs(u*total-math.Round(u*total)) < 0x1p-50*total; got != want && !near || p[got] == 0 {
					t.Fatalf("p = %v, u = %v: token %d, want %d", p, u, got, want)
				}
			}
		}
	}
}

// What speculative_accept lets stand is distributed as p, counted over a grid of
// uniforms that makes every probability here exact.
func TestSpeculativeAcceptDrawsFromP(t *testing.T) {
	p, q := []float64{1. / 8, 3. / 8, 4. / 8}, []float64{4. / 8, 2. / 8, 2. / 8}
	mass := make([]float64, 3)
	for draft := range 3 {
		for a := range 4 {
			for b := range 3 {
				c := answerOf(t, speculativeAcceptOp, map[string]Tensor{"p": Of(F64, []int{1, 3}, p...), "q": Of(F64, []int{1, 3}, q...),
					"draft": Vector(I64, float64(draft)), "u": Vector(F64, (float64(a)+0.5)/4), "u2": Vector(F64, (float64(b)+0.5)/3)}, nil)
				mass[int(c.Out[0].Get(0))] += q[draft] / 12
			}
		}
	}
	for i := range p {
		if math.Abs(mass[i]-p[i]) > 1e-15 {
			t.Errorf("token %d stands with probability %v, want %v", i, mass[i], p[i])
		}
	}
}

// The Gumbel-max trick draws from the softmax: frequencies over 40,000 draws
// within 6 standard deviations.
func TestSampleGumbelDrawsFromSoftmax(t *testing.T) {
	const n = 40000
	x := []float64{0, 1, -1, math.Inf(-1), 2}
	r := rand.New(rand.NewPCG(5, 6))
	rows := NewTensor(F64, n, len(x))
	u := NewTensor(F64, n, len(x))
	for i := range rows.Len() {
		rows.Put(i, x[i%len(x)])
		u.Put(i, r.Float64())
	}
	c := answerOf(t, sampleGumbelOp, map[string]Tensor{"x": rows, "u": u}, nil)
	row := newRow(x, 1, F64)
	counts := make([]float64, len(x))
	for i := range n {
		counts[int(c.Out[0].Get(i))]++
	}
	for j, p := range row.softmax() {
		if math.Abs(counts[j]-n*p) > 6*math.Sqrt(n*p) {
			t.Errorf("token %d drawn %v times of %d, p = %v", j, counts[j], n, p)
		}
	}
}

// A beam as wide as there are sequences finds the best of them, in order; the
// callback and the table agree because the table is run as a callback.
func TestBeamSearchIsExhaustive(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	const vocab, maxLen = 3, 4
	for trial := range 20 {
		table, start := NewTensor(F64, vocab, vocab), NewTensor(F64, vocab)
		for i := range table.Len() {
			table.Put(i, r.NormFloat64())
		}
		for i := range vocab {
			start.Put(i, r.NormFloat64())
		}
		a := float64(trial%3) / 2
		norm := []string{"length", "gnmt"}[trial%2]
		c := answerOf(t, beamSearchOp, map[string]Tensor{"table": table, "start": start, "k": Scalar(I64, 200), "max_len": Scalar(I64, maxLen), "eos": Scalar(I64, 2), "length_penalty": Scalar(F64, a)}, map[string]string{"normalisation": norm})
		type sequence struct {
			tokens string
			score  float64
		}
		var all []sequence
		var walk func(prefix []int, sum float64)
		walk = func(prefix []int, sum float64) {
			if n := len(prefix); n == maxLen || n > 0 && prefix[n-1] == 2 {
				length := float64(n)
				if norm == "gnmt" {
					length = (5 + length) / 6
				}
				all = append(all, sequence{fmt.Sprint(prefix), sum / math.Pow(length, a)})
				return
			}
			z := make([]float64, vocab)
			total := 0.0
			for j := range z {
				if z[j] = start.Get(j); len(prefix) > 0 {
					z[j] = table.Get(prefix[len(prefix)-1]*vocab + j)
				}
				total += math.Exp(z[j])
			}
			for j := range z {
				walk(append(slices.Clone(prefix), j), sum+z[j]-math.Log(total))
			}
		}
		walk(nil, 0)
		slices.SortFunc(all, func(a, b sequence) int { return int(math.Copysign(1, b.score-a.score)) })
		score := map[string]float64{}
		for _, s := range all {
			score[s.tokens] = s.score
		}
		seen := map[string]bool{}
		for i, want := range all { // permuted steps tie but for rounding
			got := fmt.Sprint(c.hypothesis(i))
			if seen[got] || math.Abs(score[got]-want.score) > 1e-12 || math.Abs(c.Out[0].Get(i)-want.score) > 1e-12 {
				t.Fatalf("hypothesis %d is %v at %v, want %v at %v", i, got, c.Out[0].Get(i), want.tokens, want.score)
			}
			seen[got] = true
		}
		if c.Out[2].Get(len(all)) != 0 || !math.IsInf(c.Out[0].Get(len(all)), -1) {
			t.Errorf("more than %d hypotheses", len(all))
		}
	}
}

// A narrow beam misses what greedy decoding misses: the likeliest sequence starts
// with the second token here.
func TestBeamSearchForAnyModel(t *testing.T) {
	model := func(prefix []int) []float64 {
		switch {
		case len(prefix) == 0:
			return []float64{math.Log(0.6), math.Log(0.4)}
		case prefix[0] == 0:
			return []float64{0, 0}
		}
		return []float64{math.Log(0.9), math.Log(0.1)}
	}
	for k, want := range map[int][]int{1: {0, 0}, 2: {1, 0}} {
		s := Search{Model: model, K: k, MaxLen: 2, EOS: -1, dtype: F64}
		found, err := s.Run()
		if err != nil || !slices.Equal(found[0].Tokens, want) {
			t.Errorf("k = %d: %v, %v, want %v", k, found, err, want)
		}
	}
}

// The text's sample_with_temperature, `sorted_probs[cumulative - sorted_probs >
// top_p] = 0`, keeps as many tokens as the chain keeps.
func TestTextbookNucleus(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 200 {
		x := drawRows(r, "random", 1, 12)
		T, top := 0.25+r.Float64(), r.Float64()
		c := answerOf(t, sampleChainOp, map[string]Tensor{"x": x, "temperature": Scalar(F32, T), "p": Scalar(F32, top), "u": Vector(F64, 0.5)}, nil)
		T, top = F32.Round(T), F32.Round(top)
		scaled := x.Row(0, nil)
		for i := range scaled {
			scaled[i] /= T
		}
		row := newRow(scaled, 1, F32)
		p := row.softmax()
		slices.SortFunc(p, func(a, b float64) int { return int(math.Copysign(1, b-a)) })
		cumulative, kept := 0.0, 0
		for _, v := range p {
			if cumulative += v; !(cumulative-v > top) {
				kept++
			}
		}
		if float64(kept) != c.Out[1].Get(0) {
			t.Fatalf("x = %v, T = %v, p = %v: kept %v, the text keeps %d", x.Row(0, nil), T, top, c.Out[1].Get(0), kept)
		}
	}
}
