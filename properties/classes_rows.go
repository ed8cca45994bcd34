package properties

// offsetRows: no maximum subtracted, one that starts at 0, or at -1e4, or a tail
// that forgets it. Rows are wholly negative or wholly positive.
func offsetRows(b *batch) {
	top := b.d.Max()
	for _, v := range b.sizes(2, 3, 17, 31, 64, 1000) {
		for _, at := range []float64{-2e4, 90, -90, -200, 1e3, 3e4} {
			x := b.ordinary(v, 3)
			for i := range x {
				x[i] += at
			}
			b.rows("offset", [][]float64{x, b.ordinary(v, 3)})
		}
	}
	v := b.cut(65)
	for _, at := range []float64{1e9, -1e9, 1e30, -1e30, top / 2, -top / 2, top, -top} {
		at = min(max(at, -top), top)
		equal := fill(v, at)
		few := set(fill(v, -inf), v/2, at)
		step := set(fill(v, at), v-1, float64(at*(1-float64(4*b.d.Unit()))))
		b.rows("huge offset", [][]float64{equal, few, step, b.ordinary(v, 3)})
	}
}

// dominatedRows: a clamp of the exponent leaks probability, log(sum) forgets
// what is left beside a sure token, small terms are all rounded away alike.
func dominatedRows(b *batch) {
	for _, v := range b.sizes(65, 2, 16, 1000, 4097, 131073) { // the most telling first: few may be wanted
		gaps := []float64{14.5, 16, 17, 20, 25, 36.5, 50, 72, 87, 88, 95, 104, 150, 745}
		if v > 1000 {
			gaps = []float64{17, 25}
		}
		var x [][]float64
		for i, gap := range gaps {
			x = append(x, set(fill(v, -gap), i*v/len(gaps), 0))
		}
		b.rows("equal others, far below", x)
		if v > 1000 {
			continue
		}
		for i, gap := range gaps {
			x[i] = b.ordinary(v, 0.5)
			set(x[i], v-1-i*v/len(gaps), gap+3)
		}
		b.rows("one far above", x)
	}
}

// uniformRows: errors of a long sum add up where all terms are alike; a narrow
// accumulator stalls.
func uniformRows(b *batch) {
	for _, v := range b.sizes(2, 3, 10, 100, 1000, 1024, 4096, 5000, 32768, 50257, 128256) {
		beside := b.ordinary(v, 4)
		near := make([]float64, v)
		for i := range near {
			near[i] = 1 + float64(float64(b.draw.Intn(17)-8)*2*b.d.Unit())
		}
		if v > 5000 {
			b.rows("nearly uniform, long", [][]float64{near, beside})
			continue
		}
		b.rows("constant", [][]float64{fill(v, 0), fill(v, -7.25), fill(v, 1.5), beside})
		b.rows("nearly uniform", [][]float64{near, b.ordinary(v, 0.01), beside})
	}
}

// tiedRows: the lowest index wins, in every lane, on every path; what is tied at
// the boundary of a nucleus goes by index too.
func tiedRows(b *batch) {
	for _, v := range b.sizes(2, 9, 33, 130, 1025) {
		var x [][]float64
		for _, n := range []int{2, 3, 9, v} {
			row := b.ordinary(v, 1)
			for range n {
				row[b.draw.Intn(v)] = 6
			}
			x = append(x, row)
		}
		x = append(x, set(set(b.ordinary(v, 1), 0, 8), v-1, 8), b.ordinary(v, 1)) // two tokens may all be tied
		levels := make([]float64, v)
		for i := range levels {
			levels[i] = float64(b.draw.Intn(4))
		}
		b.rows("ties", append(x, levels))
		if b.greedy() {
			b.rows("ties, greedy", append(x, levels), b.scalar("temperature", 0))
		}
	}
}

// heavyRows: small terms after a large one vanish in a running sum, or the
// reverse; a cut of the exponential takes a share of the tail; terms 2^120 apart
// overflow or underflow where nothing is shifted.
func heavyRows(b *batch) {
	for _, v := range b.sizes(64, 1000, 4096, 5000, 65536, 128256) {
		head, last := make([]float64, v), make([]float64, v)
		for i := range v {
			head[i] = -8 - float64(b.draw.Intn(1024))/128
			last[v-1-i] = head[i]
		}
		for i := range 4 {
			head[i], last[v-1-i] = -float64(i)/4, -float64(i)/4
		}
		if v > 65536 {
			b.rows("heavy head, long tail", [][]float64{head})
			continue
		}
		b.rows("heavy head or end, long tail", [][]float64{head, last})
		if v > 1000 {
			continue
		}
		falling, mixed, high := make([]float64, v), make([]float64, v), make([]float64, v)
		for i := range v {
			falling[i] = -float64(i) * 0.25
			mixed[i] = -83.25 * float64(i%2)
			high[i] = 83.25 * float64(i%3-1)
		}
		b.rows("terms 2^120 apart", [][]float64{mixed, high, falling, set(fill(v, -83.25), v-1, 0)})
	}
}

// exponentSweep: a coarse polynomial, a truncation toward zero, a clamp, a
// seam of the range reduction: wrong over part of the argument's range.
func exponentSweep(b *batch) {
	v := b.cut(4096)
	steps := make([]float64, v)
	for i := range steps {
		steps[i] = -104 * float64(i) / float64(v)
	}
	b.rows("argument over [-104, 0]", [][]float64{steps, b.ordinary(v, 20)})
	near := []float64{0}
	for k := range 151 {
		for _, at := range []float64{float64(k) * 0x1.62e42fefa39efp-1, (float64(k) + 0.5) * 0x1.62e42fefa39efp-1} {
			for _, off := range []float64{-3, -1, 0, 1, 3} {
				near = append(near, -float64(at*(1+float64(off*b.d.Unit()))))
			}
		}
	}
	for k := -30; k < 7; k++ {
		at := power(k)
		near = append(near, -at, -float64(at*(1+2*b.d.Unit())), -float64(at*(1-b.d.Unit())))
	}
	if len(near) <= b.size {
		b.rows("beside multiples of ln 2 and powers of two", [][]float64{near, b.ordinary(len(near), 3)})
	}
	short := b.cut(66)
	var x [][]float64
	for r := range 24 {
		row := make([]float64, short)
		for i := range row {
			row[i] = -float64(float64(r*short+i) * (104.0 / (24 * 66)))
		}
		x = append(x, set(row, r%short, 0))
	}
	b.rows("argument over [-104, 0], short rows", x)
}

// power is 2^k.
func power(k int) float64 {
	v := 1.0
	for ; k > 0; k-- {
		v *= 2
	}
	for ; k < 0; k++ {
		v /= 2
	}
	return v
}
