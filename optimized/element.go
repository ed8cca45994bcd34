package optimized

import (
	"math"
	"unsafe"

	"github.com/seed-210c9500/assay/optimized/internal/block"
)

// BF16 is the pattern of a bfloat16: the upper half of a float32.
type BF16 uint16

// F16 is the pattern of an IEEE binary16.
type F16 uint16

// Element is what logits and probabilities may be stored in.
type Element interface{ float32 | BF16 | F16 }

// widen converts 16-bit elements exactly, into buf; float32 is returned as it is.
func widen[E Element](isa block.ISA, x []E, buf []float32) []float32 {
	switch x := any(x).(type) {
	case []float32:
		return x
	case []BF16:
		buf = buf[:len(x)]
		block.WidenBF16(isa, buf, patterns(x))
	case []F16:
		buf = buf[:len(x)]
		block.WidenF16(isa, buf, patterns(x))
	}
	return buf
}

// patterns are the same elements as the kernels take them.
func patterns[H BF16 | F16](x []H) []uint16 {
	return unsafe.Slice((*uint16)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}

// Float32 is the exact value.
func (b BF16) Float32() float32 { return math.Float32frombits(uint32(b) << 16) }

// Float32 is the exact value.
func (h F16) Float32() float32 { return block.FromF16(uint16(h)) }

// narrow rounds to nearest even into the element type, by integer arithmetic:
// the conversion instructions of some processors flush subnormals. NaN becomes
// the canonical one. For float32 it copies, unless dst is x.
func narrow[E Element](isa block.ISA, dst []E, x []float32) { narrowBy(isa, dst, x, 1) }

// narrowBy is narrow of x*by, each product rounded to float32 first.
func narrowBy[E Element](isa block.ISA, dst []E, x []float32, by float32) {
	switch dst := any(dst).(type) {
	case []float32:
		if by == 1 {
			copy(dst, x)
		} else {
			block.Mul(isa, dst, x, by)
		}
	case []BF16:
		block.NarrowBF16(isa, patterns(dst), x, by)
	case []F16:
		block.NarrowF16(isa, patterns(dst), x, by)
	}
}

// ToBF16 rounds to nearest even.
func ToBF16(v float32) BF16 { return BF16(block.ToBF16(v)) }

// ToF16 rounds to nearest even, gradually at the small end, to infinity at the
// large one.
func ToF16(v float32) F16 { return F16(block.ToF16(v)) }

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
