package reference

import (
	"math"
	"math/rand/v2"
	"testing"
)

// kernel is somebody's float32 implementation of an operation: it reads a call's
// inputs and writes its outputs.
type kernel struct {
	name  string
	wrong bool
	run   func(*Call)
}

// judgeKernels holds kernels to the bounds of DefaultContract: right ones lie
// within them on every case, wrong ones outside on at least one. It logs how
// much of the bound each needs.
func judgeKernels(t *testing.T, op *Op, cases []*Call, kernels []kernel) {
	t.Helper()
	k := DefaultContract(F32)
	truths := make([]*Call, len(cases))
	for i, c := range cases {
		var err error
		if truths[i], err = c.Truth(); err != nil {
			t.Fatal(err)
		}
	}
	best := 0.0
	for _, kern := range kernels {
		worst, outside := 0.0, 0
		for i, c := range cases {
			got := &Call{Op: op, In: c.In, Out: c.outputs(func(a *Arg) DType { return a.Type(c.DType()) }), Choice: c.Choice}
			kern.run(got)
			for o := range op.Out {
				b := op.Bound(got, truths[i], k, o)
				for j := range b.Lo {
					v := got.Out[o].Get(j)
					if math.IsNaN(v) && math.IsNaN(b.Lo[j]) || v == b.Lo[j] && v == b.Hi[j] {
						continue
					}
					if !(v >= b.Lo[j] && v <= b.Hi[j]) || b.Refuse != nil && b.Refuse(j, v) != "" {
						outside++
						if !kern.wrong && outside == 1 {
							t.Errorf("%s/%s: case %d: %s[%d] = %v, want in [%v, %v], reference %v, terms %v, inputs %v", op.Name, kern.name, i, op.Out[o].Name, j, v, b.Lo[j], b.Hi[j], truths[i].Out[o].Get(j), b.Terms(j), c.In)
						}
						continue
					}
					mid := b.Lo[j]/2 + b.Hi[j]/2
					if half := b.Hi[j] - mid; op.Out[o].Judge == Bounded && half > 0 && !math.IsInf(half, 0) && b.Lo[j]*b.Hi[j] > 0 {
						worst = max(worst, math.Abs(v-mid)/half)
					}
				}
			}
		}
		if kern.wrong && outside == 0 {
			t.Errorf("%s/%s is wrong and lies within the bound on all %d cases", op.Name, kern.name, len(cases))
		}
		if !kern.wrong {
			best = max(best, worst)
			t.Logf("%s/%s: worst error %.3f of the bound", op.Name, kern.name, worst)
		}
	}
	if best < 0.05 {
		t.Errorf("%s: no right kernel needs more than %.3f of the bound: it is too wide", op.Name, best)
	}
}

// rowsOf makes rows of logits of every kind: random, wide, near uniform, one
// dominant, and with some far below the others.
func rowsOf(r *rand.Rand, vocabs []int, f func(kind int, x []float64)) {
	for _, vocab := range vocabs {
		for kind := range 6 {
			for range 4 {
				x := make([]float64, vocab)
				for i := range x {
					x[i] = []float64{3, 60, 1e-4, 1, 3, 0}[kind] * r.NormFloat64()
				}
				switch kind {
				case 3:
					x[r.IntN(vocab)] += 17
				case 4:
					for i := range x {
						x[i] += 1000
					}
				}
				f(kind, x)
			}
		}
	}
}

type f32 = float32

func roundedExp(v f32) f32 { return f32(math.Exp(float64(v))) }
func roundedLn(v f32) f32  { return f32(math.Log(float64(v))) }

// column reads an input's row as float32.
func column(t Tensor, r int) []f32 {
	n := t.Len() / max(t.Shape[0], 1)
	v := make([]f32, n)
	for i := range v {
		v[i] = f32(t.Get(r*n + i))
	}
	return v
}

func sum32(x []f32) (s f32) {
	for _, v := range x {
		s += v
	}
	return s
}

// pairwise32 adds halves.
func pairwise32(x []f32) f32 {
	if len(x) < 3 {
		return sum32(x)
	}
	return pairwise32(x[:len(x)/2]) + pairwise32(x[len(x)/2:])
}

func most32(x []f32) f32 {
	m := x[0]
	for _, v := range x {
		m = max(m, v)
	}
	return m
}

// softmax32 the plain way.
func softmax32(x []f32) []f32 {
	m, y := most32(x), make([]f32, len(x))
	for i, v := range x {
		y[i] = roundedExp(v - m)
	}
	S := sum32(y)
	for i := range y {
		y[i] /= S
	}
	return y
}

// softmaxExp2 multiplies by log2 e first, without a fused product.
func softmaxExp2(x []f32) []f32 {
	y, z := make([]f32, len(x)), make([]f32, len(x))
	for i, v := range x {
		z[i] = f32(v * f32(math.Log2E))
	}
	m := most32(z)
	for i := range z {
		y[i] = f32(math.Exp2(float64(z[i] - m)))
	}
	inv := 1 / pairwise32(y)
	for i := range y {
		y[i] *= inv
	}
	return y
}

// online32 keeps a running maximum and sum, as flash attention does.
func online32(x []f32) []f32 {
	m, S := f32(math.Inf(-1)), f32(0)
	for _, v := range x {
		if v > m {
			S, m = S*roundedExp(m-v), v
		}
		if !math.IsInf(float64(v), -1) {
			S += roundedExp(v - m)
		}
	}
	y := make([]f32, len(x))
	for i, v := range x {
		y[i] = roundedExp(v-m) / S
	}
	return y
}

func storeRow(t Tensor, r int, v ...f32) {
	n := len(v)
	for i, x := range v {
		t.Put(r*n+i, float64(x))
	}
}
