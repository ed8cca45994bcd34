package reference

import (
	"fmt"
	"math"
)

// massBound gathers the bound of a sum over the classes of one row.
type massBound struct {
	sizes []float64 // of what is added
	each  float64   // roundings in the terms, in units of u
	lost  float64   // what may vanish: flushed operands, underflowing products
	moved float64   // what a relative change of all masses by 1 can move
}

func (b *massBound) term(size, each float64) {
	b.sizes = append(b.sizes, math.Abs(size))
	b.each += each
}

// vanish counts a term that an operand read as 0, or an underflow, may take away.
func (b *massBound) vanish(k Contract, size, operand float64, in DType) {
	if operand < k.flushed(in) {
		b.lost += math.Abs(size)
	}
	b.lost += min(math.Abs(size), 2*k.tiny(k.Acc)*(1+math.Abs(size)))
}

// terms puts the bound together; totals are the rows that normalise divides by
// their sums.
func (b *massBound) terms(c *Call, k Contract, totals ...[]float64) []Term {
	u, unit := k.Acc.Unit(), c.unit()
	t := []Term{
		{"logarithms and products", fmt.Sprintf("u*(ln_ulp and roundings of each term), ln_ulp = %g", k.LnULP), u * b.each},
		k.sumTerm("terms", b.sizes),
		{"underflow", "terms that may vanish", b.lost},
		own(added(b.sizes) + b.moved),
	}
	if c.Pick("normalise") == "yes" {
		var s float64
		for _, p := range totals {
			s = max(s, k.spread(p))
		}
		t = append(t, Term{"normalising", "u*(S(n) + 2)*what a relative change of the masses moves", u * (s + 2) * b.moved})
	}
	if unit != 1 {
		t = append(t, Term{"unit", "2u*sum |terms|", 2 * u * added(b.sizes)})
	}
	for i := range t {
		t[i].Value /= unit
	}
	return t
}
