package optimized

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

// noise is a row of logits with ties and masked tokens.
func jitter(n int, seed uint64) []float32 {
	x := make([]float32, n)
	for i := range x {
		seed = seed*6364136223846793005 + 1442695040888963407
		switch v := seed >> 40; {
		case v%17 == 0:
			x[i] = float32(math.Inf(-1))
		default:
			x[i] = float32(v%4096)/512 - 4
		}
	}
	return x
}

func ramp(n int) []float64 {
	u := make([]float64, n)
	for i := range u {
		u[i] = (float64(i) + 0.5) / float64(n)
	}
	return u
}

// The single-row forms of the selections do not allocate.
func TestNoAllocationOfSelections(t *testing.T) {
	x, y := jitter(5000, 1), make([]float32, 5000)
	p := make([]float32, 5000)
	_ = Softmax(p, x, 1)
	u := ramp(5000)
	index, value := make([]int64, 40), make([]float32, 40)
	history, bias := []int64{3, 1, 3, 4000}, []float32{1, 2, 3, 4}
	for name, f := range map[string]func(){
		"Argmax":            func() { _, _ = Argmax(x) },
		"TopK":              func() { TopK(index, value, x) },
		"TopKFilter":        func() { _, _ = TopKFilter(y, x, 40) },
		"MinPFilter":        func() { _, _ = MinPFilter(y, x, 0.1) },
		"SampleProbs":       func() { _, _ = SampleProbs(p, 0.3) },
		"Penalties":         func() { _ = Penalties(y, x, history, 1.2, 0.1, 0.2) },
		"LogitBias":         func() { _ = LogitBias(y, x, history, bias) },
		"Banned":            func() { _ = Banned(y, x, history) },
		"SampleGumbel":      func() { _, _ = SampleGumbel(x, u) },
		"SampleChain":       func() { _, _, _ = SampleChain(x, 0.3, 0.7, 50, 0.9, 0.05) },
		"SpeculativeAccept": func() { _, _, _ = SpeculativeAccept(p, p[:5000:5000], 7, 0.5, 0.5) },
	} {
		if n := testing.AllocsPerRun(50, f); n >= 1 {
			t.Errorf("%s allocates %v times a row", name, n)
		}
	}
}

// A row has the same bits alone, in a batch of any number of goroutines, and with
// gaps between the rows.
func TestBatchesOfSelections(t *testing.T) {
	const rows, vocab, stride = 5, 5000, 5003
	x := jitter(rows*stride, 2)
	u := ramp(rows)
	history, offsets := []int64{1, 1, 2, 3, 4999}, []int64{0, 2, 2, 3, 5, 5}
	row := func(i int) []float32 { return x[i*stride:][:vocab] }
	for _, workers := range []int{1, 2, 5, 9} {
		r := Rows{Count: rows, Vocab: vocab, Stride: stride, Goroutines: workers}
		token, kept := make([]int64, rows), make([]int64, rows)
		dst, one := make([]float32, rows*vocab), make([]float32, vocab)
		same := func(name string, i int, want []float32) {
			t.Helper()
			if got := dst[i*vocab:][:vocab]; !slices.EqualFunc(got, want, func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }) {
				t.Errorf("%s: row %d of %d goroutines differs from the row alone", name, i, workers)
			}
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(ArgmaxRows(token, x, r))
		for i := range rows {
			if want, _ := Argmax(row(i)); int64(want) != token[i] {
				t.Errorf("argmax: row %d is %d, alone %d", i, token[i], want)
			}
		}
		must(TopKFilterRows(dst, kept, x, r, 7, 0, 5000, 1, 300))
		for i, k := range []int{7, 0, 5000, 1, 300} {
			n, _ := TopKFilter(one, row(i), k)
			if same("top_k_filter", i, one); int64(n) != kept[i] {
				t.Errorf("top_k_filter keeps %d, alone %d", kept[i], n)
			}
		}
		must(MinPFilterRows(dst, kept, x, r, 0.2))
		for i := range rows {
			_, _ = MinPFilter(one, row(i), 0.2)
			same("min_p_filter", i, one)
		}
		must(PenaltiesRows(dst, x, history, offsets, r, Penalty{Repetition: []float32{1.3}, Frequency: []float32{0.1, 0.2, 0.3, 0.4, 0.5}}))
		for i := range rows {
			_ = Penalties(one, row(i), history[offsets[i]:offsets[i+1]], 1.3, []float32{0.1, 0.2, 0.3, 0.4, 0.5}[i], 0)
			same("penalties", i, one)
		}
		must(SampleChainRows(token, kept, x, u, r, Chain{Temperature: []float32{0.7}, K: []int64{100}, P: []float32{0.9}, MinP: []float32{0.01}}))
		for i := range rows {
			a, n, _ := SampleChain(row(i), u[i], 0.7, 100, 0.9, 0.01)
			if int64(a) != token[i] || int64(n) != kept[i] {
				t.Errorf("sample_chain: row %d draws %d of %d, alone %d of %d", i, token[i], kept[i], a, n)
			}
		}
		must(SampleGumbelRows(token, x, ramp(rows*vocab), r))
		for i := range rows {
			if a, _ := SampleGumbel(row(i), ramp(rows * vocab)[i*vocab:][:vocab]); int64(a) != token[i] {
				t.Errorf("sample_gumbel: row %d draws %d, alone %d", i, token[i], a)
			}
		}
		m := Mask[float32]{Scale: []float32{0.125}, Causal: true, Offset: 4000, Softcap: []float32{0, 0, 5, 0, 0}}
		must(AttentionSoftmaxRows(dst, x, r, m))
		again := slices.Clone(x)
		must(AttentionSoftmaxRows(again, again, Rows{Count: rows, Vocab: vocab, Stride: stride, DstStride: stride}, m))
		for i := range rows {
			same("attention_softmax in place", i, again[i*stride:][:vocab])
		}
		best, score := make([]float32, 6), []float32{-1, -2, -1.5, -9, -1}
		must(BeamStep(best, make([]int64, 6), make([]int64, 6), x, score, r))
		first := slices.Clone(best)
		must(BeamStep(best, make([]int64, 6), make([]int64, 6), x, score, Rows{Count: rows, Vocab: vocab, Stride: stride}))
		if !slices.Equal(first, best) {
			t.Errorf("beam_step: %v with %d goroutines, %v with one", first, workers, best)
		}
		q := x[:4*8]
		for i := range q { // no masks here: a score of NaN would hide a difference
			q[i] = float32(i%7) / 8
		}
		h := Heads{Queries: 4, Keys: 4, DK: 8, DV: 8, Goroutines: workers}
		a, b := make([]float32, 32), make([]float32, 32)
		must(Attention(a, nil, q, q, q, h, Mask[float32]{}))
		h.Goroutines = 1
		must(Attention(b, nil, q, q, q, h, Mask[float32]{}))
		if !slices.Equal(a, b) || a[0] == 0 {
			t.Errorf("attention: %v with %d goroutines, %v with one", a, workers, b)
		}
	}
}

