//go:build !purego

package block

import "unsafe"

// dotsAVX2 is dotsGeneric of n rows, width a multiple of 16 above 0. A fused
// multiply-add of an exact product is that product added.
//
//go:noescape
func dotsAVX2(dst, q *float64, k *float32, n, width int)

// dotsAVX512 is dotsAVX2 with 512-bit vectors.
//
//go:noescape
func dotsAVX512(dst, q *float64, k *float32, n, width int)

// mixAVX2 is mixGeneric of 32 sums and n rows, n > 0.
//
//go:noescape
func mixAVX2(sums *float64, w, v *float32, n, width int)

// mixAVX512 is mixAVX2 with 512-bit vectors.
//
//go:noescape
func mixAVX512(sums *float64, w, v *float32, n, width int)

func dots(isa ISA, dst, q []float64, k []float32) {
	switch isa {
	case AVX2:
		dotsAVX2(unsafe.SliceData(dst), unsafe.SliceData(q), unsafe.SliceData(k), len(dst), len(q))
	case AVX512:
		dotsAVX512(unsafe.SliceData(dst), unsafe.SliceData(q), unsafe.SliceData(k), len(dst), len(q))
	default:
		dotsGeneric(dst, q, k)
	}
}

func mix(isa ISA, sums []float64, w, v []float32, width int) {
	switch {
	case isa == AVX2 && len(sums) == turn:
		mixAVX2(unsafe.SliceData(sums), unsafe.SliceData(w), unsafe.SliceData(v), len(w), width)
	case isa == AVX512 && len(sums) == turn:
		mixAVX512(unsafe.SliceData(sums), unsafe.SliceData(w), unsafe.SliceData(v), len(w), width)
	default:
		mixGeneric(sums, w, v, width)
	}
}
