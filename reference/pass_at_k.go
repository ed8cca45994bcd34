package reference

import (
	"fmt"
	"math"
)

var passAtKOp = &Op{
	Name: "pass_at_k", Formula: "1 - C(n-c, k)/C(n, k) = 1 - prod_(i<min(c,k)) (n-max(c,k)-i)/(n-i)",
	In: []Arg{
		{Name: "n", Says: "samples of each problem", Dims: rows, DTypes: []DType{I64}, Domain: samplesDomain},
		{Name: "c", Says: "right ones among them", Dims: rows, DTypes: []DType{I64}, Domain: rightDomain},
		{Name: "k", Says: "attempts", DTypes: []DType{I64}, PerRow: true, Default: 1.0, Domain: attemptsDomain},
	},
	Out: []Arg{
		{Name: "pass", Says: "probability that one of k attempts is right", Unit: "1", Dims: rows, DTypes: real64, Judge: Bounded},
		{Name: "mean", Says: "mean over problems", Unit: "1", DTypes: real64, Optional: true, Judge: Bounded},
	},
	Ref: passAtK, Bound: passAtKBound, Edges: passAtKEdges,
	Shapes: []Dims{{"rows": 164}, {"rows": 100000}},
	Work:   func(d Dims) (int64, int64) { n := int64(d["rows"]); return 40 * n, 28 * n },
	Cites:  []string{"Chen et al.: Evaluating large language models trained on code, 2021, arXiv:2107.03374, section 2.1"},
}

// pass_at_k is the unbiased estimate of the probability that at least one of k
// attempts is right, from n samples of which c are: 1 - C(n-c,k)/C(n,k). The
// quotient is a product of min(c,k) factors, formed in twice the precision, so
// that nothing is lost where it is close to 1. (1 - (1 - c/n)^k, often written
// instead, is biased.)
//
// c = 0 gives 0 for any k; k = 0 gives 0; n - c < k gives exactly 1. k > n is
// refused unless c = 0. No problems: the mean is NaN.
func passAtK(c *Call) error {
	var all sum
	n := c.In[0].Len()
	for i := range n {
		v := pass(float64(c.In[0].Int(i)), float64(c.In[1].Int(i)), c.attempts(i))
		c.Out[0].Put(i, v)
		all.add(v)
	}
	c.Out[1].Put(0, all.value()/float64(n))
	return nil
}

func pass(n, c, k float64) float64 {
	switch {
	case c == 0 || k == 0:
		return 0
	case n-c < k:
		return 1
	}
	few, many := min(c, k), max(c, k)
	q := double{1, 0}
	for i := 0.0; i < few && q.hi > 0x1p-120; i++ {
		q = q.times(double{n - many - i, 0}).over(n - i)
	}
	return double{1, 0}.minus(q).value()
}

func (c *Call) attempts(i int) float64 {
	return c.Param("k", i)
}

func samplesDomain(c *Call) *Reject {
	t := c.Arg("n")
	for i := range t.Len() {
		if v := t.Int(i); v < 0 || v > 1<<32 {
			return &Reject{Op: c.Op.Name, Arg: "n", Code: "n_range", Value: fmt.Sprint(v), Want: "a number of samples in [0, 2^32]", Row: i}
		}
	}
	return nil
}

func rightDomain(c *Call) *Reject {
	for i := range c.In[1].Len() {
		if v, n := c.In[1].Int(i), c.In[0].Int(i); v < 0 || v > n {
			return &Reject{Op: c.Op.Name, Arg: "c", Code: "c_range", Value: fmt.Sprint(v), Want: fmt.Sprintf("a number in [0, n], n = %d", n), Row: i}
		}
	}
	return nil
}

func attemptsDomain(c *Call) *Reject {
	for i := range c.In[0].Len() {
		k, n := c.attempts(i), c.In[0].Int(i)
		r := &Reject{Op: c.Op.Name, Arg: "k", Value: fmt.Sprint(k), Row: i}
		switch {
		case k < 0:
			r.Code, r.Want = "k_negative", "a number of attempts >= 0"
			return r
		case k > float64(n) && c.In[1].Int(i) != 0:
			r.Code, r.Want = "k_large", fmt.Sprintf("at most the %d samples there are", n)
			return r
		}
	}
	return nil
}

