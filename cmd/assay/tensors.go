package main

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/seed-210c9500/assay/properties/wire"
	"github.com/seed-210c9500/assay/reference"
)

// tensorOf decodes a tensor of a file.
func tensorOf(t wire.Tensor) (reference.Tensor, error) {
	d, err := reference.ParseDType(strings.ToLower(t.DType))
	if err != nil {
		return reference.Tensor{}, fmt.Errorf("%s has dtype %s: want one of F64, F32, BF16, F16, I64, I32, U64", t.Name, t.DType)
	}
	r := reference.NewTensor(d, append([]int{}, t.Shape...)...)
	width := wire.Width(t.DType)
	for i := range r.Len() {
		var b [8]byte
		copy(b[:], t.Data[i*width:(i+1)*width])
		r.SetBits(i, binary.LittleEndian.Uint64(b[:]))
	}
	return r, nil
}

// wireTensor encodes a tensor, its elements in row-major order.
func wireTensor(name string, t reference.Tensor) wire.Tensor {
	w := wire.Tensor{Name: name, DType: strings.ToUpper(t.DType.String()), Shape: append([]int{}, t.Shape...)}
	width := wire.Width(w.DType)
	w.Data = make([]byte, 0, t.Len()*width)
	for i := range t.Len() {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], t.Bits(i))
		w.Data = append(w.Data, b[:width]...)
	}
	return w
}

// retyped is a tensor with its values rounded to another element type; widening
// is exact.
func retyped(t reference.Tensor, d reference.DType) reference.Tensor {
	if t.DType == d {
		return t
	}
	r := reference.NewTensor(d, t.Shape...)
	for i := range t.Len() {
		r.Put(i, t.Get(i))
	}
	return r
}
