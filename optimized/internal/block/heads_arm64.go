//go:build !purego

package block

import "unsafe"

// dotsNEON is dotsGeneric of n rows, width a multiple of 16 above 0. A fused
// multiply-add of an exact product is that product added.
//
//go:noescape
func dotsNEON(dst, q *float64, k *float32, n, width int)

// mixNEON is mixGeneric of 32 sums and n rows, n > 0.
//
//go:noescape
func mixNEON(sums *float64, w, v *float32, n, width int)

func dots(isa ISA, dst, q []float64, k []float32) {
	if isa == NEON {
		dotsNEON(unsafe.SliceData(dst), unsafe.SliceData(q), unsafe.SliceData(k), len(dst), len(q))
	} else {
		dotsGeneric(dst, q, k)
	}
}

func mix(isa ISA, sums []float64, w, v []float32, width int) {
	if isa == NEON && len(sums) == turn {
		mixNEON(unsafe.SliceData(sums), unsafe.SliceData(w), unsafe.SliceData(v), len(w), width)
	} else {
		mixGeneric(sums, w, v, width)
	}
}
