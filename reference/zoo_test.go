package reference

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Honest float32 ways to a row's probabilities, as different as kernels are. Each
// returns exp(x_i - m), their sum and m.
var honestSelections = map[string]func(x []float32) (t []float32, S, m float32){
	"sequential": func(x []float32) ([]float32, float32, float32) {
		m, t := slices.Max(x), make([]float32, len(x))
		var S float32
		for i, v := range x {
			t[i] = exp2ULP(v - m)
			S += t[i]
		}
		return t, S, m
	},
	"exp2 without fma, backwards": func(x []float32) ([]float32, float32, float32) {
		const log2e = float32(math.Log2E)
		m, t := slices.Max(x), make([]float32, len(x))
		var S float32
		for i := len(x) - 1; i >= 0; i-- {
			t[i] = float32(math.Exp2(float64(float32(x[i]*log2e) - float32(m*log2e))))
			S += t[i]
		}
		return t, S, m
	},
	"inPairs, exp of 2 ULP": func(x []float32) ([]float32, float32, float32) {
		m, t := slices.Max(x), make([]float32, len(x))
		for i, v := range x {
			t[i] = exp2ULP(v - m)
			if v != m && t[i] > 0x1p-100 {
				t[i] = math.Float32frombits(math.Float32bits(t[i]) + uint32(i%3) - 1)
			}
		}
		return t, inPairs(t), m
	},
	"online, flushing": func(x []float32) ([]float32, float32, float32) {
		m, S, t := float32(math.Inf(-1)), float32(0), make([]float32, len(x))
		for _, v := range x {
			if v > m {
				S *= exp2ULP(m - v)
				m = v
			}
			if !math.IsInf(float64(v), -1) {
				S += exp2ULP(v - m)
			}
		}
		for i, v := range x {
			if t[i] = exp2ULP(v - m); t[i] < 0x1p-126 {
				t[i] = 0
			}
		}
		return t, S, m
	},
	"lanes of eight, exp2 fused": func(x []float32) ([]float32, float32, float32) {
		m, t := slices.Max(x), make([]float32, len(x))
		var lane [8]float32
		for i, v := range x {
			t[i] = float32(math.Exp2(float64(float32((float64(v) - float64(m)) * math.Log2E))))
			lane[i%8] += t[i]
		}
		return t, inPairs(lane[:]), m
	},
}

func exp2ULP(v float32) float32 { return float32(math.Exp(float64(v))) }
func log32(v float32) float32   { return float32(math.Log(float64(v))) }

func inPairs(t []float32) float32 {
	if len(t) == 1 {
		return t[0]
	}
	return inPairs(t[:len(t)/2]) + inPairs(t[len(t)/2:])
}

// rowClasses are rows of logits of the kinds that tell kernels apart.
var rowClasses = map[string]func(r *rand.Rand, i int) float64{
	"random":       func(r *rand.Rand, i int) float64 { return 2 * r.NormFloat64() },
	"wide":         func(r *rand.Rand, i int) float64 { return 30 * r.NormFloat64() },
	"near uniform": func(r *rand.Rand, i int) float64 { return 5 + 0.001*r.NormFloat64() },
	"ties":         func(r *rand.Rand, i int) float64 { return float64(r.IntN(4)) },
	"dominated": func(r *rand.Rand, i int) float64 {
		if i == 3 {
			return 25
		}
		return r.NormFloat64()
	},
	"masked": func(r *rand.Rand, i int) float64 {
		if i != 2 && r.IntN(2) == 0 {
			return math.Inf(-1)
		}
		return 3 * r.NormFloat64()
	},
}

func drawRows(r *rand.Rand, class string, rows, vocab int) Tensor {
	x := NewTensor(F32, rows, vocab)
	for i := range x.Len() {
		x.Put(i, rowClasses[class](r, i%vocab))
	}
	return x
}

func floatRow(t Tensor, i int) []float32 {
	x := make([]float32, t.Shape[1])
	for j, v := range t.Row(i, nil) {
		x[j] = float32(v)
	}
	return x
}

func put32(t Tensor, i int, v []float32) {
	for j, p := range v {
		t.Put(i*t.Shape[1]+j, float64(p))
	}
}

func widened(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}
