package properties

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// companions make the row that stands beside a row of the first input.
var companions = map[string]func(b *batch, x []float64, kind int) []float64{
	"q":  besideMasses,
	"y":  besideLogits,
	"dy": gradients,
}

// companion dresses a whole matrix. The first row and the last get plain
// companions, for every case must tell kernels apart; some between are special.
func (b *batch) companion(first reference.Tensor, in map[string]reference.Tensor, name string) reference.Tensor {
	rows, vocab := first.Shape[0], first.Shape[1]
	t := reference.NewTensor(b.typeOf(name), rows, vocab)
	for r := range rows {
		x := first.Row(r, nil)
		if b.op.In[0].Name == "x" && name == "q" {
			x = massesOf(x)
			scale(x, 1/total(x))
		}
		kind := 0
		if r > 0 && r < rows-1 {
			kind = r + len(b.cases)
		}
		for i, v := range companions[name](b, x, kind) {
			t.Put(r*vocab+i, v)
		}
	}
	return t
}

// besideMasses: another distribution, one that lacks what p lacks, one close to
// p, p turned round, one that lacks something p has.
func besideMasses(b *batch, p []float64, kind int) []float64 {
	q := b.distribution(len(p), float64(1+kind%3))
	switch kind % 6 {
	case 1, 2:
		for i, v := range p {
			if v == 0 {
				q[i] = 0
			}
		}
	case 3:
		for i, v := range p {
			q[i] = float64(v * (1 + float64(float64(b.draw.Intn(9)-4)*4*b.d.Unit())))
		}
	case 4:
		copy(q, p)
		slices.Reverse(q)
	case 5:
		if len(q) > 1 {
			q[b.draw.Intn(len(q))] = 0
		}
	}
	return finite(q)
}

// besideLogits does the same for logits.
func besideLogits(b *batch, x []float64, kind int) []float64 {
	y := b.ordinary(len(x), float64(1+kind%3))
	switch kind % 6 {
	case 0, 1, 2:
		for i, v := range x {
			if math.IsInf(v, -1) && i != kind%len(x) {
				y[i] = -inf
			}
		}
	case 3:
		for i, v := range x {
			y[i] = float64(v * (1 + float64(float64(b.draw.Intn(9)-4)*4*b.d.Unit())))
		}
	case 4:
		copy(y, x)
		slices.Reverse(y)
	case 5:
		if len(y) > 1 {
			y[b.draw.Intn(len(y))] = -inf
		}
	}
	return y
}

// finite puts 0 where a row has no number: the first input has its own.
func finite(p []float64) []float64 {
	for i, v := range p {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			p[i] = 0
		}
	}
	return p
}

// gradients of a loss: of either sign, one-hot as a gathered log-probability's,
// the same for every token, tiny, none.
func gradients(b *batch, y []float64, kind int) []float64 {
	g := b.ordinary(len(y), 1)
	switch kind % 6 {
	case 1:
		g = fill(len(y), 0)
		if len(y) > 0 {
			g[b.draw.Intn(len(y))] = -2.5
		}
	case 2:
		scale(g, 0x1p-10)
	case 3:
		g = fill(len(y), 1.25)
	case 4:
		for i := range g {
			g[i] += 3
		}
	case 5:
		g = fill(len(y), 0)
	}
	return g
}

// upstreamGradients: one number loaded for all rows, the first row's zero taken
// for all, the sum over rows for the row's own; probabilities of exactly 0 and 1.
func upstreamGradients(b *batch) {
	for _, v := range b.sizes(2, 3, 9, 33, 128) {
		rows := func() [][]float64 {
			return [][]float64{b.ordinary(v, 1), b.ordinary(v, 2), b.ordinary(v, 1), b.ordinary(v, 3)}
		}
		sure := set(fill(v, -inf), v/2, 1)
		if b.has("g") {
			for _, reduction := range b.op.Choices["reduction"] {
				by := option("reduction", reduction)
				b.rows("a gradient for each row", rows(), by, b.vector("g", 0, 1, -2.5, 0x1p-7))
				b.rows("a scaled loss", rows(), by, b.scalar("g", 1024))
			}
			b.rows("a sure row", [][]float64{sure, b.ordinary(v, 1), set(fill(v, -40), 0, 0)}, b.vector("g", 2, -3, 1))
			continue
		}
		zero, one, boundary := make([][]float64, 4), make([][]float64, 4), make([][]float64, 4)
		for r := range zero {
			zero[r], one[r], boundary[r] = fill(v, 0), fill(v, 0), b.ordinary(v, 5)
			if r > 0 {
				zero[r] = b.ordinary(v, 1)
			}
			one[r][r%v] = float64(1 - 2*(r%2))
		}
		upstream := func(g [][]float64) argument {
			return argument{name: "dy", tensor: Matrix(b.d, len(g), v, func(r, i int) float64 { return g[r][i] })}
		}
		b.rows("the first row's gradient 0", rows(), upstream(zero))
		b.rows("one token's gradient", rows(), upstream(one))
		b.rows("at the simplex's boundary", [][]float64{sure, b.zeros(v, 2), b.ordinary(v, 1), set(b.ordinary(v, 1), 0, -inf)}, upstream(boundary))
	}
}

// distributionPairs: arguments swapped, beta and 1-beta swapped, differences of
// nearly equal rows lost, an infinity that clipping hides, a class that neither
// has.
func distributionPairs(b *batch) {
	row := func(v int) []float64 { return b.ordinary(v, 2) }
	mass := slices.Contains(onMasses, b.op.Name)
	second := b.op.In[1].Name
	for _, v := range b.sizes(2, 3, 8, 30, 100) {
		x, y := [][]float64{row(v), row(v), row(v), row(v)}, [][]float64{row(v), row(v), row(v), row(v)}
		lower, upper := b.zeros(v, v), b.zeros(v, v)
		for i := range v {
			if i < v/2 {
				lower[i] = -inf
			} else {
				upper[i] = -inf
			}
		}
		near := slices.Clone(x[0])
		for i := range near {
			near[i] += float64(float64(b.draw.Intn(9)-4) * 0x1p-10)
		}
		for _, pair := range []struct {
			note string
			x, y [][]float64
		}{
			{"far apart", x, y},
			{"equal, nearly equal, turned", [][]float64{x[0], x[0], x[1], x[2]}, [][]float64{x[0], near, x[2], x[1]}},
			{"disjoint, one within the other", [][]float64{lower, lower, b.zeros(v, v), x[0]}, [][]float64{upper, b.zeros(v, v), upper, y[0]}},
			{"a sure token", [][]float64{set(fill(v, -inf), 0, 1), b.zeros(v, v), x[3]}, [][]float64{b.zeros(v, v), set(fill(v, -inf), v-1, 1), y[3]}},
		} {
			other := Matrix(b.typeOf(second), len(pair.y), v, func(r, i int) float64 { return pair.y[r][i] })
			given := []argument{{name: second, tensor: other}}
			if mass || second == "q" {
				for r := range pair.y {
					p := massesOf(pair.y[r])
					scale(p, 1/total(p))
					other.PutRow(r, p)
				}
			}
			b.rows(pair.note, pair.x, given...)
			if !b.has("beta") {
				continue
			}
			for _, beta := range []float64{0, 1e-6, 0.1, 1 - 0x1p-20, 1} {
				b.rows("skewed, "+pair.note, pair.x, given[0], b.scalar("beta", beta))
			}
			b.rows("a skew for each row", pair.x, given[0], b.vector("beta", []float64{0.75, 0.25, 0.5, 0.9}[:len(pair.x)]...))
		}
	}
}
