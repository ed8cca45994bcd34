package reference

import (
	"fmt"
	"math"
	"slices"
)

var monteCarloOp = &Op{
	Name: "monte_carlo", Formula: "mean, s/sqrt(n) with s^2 = sum (x-mean)^2/(n-1), mean -+ t_(n-1) s/sqrt(n)",
	In: []Arg{
		samplesArg(),
		{Name: "confidence", Says: "probability that the interval holds the mean", Unit: "1", DTypes: real64, PerRow: true, Default: 0.95, Domain: confidenceDomain},
	},
	Out: []Arg{
		{Name: "mean", Says: "mean of the samples", Dims: rows, DTypes: real64, Judge: Bounded},
		{Name: "stderr", Says: "standard error of the mean", Dims: rows, DTypes: real64, Judge: Bounded},
		{Name: "lower", Says: "lower end of Student's interval", Dims: rows, DTypes: real64, Optional: true, Judge: Bounded},
		{Name: "upper", Says: "upper end", Dims: rows, DTypes: real64, Optional: true, Judge: Bounded},
	},
	Ref: monteCarlo, Bound: monteCarloBound, Edges: monteCarloEdges,
	Shapes: []Dims{{"rows": 100, "samples": 50}, {"rows": 1, "samples": 1000000}},
	Work: func(d Dims) (int64, int64) {
		n := int64(d["rows"]) * int64(d["samples"])
		return 4 * n, 8 * n
	},
	Cites: []string{
		"Student: The probable error of a mean, Biometrika 6, 1908",
		"Chan, Golub, LeVeque: Algorithms for computing the sample variance, The American Statistician 37, 1983",
	},
}

func samplesArg() Arg {
	return Arg{Name: "samples", Says: "quality of each sampled answer", Dims: []string{"rows", "samples"}, DTypes: real64}
}

// monte_carlo estimates an expected quality from repeated samples: their mean,
// its standard error and Student's interval,
//
//	se = sqrt(sum_i (x_i - mean)^2 / ((n-1) n)), mean -+ t*se
//
// with t the quantile of n-1 degrees of freedom. The interval
// is right for normal samples and large n; bootstrap_ci makes no such
// assumption.
//
// No sample: NaN throughout. One sample: a mean, and NaN for the rest, which a
// single number says nothing about. NaN or infinite samples give NaN, but an
// infinite mean stays infinite.
func monteCarlo(c *Call) error {
	t := c.student()
	for r := range c.In[0].Shape[0] {
		x := c.In[0].Row(r, nil)
		mean, dev := moments(x)
		se := math.NaN()
		half := math.NaN()
		if n := len(x); n > 1 {
			se = math.Sqrt(dev.over(float64(n - 1)).over(float64(n)).value())
			half = t(r) * se
		}
		m := mean.value()
		c.Out[0].Put(r, m)
		c.Out[1].Put(r, se)
		c.Out[2].Put(r, m-half)
		c.Out[3].Put(r, m+half)
	}
	return nil
}

// student gives the quantile that belongs to a row: all have the same number of
// samples, and few a confidence of their own.
func (c *Call) student() func(r int) float64 {
	known := map[float64]float64{}
	return func(r int) float64 {
		confidence := c.Param("confidence", r)
		t, ok := known[confidence]
		if !ok {
			t = studentQuantile(confidence, c.In[0].Shape[1]-1)
			known[confidence] = t
		}
		return t
	}
}

// moments are the mean and the sum of squared deviations from it, both to twice
// the precision.
func moments(x []float64) (mean, dev double) {
	var plain, dd = 0.0, double{}
	for _, v := range x {
		plain += v
		dd = dd.plus(double{v, 0})
	}
	if math.IsNaN(dd.hi) || math.IsInf(dd.hi, 0) || len(x) == 0 {
		return double{plain / float64(len(x)), 0}, double{math.NaN(), 0}
	}
	mean = dd.over(float64(len(x)))
	for _, v := range x {
		e := double{v, 0}.minus(mean)
		dev = dev.plus(e.times(e))
	}
	return mean, dev
}

func confidenceDomain(c *Call) *Reject {
	t := c.Arg("confidence")
	for i := range t.Len() {
		if v := t.Get(i); !(v > 0 && v < 1) {
			return &Reject{Op: c.Op.Name, Arg: "confidence", Code: "confidence_range", Value: fmt.Sprint(v), Want: "a number in (0, 1)", Row: i}
		}
	}
	return nil
}

