package properties

// weights is a row of masses between 1/1000 and 1.
func (b *batch) weights(vocab int) []float64 {
	p := make([]float64, vocab)
	for i := range p {
		p[i] = float64(b.draw.Intn(1000)+1) / 1000
	}
	return p
}

// subnormalMasses: masses that flushing takes away, sums that underflow.
func subnormalMasses(b *batch) {
	v := b.cut(33)
	tiny, small := fill(v, 0), fill(v, 0)
	for i := range v {
		tiny[i] = float64(b.d.MinSubnormal() * float64(1+b.draw.Intn(60)))
		small[i] = float64(b.d.MinNormal() * float64(1+b.draw.Intn(60)))
	}
	b.rows("small masses", [][]float64{small, b.weights(v)})
	b.rows("subnormal masses beside others", [][]float64{set(tiny, v/2, 1), b.weights(v), set(small, 0, 0.5)})
}

// dominatedMasses: what is left beside a sure token is lost, or all there is.
func dominatedMasses(b *batch) {
	for _, v := range b.sizes(2, 16, 65, 1000, 131073) {
		var x [][]float64
		for i, k := range []int{3, 8, 12, 14, 20, 24, 40, 100} {
			if rest := power(-k); rest >= b.d.MinNormal() && (v < 5000 || i == 2) {
				x = append(x, set(fill(v, rest), i*v/8, 1))
			}
		}
		b.rows("equal others, far below", x)
	}
}

// uniformMasses: a narrow running sum stalls.
func uniformMasses(b *batch) {
	for _, v := range b.sizes(2, 3, 10, 100, 1000, 4096, 32768, 128256) {
		near := fill(v, 0)
		for i := range near {
			near[i] = 1 + float64(float64(b.draw.Intn(17)-8)*2*b.d.Unit())
		}
		if v > 5000 {
			b.rows("nearly uniform, long", [][]float64{near})
			continue
		}
		b.rows("uniform", [][]float64{fill(v, 1/float64(v)), near, b.weights(v)})
	}
}

// dyadicMasses: every sum is exact, so every step is known to the bit.
func dyadicMasses(b *batch) {
	for _, n := range []int{1, 2, 4, 8, 32, 128} {
		v := n + n/2 + 2
		if v > b.size {
			continue
		}
		var x [][]float64
		var u []float64
		for k := 0; k < n; k += max(1, n/8) {
			at := float64(k) / float64(n)
			for _, shift := range []float64{0, 0x1p-20, 1 / float64(2*n)} {
				x, u = append(x, b.parts(v, n)), append(u, at+shift)
			}
		}
		b.rows("equal powers of two", x, b.vector("u", u...))
		stairs := fill(n+1, 0)
		for i, left := 0, 1.0; i <= min(n, 10); i++ {
			if i < min(n, 10) {
				left /= 2
			}
			stairs[i] = left
		}
		b.rows("halves", [][]float64{stairs, stairs, stairs}, b.vector("u", 0.5, 0.75, 0.25))
	}
}

// parts has n masses of 1/n among zeros, at random places.
func (b *batch) parts(vocab, n int) []float64 {
	x := b.zeros(vocab, n)
	for i, v := range x {
		if x[i] = 0; v == 0 {
			x[i] = 1 / float64(n)
		}
	}
	return x
}

// absentMasses: a token without mass drawn at u = 0, at u -> 1, on a step.
func absentMasses(b *batch) {
	for _, v := range b.sizes(3, 8, 17, 40, 1030) {
		head, inside, tail, alternate := b.weights(v), b.weights(v), b.weights(v), b.weights(v)
		for i := range v {
			if i < v/3 {
				head[i], tail[v-1-i] = 0, 0
			}
			if i >= v/3 && i < 2*v/3 {
				inside[i] = 0
			}
			if i%2 == 1 {
				alternate[i] = 0
			}
		}
		x := [][]float64{head, inside, tail, alternate, set(fill(v, 0), 0, 3), set(fill(v, 0), v-1, 0.25), set(fill(v, 0), v/2, 1)}
		b.rows("no mass in places", x)
		b.rows("no mass in places, u = 0", x, b.scalarPerRow("u", len(x), 0))
		b.rows("no mass in places, u -> 1", x, b.scalarPerRow("u", len(x), 1-0x1p-53))
	}
}

