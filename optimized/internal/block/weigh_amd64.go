//go:build !purego

package block

import "unsafe"

// The kernels take 1 to Chunk elements and do what weighGeneric does; those of the
// fast form with k.base = M+B-N.

//go:noescape
func termsFastGapsAVX2(x *float32, n int, k *coefs, lanes *Pair)

//go:noescape
func termsFastRatioAVX2(y, x *float32, n int, k *coefs, lanes *Pair)

//go:noescape
func termsGeneralGapsAVX2(x *float32, n int, k *coefs, lanes *Pair)

//go:noescape
func termsGeneralRatioAVX2(y, x *float32, n int, k *coefs, lanes *Pair)

//go:noescape
func termsFastGapsAVX512(x *float32, n int, k *coefs, lanes *Pair)

//go:noescape
func termsFastRatioAVX512(y, x *float32, n int, k *coefs, lanes *Pair)

//go:noescape
func termsGeneralGapsAVX512(x *float32, n int, k *coefs, lanes *Pair)

//go:noescape
func termsGeneralRatioAVX512(y, x *float32, n int, k *coefs, lanes *Pair)

func weigh(isa ISA, x, y []float32, k *coefs, fast bool, lanes *Pair) {
	a, b, n := unsafe.SliceData(x), unsafe.SliceData(y), len(x)
	short := *k // of the fast form
	short.base -= 127
	switch ratio := y != nil; {
	case isa == AVX2 && fast && ratio:
		termsFastRatioAVX2(b, a, n, &short, lanes)
	case isa == AVX2 && fast:
		termsFastGapsAVX2(a, n, &short, lanes)
	case isa == AVX2 && ratio:
		termsGeneralRatioAVX2(b, a, n, k, lanes)
	case isa == AVX2:
		termsGeneralGapsAVX2(a, n, k, lanes)
	case isa == AVX512 && fast && ratio:
		termsFastRatioAVX512(b, a, n, &short, lanes)
	case isa == AVX512 && fast:
		termsFastGapsAVX512(a, n, &short, lanes)
	case isa == AVX512 && ratio:
		termsGeneralRatioAVX512(b, a, n, k, lanes)
	case isa == AVX512:
		termsGeneralGapsAVX512(a, n, k, lanes)
	default:
		weighGeneric(x, y, k, lanes)
	}
}
