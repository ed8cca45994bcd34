package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// edgeUniforms lie at both ends of [0, 1), on binary fractions and beside them.
var edgeUniforms = []float64{0, 0x1p-53, 0x1p-24, 0x1p-16, 0.25, 0.5 - 0x1p-53, 0.5, 0.5 + 0x1p-53, 0.75, 1 - 0x1p-16, 1 - 0x1p-24, 1 - 0x1p-53}

// forcedUniforms: >= for >, u = 0 that draws a token without mass, u just below
// 1 that draws none, uniforms of 16 bits, a running sum that never reaches 1, an
// edge token that is never drawn; an exponential of three digits.
func forcedUniforms(b *batch) {
	repeat := func(row []float64, n int) [][]float64 {
		x := make([][]float64, n)
		for i := range x {
			x[i] = row
		}
		return x
	}
	for _, v := range b.sizes(12, 40) { // the most telling first: few may be wanted
		row := set(set(b.ordinary(v, 1.2), 0, -6), v-1, -6)
		u := besideSteps(b.d, row)
		x := append(repeat(row, len(u)), set(fill(v, -13.875), 0, 0), set(fill(v, -13.875), v-1, 0))
		b.rows("close beside the steps", x, b.vector("u", append(u, 1-0x1p-18, 0x1p-18)...))
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

// besideSteps are uniforms at both ends, and just below and above each step of a
// short row's cumulative distribution: further than the errors of float32, which grow with
// the number of terms, and nearer than those of a coarse exponential; and so close
// that float64 tells alone.
func besideSteps(d reference.DType, row []float64) (u []float64) {
	t := make([]float64, len(row))
	for i, v := range row {
		t[i] = math.Exp(d.Round(v))
	}
	all, at, by := total(t), 0.0, 0x1p-20*float64(4+len(t))
	for _, v := range t[:len(t)-1] {
		at += v / all
		u = append(u, max(0, at-by), min(at+by, 1-0x1p-53), max(0, at-0x1p-36), min(at+0x1p-36, 1-0x1p-53))
	}
	return append(u, 0, 0x1p-53, 1-0x1p-24, 1-0x1p-53)
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
