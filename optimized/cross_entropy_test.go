package optimized

import (
	"math"
	"slices"
	"testing"

	"github.com/seed-210c9500/assay/optimized/internal/block"
)

// The total adds row i to sum i mod 256 and then halves first, for the losses and
// for the weights; ignored rows take no part.
func TestTotalOrder(t *testing.T) {
	s := stream(13)
	for _, n := range []int{0, 1, 2, 255, 256, 257, 700} {
		l := Loss{Ignore: true, IgnoreIndex: 3, Weight: []float32{0.1, 1e-9, 7.3, 1e9}}
		loss, label := make([]float64, n), make([]int64, n)
		var sums, weights [256]float64
		counted := 0
		for i := range loss {
			loss[i], label[i] = math.Ldexp(s.unit()+s.unit()*0x1p-24, int(s.next(40))), int64(s.next(4))
			if label[i] != 3 {
				counted++
				sums[i&255] += loss[i]
				weights[i&255] += float64(l.Weight[label[i]])
			}
		}
		var halves func(v []float64) float64
		halves = func(v []float64) float64 {
			if len(v) == 1 {
				return v[0]
			}
			half := len(v) / 2
			sum := make([]float64, half)
			for i := range sum {
				sum[i] = v[i] + v[half+i]
			}
			return halves(sum)
		}
		sum, weight := halves(sums[:]), halves(weights[:])
		got := l.total(loss, label)
		if got.Counted != counted || got.Sum != float32(sum) {
			t.Errorf("%d rows: %+v, want %v over %d", n, got, sum, counted)
		}
		want := float32(math.NaN())
		if counted > 0 {
			want = float32(sum / weight)
		}
		if math.Float32bits(got.Mean) != math.Float32bits(want) { // 0/0 has a sign on some processors
			t.Errorf("%d rows: mean %v, want %v", n, got.Mean, want)
		}
	}
}

// Rows 64 and 192 meet before row 0 sees either: two ones that would each vanish
// beside 2^53 arrive as a 2, in the losses and in the weights.
func TestTotalAddsHalves(t *testing.T) {
	loss, label := make([]float64, 256), make([]int64, 256)
	loss[0], loss[64], loss[192], loss[255] = 0x1p53, 1, 1, -0x1p53
	if got := (&Loss{}).total(loss, label); got.Sum != 2 {
		t.Errorf("the sum is %v, want 2", got.Sum)
	}
	l := Loss{Ignore: true, Weight: []float32{0, 1, 0x1p53}}
	clear(loss)
	loss[0], label[0], label[64], label[192] = 0x1p53+0x1p29+2, 2, 1, 1
	// Over 2^53+2 that is 1+2^-24, a tie that goes to 1; over 2^53 it is more.
	if got := l.total(loss, label); got.Mean != 1 || got.Counted != 3 {
		t.Errorf("the mean is %x over %d, want 1 over 3", got.Mean, got.Counted)
	}
}

// With a smoothing of 1 the label has no part of its own, not even 2^-52 of it.
func TestSmoothingOne(t *testing.T) {
	x := []float32{0, -3, -7.5, 2, 1.25}
	l := Loss{Smoothing: []float32{1}}
	room := new(scratch)
	var first float64
	for label := range x {
		var one row[float32]
		v, _ := one.loss(block.Portable, room, x, int64(label), &l, 0)
		if label == 0 {
			first = v
		} else if v != first {
			t.Errorf("label %d has the loss %x, label 0 %x", label, v, first)
		}
	}
}

// The least smoothing there is still asks for every class, the masked ones too.
func TestSmoothingLeast(t *testing.T) {
	inf := float32(math.Inf(1))
	loss := make([]float32, 1)
	_, err := CrossEntropyRows(loss, nil, []float32{0, -inf}, []int64{0}, Rows{Count: 1, Vocab: 2},
		Loss{Smoothing: []float32{math.SmallestNonzeroFloat32}})
	if err != nil || loss[0] != inf {
		t.Errorf("the loss is %v, want +Inf (%v)", loss[0], err)
	}
}