// monteCarloBound: the mean errs as a sum; so do the squared deviations, plus
// the square of the mean's own error (two passes), or, unless tight, a part that
// grows with mean/deviation (Welford's updates; Chan, Golub and LeVeque). The
// difference of the mean square and the squared mean is not among the kernels
// admitted: it loses every digit of close samples.
func monteCarloBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	d, u := c.Out[out].DType, k.Acc.Unit()
	rows := make([][]Term, c.In[0].Shape[0])
	quantile := c.student()
	for r := range rows {
		x := c.In[0].Row(r, nil)
		n := float64(len(x))
		mean, dev := moments(x)
		if n == 0 || math.IsNaN(dev.hi) {
			continue
		}
		var size float64
		sizes, squares := make([]float64, len(x)), make([]float64, len(x))
		for i, v := range x {
			sizes[i] = math.Abs(v)
			size += sizes[i] / n
			squares[i] = (v - mean.value()) * (v - mean.value())
		}
		m := u*(k.spread(sizes)+2)*size + k.tiny(k.Acc)
		terms := []Term{{"mean", fmt.Sprintf("u*(S(n) + 2)*mean |x|, sum=%s", k.Sum), m}}
		if out > 0 {
			if n < 2 {
				continue
			}
			sd := math.Sqrt(dev.value() / n)
			rel := u * (k.spread(squares)/2 + 5)
			moved := m // the mean's error adds n times its square to the squares
			if sd > 0 {
				moved = min(m, m*m/(2*sd))
			}
			if k.Level != "tight" {
				moved = (m + u*size) * 2
			}
			se := Term{"deviations", "u*se*(S(n)/2 + 5), and what the mean's error moves", rel*sd/math.Sqrt(n-1) + moved/math.Sqrt(n-1)}
			if out == 1 {
				terms = []Term{se}
			} else {
				t := quantile(r)
				tail := (n - 1) * (1 - c.Param("confidence", r)) // the quantile changes by u/tail when the probability does by u
				se.Value = t*se.Value + 8*u*(1+1/tail)*t*ref.Out[1].Get(r)
				se.Formula += ", times t; 8u*(1 + 1/((n-1)*(1-confidence))) for the quantile"
				terms = append(terms, se, Term{"difference", "u*|end|", u * math.Abs(ref.Out[out].Get(r))})
			}
		}
		rows[r] = terms
		b.widen(r, total(terms), d, k)
		if out == 1 {
			b.Lo[r] = max(b.Lo[r], 0)
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

func samplesOf(x ...float64) map[string]Tensor {
	return map[string]Tensor{"samples": Of(F64, []int{1, len(x)}, x...)}
}

func estimated(v ...float64) Answer {
	a := Answer{}
	for _, x := range v {
		a.Out = append(a.Out, []float64{x})
	}
	return a
}

var monteCarloEdges = []Edge{
	edgeOf("none", "no samples: NaN", samplesOf(), nil, estimated(nan, nan, nan, nan)),
	edgeOf("one", "one sample: its value, and no error known", samplesOf(3), nil, estimated(3, nan, nan, nan)),
	edgeOf("constant", "equal samples: error 0", samplesOf(3, 3, 3), nil, estimated(3, 0, 3, 3)),
	edgeOf("pair", "0 and 1: 1/2, standard error 1/2", samplesOf(0, 1), nil, Answer{Out: [][]float64{{0.5}, {0.5}, nil, nil}}),
	edgeOf("pair_half", "confidence 1/2 with one degree: t = 1", with(samplesOf(0, 1), "confidence", Scalar(F64, 0.5)), nil, estimated(0.5, 0.5, 0, 1)),
	edgeOf("nan_sample", "NaN: NaN", samplesOf(1, nan), nil, estimated(nan, nan, nan, nan)),
	edgeOf("infinite_sample", "+Inf: mean +Inf, the rest NaN", samplesOf(1, inf), nil, estimated(inf, nan, nan, nan)),
	edgeOf("sure", "confidence 1: refused", with(samplesOf(0, 1), "confidence", Scalar(F64, 1)), nil, refused("confidence_range")),
}
