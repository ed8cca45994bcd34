package reference

import "math"

// shares is a row of masses that stand for their shares of the total. The
// division is put off: a share near 1 rounds away all that its logarithm is made
// of, and one of a subnormal mass has few digits.
type shares struct {
	given []float64
	v     []float64 // given times a power of two that makes the largest about 2^500
	total double    // of v
}

func (c *Call) shares(i int, name string) shares {
	return newShares(c.Arg(name).Row(i, nil))
}

func newShares(p []float64) shares {
	_, e := math.Frexp(largestOf(p))
	s := shares{given: p, v: make([]float64, len(p))}
	var all sum
	for j, v := range p {
		s.v[j] = math.Ldexp(v, 500-e)
		all.add(s.v[j])
	}
	s.total = all.double()
	return s
}

// surprisal is -ln of share j: of more than half, from the rest.
func (s *shares) surprisal(j int) float64 {
	switch v := s.v[j]; {
	case v > s.total.hi/2:
		var rest sum
		for i, w := range s.v {
			if i != j {
				rest.add(w)
			}
		}
		return math.Log1p(rest.value() / v)
	case v < 0x1p-500: // the quotient might overflow
		return logOf(s.total.hi) - logOf(v)
	default:
		return logOf(s.total.hi / v)
	}
}

// crossEntropy is -sum p_i ln q_i of the shares.
func (p *shares) crossEntropy(q *shares) float64 {
	var h sum
	for j, v := range p.v {
		switch {
		case p.given[j] == 0:
		case q.given[j] == 0:
			return math.Inf(1)
		default:
			h.add(part(v, q.surprisal(j)))
		}
	}
	return h.value() / p.total.value()
}

// divergence is sum p_i ln(p_i/q_i) of the shares, q_i - p_i added to each term:
// nothing in total, and then every term is at least 0.
func (p *shares) divergence(q *shares) float64 {
	if len(p.v) == 0 {
		return 0
	}
	ratio := p.total.divided(q.total)
	var s sum
	for j, v := range p.v {
		if p.given[j] > 0 && q.given[j] == 0 {
			return math.Inf(1)
		}
		s.add(excessOver(v, double{q.v[j], 0}.times(ratio)))
	}
	return s.value() / p.total.value()
}

// excessOver is p ln(p/e) - p + e, at least 0, of second order where p is near e.
func excessOver(p float64, e double) float64 {
	if p == 0 {
		return e.value()
	}
	d := double{p, 0}.minus(e).value()
	r := logRatio(p, e.hi, d)
	if math.Abs(r) <= 0.5 {
		return p * excess(r)
	}
	return p*r - d
}
