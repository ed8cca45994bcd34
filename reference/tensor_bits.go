package reference

import (
	"fmt"
	"math"
	"unsafe"
)

// Bits is the pattern of the flat-th element, zero-extended.
func (t Tensor) Bits(flat int) uint64 {
	off := t.Offset(flat)
	switch data := t.Data.(type) {
	case []float64:
		return math.Float64bits(data[off])
	case []float32:
		return uint64(math.Float32bits(data[off]))
	case []uint16:
		return uint64(data[off])
	case []int64:
		return uint64(data[off])
	case []int32:
		return uint64(uint32(data[off]))
	case []uint64:
		return data[off]
	}
	panic(fmt.Sprintf("reference: Tensor: no data of type %T", t.Data))
}

// SetBits stores a pattern as the flat-th element.
func (t Tensor) SetBits(flat int, b uint64) {
	off := t.Offset(flat)
	switch data := t.Data.(type) {
	case []float64:
		data[off] = math.Float64frombits(b)
	case []float32:
		data[off] = math.Float32frombits(uint32(b))
	case []uint16:
		data[off] = uint16(b)
	case []int64:
		data[off] = int64(b)
	case []int32:
		data[off] = int32(b)
	case []uint64:
		data[off] = b
	default:
		panic(fmt.Sprintf("reference: Tensor: no data of type %T", t.Data))
	}
}

// Memory is the whole allocation as bytes, in the machine's own order; writing
// them writes the elements. Comparing or hashing bytes needs no care for NaN and
// no case for each element type. Of an absent tensor it is nil.
func (t Tensor) Memory() []byte {
	switch data := t.Data.(type) {
	case nil:
		return nil
	case []float64:
		return bytesOf(data)
	case []float32:
		return bytesOf(data)
	case []uint16:
		return bytesOf(data)
	case []int64:
		return bytesOf(data)
	case []int32:
		return bytesOf(data)
	case []uint64:
		return bytesOf(data)
	}
	panic(fmt.Sprintf("reference: Tensor: no data of type %T", t.Data))
}

func bytesOf[E any](data []E) []byte {
	var e E
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(data))), len(data)*int(unsafe.Sizeof(e)))
}