// A refused call names its code and writes nothing, though only the last row is
// at fault.
func TestRefusedSelectionsWriteNothing(t *testing.T) {
	const rows, vocab = 3, 300
	x := jitter(rows*vocab, 3)
	x[rows*vocab-1] = float32(math.NaN())
	r := Rows{Count: rows, Vocab: vocab, Goroutines: 2}
	token, dst := []int64{-7, -7, -7}, make([]float32, rows*vocab)
	for i := range dst {
		dst[i] = -7
	}
	u := []float64{0.1, 0.2, 0.3}
	best := []float32{-7}
	for code, err := range map[string]error{
		"row_nan":          SampleChainRows(token, token, x, u, r, Chain{}),
		"u_range":          SampleChainRows(token, token, x, []float64{0, 0, 1}, r, Chain{}),
		"p_range":          SampleChainRows(token, token, x, u, r, Chain{P: []float32{1, 1, 2}}),
		"k_negative":       TopKFilterRows(dst, token, x, r, 1, 1, -1),
		"min_p_range":      MinPFilterRows(dst, token, x, r, 0, 0, -1),
		"mass_negative":    SampleProbsRows(token[:2], []float32{1, 0, 1, -1}, []float64{0, 0}, Rows{Count: 2, Vocab: 2}),
		"history_range":    PenaltiesRows(dst, x, []int64{300}, []int64{0, 0, 0, 1}, r, Penalty{}),
		"offsets_range":    BannedRows(dst, x, []int64{1}, []int64{0, 1, 0, 1}, r),
		"repetition_range": PenaltiesRows(dst, x, nil, []int64{0, 0, 0, 0}, r, Penalty{Repetition: []float32{1, 1, 0}}),
		"bias_range":       LogitBiasRows(dst, x, []int64{1}, []int64{0, 0, 0, 1}, []float32{float32(math.NaN())}, r),
		"scale_range":      AttentionSoftmaxRows(dst, x, r, Mask[float32]{Scale: []float32{1, 1, 0}}),
		"lengths_range":    AttentionSoftmaxRows(dst, x, r, Mask[float32]{Length: []int64{0, 0, 301}}),
		"score_range":      BeamStep(best, token[:1], token[:1], x, []float32{0, 0, float32(math.Inf(1))}, r),
	} {
		var bad *reference.Reject
		if !errors.As(err, &bad) || bad.Code != code {
			t.Errorf("got %v, want refusal %s", err, code)
		}
	}
	for _, v := range append(dst, best...) {
		if v != -7 {
			t.Fatalf("a refused call wrote %v", v)
		}
	}
	if !slices.Equal(token, []int64{-7, -7, -7}) {
		t.Errorf("a refused call wrote %v", token)
	}
}
