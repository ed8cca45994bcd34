package reference

import (
	"fmt"
	"math"
	"slices"
)

var multinomialLogPMFOp = &Op{
	Name: "multinomial_logpmf", Formula: "ln n! - sum_i ln c_i! + sum_i c_i ln p_i, n = sum c_i",
	In: []Arg{
		{Name: "p", Says: "probabilities, as given", Unit: "1", Dims: matrix, DTypes: real64, Domain: finiteMassDomain("p")},
		{Name: "counts", Says: "how often each outcome occurred", Dims: matrix, DTypes: []DType{I64, I32}, Domain: countsDomain},
	},
	Out: []Arg{
		{Name: "logpmf", Says: "log-probability of the counts", Unit: "nats", Dims: rows, DTypes: real64, Judge: Bounded},
	},
	Ref: multinomialLogPMF, Bound: multinomialLogPMFBound, Edges: multinomialLogPMFEdges,
	Shapes: []Dims{{"rows": 64, "vocab": 128}, {"rows": 1, "vocab": 32000}},
	Work:   func(d Dims) (int64, int64) { n := size(d); return 60 * n, 12 * n },
	Cites: []string{
		"Johnson, Kotz, Balakrishnan: Discrete multivariate distributions, 1997, ch. 35",
	},
}

// multinomial_logpmf is the log-probability that n = sum c_i draws from p fall
// as counted:
//
//	ln n! - sum_i ln c_i! + sum_i c_i ln p_i
//
// p is taken as given: where it does not sum to 1, neither do the
// probabilities. An outcome of p = 0 that did not occur contributes nothing, one
// that did makes the whole impossible (-Inf). No draw at all: 0.
//
// The logarithms of factorials cancel to a small part of themselves, so the sum
// is formed in twice the precision.
func multinomialLogPMF(c *Call) error {
	p, counts := c.In[0], c.In[1]
	vocab := p.Shape[1]
	for r := range p.Shape[0] {
		var n float64
		var v double
		impossible := false
		for j := range vocab {
			k, q := float64(counts.Int(r*vocab+j)), p.Get(r*vocab+j)
			if k == 0 {
				continue
			}
			n += k
			if q == 0 {
				impossible = true
				continue
			}
			v = v.plus(lnDouble(double{q, 0}).times(double{k, 0})).minus(lnFactorial(k))
		}
		if impossible {
			c.Out[0].Put(r, math.Inf(-1))
			continue
		}
		c.Out[0].Put(r, v.plus(lnFactorial(n)).value())
	}
	return nil
}

// finiteMassDomain refuses what cannot be a mass: negative, NaN or infinite.
func finiteMassDomain(name string) func(*Call) *Reject {
	return func(c *Call) *Reject {
		t := c.Arg(name)
		for i := range t.Len() {
			if v := t.Get(i); !(v >= 0) || math.IsInf(v, 1) {
				row := -1
				if len(t.Shape) > 1 {
					row = t.rowOf(i)
				}
				return &Reject{Op: c.Op.Name, Arg: name, Code: name + "_range", Value: fmt.Sprint(v), Want: "finite numbers >= 0", Row: row}
			}
		}
		return nil
	}
}

// countsDomain refuses negative counts, and more draws than float64 counts.
func countsDomain(c *Call) *Reject {
	t := c.Arg("counts")
	var n int64
	for i := range t.Len() {
		v := t.Int(i)
		if i%t.Shape[1] == 0 {
			n = 0
		}
		r := &Reject{Op: c.Op.Name, Arg: "counts", Value: fmt.Sprint(v), Want: "integers >= 0 that add up to at most 2^53", Row: t.rowOf(i)}
		if v < 0 {
			r.Code = "counts_negative"
			return r
		}
		if v > 1<<53 || n+v > 1<<53 {
			r.Code = "counts_large"
			return r
		}
		n += v
	}
	return nil
}