// heavyMasses: small masses after a large one vanish; a total far from 1.
func heavyMasses(b *batch) {
	for _, v := range b.sizes(64, 1000, 4096, 65536) {
		head, last := fill(v, 0), fill(v, 0)
		for i := range v {
			head[i] = float64(1+b.draw.Intn(8)) / 1024
			last[v-1-i] = head[i]
		}
		b.rows("a heavy head or end, a long tail", [][]float64{set(head, 0, 4), set(last, v-1, 4)})
		if v > 1000 {
			continue
		}
		scale := power(100)
		if b.d.Max() < scale {
			scale = power(6)
		}
		large, small := b.weights(v), b.weights(v)
		for i := range v {
			large[i], small[i] = large[i]*scale, small[i]/scale
		}
		b.rows("a total far from 1", [][]float64{large, small, b.weights(v)})
	}
}

// massSizes: a tail left out of the sum, a last token never drawn, an index that
// wraps.
func massSizes(b *batch) {
	wanted := []int{1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129, 257, 511, 513, 1023, 1025, 4097, 32769, 65537, 151936}
	for _, v := range b.sizes(wanted...) {
		if v > 5000 {
			b.rows("size", [][]float64{set(b.weights(v), v-1, float64(v)/8)})
			continue
		}
		b.rows("size", [][]float64{set(b.weights(v), v-1, 2), set(b.weights(v), 0, 2), b.weights(v)})
	}
}

func massCounts(b *batch) {
	for _, n := range []int{0, 1, 2, 3, 5, 9, 17, 64, 65, 513} {
		for _, v := range b.sizes(7) {
			x := Matrix(b.d, n, v, func(r, i int) float64 { return float64(b.draw.Intn(9)+1) / 8 })
			b.tensor("rows", x)
		}
	}
}

// massSeeds: what decides a draw is seed, request and step.
func massSeeds(b *batch) {
	for _, v := range b.sizes(50) {
		p := b.weights(v)
		x := [][]float64{p, p, p, p}
		b.rows("one seed, requests apart", x, b.integer("seed", int64(b.draw.Uint64())), b.integers("request", 0, 1, 1<<32, -1))
		b.rows("one seed, steps apart", x, b.integer("seed", 9), b.integer("request", 5), b.integers("step", 0, 1, 256, 1<<31))
		b.rows("seeds apart", x, b.integers("seed", 0, 1, 1<<32, -1), b.integer("request", 0))
		b.rows("a step beyond 32 bits", [][]float64{p}, b.integer("seed", 1), b.integer("step", 1<<32))
	}
}

// tinyMasses is every row of three masses from {0, 1/4, 1/2, 3} but the empty one.
func tinyMasses(b *batch) {
	from := []float64{0, 0.25, 0.5, 3}
	var x [][]float64
	for n := 1; n < 64; n++ {
		x = append(x, []float64{from[n%4], from[n/4%4], from[n/16]})
	}
	b.rows("every small row", x)
	b.rows("every small row, again", x)
}

// massNeighbours: a running sum that the next row inherits.
func massNeighbours(b *batch) {
	for _, v := range b.sizes(5, 33, 300) {
		top := min(b.d.Max(), 1e30) / float64(2*v)
		b.rows("among extreme rows", [][]float64{b.weights(v), fill(v, top), b.weights(v), set(fill(v, 0), v-1, b.d.MinNormal()), b.weights(v)})
	}
}

// forcedMassUniforms: both ends of [0, 1) and what lies beside binary fractions.
func forcedMassUniforms(b *batch) {
	for _, v := range b.sizes(2, 3, 17, 64, 1000) {
		for _, p := range [][]float64{b.weights(v), set(set(b.weights(v), 0, 0), v-1, 0), fill(v, 0.25)} {
			p[v/2] = 0.5
			x := make([][]float64, len(edgeUniforms))
			for i := range x {
				x[i] = p
			}
			b.rows("uniforms at the edges", x, b.vector("u", edgeUniforms...))
		}
	}
}
