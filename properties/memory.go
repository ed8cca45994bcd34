package properties

import (
	"fmt"
	"unsafe"

	"github.com/seed-210c9500/assay/reference"
)

// Poison is what memory holds that the kernel must not read, or must overwrite.
type Poison uint8

// The poisons. A kernel that reads past a row's end meets NaN under the first,
// which spoils sums, and a number under the second, which wins every maximum;
// an element that a kernel left alone holds the poison under each of them.
const (
	PoisonNaN   Poison = iota // a quiet NaN with a payload; a large negative integer
	PoisonLarge               // 1e4
	PoisonDead                // 0xdeadbeef
)

// bits is the poison as an element of type d.
func (p Poison) bits(d reference.DType) uint64 {
	switch p {
	case PoisonLarge:
		return reference.Of(d, []int{1}, 1e4).Bits(0)
	case PoisonDead:
		return 0xdeadbeefdeadbeef & (1<<(8*width(d)-1)<<1 - 1)
	}
	switch d {
	case reference.F32:
		return 0x7fc0dead
	case reference.BF16:
		return 0x7fde
	case reference.F16:
		return 0x7ede
	case reference.I32:
		return 0x8000dead
	case reference.F64:
		return 0x7ff8dead00000001
	}
	return 0x8000dead00000001
}

// width is the size of an element in bytes.
func width(d reference.DType) int {
	switch d {
	case reference.F64, reference.I64, reference.U64:
		return 8
	case reference.F32, reference.I32:
		return 4
	}
	return 2
}

// typed is memory seen as elements of type d. The memory must be aligned for
// them, and outlive the slice where it is not Go's.
func typed(d reference.DType, mem []byte) any {
	p, n := unsafe.Pointer(unsafe.SliceData(mem)), len(mem)/width(d)
	switch d {
	case reference.F64:
		return unsafe.Slice((*float64)(p), n)
	case reference.F32:
		return unsafe.Slice((*float32)(p), n)
	case reference.BF16, reference.F16:
		return unsafe.Slice((*uint16)(p), n)
	case reference.I64:
		return unsafe.Slice((*int64)(p), n)
	case reference.I32:
		return unsafe.Slice((*int32)(p), n)
	case reference.U64:
		return unsafe.Slice((*uint64)(p), n)
	}
	panic(fmt.Sprintf("properties: no element type %v", d))
}

// pour fills memory with a pattern of w bytes.
func pour(mem []byte, pattern uint64, w int) {
	for i := 0; i < w && i < len(mem); i++ {
		mem[i] = byte(pattern >> (8 * i)) // overwritten below on big-endian machines
	}
	if len(mem) < w {
		return
	}
	switch w {
	case 2:
		*(*uint16)(unsafe.Pointer(&mem[0])) = uint16(pattern)
	case 4:
		*(*uint32)(unsafe.Pointer(&mem[0])) = uint32(pattern)
	case 8:
		*(*uint64)(unsafe.Pointer(&mem[0])) = pattern
	}
	for n := w; n < len(mem); n *= 2 {
		copy(mem[n:], mem[:n])
	}
}

// flat is a contiguous tensor as one row.
func flat(t reference.Tensor) reference.Tensor {
	n := t.Len()
	return reference.Tensor{DType: t.DType, Shape: []int{1, n}, Stride: []int{n, 1}, Off: t.Off, Data: t.Data}
}

// widened is every element of a tensor as float64, in row-major order.
func widened(t reference.Tensor) []float64 {
	if t.Absent() {
		return nil
	}
	return flat(packed(t)).Row(0, make([]float64, 0, t.Len()))
}

// packed is the tensor itself when contiguous, else a contiguous copy.
func packed(t reference.Tensor) reference.Tensor {
	step := 1
	for i := len(t.Shape) - 1; i >= 0; i-- {
		if t.Shape[i] != 1 && t.Stride[i] != step {
			return t.Clone()
		}
		step *= t.Shape[i]
	}
	return t
}

// contents is the memory of a contiguous tensor's elements.
func contents(t reference.Tensor) []byte {
	w := width(t.DType)
	return t.Memory()[t.Off*w : (t.Off+t.Len())*w]
}
