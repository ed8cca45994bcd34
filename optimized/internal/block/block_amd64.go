//go:build !purego

package block

import "unsafe"

// scanAVX2 is
//
//	max = -Inf
//	for i := range n { max = maximum(max, x[i]); mag = max(mag, bits(x[i])&0x7fffffff) }
//
// of n >= 0 elements, without a rule for NaN and for the sign of a zero maximum.
//
//go:noescape
func scanAVX2(x *float32, n int) (max float32, mag uint32)

// scanAVX512 is scanAVX2 with 512-bit vectors.
//
//go:noescape
func scanAVX512(x *float32, n int) (max float32, mag uint32)

// termsFastAVX2 is
//
//	for i := range n { t[i] = k.fast(x[i]) }
//	for l := range lanes { lanes[l] = the lane sum of t, absent terms +0 }
//
// for 1 <= n <= Chunk, with k.base = M+B-N.
//
//go:noescape
func termsFastAVX2(x *float32, n int, k *coefs, lanes *[Lanes]float32)

// termsFastStoreAVX2 is termsFastAVX2 that also does dst[i] = t[i]; dst may be x.
//
//go:noescape
func termsFastStoreAVX2(dst, x *float32, n int, k *coefs, lanes *[Lanes]float32)

// termsGeneralAVX2 is termsFastAVX2 in the general form, with k.base = M+127+B-N.
//
//go:noescape
func termsGeneralAVX2(x *float32, n int, k *coefs, lanes *[Lanes]float32)

// termsGeneralStoreAVX2 is termsGeneralAVX2 that also does dst[i] = t[i]; dst may be x.
//
//go:noescape
func termsGeneralStoreAVX2(dst, x *float32, n int, k *coefs, lanes *[Lanes]float32)

// termsFastAVX512 is termsFastAVX2 with 512-bit vectors.
//
//go:noescape
func termsFastAVX512(x *float32, n int, k *coefs, lanes *[Lanes]float32)

// termsFastStoreAVX512 is termsFastStoreAVX2 with 512-bit vectors.
//
//go:noescape
func termsFastStoreAVX512(dst, x *float32, n int, k *coefs, lanes *[Lanes]float32)

// termsGeneralAVX512 is termsGeneralAVX2 with 512-bit vectors.
//
//go:noescape
func termsGeneralAVX512(x *float32, n int, k *coefs, lanes *[Lanes]float32)

// termsGeneralStoreAVX512 is termsGeneralStoreAVX2 with 512-bit vectors.
//
//go:noescape
func termsGeneralStoreAVX512(dst, x *float32, n int, k *coefs, lanes *[Lanes]float32)

// treeAVX2 is
//
//	for l := range d { d[l] = float64(lanes[l]) }
//	for w := 128; w >= 1; w /= 2 { for l := range w { d[l] += d[l+w] } }
//	return d[0]
//
//go:noescape
func treeAVX2(lanes *[Lanes]float32) float64

// treeAVX512 is treeAVX2 with 512-bit vectors.
//
//go:noescape
func treeAVX512(lanes *[Lanes]float32) float64

// treeFewAVX2 is treeAVX2 of few lanes.
//
//go:noescape
func treeFewAVX2(lanes *[few]float32) float64

// treeFewAVX512 is treeAVX512 of few lanes.
//
//go:noescape
func treeFewAVX512(lanes *[few]float32) float64

// mulAVX2 is
//
//	for i := range n { dst[i] = x[i]*f }
//
// for n >= 0; dst may be x.
//
//go:noescape
func mulAVX2(dst, x *float32, n int, f float32)

// mulAVX512 is mulAVX2 with 512-bit vectors.
//
//go:noescape
func mulAVX512(dst, x *float32, n int, f float32)

// The dispatch is a switch with direct calls: through a function value the
// compiler could not see that the pointers do not escape, and would allocate.

func scan(isa ISA, x []float32) (max float32, mag uint32) {
	switch isa {
	case AVX2:
		return scanAVX2(unsafe.SliceData(x), len(x))
	case AVX512:
		return scanAVX512(unsafe.SliceData(x), len(x))
	}
	return scanGeneric(x)
}

func terms(isa ISA, dst, x []float32, n int32, s *Scaling, mag uint32, lanes *[Lanes]float32) {
	if isa != AVX2 && isa != AVX512 {
		termsGeneric(dst, x, n, s, lanes)
		return
	}
	var k coefs
	k.set(n, s)
	wide := isa == AVX512
	to, from := unsafe.SliceData(dst), unsafe.SliceData(x)
	if fast(n, s, mag) {
		k.base -= 127
		switch {
		case wide && dst != nil:
			termsFastStoreAVX512(to, from, len(x), &k, lanes)
		case wide:
			termsFastAVX512(from, len(x), &k, lanes)
		case dst != nil:
			termsFastStoreAVX2(to, from, len(x), &k, lanes)
		default:
			termsFastAVX2(from, len(x), &k, lanes)
		}
		return
	}
	switch {
	case wide && dst != nil:
		termsGeneralStoreAVX512(to, from, len(x), &k, lanes)
	case wide:
		termsGeneralAVX512(from, len(x), &k, lanes)
	case dst != nil:
		termsGeneralStoreAVX2(to, from, len(x), &k, lanes)
	default:
		termsGeneralAVX2(from, len(x), &k, lanes)
	}
}

func treeFew(isa ISA, lanes *[few]float32) float64 {
	switch isa {
	case AVX2:
		return treeFewAVX2(lanes)
	case AVX512:
		return treeFewAVX512(lanes)
	}
	return treeFewGeneric(lanes)
}

func tree(isa ISA, lanes *[Lanes]float32) float64 {
	switch isa {
	case AVX2:
		return treeAVX2(lanes)
	case AVX512:
		return treeAVX512(lanes)
	}
	return treeGeneric(lanes)
}

func mul(isa ISA, dst, x []float32, f float32) {
	switch isa {
	case AVX2:
		mulAVX2(unsafe.SliceData(dst), unsafe.SliceData(x), len(x), f)
	case AVX512:
		mulAVX512(unsafe.SliceData(dst), unsafe.SliceData(x), len(x), f)
	default:
		mulGeneric(dst, x, f)
	}
}
