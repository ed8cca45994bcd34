package optimized

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

// batchOf makes rows of different nature, stride apart, the gaps poisoned.
func batchOf(count, vocab, stride int) []float32 {
	s := stream(3)
	x := make([]float32, max(0, (count-1)*stride+vocab))
	for i := range x {
		x[i] = float32(math.NaN())
	}
	for r := range count {
		for i := range vocab {
			x[r*stride+i] = float32(pinnedKinds[r%6].make(&s, i))
		}
	}
	return x
}

// A row has the same bits alone and in any batch, for any number of goroutines
// and any stride, and what lies between rows is left alone.
func TestRowsAreIndependent(t *testing.T) {
	for _, vocab := range []int{1, 7, 300, 4100} {
		const count = 13
		stride, dstStride := vocab+5, vocab+3
		x := batchOf(count, vocab, stride)
		label, u := make([]int64, count), make([]float64, count)
		for i := range label {
			label[i], u[i] = int64(i*7%vocab), float64(i)/count
		}
		T := []float32{1, 0.5, 3, 0, 1, float32(math.Inf(1)), 1e-3, 1, 2, 0.25, 0, 1, 7}
		p := []float32{0.5, 0, 1, 0.9, 0.1, 0.3, 0.999, 0.7, 0.2, 1, 0.5, 0.6, 0.8}
		for _, isa := range built {
			on := Kernels{true, isa}
			if ready(isa) != nil {
				continue
			}
			one := make([]float32, vocab)
			for _, n := range []int{0, 1, 2, 7, 40} {
				r := Rows{Count: count, Vocab: vocab, Stride: stride, DstStride: dstStride, Goroutines: n, On: on}
				dst := make([]float32, (count-1)*dstStride+vocab)
				for i := range dst {
					dst[i] = -1
				}
				if err := SoftmaxRows(dst, x, r, T...); err != nil {
					t.Fatal(err)
				}
				for i := range count {
					if err := SoftmaxRows(one, x[i*stride:][:vocab], Rows{Count: 1, Vocab: vocab, On: on}, T[i]); err != nil {
						t.Fatal(err)
					}
					if got := dst[i*dstStride:][:vocab]; !slices.Equal(bitsOf(got), bitsOf(one)) {
						t.Fatalf("%v vocab %d goroutines %d: softmax row %d differs in a batch", isa, vocab, n, i)
					}
				}
				for i, v := range dst {
					if i%dstStride >= vocab && v != -1 {
						t.Fatalf("softmax wrote %v between rows", v)
					}
				}
				kept, tokens := make([]int64, count), make([]int64, count)
				loss, lse := make([]float32, count), make([]float32, count)
				if err := TopPFilterRows(dst, kept, x, r, p...); err != nil {
					t.Fatal(err)
				}
				if err := SampleLogitsRows(tokens, x, u, r, T...); err != nil {
					t.Fatal(err)
				}
				if _, err := CrossEntropyRows(loss, lse, x, label, r, Loss{}); err != nil {
					t.Fatal(err)
				}
				for i := range count {
					row := x[i*stride:][:vocab]
					k, err := TopPFilter(one, row, p[i])
					if err != nil || int64(k) != kept[i] || !slices.Equal(bitsOf(one), bitsOf(dst[i*dstStride:][:vocab])) {
						t.Fatalf("%v vocab %d: nucleus of row %d: %d alone, %d in a batch (%v)", isa, vocab, i, k, kept[i], err)
					}
					if tok, err := SampleLogits(row, T[i], u[i]); err != nil || int64(tok) != tokens[i] {
						t.Fatalf("%v vocab %d: token of row %d: %d alone, %d in a batch (%v)", isa, vocab, i, tok, tokens[i], err)
					}
					if a, b, err := CrossEntropy(row, int(label[i])); err != nil || a != loss[i] || b != lse[i] {
						t.Fatalf("%v vocab %d: loss of row %d: %v, %v alone, %v, %v in a batch (%v)", isa, vocab, i, a, b, loss[i], lse[i], err)
					}
				}
			}
		}
	}
}

func bitsOf(x []float32) []uint32 {
	b := make([]uint32, len(x))
	for i, v := range x {
		b[i] = math.Float32bits(v)
	}
	return b
}

// In place is the same as out of place, in every element type.
func TestInPlace(t *testing.T) {
	for _, vocab := range []int{1, 255, 4096, 9001} {
		for r := range 6 {
			x := batchOf(r+1, vocab, vocab)[r*vocab:]
			y := make([]float32, vocab)
			_ = Softmax(y, x, 0.7)
			z := slices.Clone(x)
			if err := Softmax(z, z, 0.7); err != nil || !slices.Equal(bitsOf(y), bitsOf(z)) {
				t.Fatalf("vocab %d, %s: in place differs (%v)", vocab, pinnedKinds[r].name, err)
			}
			h, g := make([]BF16, vocab), make([]BF16, vocab)
			narrow(best, h, x)
			_ = Softmax(g, h, 1)
			if _ = Softmax(h, h, 1); !slices.Equal(g, h) {
				t.Fatalf("vocab %d, %s: bf16 in place differs", vocab, pinnedKinds[r].name)
			}
		}
	}
}

