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

// apartBy is a copy with other strides.
func apartBy(t reference.Tensor, row, column int) reference.Tensor {
	big := reference.NewTensor(t.DType, (t.Shape[0]-1)*row+(t.Shape[1]-1)*column+1)
	big.Shape, big.Stride = t.Shape, []int{row, column}
	for i := range t.Len() {
		big.SetBits(i, t.Bits(i))
	}
	return big
}

// Q, K, V and O lie without gaps and have one type; the stride of a single row or
// column is of no matter.
func TestAttentionTensors(t *testing.T) {
	op, err := reference.ByName("attention")
	if err != nil {
		t.Fatal(err)
	}
	call := func(d reference.DType, rows, columns int) *reference.Call {
		in := map[string]reference.Tensor{}
		for _, name := range []string{"Q", "K", "V"} {
			x := reference.NewTensor(d, rows, columns)
			for i := range x.Len() {
				x.Put(i, float64(i+len(in)+1)/4)
			}
			in[name] = x
		}
		return op.NewCall(in, nil)
	}
	for i, name := range []string{"Q", "K", "V", "O"} {
		place := func(c *reference.Call) *reference.Tensor {
			if i < 3 {
				return &c.In[i]
			}
			return &c.Out[0]
		}
		for _, s := range []struct {
			rows, columns, row, column int
			taken                      bool
		}{{2, 1, 1, 5, true}, {1, 2, 9, 1, true}, {1, 2, 2, 2, false}, {2, 2, 3, 1, false}} {
			want, got := call(reference.F32, s.rows, s.columns), call(reference.F32, s.rows, s.columns)
			x := place(got)
			*x = apartBy(*x, s.row, s.column)
			if err := errors.Join(runAttention(want, Kernels{}), runAttention(got, Kernels{})); (err == nil) != s.taken || err != nil && !errors.Is(err, reference.ErrUnsupported) {
				t.Errorf("%s %+v: %v", name, s, err)
			}
			for j := range want.Out[0].Len() {
				if s.taken && got.Out[0].Bits(j) != want.Out[0].Bits(j) {
					t.Errorf("%s %+v: O[%d] is %x, want %x", name, s, j, got.Out[0].Bits(j), want.Out[0].Bits(j))
				}
			}
		}
		c := call(reference.BF16, 2, 2)
		*place(c) = reference.NewTensor(reference.F16, 2, 2)
		if err := runAttention(c, Kernels{}); !errors.Is(err, reference.ErrUnsupported) {
			t.Errorf("%s of another type: %v", name, err)
		}
	}
}

// The rows of a bias may be further apart than its keys; a single row's stride is
// of no matter.
func TestAttentionBias(t *testing.T) {
	op, err := reference.ByName("attention_softmax")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []struct {
		rows, keys, row, column int
		taken                   bool
	}{{1, 2, 0, 1, true}, {2, 1, 1, 5, true}, {2, 2, 3, 1, true}, {2, 1, 0, 1, false}, {2, 2, 0, 1, false}, {1, 2, 2, 2, false}} {
		bias := reference.NewTensor(reference.F32, s.rows, s.keys)
		for i := range bias.Len() {
			bias.Put(i, float64(i*i))
		}
		call := func(bias reference.Tensor) *reference.Call {
			return op.NewCall(map[string]reference.Tensor{"x": reference.NewTensor(reference.F32, s.rows, s.keys), "bias": bias}, nil)
		}
		want, got := call(bias), call(apartBy(bias, s.row, s.column))
		if err := errors.Join(runAttentionSoftmax(want, Kernels{}), runAttentionSoftmax(got, Kernels{})); (err == nil) != s.taken || err != nil && !errors.Is(err, reference.ErrUnsupported) {
			t.Errorf("%+v: %v", s, err)
		}
		for j := range want.Out[0].Len() {
			if s.taken && got.Out[0].Bits(j) != want.Out[0].Bits(j) {
				t.Errorf("%+v: weight %d is %x, want %x", s, j, got.Out[0].Bits(j), want.Out[0].Bits(j))
			}
		}
	}
	x, bias := make([]float32, 4), []float32{0, 1, 4, 9}
	y, z := make([]float32, 4), make([]float32, 4)
	r := Rows{Count: 2, Vocab: 2}
	if err := errors.Join(AttentionSoftmaxRows(y, x, r, Mask[float32]{Bias: bias}), AttentionSoftmaxRows(z, x, r, Mask[float32]{Bias: bias, BiasStride: 2})); err != nil || !slices.Equal(y, z) {
		t.Errorf("%v without a stride, %v with it: %v", y, z, err)
	}
}

