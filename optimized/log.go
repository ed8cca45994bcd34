package optimized

import "math"

// The logarithms of a row's sum are taken once a row, in float64, from + - * /
// alone: math.Log differs in its last bit between architectures.

// twiceAtanh is 2*atanh(s) for |s| <= 1/3, seventeen terms of the series: the
// first left out is below 2^-58 of the sum.
func twiceAtanh(s float64) float64 {
	z := float64(s * s)
	p := odd[16]
	for k := 15; k >= 0; k-- {
		p = float64(p*z) + odd[k]
	}
	return float64(2 * s * p) // inlined into a sum, it would be fused with it
}

// odd are 1/1, 1/3, ... 1/33.
var odd = [...]float64{1, 1. / 3, 1. / 5, 1. / 7, 1. / 9, 1. / 11, 1. / 13, 1. / 15, 1. / 17, 1. / 19, 1. / 21, 1. / 23, 1. / 25, 1. / 27, 1. / 29, 1. / 31, 1. / 33}

const (
	ln2High = 0x1.62e42fefa3800p-1 // 37 bits of ln 2: times an exponent it is exact
	ln2Low  = 0x1.ef35793c76730p-45
)

// split writes v > 0, normal, as 2^e*f with f in (sqrt(1/2), sqrt(2)].
func split(v float64) (e int, f float64) {
	b := math.Float64bits(v)
	e = int(b>>52) - 1023
	f = math.Float64frombits(b&(1<<52-1) | 1023<<52)
	if f > math.Sqrt2 {
		f, e = f/2, e+1
	}
	return e, f
}

// logSum is ln S - max/T: the logarithm of the sum of exp((x_i - m)/T), at least
// 0, to 2.2 units of 2^-24 of its own size however small it is.
func (r *row[E]) logSum() float64 {
	if r.Q >= 0 && r.Q < r.Tm {
		x := r.Q / r.Tm
		return twiceAtanh(x / (2 + x))
	}
	e, f := split(r.S * 0x1p-32)
	n, k := float64(r.n), float64(e)
	ln := float64(k*ln2High) + (float64(k*ln2Low) + twiceAtanh((f-1)/(f+1)))
	m := float64(r.chunks[r.best].max)
	return ln + ((float64(n*ln2High) - float64(m*r.s.Inv)) + float64(n*ln2Low))
}

// logCount is ln n, for the uniform distribution of an infinite temperature.
func logCount(n int) float64 { return ln(float64(n)) }
