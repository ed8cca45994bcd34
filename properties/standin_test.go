package properties

import (
	"context"
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// plain is a suite of a few classes and one law, so that the engine is tested by
// itself: what the package's own tables hold may change.
var plain = suite{
	classes: []Class{
		{Name: "G12", Says: "heavy head and long tail", Make: func(op *reference.Op, d reference.DType, size int, draw *Draw) []Case {
			var cases []Case
			for _, vocab := range []int{1, 2, 3, 7, 8, 9, 17, 64, 65, size - 3, size} {
				if vocab >= 1 && vocab <= size {
					x := Matrix(d, 1+draw.Intn(2), vocab, func(r, i int) float64 {
						return 2.5*draw.Normal() - 8*math.Sqrt(draw.Float()) + 5
					})
					cases = append(cases, NewCase("G12", "head and tail", 0, ask(op, x, draw)))
				}
			}
			return cases
		}},
		{Name: "G05", Says: "a common offset", Make: func(op *reference.Op, d reference.DType, size int, draw *Draw) []Case {
			var cases []Case
			for _, offset := range []float64{-300, 300} {
				x := Matrix(d, 2, min(size, 33), func(r, i int) float64 { return offset + 12*draw.Normal() })
				cases = append(cases, NewCase("G05", "offset", 0, ask(op, x, draw)))
			}
			return cases
		}},
		{Name: "G06", Says: "one dominates", Make: func(op *reference.Op, d reference.DType, size int, draw *Draw) []Case {
			var cases []Case
			for _, gap := range []float64{20, 60} {
				x := Matrix(d, 1, min(size, 40), func(r, i int) float64 {
					if i == min(size, 40)-1 {
						return gap + 1
					}
					return draw.Normal()
				})
				cases = append(cases, NewCase("G06", "dominant", 0, ask(op, x, draw)))
			}
			return cases
		}},
	},
	laws: []Law{{Name: "finite", Says: "finite logits give finite answers", Ops: []string{"softmax"},
		Hold: func(ctx context.Context, try Try, k reference.Contract, c Case, got *reference.Call) *Finding {
			return nil
		}}},
}

// ask makes a call of an operation on logits, its other arguments drawn.
func ask(op *reference.Op, x reference.Tensor, draw *Draw) *reference.Call {
	in := map[string]reference.Tensor{"x": x}
	rows, vocab := x.Shape[0], x.Shape[1]
	vector := func(d reference.DType, f func() float64) reference.Tensor {
		t := reference.NewTensor(d, rows)
		for r := range rows {
			t.Put(r, f())
		}
		return t
	}
	real := reference.F32
	if x.DType == reference.F64 {
		real = x.DType
	}
	switch op.Name {
	case "cross_entropy":
		in["label"] = vector(reference.I64, func() float64 { return float64(draw.Intn(vocab)) })
	case "top_p_filter":
		in["p"] = vector(real, func() float64 { return float64(draw.Intn(63)+1) / 64 })
	case "sample_logits":
		in["u"] = vector(reference.F64, draw.Float)
	}
	return op.NewCall(in, nil)
}