// passAtKBound: a factor 1 - k/i errs by u of itself and of k/i; there are
// min(c,k) or, the other way round, max(c,k) of them, and the whole is taken
// from 1: the error is absolute, relative to the quotient. A tight kernel sums
// logarithms by log1p and ends in expm1, and errs relative to the result.
// Logarithms of factorials are not admitted: they cancel.
func passAtKBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	u, d := k.Acc.Unit(), c.Out[out].DType
	errs, mean := make([]float64, c.In[0].Len()), 0.0
	for i := range errs {
		v := ref.Out[0].Get(i)
		if v == 0 || v == 1 && float64(c.In[0].Int(i)-c.In[1].Int(i)) < c.attempts(i) {
			continue
		}
		factors := float64(c.In[1].Int(i))
		if k.Level != "tight" {
			factors = max(factors, c.attempts(i))
		}
		L := -math.Log1p(-min(v, 1-0x1p-53)) // sum of -ln of the factors
		errs[i] = u*((1-v)*min(2*factors+3*L+2, 1/u)+v) + k.tiny(k.Acc)
		if k.Level == "tight" {
			errs[i] = u * (min((1-v)*L*(factors+2*k.LnULP+3), v/u) + (2*k.ExpULP+2)*v)
		}
		mean += errs[i]
		if out == 0 {
			b.widen(i, errs[i], d, k)
		}
	}
	if n := len(errs); out == 1 && n > 0 {
		values := make([]float64, n)
		for i := range values {
			values[i] = ref.Out[0].Get(i)
		}
		mean = mean/float64(n) + u*(k.spread(values)+2)*b.Lo[0]
		b.widen(0, mean, d, k)
	}
	b.Terms = func(flat int) []Term {
		v := mean
		if out == 0 {
			v = errs[flat]
		}
		if out == 0 && v == 0 {
			return nil
		}
		return append([]Term{{"product", "u*((1-v)*(2*factors + 3*L + 2) + v), L = -ln(1-v); tight: u*((1-v)*L*(factors + 2*ln_ulp + 3) + (2*exp_ulp + 2)*v)", v}}, k.lastTerms(ref.Out[out].Get(flat), d)...)
	}
	return b
}

func attempts(n, c, k float64) map[string]Tensor {
	return map[string]Tensor{"n": Vector(I64, n), "c": Vector(I64, c), "k": Scalar(I64, k)}
}

var passAtKEdges = []Edge{
	edgeOf("none_right", "c = 0: 0, for any k", attempts(5, 0, 10), nil, estimated(0, 0)),
	edgeOf("all_right", "c = n: 1", attempts(5, 5, 1), nil, estimated(1, 1)),
	edgeOf("too_few_wrong", "n - c < k: exactly 1", attempts(5, 3, 3), nil, estimated(1, 1)),
	edgeOf("one_attempt", "k = 1: c/n", attempts(4, 1, 1), nil, estimated(0.25, 0.25)),
	edgeOf("two_attempts", "1 - C(3,2)/C(4,2) = 1/2", attempts(4, 1, 2), nil, estimated(0.5, 0.5)),
	edgeOf("no_attempt", "k = 0: 0", attempts(4, 1, 0), nil, estimated(0, 0)),
	edgeOf("no_samples", "n = 0, c = 0: 0", attempts(0, 0, 1), nil, estimated(0, 0)),
	edgeOf("no_problems", "no problems: the mean is NaN", map[string]Tensor{"n": Vector(I64), "c": Vector(I64)}, nil, Answer{Out: [][]float64{{}, {nan}}}),
	edgeOf("more_than_samples", "k > n with c > 0: refused", attempts(4, 1, 5), nil, refused("k_large")),
	edgeOf("more_right", "c > n: refused", attempts(4, 5, 1), nil, refused("c_range")),
	edgeOf("negative_k", "k < 0: refused", attempts(4, 1, -1), nil, refused("k_negative")),
	edgeOf("negative_n", "n < 0: refused", attempts(-1, 0, 1), nil, refused("n_range")),
}
