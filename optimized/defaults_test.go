package optimized

import (
	"errors"
	"math"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

// A batch of no rows or of empty rows is no reason to look at anything.
func TestNothingToDo(t *testing.T) {
	some := []float32{1, 2, 3, 4}
	for _, c := range []struct{ dst, x []float32 }{{nil, nil}, {nil, some}, {some, nil}} {
		for _, r := range []Rows{{Count: 0, Vocab: 4}, {Count: 2, Vocab: 0}, {}} {
			err := SoftmaxRows(c.dst, c.x, r)
			if err != nil || TopPFilterRows(c.dst, nil, c.x, r) != nil {
				t.Errorf("%+v: %v", r, err)
			}
			if TopKFilterRows(c.dst, nil, c.x, r, 1) != nil || MinPFilterRows(c.dst, nil, c.x, r, 1) != nil {
				t.Errorf("%+v: a filter refuses a batch of nothing", r)
			}
		}
	}
	if kept, err := TopPFilter(nil, []float32{}, 0.5); kept != 0 || err != nil {
		t.Errorf("the nucleus of nothing is %d (%v)", kept, err)
	}
	if !slices.Equal(some, []float32{1, 2, 3, 4}) {
		t.Error("something was written")
	}
}

// Outputs that may be nil may be nil, and the others do not change.
func TestOptionalOutputs(t *testing.T) {
	x, label := []float32{0, 1, 2, 3, 2, 1}, []int64{1, 2}
	r := Rows{Count: 2, Vocab: 3}
	a, b := make([]float32, 6), make([]float32, 6)
	kept := make([]int64, 2)
	if err := TopPFilterRows(a, kept, x, r, 0.5); err != nil {
		t.Fatal(err)
	}
	if err := TopPFilterRows(b, nil, x, r, 0.5); err != nil || !slices.Equal(a, b) || kept[0] != 1 || kept[1] != 1 {
		t.Errorf("%v, %v, kept %v (%v)", a, b, kept, err)
	}
	loss, lse := make([]float32, 2), make([]float32, 2)
	both, _ := CrossEntropyRows(loss, lse, x, label, r, Loss{})
	one, other := make([]float32, 2), make([]float32, 2)
	first, err1 := CrossEntropyRows(one, nil, x, label, r, Loss{})
	second, err2 := CrossEntropyRows(nil, other, x, label, r, Loss{})
	if err1 != nil || err2 != nil || both != first || both != second || !slices.Equal(loss, one) || !slices.Equal(lse, other) {
		t.Errorf("%v %v %v, %v %v, %v %v", both, first, second, loss, one, lse, other)
	}
}

// Without a temperature it is 1, to the last bit, and without p everything stays.
func TestDefaults(t *testing.T) {
	s := stream(14)
	const vocab = 300
	x := make([]float32, vocab)
	for i := range x {
		x[i] = float32(20*s.unit() - 10)
	}
	r := Rows{Count: 1, Vocab: vocab}
	a, b, c := make([]float32, vocab), make([]float32, vocab), make([]float32, vocab)
	_, _, _ = SoftmaxRows(a, x, r), SoftmaxRows(b, x, r, 1), TopPFilterRows(c, nil, x, r)
	if !slices.Equal(a, b) || !slices.Equal(a, c) {
		t.Error("softmax without a temperature, at 1 and as a whole nucleus differ")
	}
	m, err1 := CrossEntropyRows(nil, nil, x, []int64{5}, r, Loss{})
	n, err2 := CrossEntropyRows(nil, nil, x, []int64{5}, r, Loss{Temperature: []float32{1}, Smoothing: []float32{0}})
	if m != n || err1 != nil || err2 != nil {
		t.Errorf("the loss is %v by default, else %v", m, n)
	}
	// The step from one token to the next tells a temperature of 1 from its neighbours.
	var token, kept [1]int64
	for name, rows := range map[string]func(u []float64, T ...float32) error{
		"SampleLogitsRows": func(u []float64, T ...float32) error { return SampleLogitsRows(token[:], x, u, r, T...) },
		"SampleChainRows": func(u []float64, T ...float32) error {
			return SampleChainRows(token[:], kept[:], x, u, r, Chain{Temperature: T})
		},
	} {
		draw := func(u float64, T ...float32) int64 {
			if err := rows([]float64{u}, T...); err != nil {
				t.Fatal(err)
			}
			return token[0]
		}
		lo, hi := 0.0, 1-0x1p-53
		for middle := draw(0.5, 1); hi-lo > 0x1p-53; {
			if u := (lo + hi) / 2; draw(u, 1) >= middle {
				hi = u
			} else {
				lo = u
			}
		}
		if draw(lo) != draw(lo, 1) || draw(hi) != draw(hi, 1) || draw(lo) == draw(hi) {
			t.Errorf("%s: the default draws %d and %d, a temperature of 1 %d and %d", name, draw(lo), draw(hi), draw(lo, 1), draw(hi, 1))
		}
	}
	if kept[0] != vocab {
		t.Errorf("a chain of no filters keeps %d of %d", kept[0], vocab)
	}
}

// A refused call returns zeros beside the error, and the least number out of
// range is refused.
func TestRefusedResults(t *testing.T) {
	least := float32(-math.SmallestNonzeroFloat32)
	x := []float32{1, 2}
	if loss, lse, err := CrossEntropy(x, 2); err == nil || loss != 0 || lse != 0 {
		t.Errorf("a refused loss is %v, %v (%v)", loss, lse, err)
	}
	if kept, err := TopPFilter(make([]float32, 2), x, least); err == nil || kept != 0 {
		t.Errorf("a refused nucleus keeps %d (%v)", kept, err)
	}
	if err := Softmax(make([]float32, 2), x, least); err == nil {
		t.Error("the least negative temperature is not refused")
	}
	for _, u := range []float64{-math.SmallestNonzeroFloat64, 1, math.NaN()} {
		if token, err := SampleLogits(x, 1, u); err == nil || token != 0 {
			t.Errorf("u = %v: a refused draw is %d (%v)", u, token, err)
		}
	}
	nan := []float32{1, float32(math.NaN())}
	if token, err := SampleLogits(nan, 1, 0.5); err == nil || token != 0 {
		t.Errorf("a refused row draws %d (%v)", token, err)
	}
}

// The least pattern of a NaN is a NaN, in a row and narrowed.
func TestLeastNaN(t *testing.T) {
	least := math.Float32frombits(0x7f800001)
	y := make([]float32, 2)
	if err := Softmax(y, []float32{1, least}, 1); err != nil || math.Float32bits(y[0]) != 0x7fc00000 || math.Float32bits(y[1]) != 0x7fc00000 {
		t.Errorf("softmax is %x (%v)", bitsOf(y), err)
	}
	var bad *reference.Reject
	if _, err := SampleLogits([]float32{1, least}, 1, 0.5); !errors.As(err, &bad) || bad.Code != "row_nan" {
		t.Errorf("sampling says %v", err)
	}
	if ToBF16(least) != 0x7fc0 || ToF16(least) != 0x7e00 {
		t.Errorf("it narrows to %04x, %04x", ToBF16(least), ToF16(least))
	}
}

// None or one goroutine is the caller's own: a panic of a kernel can be recovered.
// More are not, and every row is run once.
func TestCallersGoroutine(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 9} {
		var calls [3]atomic.Int32
		Rows{Count: 3, Goroutines: n}.each(func(_ *scratch, i int) {
			calls[i].Add(1)
			if own := strings.Contains(string(debug.Stack()), "testing.tRunner("); own != (n < 2) {
				t.Errorf("%d goroutines: row %d runs on the caller's: %v", n, i, own)
			}
		})
		for i := range calls {
			if calls[i].Load() != 1 {
				t.Errorf("%d goroutines: %d calls for row %d", n, calls[i].Load(), i)
			}
		}
	}
}

// A name gives the kernels of that name, and no other name does.
func TestNames(t *testing.T) {
	for _, name := range []string{"portable", "avx2", "avx512", "neon"} {
		if k, err := Named(name); err == nil && k.String() != name {
			t.Errorf("%s gives %v", name, k)
		}
	}
	if _, err := Named("portable"); err != nil {
		t.Error(err)
	}
	if _, err := Named("unknown"); err == nil {
		t.Error("a name that is none is accepted")
	}
}
