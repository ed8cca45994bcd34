package properties

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// masses makes rows of probabilities from rows of logits: 0 where a logit is
// -Inf, powers of two exact, NaN and +Inf themselves. Rows that the operation is
// to normalise keep totals of their own; the cells of a table add up to 1.
func (b *batch) masses(x reference.Tensor, choice map[string]string) reference.Tensor {
	y := x.Clone()
	rows, vocab := x.Shape[0], x.Shape[1]
	empty := false
	for r := range rows {
		p := massesOf(x.Row(r, nil))
		switch {
		case choice["normalise"] == "yes":
			scale(p, []float64{1, 3, 0.75, 40}[(r+len(b.cases))%4])
		case slices.Contains(onTables, b.op.Name):
			scale(p, 1/(total(p)*float64(rows)))
		default:
			scale(p, 1/total(p))
		}
		for i, v := range p {
			if !math.IsNaN(v) {
				y.Put(r*vocab+i, v)
			}
		}
		empty = empty || total(p) == 0
	}
	if empty && choice["normalise"] == "yes" {
		choice["normalise"] = "no" // an edge case has the refusal, which would hide all else
	}
	return y
}

// massesOf is 2^(x - max) of each logit to within a few percent, from exactly
// rounded operations alone.
func massesOf(x []float64) []float64 {
	top := math.Inf(-1)
	for _, v := range x {
		if !math.IsInf(v, 1) && v > top {
			top = v
		}
	}
	w := make([]float64, len(x))
	for i, v := range x {
		switch d := float64((v - top) * math.Log2E); {
		case math.IsNaN(v) || math.IsInf(v, 1):
			w[i] = v
		case math.IsInf(v, -1) || d < -1070:
			w[i] = 0
		default:
			k := math.Floor(d)
			w[i] = float64(power(int(k)) * (1 + (d - k)))
		}
	}
	return w
}

// total of a row, in order.
func total(p []float64) (s float64) {
	for _, v := range p {
		s += v
	}
	return s
}

// scale multiplies a row, unless by something that is no number.
func scale(p []float64, by float64) {
	if !(by > 0) || math.IsInf(by, 1) {
		return
	}
	for i := range p {
		p[i] = float64(p[i] * by)
	}
}

// smallMasses: masses that flush to 0 have logarithms, -0 is 0, and a clamp at
// 1e-9 gives the impossible a chance.
func smallMasses(b *batch) {
	for _, v := range b.sizes(3, 9, 40) {
		small, one := fill(v, 0), fill(v, 0)
		for i := range small {
			small[i] = float64(b.d.MinNormal() * float64(1+b.draw.Intn(64)))
			one[i] = float64(b.d.MinSubnormal() * float64(b.draw.Intn(9)))
		}
		b.asGiven("masses near the smallest normal", [][]float64{set(small, 0, 1), b.distribution(v, 1)})
		b.asGiven("subnormal masses", [][]float64{set(one, v-1, 1), b.distribution(v, 1)})
		b.asGiven("zeros of both signs", [][]float64{set(fill(v, math.Copysign(0, -1)), v-1, 1), b.distribution(v, 2)})
	}
}

// scaledMasses: weights instead of probabilities, 2^120 up and down as the type
// allows; a normalisation that is made where none was asked for, or left out.
func scaledMasses(b *batch) {
	for _, v := range b.sizes(3, 17, 100) {
		for _, by := range []float64{2, 0.125, 1000, 0x1p-10, min(0x1p100, b.d.Max()/4096), max(0x1p-100, b.d.MinNormal()*64)} {
			x, y := b.distribution(v, 2), b.distribution(v, 1)
			if scale(x, by); slices.Contains(onTables, b.op.Name) {
				scale(y, by) // one row with all the mass tells nothing about another
			}
			b.asGiven("masses scaled", [][]float64{x, y})
		}
	}
}

// distribution is a row of probabilities.
func (b *batch) distribution(vocab int, spread float64) []float64 {
	p := massesOf(b.ordinary(vocab, spread))
	scale(p, 1/total(p))
	return p
}

// asGiven adds a case of masses that are not made from logits.
func (b *batch) asGiven(note string, p [][]float64, given ...argument) {
	in, choice := b.arguments(given)
	b.add(note, Matrix(b.d, len(p), len(p[0]), func(r, i int) float64 { return p[r][i] }), in, choice)
}

// contingencyTables: products of marginals in 32-bit integers, counts that
// float32 rounds, a table of one cell, a variable that never changes.
func contingencyTables(b *batch) {
	counted := option("normalise", "yes")
	for _, n := range []float64{1, 7, 46340, 46341, 65536, 1 << 20, 1 << 31} {
		if n > b.d.Max()/64 || b.d.Round(n) != n && n > 46341 || b.d.Round(n) == b.d.Round(n-1) {
			continue // the same counts again in this type
		}
		b.asGiven("two by two", [][]float64{{n, 3}, {float64(n / 2), n}}, counted)
		b.asGiven("deterministic", [][]float64{{n, 0}, {0, n}}, counted)
		b.asGiven("one cell", [][]float64{{n, 0}, {0, 0}}, counted)
	}
	for _, side := range [][2]int{{1, 5}, {5, 1}, {2, 4}, {3, 4}, {7, 16}, {16, 8}} {
		rows, cols := side[0], side[1]
		product, counts, diagonal := make([][]float64, rows), make([][]float64, rows), make([][]float64, rows)
		dyadic := rows&(rows-1) == 0 && cols&(cols-1) == 0
		for r := range rows {
			for j := range cols {
				product[r] = append(product[r], float64(1+j%2*2)) // exactly independent, in any arithmetic
				counts[r] = append(counts[r], float64(b.draw.Intn(40)*b.draw.Intn(2)))
				if j == r%cols {
					counts[r][j] += 20 // so that there is something to know
				}
				diagonal[r] = append(diagonal[r], float64(1-min(1, (r-j)*(r-j))))
			}
		}
		if dyadic {
			b.asGiven("independent labels", product, counted)
		}
		b.asGiven("counts with empty cells", counts, counted)
		b.asGiven("one decides the other", diagonal, counted)
		scaled := make([][]float64, rows)
		all := 0.0
		for r := range counts {
			all += total(counts[r])
		}
		for r := range counts {
			scaled[r] = slices.Clone(counts[r])
			scale(scaled[r], 1/all)
		}
		b.asGiven("a joint distribution", scaled, option("normalise", "no"))
	}
}
