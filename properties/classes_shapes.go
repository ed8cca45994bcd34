package properties

import "github.com/seed-210c9500/assay/reference"

// vocabularies: a tail is skipped in the maximum, the sum or the output, an
// index wraps at 16 bits, a path for one size is wrong. The maximum stands at
// the very end, at the start and in between, and whole rows are negative.
func vocabularies(b *batch) {
	wanted := []int{
		127, 128, 129, 255, 256, 257, 385, 511, 512, 513, 517, 1000, 1023, 1024, 1025, 2047, 2049, 4095, 4096, 4097,
		8191, 8193, 16384, 16385, 32767, 32768, 32769, 50257, 65535, 65536, 65537, 102400, 129920, 131073, 151936, 262144,
	}
	for v := 68; v > 0; v-- {
		if v <= 20 || v%8 == 7 || v%8 <= 1 || v%16 == 3 {
			wanted = append(wanted, v)
		}
	}
	for _, v := range b.sizes(wanted...) {
		if v == 1 && b.refuses() {
			continue // one token: nothing to get wrong that the edge case misses
		}
		end, start, negative := b.ordinary(v, 3), b.ordinary(v, 3), b.ordinary(v, 3)
		end[v-1] = 25
		start[0] = 25
		for i := range negative {
			negative[i] -= 300
		}
		switch {
		case v == 1:
			b.rows("one logit", [][]float64{end, {nan}, negative})
		case v > 5000:
			b.rows("size", [][]float64{set(negative, v-1, -290)})
		default:
			b.rows("size", [][]float64{end, start, negative})
		}
	}
}

// rowCounts: the grid is rounded up and not every block returns early, a loop
// over rows reuses the row before, a batch of none divides by zero.
func rowCounts(b *batch) {
	for _, n := range []int{0, 1, 2, 3, 5, 8, 9, 16, 17, 33, 64, 65, 257, 511, 512, 513, 1025} {
		for _, v := range b.sizes(7) {
			b.tensor("rows", Matrix(b.d, n, v, func(r, i int) float64 {
				return float64(b.draw.Normal()*3) - float64(r%7*10)
			}))
		}
	}
}

// neighbours: shared scratch, a maximum that is not reset, a temperature of the
// row before.
func neighbours(b *batch) {
	for _, v := range b.sizes(5, 33, 300) {
		top := b.d.Max()
		x := [][]float64{b.ordinary(v, 1), fill(v, min(1e38, top)), b.ordinary(v, 1), fill(v, -top), b.ordinary(v, 1), set(fill(v, -inf), v-1, -1), b.ordinary(v, 1)}
		b.rows("among extreme rows", x)
		if !b.refuses() {
			b.rows("among rows without a distribution", [][]float64{b.ordinary(v, 1), fill(v, nan), b.ordinary(v, 1), fill(v, inf), b.ordinary(v, 1), fill(v, -inf), b.ordinary(v, 1)})
		}
	}
}

// blockedRows: an online kernel forgets to rescale when the maximum grows, or
// meets a block without anything in it first; the maximum is looked for in the
// first 1024 only.
func blockedRows(b *batch) {
	for _, v := range b.sizes(40, 130, 260, 1030, 1100, 2050, 4100, 5000, 70000) {
		rising, falling, late, empty := b.ordinary(v, 1), b.ordinary(v, 1), b.ordinary(v, 1), b.ordinary(v, 1)
		for i := range v {
			rising[i] += 40 * float64(i) / float64(v)
			falling[i] -= 40 * float64(i) / float64(v)
			if i < v*3/4 {
				empty[i] = -inf
			}
		}
		late[v-2] = 95
		if v > 5000 {
			b.rows("blocks", [][]float64{rising})
			continue
		}
		b.rows("blocks", [][]float64{rising, falling, late, empty})
		stairs := make([]float64, v)
		for i := range stairs {
			stairs[i] = float64(i*16/v) * 7
		}
		b.rows("stairs", [][]float64{stairs, set(b.ordinary(v, 1), v/2, 60)})
	}
}

// tinyRows: every row of three logits from {-Inf, -1, 0, 0.5, 2} but the empty
// one, in one call.
func tinyRows(b *batch) {
	from := []float64{-inf, -1, 0, 0.5, 2}
	var x [][]float64
	for n := 1; n < 125; n++ {
		x = append(x, []float64{from[n%5], from[n/5%5], from[n/25]})
	}
	b.rows("every small row", x)
	if b.perRow("u") || b.perRow("p") || b.perRow("label") {
		b.rows("every small row, again", x) // other parameters beside it
	}
}

// patterns: 16-bit numbers decoded or encoded wrongly, compared as integers,
// rounded by truncation; neighbours one unit apart that a narrower argument
// cannot tell.
func patterns(b *batch) {
	if b.d == reference.BF16 || b.d == reference.F16 {
		shift, top := 8, 0x7F80
		if b.d == reference.F16 {
			top = 0x7C00
		}
		v := b.cut(1 << shift)
		var finite []int
		every := v
		if b.size < 1<<shift && b.op.Name != "softmax" {
			every = 8 * v // decoding is one thing in all operations, and softmax meets every pattern
		}
		for p := 0; p < 1<<16; p += every {
			if p&0x7FFF+v <= top {
				finite = append(finite, p)
			}
		}
		x := reference.NewTensor(b.d, len(finite), v)
		for r, p := range finite {
			for i := range v {
				x.SetBits(r*v+i, uint64(p+(i*37)%v))
			}
		}
		b.tensor("finite patterns", x)
	}
	for _, v := range b.sizes(16, 67, 700) {
		var x [][]float64
		for _, at := range []float64{1, -2, 8, 15.5, -64, 0x1p-9} { // the last: as probabilities they are equal
			row := make([]float64, v)
			for i := range row {
				row[i] = float64(at * (1 + float64(2*b.d.Unit()*float64(b.draw.Intn(9)))))
			}
			x = append(x, row)
		}
		levels := b.ordinary(v, 8)
		for i := range levels {
			levels[i] = reference.BF16.Round(levels[i])
		}
		b.rows("units in the last place apart", append(x, levels))
	}
}
