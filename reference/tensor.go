package reference

import "fmt"

// Tensor is a strided view of an allocation: element (i, j) is
// Data[Off + i*Stride[0] + j*Stride[1]]. Rank 0 is a scalar, stride 0
// broadcasts, and the zero Tensor is an absent argument.
type Tensor struct {
	DType  DType
	Shape  []int
	Stride []int // in elements
	Off    int
	Data   any // the whole allocation: []float64, []float32, []uint16, []int64, []int32 or []uint64
}

// NewTensor allocates a contiguous tensor of zeros.
func NewTensor(d DType, shape ...int) Tensor {
	n := 1
	for _, s := range shape {
		n *= s
	}
	return Tensor{DType: d, Shape: shape, Stride: contiguous(shape), Data: newData(d, n)}
}

// contiguous gives the row-major strides of a shape.
func contiguous(shape []int) []int {
	stride := make([]int, len(shape))
	for i, step := len(shape)-1, 1; i >= 0; i-- {
		stride[i] = step
		step *= shape[i]
	}
	return stride
}

func newData(d DType, n int) any {
	switch d {
	case F64:
		return make([]float64, n)
	case F32:
		return make([]float32, n)
	case BF16, F16:
		return make([]uint16, n)
	case I64:
		return make([]int64, n)
	case I32:
		return make([]int32, n)
	case U64:
		return make([]uint64, n)
	}
	panic(fmt.Sprintf("reference: newData: no element type %v", d))
}

// Of makes a contiguous tensor from values, each rounded to the element type.
func Of(d DType, shape []int, values ...float64) Tensor {
	t := NewTensor(d, shape...)
	if len(values) != t.Len() {
		panic(fmt.Sprintf("reference: Of: %d values for shape %v", len(values), shape))
	}
	for i, v := range values {
		t.Put(i, v)
	}
	return t
}

// Scalar is a tensor of rank 0.
func Scalar(d DType, value float64) Tensor { return Of(d, []int{}, value) }

// Vector is a tensor of rank 1.
func Vector(d DType, values ...float64) Tensor { return Of(d, []int{len(values)}, values...) }

// Absent reports whether the argument was left out.
func (t Tensor) Absent() bool { return t.Data == nil }

// Len is the number of elements.
func (t Tensor) Len() int {
	n := 1
	for _, s := range t.Shape {
		n *= s
	}
	return n
}

// Offset is the position in Data of the flat-th element in row-major order.
func (t Tensor) Offset(flat int) int {
	off := t.Off
	for i := len(t.Shape) - 1; i > 0; i-- {
		n := t.Shape[i]
		if flat < n {
			return off + flat*t.Stride[i] // one row: nothing to divide
		}
		rows := flat / n
		off += (flat - rows*n) * t.Stride[i]
		flat = rows
	}
	if len(t.Shape) > 0 {
		off += flat * t.Stride[0]
	}
	return off
}

// Get is the flat-th element, in row-major order, as a float64. Integers beyond
// 2^53 are rounded; Int reads them exactly.
func (t Tensor) Get(flat int) float64 { return t.at(t.Offset(flat)) }

func (t Tensor) at(off int) float64 {
	switch data := t.Data.(type) {
	case []float64:
		return data[off]
	case []float32:
		return float64(data[off])
	case []uint16:
		return t.DType.from16(data[off])
	case []int64:
		return float64(data[off])
	case []int32:
		return float64(data[off])
	case []uint64:
		return float64(data[off])
	}
	panic(fmt.Sprintf("reference: Tensor: no data of type %T", t.Data))
}

// Int is the flat-th element of an integer tensor.
func (t Tensor) Int(flat int) int64 {
	switch data := t.Data.(type) {
	case []int64:
		return data[t.Offset(flat)]
	case []int32:
		return int64(data[t.Offset(flat)])
	case []uint64:
		return int64(data[t.Offset(flat)])
	}
	panic(fmt.Sprintf("reference: Tensor.Int on %v", t.DType))
}

// Put stores a value, rounded to nearest even, as the flat-th element.
func (t Tensor) Put(flat int, v float64) {
	off := t.Offset(flat)
	switch data := t.Data.(type) {
	case []float64:
		data[off] = v
	case []float32:
		data[off] = float32(v)
	case []uint16:
		data[off] = t.DType.bits16(t.DType.Round(v))
	case []int64:
		data[off] = int64(v)
	case []int32:
		data[off] = int32(v)
	case []uint64:
		data[off] = uint64(v)
	default:
		panic(fmt.Sprintf("reference: Tensor: no data of type %T", t.Data))
	}
}

// PutInt stores an integer as the flat-th element of an integer tensor.
func (t Tensor) PutInt(flat int, v int64) {
	switch data := t.Data.(type) {
	case []int64:
		data[t.Offset(flat)] = v
	case []int32:
		data[t.Offset(flat)] = int32(v)
	case []uint64:
		data[t.Offset(flat)] = uint64(v)
	default:
		panic(fmt.Sprintf("reference: Tensor.PutInt on %v", t.DType))
	}
}

// At reads a parameter for row r: the scalar, or the r-th of one value per row.
func (t Tensor) At(r int) float64 {
	if len(t.Shape) == 0 {
		return t.at(t.Off)
	}
	return t.at(t.Off + r*t.Stride[0])
}

// Row widens row r of a matrix into float64, exactly, appending to dst[:0].
func (t Tensor) Row(r int, dst []float64) []float64 {
	n, step, off := t.Shape[1], t.Stride[1], t.Off+r*t.Stride[0]
	dst = dst[:0]
	switch data := t.Data.(type) {
	case []float64:
		for i := range n {
			dst = append(dst, data[off+i*step])
		}
	case []float32:
		for i := range n {
			dst = append(dst, float64(data[off+i*step]))
		}
	case []uint16:
		for i := range n {
			dst = append(dst, t.DType.from16(data[off+i*step]))
		}
	default:
		for i := range n {
			dst = append(dst, t.at(off+i*step))
		}
	}
	return dst
}

// rowOf is the row that the flat-th element stands in; the rows of a vector are its elements.
func (t Tensor) rowOf(flat int) int {
	for i := len(t.Shape) - 1; i > 0; i-- {
		flat /= t.Shape[i]
	}
	return flat
}

// PutRow stores row r of a matrix.
func (t Tensor) PutRow(r int, values []float64) {
	for i, v := range values {
		t.Put(r*t.Shape[1]+i, v)
	}
}

// Clone copies the elements into a fresh contiguous tensor of the same type.
func (t Tensor) Clone() Tensor {
	if t.Absent() {
		return t
	}
	c := NewTensor(t.DType, append([]int{}, t.Shape...)...)
	for i := range t.Len() {
		c.SetBits(i, t.Bits(i))
	}
	return c
}
