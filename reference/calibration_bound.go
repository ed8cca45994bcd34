package reference

import (
	"fmt"
	"math"
	"slices"
)

// A kernel may put a sample that lies on an edge to within rounding into either
// neighbour, unless the edges are dyadic (bins a power of two: edges and
// products are exact) or it is tight. Which samples those are, and what moving
// them may change, opens the intervals of ece and reliability.

// doubtful lists for every sample the other bin a kernel may put it into, -1
// for none.
func (c *Call) doubtful(k Contract) []int {
	conf, bins := c.In[0], int(c.Param("bins", 0))
	n := conf.Len()
	other := make([]int, n)
	for i := range other {
		other[i] = -1
	}
	if c.Pick("scheme") == "equal_mass" {
		if k.Ties == "any" {
			c.tied(other)
		}
		return other
	}
	if k.Level == "tight" || bins&(bins-1) == 0 {
		return other
	}
	slack := 4 * k.Acc.Unit()
	for i := range other {
		v := conf.Get(i)
		at, below, above := widthBin(v, bins), widthBin(max(v-slack, 0), bins), widthBin(min(v+slack, 1), bins)
		if below != at {
			other[i] = below
		} else if above != at {
			other[i] = above
		}
	}
	return other
}

// tied marks the samples whose confidence also lies in the next bin of equal
// mass, or the one before, where the kernel's order among equals is its own.
func (c *Call) tied(other []int) {
	at, order := c.binOf(), c.byConfidence()
	for r := 1; r < len(order); r++ {
		i, j := order[r-1], order[r]
		if at[i] == at[j] || c.In[0].Get(i) != c.In[0].Get(j) {
			continue
		}
		for _, m := range order {
			if c.In[0].Get(m) == c.In[0].Get(i) {
				if at[m] == at[j] {
					other[m] = at[i]
				} else {
					other[m] = at[j]
				}
			}
		}
	}
}

// eceBound: a bin's two means err by the rounding of their sums; the weighted
// mean adds a sum over bins. A doubtful sample moves |correct - conf|/N out of
// one bin and into another.
func eceBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	n := float64(c.In[0].Len())
	if n == 0 {
		return b
	}
	u, d := k.Acc.Unit(), c.Out[out].DType
	at, other := c.binOf(), c.doubtful(k)
	bins := c.binned(at)
	weighted, worst := 0.0, 0.0 // error of the gaps: their weighted mean, the largest
	for j := range bins {
		if bins[j].n == 0 {
			continue
		}
		e := c.binError(&bins[j], j, at, k)
		weighted += float64(bins[j].n) / n * e
		worst = max(worst, e)
	}
	moved, lo, hi := c.movedGap(bins, at, other)
	v := ref.Out[out].Get(0)
	var terms []Term
	norm := c.Pick("norm")
	switch {
	case out == 1 || norm == "max":
		terms = []Term{{"means of a bin", "u*((S(n_b) + 3)*(confidence_b + accuracy_b)), the largest", u * worst}}
	case norm == "l2": // the root of a weighted mean square is a norm: it moves by no more than the gaps do
		terms = []Term{
			{"means of the bins", "u*((S(n_b) + 3)*(confidence_b + accuracy_b)), the largest", u * worst},
			{"weighted mean", "u*(bins + 4)*v", u * (float64(len(bins)) + 4) * v},
		}
	default:
		terms = []Term{
			{"means of the bins", "u*sum_b n_b/N (S(n_b) + 3)*(confidence_b + accuracy_b)", u * weighted},
			{"weighted mean", "u*(bins + 4)*v", u * (float64(len(bins)) + 4) * v},
			{"edges", "2/N |correct - conf| of every sample on an edge", moved},
		}
	}
	b.widen(0, total(terms), d, k)
	if moved > 0 && (out == 1 || norm != "l1") {
		if norm == "l2" && out == 0 {
			lo = 0
		}
		b.Lo[0], b.Hi[0] = min(b.Lo[0], lo-total(terms)), max(b.Hi[0], hi+total(terms))
	}
	b.Terms = func(int) []Term { return slices.Concat(terms, k.lastTerms(v, d)) }
	return b
}

