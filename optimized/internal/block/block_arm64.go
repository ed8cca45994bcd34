//go:build !purego

package block

import "unsafe"

// scanNEON is
//
//	max = -Inf
//	for i := range n { max = maximum(max, x[i]); mag = max(mag, bits(x[i])&0x7fffffff) }
//
// of n >= 0 elements. A NaN among them makes max a NaN.
//
//go:noescape
func scanNEON(x *float32, n int) (max float32, mag uint32)

// termsFastNEON is
//
//	for i := range n { t[i] = k.fast(x[i]) }
//	for l := range lanes { lanes[l] = the lane sum of t, absent terms +0 }
//
// for 1 <= n <= Chunk, with k.base = M+B-N.
//
//go:noescape
func termsFastNEON(x *float32, n int, k *coefs, lanes *[Lanes]float32)

// termsFastStoreNEON is termsFastNEON that also does dst[i] = t[i]; dst may be x.
//
//go:noescape
func termsFastStoreNEON(dst, x *float32, n int, k *coefs, lanes *[Lanes]float32)

// termsGeneralNEON is termsFastNEON in the general form, with k.base = M+127+B-N.
//
//go:noescape
func termsGeneralNEON(x *float32, n int, k *coefs, lanes *[Lanes]float32)

// termsGeneralStoreNEON is termsGeneralNEON that also does dst[i] = t[i]; dst may be x.
//
//go:noescape
func termsGeneralStoreNEON(dst, x *float32, n int, k *coefs, lanes *[Lanes]float32)

// treeNEON is
//
//	for l := range d { d[l] = float64(lanes[l]) }
//	for w := 128; w >= 1; w /= 2 { for l := range w { d[l] += d[l+w] } }
//	return d[0]
//
//go:noescape
func treeNEON(lanes *[Lanes]float32) float64

// treeFewNEON is treeNEON of few lanes.
//
//go:noescape
func treeFewNEON(lanes *[few]float32) float64

// mulNEON is
//
//	for i := range n { dst[i] = x[i]*f }
//
// for n >= 0; dst may be x.
//
//go:noescape
func mulNEON(dst, x *float32, n int, f float32)

// The dispatch has direct calls: through a function value the compiler could
// not see that the pointers do not escape, and would allocate.

func scan(isa ISA, x []float32) (max float32, mag uint32) {
	if isa == NEON {
		return scanNEON(unsafe.SliceData(x), len(x))
	}
	return scanGeneric(x)
}

func terms(isa ISA, dst, x []float32, n int32, s *Scaling, mag uint32, lanes *[Lanes]float32) {
	if isa != NEON {
		termsGeneric(dst, x, n, s, lanes)
		return
	}
	var k coefs
	k.set(n, s)
	to, from := unsafe.SliceData(dst), unsafe.SliceData(x)
	if fast(n, s, mag) {
		k.base -= 127
		if dst != nil {
			termsFastStoreNEON(to, from, len(x), &k, lanes)
		} else {
			termsFastNEON(from, len(x), &k, lanes)
		}
		return
	}
	if dst != nil {
		termsGeneralStoreNEON(to, from, len(x), &k, lanes)
	} else {
		termsGeneralNEON(from, len(x), &k, lanes)
	}
}

func treeFew(isa ISA, lanes *[few]float32) float64 {
	switch isa {
	case NEON:
		return treeFewNEON(lanes)
	}
	return treeFewGeneric(lanes)
}

func tree(isa ISA, lanes *[Lanes]float32) float64 {
	if isa == NEON {
		return treeNEON(lanes)
	}
	return treeGeneric(lanes)
}

func mul(isa ISA, dst, x []float32, f float32) {
	if isa == NEON {
		mulNEON(unsafe.SliceData(dst), unsafe.SliceData(x), len(x), f)
	} else {
		mulGeneric(dst, x, f)
	}
}