// Shapes that cannot be panic, name both values, and write nothing.
func TestImpossibleShapes(t *testing.T) {
	x, y := make([]float32, 12), make([]float32, 12)
	tok := make([]int64, 3)
	for name, c := range map[string]struct {
		f    func()
		says []string
	}{
		"softmax lengths":   {func() { _ = Softmax(y[:3], x, 1) }, []string{"len(dst)=3", "len(x)=12"}},
		"softmax overlap":   {func() { _ = Softmax(x[1:], x[:11], 1) }, []string{"overlap"}},
		"rows short x":      {func() { _ = SoftmaxRows(y, x[:11], Rows{Count: 3, Vocab: 4}) }, []string{"len(x)=11", "want 12"}},
		"rows short dst":    {func() { _ = SoftmaxRows(y[:11], x, Rows{Count: 3, Vocab: 4}) }, []string{"len(dst)=11", "want 12"}},
		"rows stride":       {func() { _ = SoftmaxRows(y, x, Rows{Count: 3, Vocab: 4, Stride: 3}) }, []string{"stride 3", "Vocab=4"}},
		"rows negative":     {func() { _ = SoftmaxRows(y, x, Rows{Count: -1, Vocab: 4}) }, []string{"Count=-1", "Vocab=4"}},
		"rows overflow":     {func() { _ = SoftmaxRows(y, x, Rows{Count: math.MaxInt / 2, Vocab: 4}) }, []string{"overflow", fmt.Sprint(math.MaxInt / 2)}},
		"rows temperatures": {func() { _ = SoftmaxRows(y, x, Rows{Count: 3, Vocab: 4}, 1, 2) }, []string{"len(temperature)=2", "3"}},
		"rows overlap":      {func() { _ = SoftmaxRows(x[1:], x[:11], Rows{Count: 2, Vocab: 4}) }, []string{"overlap"}},
		"rows two strides":  {func() { _ = SoftmaxRows(x, x, Rows{Count: 2, Vocab: 4, DstStride: 5}) }, []string{"overlap", "5"}},
		"top-p lengths":     {func() { _, _ = TopPFilter(y[:3], x, 1) }, []string{"len(dst)=3", "len(x)=12"}},
		"top-p in place":    {func() { _, _ = TopPFilter(x, x, 1) }, []string{"overlap"}},
		"top-p kept":        {func() { _ = TopPFilterRows(y, tok, x, Rows{Count: 2, Vocab: 4}) }, []string{"len(kept)=3", "Count=2"}},
		"top-p p":           {func() { _ = TopPFilterRows(y, nil, x, Rows{Count: 3, Vocab: 4}, 1, 1) }, []string{"len(p)=2", "3"}},
		"top-p overlap":     {func() { _ = TopPFilterRows(x[1:], nil, x[:11], Rows{Count: 2, Vocab: 4}) }, []string{"overlap"}},
		"top-p one":         {func() { _ = TopPFilterRows(x[:1], nil, x[:1], Rows{Count: 1, Vocab: 1}) }, []string{"overlap"}},
		"rows all but over": {func() { _ = SoftmaxRows(y, x, Rows{Count: math.MaxInt / 4, Vocab: 4}) }, []string{"len(x)=12", fmt.Sprintf("want %d", math.MaxInt/4*4)}},
		"sample u":          {func() { _ = SampleLogitsRows(tok, x, nil, Rows{Count: 3, Vocab: 4}) }, []string{"len(u)=0", "Count=3"}},
		"sample tokens":     {func() { _ = SampleLogitsRows(nil, x, make([]float64, 3), Rows{Count: 3, Vocab: 4}) }, []string{"len(token)=0", "Count=3"}},
		"loss labels":       {func() { _, _ = CrossEntropyRows(nil, nil, x, tok[:2], Rows{Count: 3, Vocab: 4}, Loss{}) }, []string{"len(label)=2", "Count=3"}},
		"loss out":          {func() { _, _ = CrossEntropyRows(y, nil, x, tok, Rows{Count: 3, Vocab: 4}, Loss{}) }, []string{"len(loss)=12", "Count=3"}},
		"loss lse":          {func() { _, _ = CrossEntropyRows(nil, y[:2], x, tok, Rows{Count: 3, Vocab: 4}, Loss{}) }, []string{"len(lse)=2", "Count=3"}},
		"loss weights":      {func() { _, _ = CrossEntropyRows(nil, nil, x, tok, Rows{Count: 3, Vocab: 4}, Loss{Weight: y[:3]}) }, []string{"len(Weight)=3", "Vocab=4"}},
		"loss smoothing":    {func() { _, _ = CrossEntropyRows(nil, nil, x, tok, Rows{Count: 3, Vocab: 4}, Loss{Smoothing: y[:2]}) }, []string{"len(Smoothing)=2", "3"}},
		"loss temperature":  {func() { _, _ = CrossEntropyRows(nil, nil, x, tok, Rows{Count: 3, Vocab: 4}, Loss{Temperature: y[:2]}) }, []string{"len(Temperature)=2", "3"}},
	} {
		func() {
			defer func() {
				msg := fmt.Sprint(recover())
				for _, s := range c.says {
					if !strings.Contains(msg, s) {
						t.Errorf("%s: %q does not name %q", name, msg, s)
					}
				}
			}()
			c.f()
		}()
		if slices.ContainsFunc(x, func(v float32) bool { return v != 0 }) || slices.ContainsFunc(y, func(v float32) bool { return v != 0 }) {
			t.Fatalf("%s: something was written", name)
		}
	}
}

