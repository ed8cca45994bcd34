package optimized

import (
	"math"
	"unsafe"
)

// BF16 is the pattern of a bfloat16: the upper half of a float32.
type BF16 uint16

// F16 is the pattern of an IEEE binary16.
type F16 uint16

// Element is what logits and probabilities may be stored in.
type Element interface{ float32 | BF16 | F16 }

// widen converts 16-bit elements exactly, into buf; float32 is returned as it is.
func widen[E Element](x []E, buf []float32) []float32 {
	switch x := any(x).(type) {
	case []float32:
		return x
	case []BF16:
		buf = buf[:len(x)]
		for i, b := range x {
			buf[i] = math.Float32frombits(uint32(b) << 16)
		}
	case []F16:
		buf = buf[:len(x)]
		for i, h := range x {
			buf[i] = h.Float32()
		}
	}
	return buf
}

// Float32 is the exact value.
func (b BF16) Float32() float32 { return math.Float32frombits(uint32(b) << 16) }

// Float32 is the exact value.
//
// The exponent and fraction, moved to a float32's place, read as the value times
// 2^-112; one exact product puts that right, subnormals included.
func (h F16) Float32() float32 {
	sign := uint32(h&0x8000) << 16
	if h&0x7c00 == 0x7c00 { // infinity, NaN with its payload
		return math.Float32frombits(sign | 0x7f800000 | uint32(h&0x3ff)<<13)
	}
	return math.Float32frombits(sign | math.Float32bits(math.Float32frombits(uint32(h&0x7fff)<<13)*0x1p112))
}

// narrow rounds to nearest even into the element type, by integer arithmetic:
// the conversion instructions of some processors flush subnormals. NaN becomes
// the canonical one. For float32 it copies, unless dst is x.
func narrow[E Element](dst []E, x []float32) {
	switch dst := any(dst).(type) {
	case []float32:
		copy(dst, x)
	case []BF16:
		for i, v := range x {
			dst[i] = ToBF16(v)
		}
	case []F16:
		for i, v := range x {
			dst[i] = ToF16(v)
		}
	}
}

// ToBF16 rounds to nearest even.
func ToBF16(v float32) BF16 {
	b := math.Float32bits(v)
	if b&0x7fffffff > 0x7f800000 {
		return 0x7fc0
	}
	return BF16((b + 0x7fff + b>>16&1) >> 16)
}

// ToF16 rounds to nearest even, gradually at the small end, to infinity at the
// large one.
func ToF16(v float32) F16 {
	b := math.Float32bits(v)
	sign, b := F16(b>>16&0x8000), b&0x7fffffff
	switch {
	case b > 0x7f800000:
		return 0x7e00
	case b >= 0x477ff000: // 65520 and above round to infinity
		return sign | 0x7c00
	case b < 0x38800000: // below 2^-14: adding 0.5 lines the fraction up with units of 2^-24
		return sign | F16(math.Float32bits(math.Float32frombits(b)+0.5)-0x3f000000)
	}
	b -= 112 << 23
	return sign | F16((b+0xfff+b>>13&1)>>13)
}

// one and nan in the element type.
func constants[E Element]() (one, nan E) {
	switch p := any(&one).(type) {
	case *float32:
		*p = 1
	case *BF16:
		*p = 0x3f80
	case *F16:
		*p = 0x3c00
	}
	switch p := any(&nan).(type) {
	case *float32:
		*p = math.Float32frombits(0x7fc00000)
	case *BF16:
		*p = 0x7fc0
	case *F16:
		*p = 0x7e00
	}
	return one, nan
}

// canonical rounds to float32; every NaN becomes the canonical one, whose sign and
// payload processors otherwise disagree on.
func canonical(v float64) float32 {
	if v != v {
		_, nan := constants[float32]()
		return nan
	}
	return float32(v)
}

// overlap reports whether two slices share memory without being the same.
func overlap[E Element](a, b []E) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	p, q := uintptr(unsafe.Pointer(&a[0])), uintptr(unsafe.Pointer(&b[0]))
	size := unsafe.Sizeof(a[0])
	return p != q && p < q+uintptr(len(b))*size && q < p+uintptr(len(a))*size
}
