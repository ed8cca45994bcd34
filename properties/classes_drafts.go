package properties

import "github.com/seed-210c9500/assay/reference"

// drafts: p/q compared with u the wrong way round, a draft accepted on u = p/q,
// the residual not normalised or drawn from p, q where p - q is meant, a rejection
// answered by the draft itself.
func drafts(b *batch) {
	pair := func(note string, p, q [][]float64, draft []int64, u, u2 []float64) {
		at := Matrix(b.d, len(q), len(q[0]), func(r, i int) float64 { return q[r][i] })
		b.rows(note, p, argument{name: "q", tensor: at}, b.integers("draft", draft...), b.vector("u", u...), b.vector("u2", u2...))
	}
	half, skew := []float64{0.5, 0.25, 0.25, 0}, []float64{0.125, 0.25, 0.125, 0.5}
	for _, u2 := range []float64{0, 0.4, 1 - 0x1p-53} {
		pair("uniforms at the ratio and beside it", [][]float64{skew, skew, skew, half}, [][]float64{half, half, half, skew},
			[]int64{0, 0, 0, 3}, []float64{0.25, 0.25 - 0x1p-20, 0.25 + 0x1p-20, 0.1}, []float64{u2, u2, u2, u2})
	}
	for _, v := range b.sizes(2, 9, 40, 130) {
		p, q := b.weights(v), b.weights(v)
		apart, other := fill(v, 0), fill(v, 0)
		for i := range v {
			if i%2 == 0 {
				apart[i] = 2 / float64(v)
			} else {
				other[i] = 2 / float64(v)
			}
		}
		likely := 0
		for i := range v {
			if q[i]-p[i] > q[likely]-p[likely] {
				likely = i
			}
		}
		at := int64(likely)
		pair("one pair, many uniforms", [][]float64{p, p, p, p, p}, [][]float64{q, q, q, q, q}, []int64{at, at, at, at, at},
			[]float64{0, 0.3, 0.6, 0.9, 1 - 0x1p-53}, []float64{0.1, 0.3, 0.5, 0.7, 0.95})
		pair("nothing in common", [][]float64{apart, other}, [][]float64{other, apart}, []int64{1, 0}, []float64{0.5, 0}, []float64{0.5, 0.25})
		pair("the same", [][]float64{p, apart}, [][]float64{p, apart}, []int64{int64(v - 1), 0}, []float64{1 - 0x1p-53, 0.9}, []float64{0.5, 0.5})
		sure, rest := set(fill(v, 0), v-1, 1), set(fill(v, power(-8)), v-1, 0.5)
		pair("one token is left", [][]float64{sure, rest}, [][]float64{rest, sure}, []int64{0, int64(v - 1)}, []float64{0.25, 0.75}, []float64{0.9, 0.6})
	}
}

// forcedGumbels: u = 0 taken for a small number, u rounded to 1, a masked token
// that wins with the best uniform, keys that are equal.
func forcedGumbels(b *batch) {
	edges := []float64{0, 0x1p-53, 0x1p-30, 0x1p-16, 0.25, 0.5, 0.75, 1 - 0x1p-16, 1 - 0x1p-24, 1 - 0x1p-53}
	noise := func(note string, x [][]float64, u func(r, i int) float64) {
		b.rows(note, x, argument{name: "u", tensor: Matrix(reference.F64, len(x), len(x[0]), u)})
	}
	for _, v := range b.sizes(2, 3, 9, 33, 200) {
		equal := [][]float64{fill(v, 0), fill(v, -3), fill(v, 7)}
		noise("equal logits", equal, func(r, i int) float64 { return float64((i*7+r*3)%(v+1)) / float64(v+1) })
		if v > 8 {
			noise("equal keys", [][]float64{set(set(fill(v, -50), v-1, 1), 2, 1)}, func(r, i int) float64 { return 0.5 })
		}
		noise("every u is 0", [][]float64{b.ordinary(v, 1), set(b.ordinary(v, 1), 0, -inf)}, func(r, i int) float64 { return 0 })
		masked := set(set(b.ordinary(v, 2), 0, -inf), v/2, 1)
		noise("a masked token has the best uniform", [][]float64{masked, b.ordinary(v, 2)}, func(r, i int) float64 {
			if i == 0 {
				return 1 - 0x1p-53
			}
			return b.draw.Float()
		})
		noise("uniforms at the edges", [][]float64{b.ordinary(v, 1), b.ordinary(v, 3), b.ordinary(v, 8)}, func(r, i int) float64 {
			if i%5 == r {
				return edges[b.draw.Intn(len(edges))]
			}
			return b.draw.Float()
		})
	}
}
