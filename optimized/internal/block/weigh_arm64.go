//go:build !purego

package block

import "unsafe"

// The kernels take 1 to Chunk elements and do what weighGeneric does; those of the
// fast form with k.base = M+B-N.

//go:noescape
func termsFastGapsNEON(x *float32, n int, k *coefs, lanes *Pair)

//go:noescape
func termsFastRatioNEON(y, x *float32, n int, k *coefs, lanes *Pair)

//go:noescape
func termsGeneralGapsNEON(x *float32, n int, k *coefs, lanes *Pair)

//go:noescape
func termsGeneralRatioNEON(y, x *float32, n int, k *coefs, lanes *Pair)

func weigh(isa ISA, x, y []float32, k *coefs, fast bool, lanes *Pair) {
	a, b, n := unsafe.SliceData(x), unsafe.SliceData(y), len(x)
	short := *k // of the fast form
	short.base -= 127
	switch ratio := y != nil; {
	case isa == NEON && fast && ratio:
		termsFastRatioNEON(b, a, n, &short, lanes)
	case isa == NEON && fast:
		termsFastGapsNEON(a, n, &short, lanes)
	case isa == NEON && ratio:
		termsGeneralRatioNEON(b, a, n, k, lanes)
	case isa == NEON:
		termsGeneralGapsNEON(a, n, k, lanes)
	default:
		weighGeneric(x, y, k, lanes)
	}
}
