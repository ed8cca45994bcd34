//go:build !purego

package block

import "unsafe"

// The kernels take a multiple of 32 elements, at least one of those.

//go:noescape
func widenBF16AVX2(dst *float32, x *uint16, n int)

//go:noescape
func widenF16AVX2(dst *float32, x *uint16, n int)

//go:noescape
func narrowBF16AVX2(dst *uint16, x *float32, n int, f float32)

//go:noescape
func narrowF16AVX2(dst *uint16, x *float32, n int, f float32)

//go:noescape
func findAVX2(x *float32, n int, v float32) int

//go:noescape
func widenBF16AVX512(dst *float32, x *uint16, n int)

//go:noescape
func widenF16AVX512(dst *float32, x *uint16, n int)

//go:noescape
func narrowBF16AVX512(dst *uint16, x *float32, n int, f float32)

//go:noescape
func narrowF16AVX512(dst *uint16, x *float32, n int, f float32)

//go:noescape
func findAVX512(x *float32, n int, v float32) int

// widen converts whole turns and returns how far it went.
func widen(isa ISA, f16 bool, dst []float32, x []uint16) int {
	n := len(x) &^ (unit - 1)
	if n == 0 {
		return 0
	}
	to, from := unsafe.SliceData(dst), unsafe.SliceData(x)
	switch {
	case isa == AVX2 && f16:
		widenF16AVX2(to, from, n)
	case isa == AVX2:
		widenBF16AVX2(to, from, n)
	case isa == AVX512 && f16:
		widenF16AVX512(to, from, n)
	case isa == AVX512:
		widenBF16AVX512(to, from, n)
	default:
		return 0
	}
	return n
}

// narrow converts whole turns and returns how far it went.
func narrow(isa ISA, f16 bool, dst []uint16, x []float32, f float32) int {
	n := len(x) &^ (unit - 1)
	if n == 0 {
		return 0
	}
	to, from := unsafe.SliceData(dst), unsafe.SliceData(x)
	switch {
	case isa == AVX2 && f16:
		narrowF16AVX2(to, from, n, f)
	case isa == AVX2:
		narrowBF16AVX2(to, from, n, f)
	case isa == AVX512 && f16:
		narrowF16AVX512(to, from, n, f)
	case isa == AVX512:
		narrowBF16AVX512(to, from, n, f)
	default:
		return 0
	}
	return n
}

// find returns the first turn with an element that equals v, or somewhere before it.
func find(isa ISA, x []float32, v float32) int {
	switch isa {
	case AVX2:
		return findAVX2(unsafe.SliceData(x), len(x), v)
	case AVX512:
		return findAVX512(unsafe.SliceData(x), len(x), v)
	}
	return 0
}
