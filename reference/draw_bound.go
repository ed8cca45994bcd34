package reference

import "math"

// massRow is what a draw from masses may get wrong.
type massRow struct {
	p     []float64 // as shares of the total
	delta float64
}

// newMassRow analyses one row of masses, which themselves may be off by `each`
// units of the working type's roundoff. Where every mass is a multiple of one
// power of two, the total a power of two as well and no more than 1/u of them,
// every order of summation is exact and nothing is open, unless masses may be
// flushed.
func newMassRow(p []float64, k Contract, in DType, each float64) massRow {
	var total sum
	finest, least, n := math.Inf(1), math.Inf(1), 0
	for _, v := range p {
		total.add(v)
		if v > 0 {
			n++
			finest, least = min(finest, lowestBit(v)), min(least, v)
		}
	}
	S := total.value()
	share := make([]float64, len(p))
	for j, v := range p {
		share[j] = v / S
	}
	m := massRow{p: share}
	u := k.Acc.Unit()
	if each == 0 && lowestBit(S) == S && S/finest <= 1/u && least >= max(k.flushed(in), k.flushed(k.Acc)) {
		return m
	}
	m.delta = u*(2*k.spread(p)+4+2*each) + 8*F64.Unit()*math.Sqrt(float64(n)+1) + u // u*total, u itself rounded
	if k.FlushIn {
		m.delta += float64(n) * max(in.MinNormal(), k.Acc.MinNormal()) / S
	}
	m.delta += float64(n) * k.tiny(k.Acc) / S
	return m
}

// lowestBit is the largest power of two that divides v > 0.
func lowestBit(v float64) float64 {
	b := math.Float64bits(v)
	if m := b & (1<<52 - 1); m != 0 {
		low := float64(m & -m)
		e := int(b >> 52)
		return math.Ldexp(low, max(e, 1)-1075)
	}
	return v
}

// open is the first and the last token whose stretch, made longer by delta at
// both ends, holds u.
func (m *massRow) open(u float64) (first, last int) {
	first = -1
	var cdf sum
	for j, v := range m.p {
		before := cdf.value()
		cdf.add(v)
		if v > 0 && before-m.delta <= u {
			last = j
			if first < 0 && cdf.value()+m.delta > u {
				first = j
			}
		}
	}
	if first < 0 {
		first = last
	}
	return first, last
}

// openAt is open at the uniform of row i. What a seed means is part of a bit
// specification: a kernel without one may draw any token with mass.
func (c *Call) openAt(i int, m massRow, k Contract) (first, last int) {
	if c.Arg("u").Absent() && k.Bits == "" {
		m.delta = 1
	}
	return m.open(c.Uniform(i))
}

// massError bounds the error of the sum of any of this row's probabilities, such
// as a prefix or a value of the cumulative distribution: the terms' own error and
// the sum's, once for the part and once for the whole it is divided by. Zero for a
// row that is exact in every honest kernel.
func (e *rowError) massError() float64 {
	if e.exact {
		return 0
	}
	return e.u*(2*e.mean()+2*e.sum+4) + 8*F64.Unit()*math.Sqrt(float64(e.n))
}

// drawn is the row as a draw by inversion sees it: the uniform itself may be
// rounded to the working type.
func (e *rowError) drawn() massRow {
	m := massRow{p: e.p, delta: e.massError()}
	if !e.exact {
		m.delta += e.u
	}
	return m
}