// Shapes that cannot be panic and values that cannot be are refused, each with the
// name of what was called, and nothing is written.
func TestAttentionRefusals(t *testing.T) {
	x, o, lse := make([]float32, 4), make([]float32, 4), make([]float32, 2)
	attention := func(m Mask[float32]) error {
		return Attention(o, lse, x, x, x, Heads{Queries: 2, Keys: 2, DK: 2, DV: 2}, m)
	}
	weights := func(m Mask[float32]) error { return AttentionSoftmaxRows(o, x, Rows{Count: 2, Vocab: 2}, m) }
	run := func(Mask[float32]) error {
		op, err := reference.ByName("attention")
		if err != nil {
			return err
		}
		of := func(columns int) reference.Tensor { return reference.NewTensor(reference.F32, 1, columns) }
		return runAttention(op.NewCall(map[string]reference.Tensor{"Q": of(2), "K": of(3), "V": of(4)}, nil), Kernels{})
	}
	for says, c := range map[string]struct {
		f func(Mask[float32]) error
		m Mask[float32]
	}{
		"optimized: Attention: len(Length)=1, want 2, one per row":                                           {attention, Mask[float32]{Length: []int64{1}}},
		"optimized: Attention: len(Bias)=4, want 1 for 2 rows of 2, -1 apart":                                {attention, Mask[float32]{Bias: x, BiasStride: -1}},
		"optimized: Attention: len(k)=3, want 2 of 1 queries, 1 keys, DK=2, DV=4":                            {run, Mask[float32]{}},
		"attention: scale is 0 in row 1, want a finite number above 0 (scale_range)":                         {attention, Mask[float32]{Scale: []float32{1, 0}}},
		"attention: softcap is -1 in row 0, want a finite number >= 0, 0 for none (softcap_range)":           {attention, Mask[float32]{Softcap: []float32{-1}}},
		"attention_softmax: lengths is 3 in row 1, want a number of keys in [0, 2] (lengths_range)":          {weights, Mask[float32]{Length: []int64{2, 3}}},
		"optimized: AttentionSoftmaxRows: len(Scale)=3, want 1 or 2, one per row":                            {weights, Mask[float32]{Scale: make([]float32, 3)}},
		"optimized: AttentionSoftmaxRows: len(Bias)=4, want 5 for 2 rows of 2, 3 apart":                      {weights, Mask[float32]{Bias: x, BiasStride: 3}},
		"attention_softmax: softcap is +Inf in row 0, want a finite number >= 0, 0 for none (softcap_range)": {weights, Mask[float32]{Softcap: []float32{float32(math.Inf(1))}}},
	} {
		if got := refusal(func() error { return c.f(c.m) }); got != says {
			t.Errorf("%s, want %s", got, says)
		}
	}
	for _, v := range slices.Concat(o, lse) {
		if v != 0 {
			t.Fatalf("a refused call wrote %v", v)
		}
	}
}

// An output that shares memory with what is still to be read panics with the names
// of both, and nothing is written; one that touches it is taken.
func TestAttentionOverlap(t *testing.T) {
	const n = 4 // numbers of 2 queries or keys, and of a bias
	buf := make([]float32, 3*n)
	for i := range buf {
		buf[i] = float32(i)
	}
	whole := slices.Clone(buf)
	free := func() []float32 { return make([]float32, n) }
	r, h := Rows{Count: 2, Vocab: 2}, Heads{Queries: 2, Keys: 2, DK: 2, DV: 2}
	at := buf[n : 2*n]
	for says, f := range map[string]func(out []float32) error{
		"AttentionSoftmaxRows: dst and Bias": func(out []float32) error {
			return AttentionSoftmaxRows(out, free(), r, Mask[float32]{Bias: at})
		},
		"Attention: o and q": func(out []float32) error { return Attention(out, nil, at, free(), free(), h, Mask[float32]{}) },
		"Attention: o and k": func(out []float32) error { return Attention(out, nil, free(), at, free(), h, Mask[float32]{}) },
		"Attention: o and v": func(out []float32) error { return Attention(out, nil, free(), free(), at, h, Mask[float32]{}) },
		"Attention: o and Bias": func(out []float32) error {
			return Attention(out, nil, free(), free(), free(), h, Mask[float32]{Bias: at})
		},
		"Attention: lse and q": func(out []float32) error {
			return Attention(free(), out[:2], at, free(), free(), h, Mask[float32]{})
		},
		"Attention: lse and k": func(out []float32) error {
			return Attention(free(), out[:2], free(), at, free(), h, Mask[float32]{})
		},
		"Attention: lse and v": func(out []float32) error {
			return Attention(free(), out[:2], free(), free(), at, h, Mask[float32]{})
		},
		"Attention: lse and Bias": func(out []float32) error {
			return Attention(free(), out[:2], free(), free(), free(), h, Mask[float32]{Bias: at})
		},
		"Attention: o and lse": func(out []float32) error {
			return Attention(at, out[:2], free(), free(), free(), h, Mask[float32]{})
		},
	} {
		length := n
		if strings.Contains(says, "lse") {
			length = 2
		}
		for from := n - length; from <= 2*n; from++ {
			want := "optimized: " + says + " overlap"
			if from == n-length || from == 2*n {
				want = "<nil>"
			}
			if got := refusal(func() error { return f(buf[from:][:n]) }); got != want {
				t.Errorf("%s from %d: %s, want %s", says, from-n, got, want)
			}
			if want != "<nil>" && !slices.Equal(buf, whole) {
				t.Errorf("%s from %d: a refused call wrote", says, from-n)
			}
			copy(buf, whole)
		}
	}
	if got, want := refusal(func() error { return AttentionSoftmaxRows(at, at, r, Mask[float32]{Bias: at}) }), "optimized: AttentionSoftmaxRows: dst and Bias overlap"; got != want || !slices.Equal(buf, whole) {
		t.Errorf("one slice for all: %s, %v, want %s", got, buf, want)
	}
	o := []BF16{1, 2, 3, 4, 5}
	for says, f := range map[string]func() error{
		"AttentionSoftmaxRows: dst and Bias": func() error {
			return AttentionSoftmaxRows(o[:n], make([]BF16, n), r, Mask[BF16]{Bias: o[1:]})
		},
		"Attention: o and Bias": func() error {
			x := make([]BF16, n)
			return Attention(o[:n], make([]float32, 2), x, x, x, h, Mask[BF16]{Bias: o[1:]})
		},
	} {
		if got, want := refusal(f), "optimized: "+says+" overlap"; got != want || !slices.Equal(o, []BF16{1, 2, 3, 4, 5}) {
			t.Errorf("of bf16: %s, %v, want %s", got, o, want)
		}
	}
}

