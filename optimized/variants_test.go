package optimized

import (
	"errors"
	"slices"
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

// The table's rows lie where their tensors say, input and output each at its own
// stride and offset, and columns apart are not supported.
func TestTableStrides(t *testing.T) {
	const count, vocab = 3, 5
	s := stream(19)
	for _, v := range Variants {
		if v.Name != "portable" || !pinnedFirst[v.Op] {
			continue // the other operations have tests of rows and strides of their own
		}
		op, err := reference.ByName(v.Op)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range v.DTypes {
			x := reference.NewTensor(d, count, vocab)
			for i := range x.Len() {
				x.Put(i, float64(s.next(16))/4)
			}
			in := map[string]reference.Tensor{"x": x}
			switch v.Op {
			case "cross_entropy":
				in["label"] = reference.Vector(reference.I64, 0, 4, 2)
			case "top_p_filter":
				in["p"] = reference.Scalar(reference.F32, 0.6)
			case "sample_logits":
				in["u"] = reference.Vector(reference.F64, 0.2, 0.5, 0.9)
			}
			plain, spread := op.NewCall(in, nil), op.NewCall(in, nil)
			spread.In[0] = spaced(x, 8, 1)
			if out := spread.Out[0]; len(out.Shape) == 2 {
				spread.Out[0] = spaced(out, 11, 1)
			}
			if err := errors.Join(v.Run(plain), v.Run(spread)); err != nil {
				t.Errorf("%s %v: %v", v.Op, d, err)
				continue
			}
			for o := range plain.Out {
				if plain.Out[o].Absent() {
					continue
				}
				for i := range plain.Out[o].Len() {
					if plain.Out[o].Bits(i) != spread.Out[o].Bits(i) {
						t.Errorf("%s %v: output %d differs at %d with other strides", v.Op, d, o, i)
					}
				}
			}
			spread.In[0] = spaced(x, 11, 2)
			if err := v.Run(spread); !errors.Is(err, reference.ErrUnsupported) {
				t.Errorf("%s %v: columns two apart: %v", v.Op, d, err)
			}
		}
	}
}

// spaced is a copy of two dimensions with other strides, amid other elements.
func spaced(t reference.Tensor, rows, columns int) reference.Tensor {
	big := reference.NewTensor(t.DType, t.Shape[0]+1, rows)
	big.Shape, big.Stride, big.Off = t.Shape, []int{rows, columns}, 3
	for i := range t.Len() {
		big.SetBits(i, t.Bits(i))
	}
	return big
}

// The last step a request can have is 2^32-1; one more is refused.
func TestLastStep(t *testing.T) {
	i := slices.IndexFunc(Variants, func(v *reference.Variant) bool { return v.Op == "sample_logits" && v.Name == "portable" })
	op, err := reference.ByName("sample_logits")
	if err != nil || i < 0 {
		t.Fatal(i, err)
	}
	for step, code := range map[uint64]string{1<<32 - 1: "", 1 << 32: "step_range"} {
		word := reference.NewTensor(reference.U64, 1)
		word.SetBits(0, step)
		one := reference.NewTensor(reference.U64, 1)
		c := op.NewCall(map[string]reference.Tensor{"x": reference.NewTensor(reference.F32, 1, 4), "seed": one, "request": one, "step": word}, nil)
		err := Variants[i].Run(c)
		var bad *reference.Reject
		if code == "" && err != nil || code != "" && (!errors.As(err, &bad) || bad.Code != code) {
			t.Errorf("step %d: %v, want %q", step, err, code)
		}
	}
}
