package outside

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var (
	rInf = float32(math.Inf(1))
	rNaN = float32(math.NaN())
)

func rIsInf(v float32) bool { return v > math.MaxFloat32 || v < -math.MaxFloat32 }
func rBad(v float32) bool   { return v != v || rIsInf(v) }
func rAbs(v float32) float32 {
	return math.Float32frombits(math.Float32bits(v) &^ (1 << 31))
}

// rFMA is a*b + c, the product not rounded.
func rFMA(a, b, c float32) float32 {
	return float32(math.FMA(float64(a), float64(b), float64(c)))
}

// rLdexp is v*2^n, rounded once.
func rLdexp(v float32, n int) float32 { return float32(math.Ldexp(float64(v), n)) }

// rRow loads row i of a matrix; float32 holds the three narrower types exactly.
func rRow(t reference.Tensor, i int) []float32 {
	n := t.Shape[1]
	v := make([]float32, n)
	for j := range v {
		v[j] = float32(t.Get(i*n + j))
	}
	return v
}

// rFlat loads a whole tensor.
func rFlat(t reference.Tensor) []float32 {
	v := make([]float32, t.Len())
	for i := range v {
		v[i] = float32(t.Get(i))
	}
	return v
}

func rFinite(v []float32) bool {
	for _, x := range v {
		if rBad(x) {
			return false
		}
	}
	return true
}

// rStore writes row i of an output.
func rStore(t reference.Tensor, i int, v []float32) {
	for j, x := range v {
		rSet(t, i*len(v)+j, x)
	}
}

// rSet writes one element of an output that may not have been asked for; of NaN,
// the one that is canonical.
func rSet(t reference.Tensor, flat int, v float32) {
	switch {
	case t.Absent():
	case v != v:
		t.Put(flat, math.NaN())
	default:
		t.Put(flat, float64(v))
	}
}

// rRefused also asks for what only the values of whole rows decide: rows that
// cannot be sampled from, totals and evidence of zero.
func rRefused(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	_, err := c.Truth()
	return err
}

// What a row of logits is.
const (
	rRegular = iota
	rEmpty
	rMasked
	rInfinite
	rUndefined
)

// rScan finds the largest logit, the first of equals, and what the row is.
func rScan(x []float32) (m float32, at, kind int) {
	m = -rInf
	for j, v := range x {
		if v != v {
			return v, j, rUndefined
		}
		if v > m {
			m, at = v, j
		}
	}
	switch {
	case len(x) == 0:
		kind = rEmpty
	case m == -rInf:
		kind = rMasked
	case m == rInf:
		kind = rInfinite
	}
	return m, at, kind
}

// rGap is (m - x)/T for x <= m < Inf: +Inf for a masked logit, 0 for any other at
// T = +Inf. Where the difference leaves the range, halves are subtracted.
func rGap(m, x, T float32) float32 {
	if x == -rInf {
		return rInf
	}
	d := m - x
	switch {
	case d == 0 || T == rInf:
		return 0
	case d == rInf:
		return 2 * (float32(m/2-x/2) / T)
	}
	return d / T
}

// rTame reports temperatures whose reciprocal times a difference is safe.
func rTame(T float32) bool { return T >= 0x1p-60 && T <= 0x1p60 }

// rSpecial answers rows of a softmax that need no arithmetic: those without a
// distribution, and the limit T = 0.
func rSpecial(t reference.Tensor, i, n, at, kind int, T, top, rest float32) bool {
	if kind == rRegular && T != 0 {
		return false
	}
	y := make([]float32, n)
	for j := range y {
		y[j] = rest
		if kind != rRegular {
			y[j] = rNaN
		}
	}
	if kind == rRegular {
		y[at] = top
	}
	rStore(t, i, y)
	return true
}
