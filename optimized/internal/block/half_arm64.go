//go:build !purego

package block

import "unsafe"

// The kernels take a multiple of 32 elements, at least one of those.

//go:noescape
func widenBF16NEON(dst *float32, x *uint16, n int)

//go:noescape
func widenF16NEON(dst *float32, x *uint16, n int)

//go:noescape
func narrowBF16NEON(dst *uint16, x *float32, n int, f float32)

//go:noescape
func narrowF16NEON(dst *uint16, x *float32, n int, f float32)

//go:noescape
func findNEON(x *float32, n int, v float32) int

// widen converts whole turns and returns how far it went.
func widen(isa ISA, f16 bool, dst []float32, x []uint16) int {
	n := len(x) &^ (unit - 1)
	if n == 0 || isa != NEON {
		return 0
	}
	to, from := unsafe.SliceData(dst), unsafe.SliceData(x)
	if f16 {
		widenF16NEON(to, from, n)
	} else {
		widenBF16NEON(to, from, n)
	}
	return n
}

// narrow converts whole turns and returns how far it went.
func narrow(isa ISA, f16 bool, dst []uint16, x []float32, f float32) int {
	n := len(x) &^ (unit - 1)
	if n == 0 || isa != NEON {
		return 0
	}
	to, from := unsafe.SliceData(dst), unsafe.SliceData(x)
	if f16 {
		narrowF16NEON(to, from, n, f)
	} else {
		narrowBF16NEON(to, from, n, f)
	}
	return n
}

// find returns the first turn with an element that equals v, or somewhere before it.
func find(isa ISA, x []float32, v float32) int {
	if isa == NEON {
		return findNEON(unsafe.SliceData(x), len(x), v)
	}
	return 0
}
