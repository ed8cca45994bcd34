package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var (
	inf = math.Inf(1)
	nan = math.NaN()
)

// maskedRows: a guard is missing for a maximum of -Inf (uniform, garbage or the
// neighbour's row comes out), on the vector path or on the tail's only.
func maskedRows(b *batch) {
	for _, v := range b.sizes(1, 2, 3, 8, 17, 64, 1000) {
		b.apart("all masked", [][]float64{fill(v, -inf)})
	}
	v := b.cut(40)
	b.apart("all masked, twice in a row", [][]float64{fill(v, -inf), fill(v, -inf)})
	b.apart("almost all masked", [][]float64{fill(v, -inf), set(fill(v, -inf), v-1, -5), set(fill(v, -inf), 0, 7)})
}

// infiniteRows: Inf - Inf is NaN, and clamps or one-hot answers hide it.
func infiniteRows(b *batch) {
	for _, v := range b.sizes(1, 2, 9, 33, 1025) {
		row := func() []float64 { return b.ordinary(v, 2) }
		b.apart("one +Inf", [][]float64{set(row(), 0, inf), set(row(), v-1, inf), set(row(), v/2, inf)})
		b.apart("+Inf beside -Inf", [][]float64{set(fill(v, -inf), v-1, inf), set(set(row(), 0, inf), v-1, -inf)})
		b.apart("several +Inf", [][]float64{fill(v, inf), set(set(row(), v-1, inf), 0, inf)})
	}
}

// nanRows: the maxima of vector units drop a NaN in one operand order, so that
// it survives in some lanes only; signalling and negative NaN escape compares.
func nanRows(b *batch) {
	v := b.cut(37)
	var every [][]float64
	for i := range v {
		if !b.refuses() || i%8 == 0 || i%8 == 7 || i == v-1 {
			every = append(every, set(b.ordinary(v, 2), i, nan))
		}
	}
	b.apart("one NaN at every position", every)
	b.apart("NaN beside others", [][]float64{
		fill(v, nan), set(fill(v, -inf), v-1, nan), set(fill(v, inf), v/2, nan), set(set(b.ordinary(v, 2), 3%v, inf), v-1, nan),
	})
	for _, v := range b.sizes(1, 2, 1025, 4099) {
		b.apart("NaN at the end", [][]float64{set(b.ordinary(v, 2), v-1, nan)})
	}
	for _, bits := range nanPatterns(b.d) {
		x := Matrix(b.d, 2, v, func(int, int) float64 { return float64(b.draw.Normal()) })
		x.SetBits(v+v*2/3, bits)
		b.tensor("a NaN of another pattern", x)
	}
}

// nanPatterns are NaN that are signalling, negative, of low payload, and full.
func nanPatterns(d reference.DType) []uint64 {
	switch d {
	case reference.F64:
		return []uint64{0x7FF0000000000001, 0xFFF8000000000000, 0xFFF0000000000001, 0x7FFFFFFFFFFFFFFF}
	case reference.F32:
		return []uint64{0x7F800001, 0xFFC00000, 0xFF80FFFF, 0x7FFFFFFF}
	case reference.BF16:
		return []uint64{0x7F81, 0xFFC0, 0xFF81, 0x7FFF}
	}
	return []uint64{0x7C01, 0xFE00, 0xFC01, 0x7FFF}
}

// subnormalRows: logits that count as zero with flushing on must still be
// ordered, -0 is 0, and probabilities that underflow are small, not clamped.
func subnormalRows(b *batch) {
	tiny := b.d.MinSubnormal()
	v := b.cut(33)
	subnormal := make([]float64, v)
	zeros := make([]float64, v)
	for i := range v {
		subnormal[i] = float64(tiny * float64(b.draw.Intn(100)-50))
		zeros[i] = math.Copysign(0, float64(b.draw.Intn(2))-0.5)
	}
	b.rows("subnormal logits", [][]float64{subnormal, b.ordinary(v, 1)})
	b.rows("zeros of both signs", [][]float64{zeros, b.ordinary(v, 1)})
	if b.greedy() {
		b.rows("subnormal logits, greedy", [][]float64{subnormal, set(fill(v, -tiny), v-1, 0), set(fill(v, 0), v-1, tiny)}, b.scalar("temperature", 0))
	}
	for _, v := range b.sizes(16, 200, 1000) {
		x := make([]float64, v)
		for i := range x {
			x[i] = -80 - float64(i%30)
		}
		b.rows("probabilities that underflow", [][]float64{set(x, v-1, 0), b.ordinary(v, 30), b.ordinary(v, 1)})
	}
}
