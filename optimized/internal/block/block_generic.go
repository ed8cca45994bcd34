package block

import (
	"math"
	"math/bits"
)

func scanGeneric(x []float32) (max float32, mag uint32) {
	max = float32(math.Inf(-1))
	for _, v := range x {
		if v > max {
			max = v
		}
		if b := bitsOf(v) &^ (1 << 31); b > mag {
			mag = b
		}
	}
	return max, mag
}

func mulGeneric(dst, x []float32, f float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = float32(v * f)
	}
}

func treeGeneric(lanes *[Lanes]float32) float64 {
	var d [Lanes / 2]float64
	for l := range d {
		d[l] = float64(lanes[l]) + float64(lanes[l+Lanes/2])
	}
	for w := Lanes / 4; w >= 1; w /= 2 {
		lo, hi := d[:w], d[w:][:w]
		for l, v := range hi {
			lo[l] += v
		}
	}
	return d[0]
}

func treeFewGeneric(lanes *[few]float32) float64 {
	var d [few / 2]float64
	for l := range d {
		d[l] = float64(lanes[l]) + float64(lanes[l+few/2])
	}
	for w := few / 4; w >= 1; w /= 2 {
		for l := range w {
			d[l] += d[l+w]
		}
	}
	return d[0]
}

// Term returns the term of one element relative to N = n: what Terms stores.
func Term(x float32, n int32, s *Scaling) float32 {
	var k coefs
	k.set(n, s)
	return k.term(x)
}

// term is the general form with FMA at every step.
func (k *coefs) term(x float32) float32 {
	v := k.lo
	if x >= v {
		v = x
	}
	zr := FMA(v, k.a, k.base)
	n := zr - k.base
	r := FMA(n, k.nch, v)
	r = FMA(n, k.ncl, r)
	r = float32(r * k.i)
	p := FMA(c6, r, c5)
	p = FMA(p, r, c4)
	p = FMA(p, r, c3)
	p = FMA(p, r, c2)
	p = FMA(p, r, 1)
	p = FMA(p, r, 1)
	return float32(p * floatOf(bitsOf(zr)<<23))
}

// round24 rounds a float64 to the 24 bits of a float32 of normal size, in
// integers, which is faster than two conversions. The second result is
// negative as an int64 if and only if s was a midpoint of two such values:
// there the caller has to redo the step, because the sum s may itself have
// been rounded, and because round24 takes ties away from zero.
func round24(s float64) (float64, uint64) {
	u := math.Float64bits(s) + 1<<28
	low := u & (1<<29 - 1)
	return math.Float64frombits(u - low), low - 1
}

// termsOf sets dst[i] to the term of x[i], in the general form. An fma is a
// float64 product, which is exact, and a sum rounded to 24 bits. The chain
// runs without a branch and collects suspects; term redoes those elements.
//
// Two steps need no such rounding. zr is an integer: adding 1.5*2^52 in place
// of 1.5*2^23 rounds the exact product to the same one, and once. The first
// step of the reduction is exact: with 2^E <= ch < 2^(E+1) and n != 0, x and
// ch are multiples of 2^(E-24), and the difference is below 2^E. No step has
// an inexact subnormal result that matters, which round24 would not round as
// float32 does: r is a multiple of T*2^-53 or is x itself, its product with
// 1/T only meets numbers above 2^-8, and the rest is larger still.
//
// The chain is cut into loops over a block, so that the processor always has
// independent steps at hand. The conversions stand in loops of their own: on
// amd64 they depend on the former value of the register they write.
func (k *coefs) termsOf(dst, x []float32) {
	const block = 32
	const grow = 0x1.8p52 - magic
	a, base, nch, ncl, ki := float64(k.a), float64(k.base)+grow, float64(k.nch), float64(k.ncl), float64(k.i)
	unit := k.i == 1
	lo := k.lo
	for len(x) > 0 {
		var fs, zs, rs [block]float64
		var qs [block]uint64
		part := x[:min(block, len(x))]
		for i, v := range part {
			if !(v >= lo) {
				v = lo
			}
			fs[i%block] = float64(v)
		}
		used := fs[:len(part)]
		for i, f := range used {
			i %= block // always: the compiler sees that i is in bounds
			zr := float64(f*a) + base
			n := zr - base
			r := float64(n*nch) + f
			rs[i], qs[i] = round24(float64(n*ncl) + r)
			zs[i] = zr
		}
		if !unit {
			for i := range used {
				i %= block
				r, t := round24(float64(rs[i] * ki))
				rs[i] = r
				qs[i] |= t
			}
		}
		for i := range used {
			i %= block
			r := rs[i]
			p, q := round24(float64(c6*r) + c5)
			p, t := round24(float64(p*r) + c4)
			fs[i] = p
			qs[i] |= q | t
		}
		for i := range used {
			i %= block
			r := rs[i]
			p, q := round24(float64(fs[i]*r) + c3)
			p, t := round24(float64(p*r) + c2)
			fs[i] = p
			qs[i] |= q | t
		}
		var suspects uint32
		for i := range used {
			i %= block
			r := rs[i]
			p, q := round24(float64(fs[i]*r) + 1)
			p, t := round24(float64(p*r) + 1)
			fs[i] = p
			if int64(qs[i]|q|t) < 0 {
				suspects |= 1 << i
			}
		}
		for ; suspects != 0; suspects &= suspects - 1 { // before dst, which may be x, is written
			i := bits.TrailingZeros32(suspects)
			fs[i], zs[i] = float64(k.term(part[i])), 0x1p52+127 // a scale of 1
		}
		out := dst[:len(part)]
		for i := range out {
			scale := floatOf(uint32(math.Float64bits(zs[i%block])) << 23)
			out[i] = float32(float32(fs[i%block]) * scale)
		}
		x, dst = x[len(part):], dst[len(part):]
	}
}

func termsGeneric(dst, x []float32, n int32, s *Scaling, lanes *[Lanes]float32) {
	var k coefs
	k.set(n, s)
	for i := 0; i < len(x); i += Quad {
		part := x[i:min(i+Quad, len(x))]
		if dst != nil {
			k.termsOf(dst[i:], part)
			fold(lanes, dst[i:][:len(part)], i == 0)
		} else {
			k.foldOf(lanes, part, i == 0)
		}
	}
}

// foldOf is fold of terms that are not kept.
func (k *coefs) foldOf(lanes *[Lanes]float32, x []float32, first bool) {
	var t [Quad]float32
	k.termsOf(t[:len(x)], x)
	fold(lanes, t[:len(x)], first)
}

// fold adds the terms of one quad, absent ones being +0, to the lanes.
// No term is -0, so adding an absent one changes nothing and is left out.
func fold(lanes *[Lanes]float32, t []float32, first bool) {
	if first {
		*lanes = [Lanes]float32{}
	}
	for l := range min(Lanes, len(t)) {
		a := t[l]
		if l+Lanes < len(t) {
			a += t[l+Lanes]
		}
		if l+3*Lanes < len(t) {
			a += t[l+2*Lanes] + t[l+3*Lanes]
		} else if l+2*Lanes < len(t) {
			a += t[l+2*Lanes]
		}
		lanes[l] += a
	}
}
