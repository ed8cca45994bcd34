package child

import (
	"bytes"
	"io"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-210c9500/assay/reference"
)

// A length that is only claimed costs nothing: memory grows with what arrives.
func TestMemoryGrowsWithWhatArrives(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := reader{from: io.MultiReader(bytes.NewReader(claiming(FrameLimit-1)), bytes.NewReader(make([]byte, 100<<10)))}
	_, err := r.frame(FrameLimit)
	runtime.ReadMemStats(&after)
	require.ErrorContains(t, err, "cut off after 102400 bytes of its content")
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}

// Frames of every size around the steps come back as they went, from one reader.
func TestFramesComeBack(t *testing.T) {
	var pipe bytes.Buffer
	sizes := []int{0, 1, step/4 - 100, step / 4, step/4 + 1, step, 5 * step}
	for _, n := range sizes {
		x := reference.NewTensor(reference.I32, n)
		for i := range n {
			x.PutInt(i, int64(i))
		}
		op, err := reference.ByName("softmax")
		require.NoError(t, err)
		f := request(1, "", []*reference.Call{op.NewCall(map[string]reference.Tensor{"x": softmax(t, 1).In[0]}, nil)})
		f.Tensors = append(f.Tensors, encode("more", x))
		require.NoError(t, writeFrame(&pipe, f))
	}
	r := reader{from: &pipe}
	for _, n := range sizes {
		f, err := r.frame(FrameLimit)
		require.NoError(t, err)
		w, ok := f.Tensor("more")
		require.True(t, ok)
		x, err := decode(w)
		require.NoError(t, err)
		require.Equal(t, n, x.Len())
		for i := range n {
			require.Equal(t, int64(i), x.Int(i))
		}
	}
	_, err := r.frame(FrameLimit)
	require.ErrorIs(t, err, io.EOF)
}

// Scalars are exact as text.
func TestScalarsAreExact(t *testing.T) {
	for _, d := range []reference.DType{reference.F64, reference.F32, reference.F16, reference.BF16} {
		for _, v := range []float64{0, math.Copysign(0, -1), 0.1, 1 / 3.0, d.Max(), d.MinSubnormal(), math.Inf(1), math.Inf(-1), math.NaN()} {
			x := reference.Scalar(d, v)
			back, err := parseNumber(number(x))
			require.NoError(t, err)
			require.Equal(t, d, back.DType)
			require.Equal(t, x.Bits(0), back.Bits(0), number(x))
		}
	}
	for d, all := range map[reference.DType][]uint64{reference.U64: {0, 1 << 53, math.MaxUint64}, reference.I64: {0, 1 << 63, math.MaxUint64}, reference.I32: {7, 1 << 31}} {
		for _, bits := range all {
			x := reference.NewTensor(d)
			x.SetBits(0, bits)
			back, err := parseNumber(number(x))
			require.NoError(t, err)
			require.Equal(t, bits, back.Bits(0), number(x))
		}
	}
}

// Strided tensors go over in row-major order, and come back into their places.
func TestStridesAreNotCarried(t *testing.T) {
	x := reference.Of(reference.F32, []int{2, 3}, 1, 2, 3, 4, 5, 6)
	turned := reference.Tensor{DType: x.DType, Shape: []int{3, 2}, Stride: []int{1, 3}, Data: x.Data}
	back, err := decode(encode("x", turned))
	require.NoError(t, err)
	require.Equal(t, []float32{1, 4, 2, 5, 3, 6}, back.Data)
	store(turned, bytesOf(reference.Of(reference.F32, []int{3, 2}, 10, 40, 20, 50, 30, 60)))
	require.Equal(t, []float32{10, 20, 30, 40, 50, 60}, x.Data)
	wanted, err := parseWanted(wanted(x))
	require.NoError(t, err)
	require.Equal(t, []int{2, 3}, wanted.Shape)
	require.Equal(t, 10.0, wanted.Get(5), "the fill")
}
