package reference

import (
	"bytes"
	"testing"
)

func TestMemoryIsTheAllocation(t *testing.T) {
	for _, d := range []DType{F64, F32, BF16, F16, I64, I32, U64} {
		x := Vector(d, 1, 2, 3)
		mem := x.Memory()
		if size := len(mem) / 3; size*3 != len(mem) || len(mem) == 0 {
			t.Fatalf("%v: %d bytes for three elements", d, len(mem))
		}
		part := Tensor{DType: d, Shape: []int{1}, Stride: []int{1}, Off: 1, Data: x.Data}
		if !bytes.Equal(part.Memory(), mem) {
			t.Errorf("%v: a view has other memory than its allocation", d)
		}
		clear(mem)
		if x.Get(0) != 0 || x.Get(2) != 0 {
			t.Errorf("%v: the elements are %v and %v after their memory was cleared", d, x.Get(0), x.Get(2))
		}
	}
	if mem := (Tensor{}).Memory(); mem != nil {
		t.Errorf("an absent tensor has %d bytes", len(mem))
	}
}
