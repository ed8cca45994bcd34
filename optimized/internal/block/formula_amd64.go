//go:build !purego

package block

import "unsafe"

// The kernels of the formulas take a multiple of 32 elements, at least one of
// those, and at a multiple of 32; q is read only where a formula has two rows.
// They do what sumGeneric and applyGeneric do.

//go:noescape
func totalAVX2(p, q *float32, n int, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32)

//go:noescape
func totalAVX512(p, q *float32, n int, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32)

//go:noescape
func dotAVX2(p, q *float32, n int, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32)

//go:noescape
func dotAVX512(p, q *float32, n int, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32)

//go:noescape
func softLossAVX2(p, q *float32, n int, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32)

//go:noescape
func softLossAVX512(p, q *float32, n int, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32)

//go:noescape
func entropyAVX2(p, q *float32, n int, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32)

//go:noescape
func entropyAVX512(p, q *float32, n int, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32)

//go:noescape
func crossAVX2(p, q *float32, n int, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32)

//go:noescape
func crossAVX512(p, q *float32, n int, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32)

//go:noescape
func klAVX2(p, q *float32, n int, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32)

//go:noescape
func klAVX512(p, q *float32, n int, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32)

//go:noescape
func jsAVX2(p, q *float32, n int, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32)

//go:noescape
func jsAVX512(p, q *float32, n int, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32)

//go:noescape
func affineAVX2(dst, p, q *float32, n int, k *[4]float64)

//go:noescape
func affineAVX512(dst, p, q *float32, n int, k *[4]float64)

//go:noescape
func slopeAVX2(dst, p, q *float32, n int, k *[4]float64)

//go:noescape
func slopeAVX512(dst, p, q *float32, n int, k *[4]float64)

//go:noescape
func excessAVX2(dst, p, q *float32, n int, k *[4]float64)

//go:noescape
func excessAVX512(dst, p, q *float32, n int, k *[4]float64)

//go:noescape
func productAVX2(dst, p, q *float32, n int, k *[4]float64)

//go:noescape
func productAVX512(dst, p, q *float32, n int, k *[4]float64)

//go:noescape
func logProbAVX2(dst, p, q *float32, n int, k *[4]float64)

//go:noescape
func logProbAVX512(dst, p, q *float32, n int, k *[4]float64)

func sum(isa ISA, s Sum, p, q []float32, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32) {
	a, b, n := unsafe.SliceData(p), unsafe.SliceData(q), len(p)
	if isa == AVX2 {
		switch s {
		case Total:
			return totalAVX2(a, b, n, k, lanes, at)
		case Dot:
			return dotAVX2(a, b, n, k, lanes, at)
		case SoftLoss:
			return softLossAVX2(a, b, n, k, lanes, at)
		case Entropy:
			return entropyAVX2(a, b, n, k, lanes, at)
		case Cross:
			return crossAVX2(a, b, n, k, lanes, at)
		case KL:
			return klAVX2(a, b, n, k, lanes, at)
		case JS:
			return jsAVX2(a, b, n, k, lanes, at)
		}
	}
	if isa == AVX512 {
		switch s {
		case Total:
			return totalAVX512(a, b, n, k, lanes, at)
		case Dot:
			return dotAVX512(a, b, n, k, lanes, at)
		case SoftLoss:
			return softLossAVX512(a, b, n, k, lanes, at)
		case Entropy:
			return entropyAVX512(a, b, n, k, lanes, at)
		case Cross:
			return crossAVX512(a, b, n, k, lanes, at)
		case KL:
			return klAVX512(a, b, n, k, lanes, at)
		case JS:
			return jsAVX512(a, b, n, k, lanes, at)
		}
	}
	return sumGeneric(s, p, q, k, lanes, at)
}

func apply(isa ISA, m Map, dst, p, q []float32, k *[4]float64) {
	d, a, b, n := unsafe.SliceData(dst), unsafe.SliceData(p), unsafe.SliceData(q), len(p)
	switch {
	case isa == AVX2 && m == Affine:
		affineAVX2(d, a, b, n, k)
	case isa == AVX2 && m == Slope:
		slopeAVX2(d, a, b, n, k)
	case isa == AVX2 && m == ExcessNear:
		excessAVX2(d, a, b, n, k)
	case isa == AVX2 && m == Product:
		productAVX2(d, a, b, n, k)
	case isa == AVX2 && m == LogProb:
		logProbAVX2(d, a, b, n, k)
	case isa == AVX512 && m == Affine:
		affineAVX512(d, a, b, n, k)
	case isa == AVX512 && m == Slope:
		slopeAVX512(d, a, b, n, k)
	case isa == AVX512 && m == ExcessNear:
		excessAVX512(d, a, b, n, k)
	case isa == AVX512 && m == Product:
		productAVX512(d, a, b, n, k)
	case isa == AVX512 && m == LogProb:
		logProbAVX512(d, a, b, n, k)
	default:
		applyGeneric(m, dst, p, q, k)
	}
}