// Values that cannot be are refused by name, and nothing is written.
func TestRefusals(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	x := []float32{1, 2, 3, 4}
	dst := []float32{-1, -1, -1, -1}
	r := Rows{Count: 2, Vocab: 2}
	tok, kept := []int64{-9, -9}, []int64{-9, -9}
	out := func() []float32 { return dst[:2] }
	u := []float64{0.5, 0.5}
	draw := func(x []float32, u []float64, T ...float32) error { return SampleLogitsRows(tok, x, u, r, T...) }
	loss := func(label []int64, l Loss) error {
		_, err := CrossEntropyRows(out(), dst[2:], x, label, r, l)
		return err
	}
	for name, c := range map[string]struct {
		err       error
		code, arg string
		row       int
	}{
		"T":            {SoftmaxRows(dst, x, r, 1, -2), "temperature_negative", "temperature", 1},
		"T NaN":        {Softmax(dst, x, nan), "temperature_nan", "temperature", 0},
		"p":            {TopPFilterRows(dst, kept, x, r, 0.5, 1.5), "p_range", "p", 1},
		"p NaN":        {errOf2(TopPFilter(dst, x, nan)), "p_range", "p", 0},
		"u":            {draw(x, []float64{0.5, 1}), "u_range", "u", 1},
		"draw T":       {draw(x, u, -1), "temperature_negative", "temperature", 0},
		"draw NaN":     {draw([]float32{1, 2, 3, nan}, u), "row_nan", "x", 1},
		"draw +Inf":    {draw([]float32{1, 2, inf, 4}, u), "row_infinite", "x", 1},
		"draw masked":  {draw([]float32{-inf, -inf, 3, 4}, u), "row_masked", "x", 0},
		"draw nothing": {errOf2(SampleLogits([]float32{}, 1, 0.5)), "row_empty", "x", 0},
		"one u":        {errOf2(SampleLogits(x, 1, -0.5)), "u_range", "u", 0},
		"label":        {loss([]int64{0, 2}, Loss{}), "label_range", "label", 1},
		"label -1":     {loss([]int64{-1, 0}, Loss{}), "label_range", "label", 0},
		"not ignored":  {loss([]int64{0, -7}, Loss{IgnoreIndex: -7}), "label_range", "label", 1},
		"loss T":       {loss([]int64{0, 1}, Loss{Temperature: []float32{1, 0}}), "temperature_zero", "temperature", 1},
		"smoothing":    {loss([]int64{0, 1}, Loss{Smoothing: []float32{0, -0.5}}), "smoothing_range", "smoothing", 1},
		"weight":       {loss([]int64{0, 1}, Loss{Weight: []float32{1, inf}}), "weight_range", "weight", -1},
		"weight < 0":   {loss([]int64{0, 1}, Loss{Weight: []float32{-1, 1}}), "weight_range", "weight", -1},
		"one label":    {errOf3(CrossEntropy(x, 4)), "label_range", "label", 0},
	} {
		var bad *reference.Reject
		if !errors.As(c.err, &bad) || bad.Code != c.code || bad.Arg != c.arg || bad.Row != c.row {
			t.Errorf("%s: %v, want %s of %s in row %d", name, c.err, c.code, c.arg, c.row)
		}
	}
	for _, v := range dst {
		if v != -1 {
			t.Fatalf("a refused call wrote %v", dst)
		}
	}
	if tok[0] != -9 || tok[1] != -9 || kept[0] != -9 || kept[1] != -9 {
		t.Fatalf("a refused call wrote %v, %v", tok, kept)
	}
}

func errOf2[T any](_ T, err error) error    { return err }
func errOf3[T any](_, _ T, err error) error { return err }