// binError is the error of a bin's gap in units of u.
func (c *Call) binError(b *bin, j int, at []int, k Contract) float64 {
	var conf []float64
	for i, a := range at {
		if a == j {
			conf = append(conf, c.In[0].Get(i))
		}
	}
	n := float64(b.n)
	return (k.spread(conf) + 3) * (b.conf.value() + float64(b.right)) / n
}

// movedGap is what doubtful samples may change: of the mean, and the ends of the
// largest gap. Each bin's gap is at most what its certain samples and any choice
// of doubtful ones can give.
func (c *Call) movedGap(bins []bin, at, other []int) (moved, lo, hi float64) {
	n := float64(c.In[0].Len())
	sure, plus, minus := make([]float64, len(bins)), make([]float64, len(bins)), make([]float64, len(bins))
	count := make([]float64, len(bins))
	for i, j := range at {
		v := float64(c.In[1].Int(i)) - c.In[0].Get(i)
		if other[i] < 0 {
			sure[j] += v
			count[j]++
			continue
		}
		moved += 2 * math.Abs(v) / n
		for _, j := range []int{at[i], other[i]} {
			plus[j] += max(v, 0)
			minus[j] += max(-v, 0)
		}
		hi = 1 // it may be the only one of a bin
	}
	for j := range bins {
		if count[j] > 0 && plus[j]+minus[j] == 0 {
			lo = max(lo, math.Abs(sure[j])/count[j])
		}
		if count[j] > 0 {
			hi = max(hi, math.Abs(sure[j])/count[j])
		}
	}
	return moved, lo, hi
}

// reliabilityBound: counts lie between the certain samples and all possible
// ones; the means are those of the certain ones, moved by any of the others.
func reliabilityBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	at, other := c.binOf(), c.doubtful(k)
	bins := c.binned(at)
	open := make([]int, len(bins))
	for i, j := range other {
		if j >= 0 {
			open[j]++
			open[at[i]]++
		}
	}
	u, d := k.Acc.Unit(), c.Out[out].DType
	errs := make([]float64, len(bins))
	for j := range bins {
		n := float64(bins[j].n)
		if out == 0 {
			b.Hi[j] = n + float64(open[j])
			b.Lo[j] = n - float64(open[j])
			continue
		}
		if n == 0 && open[j] > 0 { // may hold doubtful samples, which lie at its edges
			b.Lo[j], b.Hi[j] = 0, 1
		} else if n > 0 {
			errs[j] = u * 3 * b.Lo[j]
			if out == 1 {
				errs[j] = u * c.binError(&bin{n: bins[j].n, conf: bins[j].conf}, j, at, k)
			}
			b.widen(j, errs[j], d, k)
			if open[j] > 0 {
				b.Lo[j], b.Hi[j] = 0, 1
			}
		}
		if n <= float64(open[j]) && c.Out[0].Int(j) == 0 { // the kernel found the bin empty
			b.Lo[j], b.Hi[j] = math.NaN(), math.NaN()
		}
	}
	b.Terms = func(j int) []Term {
		if out == 0 || bins[j].n == 0 {
			return nil
		}
		return append([]Term{{"mean", fmt.Sprintf("u*(S(n_b) + 3)*mean, n_b = %d", bins[j].n), errs[j]}}, k.lastTerms(ref.Out[out].Get(j), d)...)
	}
	return b
}

// brierBound: a difference, a square and a sum of positive terms.
func brierBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[0])
	n := c.In[0].Len()
	if n == 0 {
		return b
	}
	squares := make([]float64, n)
	for i := range squares {
		e := c.In[0].Get(i) - float64(c.In[1].Int(i))
		squares[i] = e * e
	}
	u, v, S := k.Acc.Unit(), ref.Out[0].Get(0), k.spread(squares)
	terms := []Term{{"squares, sum, division", fmt.Sprintf("u*(S(n) + 6)*v, sum=%s, S = %.4g", k.Sum, S), u * (S + 6) * v}}
	if k.FlushIn {
		terms = append(terms, Term{"flushed", "confidences below the smallest normal number, squares of small ones", 2 * k.Acc.MinNormal()})
	}
	b.widen(0, total(terms), c.Out[0].DType, k)
	b.Terms = func(int) []Term { return slices.Concat(terms, k.lastTerms(v, c.Out[0].DType)) }
	return b
}
