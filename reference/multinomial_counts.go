package reference

import (
	"fmt"
	"math"
)

var multinomialCountsOp = &Op{
	Name: "multinomial_counts", Formula: "c_i = number of draws j < n whose first index with cdf > u_j*total is i",
	In: []Arg{
		{Name: "p", Says: "masses, normalised here", Unit: "1", Dims: matrix, DTypes: real64, Domain: drawableDomain},
		{Name: "n", Says: "number of draws", DTypes: []DType{I64}, PerRow: true, Domain: drawsDomain},
		{Name: "seed", Says: "Philox key", DTypes: []DType{U64}, PerRow: true},
		{Name: "request", Says: "counter, high half", DTypes: []DType{U64}, PerRow: true, Optional: true},
	},
	Out: []Arg{
		{Name: "counts", Says: "how often each outcome was drawn", Dims: matrix, DTypes: []DType{I64}, Judge: ByLaw},
	},
	Ref: multinomialCounts, Bound: multinomialCountsBound, Edges: multinomialCountsEdges,
	Shapes: []Dims{{"rows": 1, "vocab": 128}, {"rows": 1, "vocab": 32000}},
	Work:   func(d Dims) (int64, int64) { n := size(d); return 4 * n, 12 * n },
	Cites: []string{
		"Devroye: Non-uniform random variate generation, 1986, ch. XI.1.4 (the multinomial distribution)",
		"Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3, SC 2011 (Philox4x32-10)",
	},
}

// multinomial_counts draws n times from p with replacement and counts: draw j
// of a row uses the uniform of the row's seed and request at step j, and falls
// on the first outcome whose cumulative mass exceeds u*total. So n single draws
// give the same counts, and a row's place in a batch plays no part.
//
// p need not be normalised. An outcome of mass 0 is never drawn. Masses that are
// all 0 cannot be drawn from: refused, unless nothing is drawn.
func multinomialCounts(c *Call) error {
	eachDraw(c, 0, func(r, first, last int) {
		flat := r*c.In[0].Shape[1] + first
		c.Out[0].PutInt(flat, c.Out[0].Int(flat)+1)
	})
	return nil
}

// eachDraw gives, for every draw of every row, the first and the last outcome
// it may fall on when cumulative masses may be off by delta of the total; they
// are one and the same for delta = 0.
func eachDraw(c *Call, delta float64, f func(row, first, last int)) {
	for r := range c.In[0].Shape[0] {
		p := c.In[0].Row(r, nil)
		d := delta * massRounding(p)
		cdf := make([]float64, len(p))
		var s sum
		for j, v := range p {
			s.add(v)
			cdf[j] = s.value()
		}
		all := s.value()
		for i := range c.draws(r) {
			target := PhiloxUniform(c.word("seed", r), c.word("request", r), uint32(i)) * all
			f(r, crossing(p, cdf, target-d*all), crossing(p, cdf, target+d*all))
		}
	}
}

// massRounding is how many roundings the cumulative masses meet: none that
// matters with a single outcome.
func massRounding(p []float64) float64 {
	n := 0.0
	for _, v := range p {
		if v > 0 {
			n++
		}
	}
	if n <= 1 {
		return 0
	}
	return 2*n + 4
}

// crossing is the first outcome with mass whose cumulative mass exceeds the
// target; the last one with mass where none does.
func crossing(p, cdf []float64, target float64) int {
	lo, hi := 0, len(cdf)
	for lo < hi {
		if mid := (lo + hi) / 2; cdf[mid] > target {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	for lo < len(p) && p[lo] == 0 {
		lo++
	}
	if lo == len(p) {
		for lo--; p[lo] == 0; lo-- {
		}
	}
	return lo
}

func (c *Call) draws(r int) int64 { return int64(c.word("n", r)) }

// drawableDomain refuses masses that are none, and rows without any.
func drawableDomain(c *Call) *Reject {
	if r := finiteMassDomain("p")(c); r != nil {
		return r
	}
	if c.Arg("n").Absent() {
		return nil
	}
	p := c.In[0]
	for r := range p.Shape[0] {
		var all float64
		for _, v := range p.Row(r, nil) {
			all += v
		}
		bad := &Reject{Op: c.Op.Name, Arg: "p", Value: fmt.Sprint(all), Want: "a finite total above 0", Row: r}
		switch {
		case all == 0 && c.draws(r) > 0:
			bad.Code = "p_zero"
			return bad
		case math.IsInf(all, 1):
			bad.Code = "p_total"
			return bad
		}
	}
	return nil
}

func drawsDomain(c *Call) *Reject {
	t := c.Arg("n")
	for i := range t.Len() {
		if v := t.Int(i); v < 0 || v > math.MaxUint32 {
			return &Reject{Op: c.Op.Name, Arg: "n", Code: "n_range", Value: fmt.Sprint(v), Want: "a number of draws in [0, 2^32)", Row: i}
		}
	}
	return nil
}

// multinomialCountsBound: a draw whose u lies within delta of a step may fall on
// either side of it. An outcome's count is at least the draws that can fall on
// it alone, at most those that can fall on it at all; a row counts n draws.
func multinomialCountsBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[0])
	vocab := c.In[0].Shape[1]
	clear(b.Lo)
	clear(b.Hi)
	eachDraw(c, k.Acc.Unit(), func(r, first, last int) {
		if first == last {
			b.Lo[r*vocab+first]++
		}
		for j := first; j <= last; j++ {
			if c.In[0].Get(r*vocab+j) > 0 {
				b.Hi[r*vocab+j]++
			}
		}
	})
	b.Refuse = func(flat int, got float64) string {
		r := flat / vocab
		var n int64
		for j := range vocab {
			n += c.Out[0].Int(r*vocab + j)
		}
		if want := c.draws(r); n != want {
			return fmt.Sprintf("the row counts %d draws, not %d", n, want)
		}
		return ""
	}
	b.Terms = func(flat int) []Term {
		return []Term{{"cumulative mass", "u*(2n + 4) of the total, n outcomes with mass", k.Acc.Unit() * massRounding(c.In[0].Row(flat/vocab, nil))}}
	}
	return b
}

func draw(n, seed float64, p ...float64) map[string]Tensor {
	return map[string]Tensor{"p": Of(F64, []int{1, len(p)}, p...), "n": Scalar(I64, n), "seed": Scalar(U64, seed)}
}

var multinomialCountsEdges = []Edge{
	edgeOf("nothing", "n = 0: zeros", draw(0, 1, 0.5, 0.5), nil, values(0, 0)),
	edgeOf("certain", "one outcome with mass takes every draw", draw(100, 1, 0, 3, 0), nil, values(0, 100, 0)),
	edgeOf("no_mass", "all masses 0: refused", draw(1, 1, 0, 0), nil, refused("p_zero")),
	edgeOf("no_mass_no_draws", "all masses 0, nothing drawn: zeros", draw(0, 1, 0, 0), nil, values(0, 0)),
	edgeOf("negative", "a negative mass: refused", draw(1, 1, 1, -1), nil, refused("p_range")),
	edgeOf("negative_draws", "n < 0: refused", draw(-1, 1, 1, 1), nil, refused("n_range")),
}