// A class of weight 0 is allowed and contributes nothing, though its logit be -Inf.
func TestWeightZero(t *testing.T) {
	x := []float32{0, 0, float32(math.Inf(-1))}
	loss := make([]float32, 1)
	_, err := CrossEntropyRows(loss, nil, x, []int64{0}, Rows{Count: 1, Vocab: 3},
		Loss{Smoothing: []float32{0.5}, Weight: []float32{1, 1, 0}})
	if want := float32(math.Ln2 * (0.5 + 2*0.5/3)); err != nil || math.Abs(float64(loss[0]-want)) > 1e-6 {
		t.Errorf("the loss is %v, want %v (%v)", loss[0], want, err)
	}
	total, err := CrossEntropyRows(loss, nil, x, []int64{2}, Rows{Count: 1, Vocab: 3}, Loss{Weight: []float32{1, 1, 0}})
	if err != nil || loss[0] != 0 || total.Sum != 0 || total.Counted != 1 || total.Mean == total.Mean {
		t.Errorf("the label's weight is 0: loss %v, %+v (%v)", loss[0], total, err)
	}
}

// An infinite temperature makes every unmasked logit the same, however far apart
// they are; a finite one never does, however large.
func TestInfiniteTemperature(t *testing.T) {
	inf := float32(math.Inf(1))
	const huge = math.MaxFloat32
	x := []float32{huge, 0, -inf, -huge, 1}
	y := make([]float32, len(x))
	if err := Softmax(y, x, inf); err != nil || !slices.Equal(y, []float32{0.25, 0.25, 0, 0.25, 0.25}) {
		t.Errorf("softmax is %v (%v)", y, err)
	}
	for i, want := range []int{0, 1, 3, 4} {
		for _, u := range []float64{float64(i) / 4, float64(i+1)/4 - 0x1p-53} {
			if got, err := SampleLogits(x, inf, u); err != nil || got != want {
				t.Errorf("token %d at %v, want %d (%v)", got, u, want, err)
			}
		}
	}
	const ln4 = float32(2 * math.Ln2)
	for label, want := range []float32{ln4, ln4, inf, ln4, ln4} {
		for _, smoothing := range []float32{0, 0.5} {
			if smoothing > 0 {
				want = inf // there is a masked class
			}
			loss, lse := make([]float32, 1), make([]float32, 1)
			_, err := CrossEntropyRows(loss, lse, x, []int64{int64(label)}, Rows{Count: 1, Vocab: len(x)},
				Loss{Temperature: []float32{inf}, Smoothing: []float32{smoothing}})
			if err != nil || loss[0] != want || lse[0] != ln4 {
				t.Errorf("label %d, smoothing %v: loss %v, lse %v, want %v, %v (%v)", label, smoothing, loss[0], lse[0], want, ln4, err)
			}
		}
	}
	plain := []float32{huge, 0, -huge, 1}
	loss := make([]float32, 1)
	if _, err := CrossEntropyRows(loss, nil, plain, []int64{2}, Rows{Count: 1, Vocab: 4},
		Loss{Temperature: []float32{inf}, Smoothing: []float32{0.5}}); err != nil || loss[0] != ln4 {
		t.Errorf("smoothed without a mask: %v, want %v (%v)", loss[0], ln4, err)
	}

	// The largest finite temperature is 2^100 here, at which these logits differ.
	x = []float32{0x1.4p100, 0, 0x1p99}
	a, b := make([]float32, 3), make([]float32, 3)
	_, _ = Softmax(a, x, huge), Softmax(b, x, 0x1p100)
	if !slices.Equal(a, b) || a[0] < 2*a[1] {
		t.Errorf("softmax at the largest temperature is %v, at 2^100 %v", a, b)
	}
	if got, err := SampleLogits(x, huge, 0.5); err != nil || got != 0 {
		t.Errorf("token %d at the largest temperature, want 0 (%v)", got, err)
	}
	for _, smoothing := range []float32{0, 0.5, 1} {
		var at [2]float32
		for i, T := range []float32{huge, 0x1p100} {
			if _, err := CrossEntropyRows(at[i:i+1], nil, x, []int64{1}, Rows{Count: 1, Vocab: 3},
				Loss{Temperature: []float32{T}, Smoothing: []float32{smoothing}}); err != nil {
				t.Error(err)
			}
		}
		if at[0] != at[1] || smoothing == 0 && at[0] < 1.25 {
			t.Errorf("smoothing %v: the loss at the largest temperature is %v, at 2^100 %v", smoothing, at[0], at[1])
		}
	}
}
