package optimized

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

func noise(n int, by float32) []float32 {
	rnd := rand.New(rand.NewPCG(uint64(n), 9))
	v := make([]float32, n)
	for i := range v {
		v[i] = by * (rnd.Float32() - 0.5)
	}
	return v
}

func positive(v []float32) []float32 {
	w := make([]float32, len(v))
	for i := range v {
		w[i] = abs(v[i])
	}
	return w
}

// A row has the same bits alone and in a batch, with rows apart, on any number of
// goroutines, and what lies between the rows stays as it was.
func TestDenseBatches(t *testing.T) {
	const count, vocab, stride = 5, 4500, 4600
	x, y := noise(count*stride, 20), noise(count*stride+1, 20)[1:]
	p, q := positive(x), positive(y)
	label := []int64{0, 17, 4499, 4096, 1}
	run := func(goroutines int, x, y, p, q []float32, label []int64, count, stride int) (out [][]float32) {
		r := Rows{Count: count, Vocab: vocab, Stride: stride, DstStride: stride, Goroutines: goroutines}
		n := max(count-1, 0)*stride + vocab
		wide := func() []float32 {
			v := make([]float32, n)
			for i := range v {
				v[i] = -77
			}
			out = append(out, v)
			return v
		}
		each := func() []float32 { v := make([]float32, count); out = append(out, v); return v }
		check := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		check(LogSoftmaxRows(wide(), x, r, 0.7))
		check(SoftmaxBackwardRows(wide(), p, y, r, 0.7))
		check(CrossEntropyBackwardRows(wide(), each(), each(), x, label, r, Loss{Smoothing: []float32{0.1}}, Upstream{}))
		check(LogSumExpRows(each(), x, r))
		check(CrossEntropySoftRows(each(), x, q, r))
		check(TokenLogProbsRows(each(), x, label, r))
		check(EntropyFromLogitsRows(each(), x, false, r))
		check(EntropyRows(each(), p, r, Masses{Normalise: true}))
		check(KLRows(each(), p, q, r, Masses{Normalise: true}))
		check(CrossEntropyPQRows(each(), p, q, r, Masses{}))
		check(JSRows(each(), p, q, r, Masses{}, 0.25))
		KLFromLogitsRows(each(), x, y, false, r)
		return out
	}
	want := run(1, x, y, p, q, label, count, stride)
	for _, v := range want {
		for i := vocab; i < len(v) && len(v) > count; i++ {
			if i%stride >= vocab && v[i] != -77 {
				t.Fatalf("element %d between two rows was written", i)
			}
		}
	}
	for o, v := range run(3, x, y, p, q, label, count, stride) {
		for i := range v {
			if math.Float32bits(v[i]) != math.Float32bits(want[o][i]) {
				t.Fatalf("output %d, element %d: %x on 3 goroutines, %x on one", o, i, v[i], want[o][i])
			}
		}
	}
	for row := range count {
		at := row * stride
		for o, v := range run(1, x[at:], y[at:], p[at:], q[at:], label[row:row+1], 1, vocab) {
			from := row
			if len(v) == vocab {
				from = at
			}
			for i := range v {
				if math.Float32bits(v[i]) != math.Float32bits(want[o][from+i]) {
					t.Fatalf("output %d, row %d, element %d: %x alone, %x in the batch", o, row, i, v[i], want[o][from+i])
				}
			}
		}
	}
}

// Outputs that may be their input give the same bits there.
func TestDenseInPlace(t *testing.T) {
	x, dy := noise(9000, 20), noise(9001, 2)[1:]
	y := make([]float32, len(x))
	if err := Softmax(y, x, 1); err != nil {
		t.Fatal(err)
	}
	apart, clone := make([]float32, len(x)), func(v []float32) []float32 { return append([]float32{}, v...) }
	same := func(name string, got []float32) {
		t.Helper()
		for i := range got {
			if math.Float32bits(got[i]) != math.Float32bits(apart[i]) {
				t.Fatalf("%s in place: [%d] = %x, apart %x", name, i, got[i], apart[i])
			}
		}
	}
	_ = LogSoftmax(apart, x, 0.7)
	v := clone(x)
	_ = LogSoftmax(v, v, 0.7)
	same("LogSoftmax", v)
	_, _, _ = CrossEntropyBackward(apart, x, 4097)
	v = clone(x)
	_, _, _ = CrossEntropyBackward(v, v, 4097)
	same("CrossEntropyBackward", v)
	_ = SoftmaxBackward(apart, y, dy, 1)
	v = clone(y)
	_ = SoftmaxBackward(v, v, dy, 1)
	same("SoftmaxBackward, dx = y", v)
	v = clone(dy)
	_ = SoftmaxBackward(v, y, v, 1)
	same("SoftmaxBackward, dx = dy", v)
}