// multinomialLogPMFBound: every logarithm, of a probability or of a factorial,
// errs by 2*ln_ulp units of its own size (a log-gamma by twice that, and
// near its zeros absolutely), a count that does not fit the working type by one
// more, and all are added up in some order.
func multinomialLogPMFBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[0])
	p, counts := c.In[0], c.In[1]
	vocab, u := p.Shape[1], k.Acc.Unit()
	rows := make([][]Term, p.Shape[0])
	for r := range rows {
		var n, logs, factorials float64
		var terms []float64
		flushed := false
		for j := range vocab {
			m, q := float64(counts.Int(r*vocab+j)), p.Get(r*vocab+j)
			if m == 0 {
				continue
			}
			n += m
			flushed = flushed || k.FlushIn && q < p.DType.MinNormal()
			logs += m * math.Abs(finiteOrZero(math.Log(q)))
			f := lnFactorial(m).value()
			factorials += f + 1
			terms = append(terms, m*math.Abs(finiteOrZero(math.Log(q))), f)
		}
		f := lnFactorial(n).value()
		if n == 0 {
			continue
		}
		terms = append(terms, f)
		rows[r] = []Term{
			{"ln p", fmt.Sprintf("u*(2*ln_ulp + 2)*sum c_i |ln p_i|, ln_ulp = %g", k.LnULP), u * (2*k.LnULP + 2) * logs},
			{"ln of factorials", "u*(4*ln_ulp + 2)*(ln n! + sum (1 + ln c_i!))", u * (4*k.LnULP + 2) * (f + 1 + factorials)},
			{"sum", fmt.Sprintf("u*S*sum of magnitudes, sum=%s", k.Sum), u * k.spread(terms) * (f + logs + factorials)},
		}
		b.widen(r, total(rows[r]), c.Out[0].DType, k)
		if flushed {
			b.Lo[r] = math.Inf(-1)
		}
	}
	b.Terms = func(flat int) []Term {
		if rows[flat] == nil {
			return nil
		}
		return slices.Concat(rows[flat], k.lastTerms(ref.Out[0].Get(flat), c.Out[0].DType))
	}
	return b
}

func outcomes(p []float64, counts ...float64) map[string]Tensor {
	return map[string]Tensor{"p": Of(F64, []int{1, len(p)}, p...), "counts": Of(I64, []int{1, len(counts)}, counts...)}
}

var multinomialLogPMFEdges = []Edge{
	edgeOf("no_draws", "nothing drawn: certain, 0", outcomes([]float64{0.5, 0.5}, 0, 0), nil, values(0)),
	edgeOf("certain", "one outcome of probability 1: 0", outcomes([]float64{1, 0}, 7, 0), nil, values(0)),
	edgeOf("impossible", "an outcome of probability 0 occurred: -Inf", outcomes([]float64{1, 0}, 3, 1), nil, values(-inf)),
	edgeOf("absent_zero", "p = 0 that did not occur contributes nothing", outcomes([]float64{0.25, 0, 0.75}, 1, 0, 0), nil, values(math.Log(0.25))),
	edgeOf("coins", "two fair coins, one of each: ln 1/2", outcomes([]float64{0.5, 0.5}, 1, 1), nil, values(-math.Ln2)),
	edgeOf("no_outcomes", "V = 0: the empty product, 0", outcomes(nil), nil, values(0)),
	edgeOf("negative_count", "counts < 0: refused", outcomes([]float64{0.5, 0.5}, -1, 1), nil, refused("counts_negative")),
	edgeOf("too_many", "more than 2^53 draws: refused, their number is not exact", outcomes([]float64{0.5, 0.5}, 1<<53, 1), nil, refused("counts_large")),
	edgeOf("negative_mass", "p < 0: refused", outcomes([]float64{-0.5, 0.5}, 1, 1), nil, refused("p_range")),
	edgeOf("nan_mass", "NaN: refused", outcomes([]float64{nan, 0.5}, 1, 1), nil, refused("p_range")),
}
