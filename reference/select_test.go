package reference

import (
	"math"
	"testing"
)

// Values of formulas in 60 digits, and their condition C = sum |x_i df/dx_i|
// (mpmath 1.3): the reference errs by at most 4*2^-53*(|value| + C).
var spots = []struct {
	what     string
	x        []float64
	value, c float64
}{
	{"top2", []float64{0.5, -1.25, 2.75, 2.5}, 0.56217650088579810403, 1.292},
	{"min_p=0.01", []float64{0.5, -1.25, 2.75, 2.5}, 0.52561985591451196708, 1.244},
	{"attention_softmax/8", []float64{0.5, -1.25, 2.75, 2.5}, 0.30024588671318706352, 0.1123},
	{"softcap 5", []float64{0.5, -1.25, 2.75, 2.5}, 0.067919389558533189525, 0.1584},
	{"beam -2.5", []float64{0.5, -1.25, 2.75, 2.5}, -3.1431770349101631141, 2.368},
	{"attention lse", []float64{0.5, -1.25, 2.75, 2.5}, 3.3931770349101631141, 2.509},
	{"attention mean of index", []float64{0.5, -1.25, 2.75, 2.5}, 2.2889262414550053788, 1.224},
	{"top2", []float64{30.0, -30.0, 29.0, 1.5}, 0.73105857863000487925, 11.6},
	{"min_p=0.01", []float64{30.0, -30.0, 29.0, 1.5}, 0.73105857863000487925, 11.6},
	{"attention_softmax/8", []float64{30.0, -30.0, 29.0, 1.5}, 0.46169754253244177054, 1.809},
	{"softcap 5", []float64{30.0, -30.0, 29.0, 1.5}, 0.49287044529385141901, 0.01008},
	{"beam -2.5", []float64{30.0, -30.0, 29.0, 1.5}, -2.8132616875185294251, 15.87},
	{"attention lse", []float64{30.0, -30.0, 29.0, 1.5}, 30.313261687518529425, 29.73},
	{"attention mean of index", []float64{30.0, -30.0, 29.0, 1.5}, 0.53788284274074510453, 23.2},
	{"top2", []float64{0.001, 0.002, 0.003, -0.001}, 0.50024999997916666876, 0.00125},
	{"min_p=0.01", []float64{0.001, 0.002, 0.003, -0.001}, 0.25043760917837415864, 0.0008135},
	{"attention_softmax/8", []float64{0.001, 0.002, 0.003, -0.001}, 0.25005468920860035937, 0.0001016},
	{"softcap 5", []float64{0.001, 0.002, 0.003, -0.001}, 0.24993723452735872285, 0.0005627},
	{"beam -2.5", []float64{0.001, 0.002, 0.003, -0.001}, -3.8845454546352856465, 0.003248},
	{"attention lse", []float64{0.001, 0.002, 0.003, -0.001}, 1.3875454546352856466, 0.001751},
	{"attention mean of index", []float64{0.001, 0.002, 0.003, -0.001}, 1.499376093824625892, 0.001375},
	{"top2", []float64{700.25, 0.125, 699.5, 3.0}, 0.67917869917539297316, 305.0},
	{"min_p=0.01", []float64{700.25, 0.125, 699.5, 3.0}, 0.67917869917539297316, 305.0},
	{"attention_softmax/8", []float64{700.25, 0.125, 699.5, 3.0}, 0.47657965106367596182, 43.65},
	{"softcap 5", []float64{700.25, 0.125, 699.5, 3.0}, 0.47473787771007577318, 0.04774},
	{"beam -2.5", []float64{700.25, 0.125, 699.5, 3.0}, -2.8868710061148999437, 449.1},
	{"attention lse", []float64{700.25, 0.125, 699.5, 3.0}, 700.63687100611489994, 700.0},
	{"attention mean of index", []float64{700.25, 0.125, 699.5, 3.0}, 0.64164260164921405368, 610.0},
	{"gumbel", []float64{0.5}, 0.36651292058166432701, 1.443},
	{"gumbel", []float64{1e-09}, -3.0312570225841751796, 0.04825},
	{"gumbel", []float64{0.999999}, 13.815510057935310092, 1.0e+6},
	{"gumbel", []float64{1.1102230246251565e-16}, -3.6037789929704575071, 0.02722},
	{"gumbel", []float64{0.9999999999999999}, 36.736800569677101344, 9.007e+15},
	{"gumbel", []float64{0.3678794411714423}, -1.1711009840963588041e-16, 1.0},
	{"gumbel", []float64{0.75}, 1.2458993237072381984, 3.476},
	{"penalty", []float64{3.7, 1.3, 0.3}, 1.8211538461538462266, 6.592},
	{"penalty", []float64{-2.1, 1.7, 0.9}, -6.3950000000000001243, 9.84},
}

func TestSpotValues(t *testing.T) {
	worst := 0.0
	for _, s := range spots {
		x := Of(F64, []int{1, len(s.x)}, s.x...)
		run := func(op *Op, in map[string]Tensor) []Tensor {
			truth, err := op.NewCall(in, nil).Truth()
			if err != nil {
				t.Fatal(err)
			}
			return truth.Out
		}
		most := func(y Tensor) (v float64) {
			for i := range y.Len() {
				v = max(v, y.Get(i))
			}
			return v
		}
		column := func(v ...float64) Tensor { return Of(F64, []int{len(v), 1}, v...) }
		qkv := map[string]Tensor{"Q": column(1), "K": column(s.x...), "V": column(0, 1, 2, 3)}
		var got float64
		switch s.what {
		case "top2":
			got = most(run(topKFilterOp, map[string]Tensor{"x": x, "k": Scalar(I64, 2)})[0])
		case "min_p=0.01":
			got = most(run(minPFilterOp, map[string]Tensor{"x": x, "min_p": Scalar(F64, 0.01)})[0])
		case "attention_softmax/8":
			got = run(attentionSoftmaxOp, map[string]Tensor{"x": x, "scale": Scalar(F64, 0.125)})[0].Get(2)
		case "softcap 5":
			got = run(attentionSoftmaxOp, map[string]Tensor{"x": x, "softcap": Scalar(F64, 5)})[0].Get(0)
		case "beam -2.5":
			got = run(beamStepOp, map[string]Tensor{"x": x, "score": Vector(F64, -2.5), "k": Scalar(I64, 1)})[0].Get(0)
		case "attention lse":
			got = run(attentionOp, qkv)[1].Get(0)
		case "attention mean of index":
			got = run(attentionOp, qkv)[0].Get(0)
		case "gumbel":
			got = gumbel(s.x[0])
		case "penalty":
			got = run(penaltiesOp, map[string]Tensor{"x": Of(F64, []int{1, 1}, s.x[0]), "history": Vector(I64, 0, 0, 0), "offsets": Vector(I64, 0, 3),
				"repetition": Scalar(F64, s.x[1]), "frequency": Scalar(F64, s.x[2]), "presence": Scalar(F64, 0.125)})[0].Get(0)
		default:
			t.Fatal(s.what)
		}
		used := math.Abs(got-s.value) / (4 * 0x1p-53 * (math.Abs(s.value) + s.c))
		if worst = max(worst, used); used > 1 {
			t.Errorf("%s of %v = %v, want %v: error %.3g of the bound", s.what, s.x, got, s.value, used)
		}
	}
	t.Logf("%d values, worst error %.3f of the bound", len(spots), worst)
}
