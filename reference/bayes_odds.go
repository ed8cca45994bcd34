package reference

import (
	"fmt"
	"math"
	"slices"
)

var bayesOddsOp = &Op{
	Name: "bayes_odds", Formula: "odds = prior_odds prod_t ratio_t, probability = odds/(1 + odds)",
	In: []Arg{
		{Name: "prior_odds", Says: "P(H)/P(not H) before", Unit: "1", Dims: rows, DTypes: real64, Domain: oddsDomain("prior_odds")},
		{Name: "ratio", Says: "likelihood ratio of each observation", Unit: "1", Dims: []string{"rows", "steps"}, DTypes: real64, Domain: oddsDomain("ratio")},
	},
	Out: []Arg{
		{Name: "odds", Says: "P(H)/P(not H) after", Unit: "1", Dims: rows, DTypes: real64, Judge: Bounded},
		{Name: "probability", Says: "P(H) after", Unit: "1", Dims: rows, DTypes: real64, Optional: true, Judge: Bounded},
	},
	Ref: bayesOdds, Bound: bayesOddsBound, Edges: bayesOddsEdges,
	Shapes: []Dims{{"rows": 1000, "steps": 8}},
	Work: func(d Dims) (int64, int64) {
		n := int64(d["rows"]) * int64(d["steps"])
		return n, 4 * n
	},
	Cites: []string{"Good: Probability and the weighing of evidence, 1950 (Bayes factors)"},
}

// bayes_odds is Bayes' theorem for one hypothesis and its negation: the odds
// times the likelihood ratio of each observation. Odds 0 and +Inf are the
// impossible and the certain; no finite ratio moves them, and where one meets
// the other (0 times +Inf) the evidence is 0: refused. Products that leave the
// range on the way come back.
func bayesOdds(c *Call) error {
	for r := range c.In[0].Len() {
		if zero, infinite := c.oddsEnds(r); zero && infinite {
			return &Reject{Op: c.Op.Name, Arg: "ratio", Code: "evidence_zero", Value: "both 0 and +Inf", Want: "factors that are not 0 and +Inf in one row", Row: r}
		}
	}
	for r := range c.In[0].Len() {
		zero, infinite := c.oddsEnds(r)
		switch {
		case zero:
			c.Out[0].Put(r, 0)
			c.Out[1].Put(r, 0)
		case infinite:
			c.Out[0].Put(r, math.Inf(1))
			c.Out[1].Put(r, 1)
		default:
			m, e := c.oddsProduct(r)
			c.Out[0].Put(r, math.Ldexp(m.value(), e))
			switch {
			case e > 200:
				c.Out[1].Put(r, 1)
			case e < -200:
				c.Out[1].Put(r, math.Ldexp(m.value(), e))
			default:
				o := m.ldexp(e)
				c.Out[1].Put(r, o.divided(double{1, 0}.plus(o)).value())
			}
		}
	}
	return nil
}

func (c *Call) oddsEnds(r int) (zero, infinite bool) {
	steps := c.In[1].Shape[1]
	for t := -1; t < steps; t++ {
		v := c.In[0].Get(r)
		if t >= 0 {
			v = c.In[1].Get(r*steps + t)
		}
		zero = zero || v == 0
		infinite = infinite || math.IsInf(v, 1)
	}
	return zero, infinite
}

// oddsProduct is m*2^e with m in [1/2, 1).
func (c *Call) oddsProduct(r int) (m double, e int) {
	f, e := math.Frexp(c.In[0].Get(r))
	m = double{f, 0}
	steps := c.In[1].Shape[1]
	for t := range steps {
		f, k := math.Frexp(c.In[1].Get(r*steps + t))
		m = m.times(double{f, 0})
		_, n := math.Frexp(m.hi)
		m, e = m.ldexp(-n), e+k+n
	}
	return m, e
}

func oddsDomain(name string) func(*Call) *Reject {
	return func(c *Call) *Reject {
		t := c.Arg(name)
		for i := range t.Len() {
			if v := t.Get(i); !(v >= 0) {
				return &Reject{Op: c.Op.Name, Arg: name, Code: name + "_range", Value: fmt.Sprint(v), Want: "numbers >= 0, +Inf allowed", Row: t.rowOf(i)}
			}
		}
		return nil
	}
}

// bayesOddsBound: a rounding for each factor; through logarithms, what they and
// the exponential cost. Unless tight, a product in order loses what leaves the
// working type's range on the way: there, and only there, the interval opens to 0
// or +Inf.
func bayesOddsBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	u, steps := k.Acc.Unit(), c.In[1].Shape[1]
	d := c.Out[out].DType
	rows := make([][]Term, c.In[0].Len())
	for r := range rows {
		if zero, infinite := c.oddsEnds(r); zero || infinite {
			continue
		}
		odds, size := ref.Out[0].Get(r), 0.0
		product := c.In[0].Get(r)
		low, high := product < k.tiny(k.Acc)*0x1p20, false
		logs := math.Abs(logOf(product))
		for t := range steps {
			v := c.In[1].Get(r*steps + t)
			product *= v
			logs += math.Abs(logOf(v))
			low = low || product < k.Acc.MinNormal()*0x1p4 || v < k.Acc.MinNormal()
			high = high || product > k.Acc.Max()/16
		}
		size = float64(steps) + 2
		if k.Level != "tight" {
			size += (2*k.LnULP+float64(steps)+1)*logs + 2*k.ExpULP
		}
		v := odds
		if out == 1 {
			p := ref.Out[1].Get(r)
			v = p
			size = size*(1-p) + 4
		}
		rows[r] = []Term{{"factors", fmt.Sprintf("u*v*(steps + 2 + logarithms), %d steps, sum |ln| = %.4g", steps, logs), v * math.Expm1(min(u*size, 700))}}
		b.widen(r, total(rows[r]), d, k)
		if k.Level != "tight" && low {
			b.Lo[r] = min(b.Lo[r], 0)
			b.Hi[r] = max(b.Hi[r], 0)
		}
		if k.Level != "tight" && high {
			b.Hi[r] = math.Inf(1)
			if out == 1 {
				b.Hi[r] = 1
			}
		}
	}
	b.Terms = func(flat int) []Term {
		if rows[flat] == nil {
			return nil
		}
		return slices.Concat(rows[flat], k.lastTerms(ref.Out[out].Get(flat), d))
	}
	return b
}

func odds(prior float64, ratio ...float64) map[string]Tensor {
	return map[string]Tensor{"prior_odds": Vector(F64, prior), "ratio": Of(F64, []int{1, len(ratio)}, ratio...)}
}

func oddsOf(o, p float64) Answer { return Answer{Out: [][]float64{{o}, {p}}} }

var bayesOddsEdges = []Edge{
	edgeOf("twice", "odds 1, ratios 3 and 1: 3, probability 3/4", odds(1, 3, 1), nil, oddsOf(3, 0.75)),
	edgeOf("none", "no observation: the prior odds", odds(1), nil, oddsOf(1, 0.5)),
	edgeOf("impossible", "odds 0 stay 0", odds(0, 1000), nil, oddsOf(0, 0)),
	edgeOf("certain", "odds +Inf stay so", odds(inf, 0.5), nil, oddsOf(inf, 1)),
	edgeOf("contradiction", "0 times +Inf: refused", odds(0, inf), nil, refused("evidence_zero")),
	edgeOf("negative", "a negative ratio: refused", odds(1, -1), nil, refused("ratio_range")),
	edgeOf("nan_odds", "NaN: refused", odds(nan, 1), nil, refused("prior_odds_range")),
}
