package child

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"github.com/seed-210c9500/assay/properties/wire"
	"github.com/seed-210c9500/assay/reference"
)

// littleEndian says that memory already is what the wire carries.
var littleEndian = *(*byte)(unsafe.Pointer(&[]uint16{1}[0])) == 1

// wireName is an element type as safetensors write it.
func wireName(d reference.DType) string { return strings.ToUpper(d.String()) }

func width(d reference.DType) int { return wire.Width(wireName(d)) }

// contiguous says that a tensor's elements lie side by side in row-major order.
func contiguous(t reference.Tensor) bool {
	step := 1
	for i := len(t.Shape) - 1; i >= 0; i-- {
		if t.Shape[i] != 1 && t.Stride[i] != step {
			return false
		}
		step *= t.Shape[i]
	}
	return true
}

// bytesOf is a tensor's elements as the wire carries them: its own memory where
// that will do.
func bytesOf(t reference.Tensor) []byte {
	w := width(t.DType)
	if littleEndian && contiguous(t) {
		return t.Memory()[t.Off*w:][:t.Len()*w]
	}
	data := make([]byte, 0, t.Len()*w)
	for i := range t.Len() {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], t.Bits(i))
		data = append(data, b[:w]...)
	}
	return data
}

// store puts bytes from the wire into a tensor of that many elements.
func store(t reference.Tensor, data []byte) {
	w := width(t.DType)
	if littleEndian && contiguous(t) {
		copy(t.Memory()[t.Off*w:], data)
		return
	}
	for i := range t.Len() {
		var b [8]byte
		copy(b[:], data[i*w:][:w])
		t.SetBits(i, binary.LittleEndian.Uint64(b[:]))
	}
}

// encode names a tensor for the wire.
func encode(name string, t reference.Tensor) wire.Tensor {
	return wire.Tensor{Name: name, DType: wireName(t.DType), Shape: slices.Clone(t.Shape), Data: bytesOf(t)}
}

// decode copies a tensor off the wire.
func decode(w wire.Tensor) (reference.Tensor, error) {
	d, err := reference.ParseDType(strings.ToLower(w.DType))
	if err != nil {
		return reference.Tensor{}, fmt.Errorf("%s: %w", w.Name, err)
	}
	t := reference.NewTensor(d, slices.Clone(w.Shape)...)
	store(t, w.Data)
	return t, nil
}

// number writes a tensor of rank 0: its type and its value, exact.
func number(t reference.Tensor) string {
	switch {
	case t.DType.Float():
		return t.DType.String() + " " + strconv.FormatFloat(t.Get(0), 'g', -1, 64)
	case t.DType == reference.U64:
		return t.DType.String() + " " + strconv.FormatUint(t.Bits(0), 10)
	}
	return t.DType.String() + " " + strconv.FormatInt(t.Int(0), 10)
}

// parseNumber is the inverse of number.
func parseNumber(s string) (reference.Tensor, error) {
	name, value, _ := strings.Cut(s, " ")
	d, err := reference.ParseDType(name)
	if err != nil {
		return reference.Tensor{}, err
	}
	t := reference.NewTensor(d)
	var v float64
	var n int64
	var u uint64
	switch {
	case d.Float():
		v, err = strconv.ParseFloat(value, 64)
		t.Put(0, v)
	case d == reference.U64:
		u, err = strconv.ParseUint(value, 10, 64)
		t.SetBits(0, u)
	default:
		n, err = strconv.ParseInt(value, 10, 64)
		t.PutInt(0, n)
	}
	return t, err
}

// wanted writes what an output has to be, and the bits that it holds now:
// "f32[2,130] 7fc0dead".
func wanted(t reference.Tensor) string {
	fill := uint64(0)
	if t.Len() > 0 {
		fill = t.Bits(0)
	}
	return fmt.Sprintf("%s %x", typeAndShape(t.DType.String(), t.Shape), fill)
}

func typeAndShape(dtype string, shape []int) string {
	return dtype + strings.ReplaceAll(fmt.Sprint(shape), " ", ",")
}

// parseWanted makes the tensor that wanted describes, filled.
func parseWanted(s string) (reference.Tensor, error) {
	name, rest, _ := strings.Cut(s, "[")
	dims, fill, closed := strings.Cut(rest, "] ")
	d, err := reference.ParseDType(name)
	if err != nil || !closed {
		return reference.Tensor{}, fmt.Errorf("output %q: want a type, a shape and a fill, as in f32[2,130] 7fc0dead", s)
	}
	shape, n := []int{}, 1
	for _, word := range strings.FieldsFunc(dims, func(r rune) bool { return r == ',' }) {
		size, err := strconv.Atoi(word)
		if err != nil || size < 0 || size > 0 && n > math.MaxInt32/size {
			return reference.Tensor{}, fmt.Errorf("output %q: dimension %q: want whole numbers of a size that fits", s, word)
		}
		shape, n = append(shape, size), n*size
	}
	bits, err := strconv.ParseUint(fill, 16, 64)
	if err != nil {
		return reference.Tensor{}, fmt.Errorf("output %q: fill %q: want hexadecimal digits", s, fill)
	}
	t := reference.NewTensor(d, shape...)
	for i := range t.Len() {
		t.SetBits(i, bits)
	}
	return t, nil
}
