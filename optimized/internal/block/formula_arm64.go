//go:build !purego

package block

import "unsafe"

// The kernels of the formulas take a multiple of 32 elements, at least one of
// those, and at a multiple of 32; q is read only where a formula has two rows.
// They do what sumGeneric and applyGeneric do.

//go:noescape
func totalNEON(p, q *float32, n int, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32)

//go:noescape
func dotNEON(p, q *float32, n int, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32)

//go:noescape
func softLossNEON(p, q *float32, n int, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32)

//go:noescape
func entropyNEON(p, q *float32, n int, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32)

//go:noescape
func crossNEON(p, q *float32, n int, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32)

//go:noescape
func klNEON(p, q *float32, n int, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32)

//go:noescape
func jsNEON(p, q *float32, n int, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32)

//go:noescape
func affineNEON(dst, p, q *float32, n int, k *[4]float64)

//go:noescape
func slopeNEON(dst, p, q *float32, n int, k *[4]float64)

//go:noescape
func excessNEON(dst, p, q *float32, n int, k *[4]float64)

//go:noescape
func productNEON(dst, p, q *float32, n int, k *[4]float64)

//go:noescape
func logProbNEON(dst, p, q *float32, n int, k *[4]float64)

func sum(isa ISA, s Sum, p, q []float32, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32) {
	a, b, n := unsafe.SliceData(p), unsafe.SliceData(q), len(p)
	if isa == NEON {
		switch s {
		case Total:
			return totalNEON(a, b, n, k, lanes, at)
		case Dot:
			return dotNEON(a, b, n, k, lanes, at)
		case SoftLoss:
			return softLossNEON(a, b, n, k, lanes, at)
		case Entropy:
			return entropyNEON(a, b, n, k, lanes, at)
		case Cross:
			return crossNEON(a, b, n, k, lanes, at)
		case KL:
			return klNEON(a, b, n, k, lanes, at)
		case JS:
			return jsNEON(a, b, n, k, lanes, at)
		}
	}
	return sumGeneric(s, p, q, k, lanes, at)
}

func apply(isa ISA, m Map, dst, p, q []float32, k *[4]float64) {
	d, a, b, n := unsafe.SliceData(dst), unsafe.SliceData(p), unsafe.SliceData(q), len(p)
	switch {
	case isa == NEON && m == Affine:
		affineNEON(d, a, b, n, k)
	case isa == NEON && m == Slope:
		slopeNEON(d, a, b, n, k)
	case isa == NEON && m == ExcessNear:
		excessNEON(d, a, b, n, k)
	case isa == NEON && m == Product:
		productNEON(d, a, b, n, k)
	case isa == NEON && m == LogProb:
		logProbNEON(d, a, b, n, k)
	default:
		applyGeneric(m, dst, p, q, k)
	}
}
