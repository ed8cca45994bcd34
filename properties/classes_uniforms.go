package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// edgeUniforms lie at both ends of [0, 1), on binary fractions and beside them.
var edgeUniforms = []float64{0, 0x1p-53, 0x1p-24, 0x1p-16, 0.25, 0.5 - 0x1p-53, 0.5, 0.5 + 0x1p-53, 0.75, 1 - 0x1p-16, 1 - 0x1p-24, 1 - 0x1p-53}

// forcedUniforms: >= for >, u = 0 that draws a token without mass, u just below
// 1 that draws none, uniforms of 16 bits, a running sum that never reaches 1, an
// edge token that is never drawn.
func forcedUniforms(b *batch) {
	repeat := func(row []float64, n int) [][]float64 {
		x := make([][]float64, n)
		for i := range x {
			x[i] = row
		}
		return x
	}
	edges := b.vector("u", edgeUniforms...)
	for _, v := range b.sizes(2, 3, 17, 64, 1000, 4100) {
		masked := set(set(b.ordinary(v, 2), 0, -inf), v-1, -inf)
		masked[v/2] = 1
		for _, row := range [][]float64{b.ordinary(v, 1), masked, fill(v, 0), set(fill(v, -17), 0, 0), set(fill(v, -17), v-1, 0)} {
			b.rows("uniforms at the edges", repeat(row, len(edgeUniforms)), edges)
		}
	}
	for _, n := range []int{2, 4, 8, 32, 128} {
		v := n + n/2 + 3
		if v > b.size {
			continue
		}
		var u []float64
		for k := range n {
			at := float64(k) / float64(n)
			u = append(u, at, at+0x1p-53, at+1/float64(2*n))
			if k > 0 {
				u = append(u, at-0x1p-53)
			}
		}
		u = append(u, 1-0x1p-53)
		b.rows("on and beside exact steps", repeat(b.zeros(v, n), len(u)), b.vector("u", u...))
	}
	for _, v := range b.sizes(200, 1024) {
		n := 256
		u := make([]float64, n)
		for k := range u {
			u[k] = (float64(k) + 0.5) / float64(n)
		}
		b.rows("a grid of uniforms", repeat(b.ordinary(v, 2), n), b.vector("u", u...))
	}
	for _, v := range b.sizes(32000, 128256) {
		b.rows("long", repeat(b.ordinary(v, 2), 4), b.vector("u", 0, 0.3, 0.999, 1-0x1p-53))
	}
}

// seeds: the same stream for every row, step or call; a seed cut to 32 bits; a
// row's place in the batch that decides.
func seeds(b *batch) {
	for _, v := range b.sizes(50, 1000) {
		same := b.ordinary(v, 1)
		x := [][]float64{same, same, same, same, same, same, same, same}
		one := b.draw.Uint64()
		b.rows("one seed, requests apart", x, b.integer("seed", int64(one)), b.integers("request", 0, 1, 2, 3, 1<<32, 1<<33, -1, 1<<63-1))
		b.rows("one seed, steps apart", x, b.integer("seed", int64(one)), b.integer("request", 5), b.integers("step", 0, 1, 2, 3, 255, 256, 65536, math.MaxUint32))
		b.rows("seeds apart", x, b.integers("seed", 0, 1, 2, 3, 1<<32, 1<<33, 1<<62, -1), b.integer("request", 0))
		b.rows("all the same", x, b.integer("seed", 7), b.integer("request", 1), b.integer("step", 9))
		b.rows("seeds with temperatures", x, b.integers("seed", 4, 4, 4, 4, 5, 5, 5, 5), b.vector("temperature", 0, 0.5, 1, 2, 0, 0.5, 1, 2))
	}
	x := reference.Of(b.d, []int{1, 3}, 0, 0, 0)
	b.tensor("a step beyond 32 bits", x, b.integer("seed", 1), b.integer("step", 1<<32))
}