// The single-row forms do not allocate.
func TestDenseNoAllocation(t *testing.T) {
	x, y := noise(5000, 20), noise(5001, 20)[1:]
	p, q, dst := positive(x), positive(y), make([]float32, 5000)
	h := make([]BF16, 5000)
	narrow(best, h, x)
	for name, f := range map[string]func(){
		"LogSoftmax":           func() { _ = LogSoftmax(dst, x, 0.7) },
		"LogSoftmax bf16":      func() { _ = LogSoftmax(h, h, 1) },
		"LogSumExp":            func() { _, _ = LogSumExp(x, 1) },
		"SoftmaxBackward":      func() { _ = SoftmaxBackward(dst, p, x, 1) },
		"CrossEntropyBackward": func() { _, _, _ = CrossEntropyBackward(dst, x, 17) },
		"CrossEntropySoft":     func() { _, _ = CrossEntropySoft(x, q) },
		"TokenLogProb":         func() { _, _ = TokenLogProb(x, 3, 0.7) },
		"SequenceLogProb":      func() { _, _, _ = SequenceLogProb(x, GNMT, 0.6) },
		"Perplexity":           func() { _, _ = Perplexity(p, nil) },
		"Entropy":              func() { _, _ = Entropy(p) },
		"EntropyFromLogits":    func() { _, _ = EntropyFromLogits(x, 1) },
		"KL":                   func() { _, _ = KL(p, q) },
		"JS":                   func() { _, _ = JS(p, q, 0.5) },
		"KLFromLogits":         func() { _ = KLFromLogits(x, y) },
		"KLPenalty":            func() { _ = KLPenalty(dst, nil, x, y, nil, K3) },
	} {
		if n := testing.AllocsPerRun(50, f); n >= 1 {
			t.Errorf("%s allocates %v times a row", name, n)
		}
	}
}

// Shapes that cannot be panic and write nothing; values that cannot be are refused
// and write nothing.
func TestDenseRefusals(t *testing.T) {
	x := noise(8, 1)
	dst := []float32{9, 9, 9, 9, 9, 9, 9, 9}
	r := Rows{Count: 2, Vocab: 4}
	for name, f := range map[string]func(){
		"LogSoftmax":      func() { _ = LogSoftmax(dst[:3], x, 1) },
		"overlap":         func() { _ = LogSoftmax(dst[1:5], dst[:4], 1) },
		"SoftmaxBackward": func() { _ = SoftmaxBackward(dst, x, x[:4], 1) },
		"backward":        func() { _ = CrossEntropyBackwardRows(dst, nil, nil, x, []int64{0}, r, Loss{}, Upstream{}) },
		"lse":             func() { _ = LogSumExpRows(dst[:1], x, r) },
		"G": func() {
			_ = CrossEntropyBackwardRows(dst, nil, nil, x, []int64{0, 1}, r, Loss{}, Upstream{G: dst[:3]})
		},
		"temperatures": func() { _ = TokenLogProbsRows(dst[:2], x, []int64{0, 1}, r, 1, 2, 3) },
		"KL":           func() { _, _ = KL(x, x[:3]) },
		"KLPenalty":    func() { _ = KLPenalty(dst, nil, x, x[:3], nil, K1) },
		"counted":      func() { _, _ = Perplexity(x, []bool{true}) },
		"short":        func() { _ = EntropyRows(dst[:2], x[:7], r, Masses{}) },
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
	minus := []float32{1, 1, 1, 1, 1, 1, 1, -1}
	for code, err := range map[string]error{
		"temperature_negative": LogSoftmaxRows(dst, x, r, 1, -1),
		"temperature_zero":     SoftmaxBackwardRows(dst, x, x, r, 1, 0),
		"label_range":          CrossEntropyBackwardRows(dst, nil, nil, x, []int64{0, 4}, r, Loss{}, Upstream{}),
		"p_negative":           EntropyRows(dst[:2], minus, r, Masses{}),
		"q_negative":           CrossEntropySoftRows(dst[:2], x, minus, r),
		"beta_range":           JSRows(dst[:2], x, x, r, Masses{}, 1, 2),
		"q_total":              KLRows(dst[:2], positive(x), make([]float32, 8), r, Masses{Normalise: true}),
		"alpha_range":          SequenceLogProbRows(dst[:2], dst[2:4], x, []int64{1, 1}, GNMT, r, 1, float32(math.NaN())),
		"length_range":         SequenceLogProbRows(dst[:2], dst[2:4], x, []int64{1, 5}, GNMT, r),
	} {
		if bad, ok := err.(*reference.Reject); !ok || bad.Code != code {
			t.Errorf("%s: got %v", code, err)
		}
	}
	for i, v := range dst {
		if v != 9 {
			t.Errorf("dst[%d] was written", i)
		}
	}
}