// Rows of a bias too far apart for an int are refused as such; one row may have any
// stride, and so may a bias that is not there.
func TestAttentionBiasOverflow(t *testing.T) {
	const quarter = math.MaxInt/4 + 1 // 2^61 where an int has 64 bits
	x := []float32{1, 2, 3, 4, 5, 6, 7, 8}
	bias := make([]float32, 8)
	for _, s := range []struct {
		count, stride int
		bias          []float32
		says          string
	}{
		{3, 2 * quarter, bias, "Bias: 3 rows %d apart overflow int"},
		{4, quarter, bias, "Bias: 4 rows %d apart overflow int"},
		{2, math.MaxInt, bias, "Bias: 2 rows %d apart overflow int"},
		{3, quarter, bias, fmt.Sprintf("len(Bias)=8, want %d for 3 rows of 2, %%d apart", 2*quarter+2)},
		{1, math.MaxInt, bias, ""},
		{3, 2 * quarter, nil, ""},
	} {
		m := Mask[float32]{Bias: s.bias, BiasStride: s.stride}
		n := 2 * s.count
		o, lse := make([]float32, n), make([]float32, s.count)
		for function, f := range map[string]func() error{
			"Attention": func() error {
				return Attention(o, lse, x[:n], x[:4], x[:4], Heads{Queries: s.count, Keys: 2, DK: 2, DV: 2}, m)
			},
			"AttentionSoftmaxRows": func() error { return AttentionSoftmaxRows(o, x[:n], Rows{Count: s.count, Vocab: 2}, m) },
		} {
			want := "<nil>"
			if s.says != "" {
				want = fmt.Sprintf("optimized: "+function+": "+s.says, s.stride)
			}
			if got := refusal(f); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		if wrote := slices.ContainsFunc(slices.Concat(o, lse), func(v float32) bool { return v != 0 }); wrote != (s.says == "") {
			t.Errorf("%d rows %d apart: wrote %v, %v", s.count, s.stride, o, lse)
		}
	}
	none := []float32{}
	if got := refusal(func() error { return AttentionSoftmaxRows(none, none, Rows{Count: 3}, Mask[float32]{Bias: none}) }); got != "<nil>" {
		t.Errorf("no key: %s", got)
	}
}

// Two negative sizes have a product that fits; each is refused, alone as well.
func TestAttentionNegative(t *testing.T) {
	one := []float32{3}
	for _, h := range []Heads{{Queries: -1, Keys: -1, DK: -1, DV: -1}, {Queries: -1}, {Keys: -1}, {DK: -1}, {DV: -1}} {
		x := one[:max(h.Queries*h.DV, 0)] // of all -1, every length is 1
		want := fmt.Sprintf("optimized: Attention: Queries=%d, Keys=%d, DK=%d, DV=%d: none can be negative", h.Queries, h.Keys, h.DK, h.DV)
		o := slices.Clone(x)
		if got := refusal(func() error { return Attention(o, nil, x, x, x, h, Mask[float32]{}) }); got != want || !slices.Equal(o, x) {
			t.Errorf("%s, wrote %v, want %s", got, o, want)
		}
	}
}

// refusal is what a call that must not go through says, by an error or a panic.
func refusal(f func() error) (says string) {
	defer func() {
		if p := recover(); p != nil {
			says = fmt.Sprint(p)
		}
	}()
	return fmt.Sprint(f())
}
