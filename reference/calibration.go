package reference

import (
	"fmt"
	"math"
	"slices"
)

var eceOp = &Op{
	Name: "ece", Formula: "sum_b n_b/N |accuracy_b - confidence_b|, bin = max(0, ceil(conf*B)-1)",
	In: calibrationInputs,
	Out: []Arg{
		{Name: "ece", Says: "expected calibration error in the norm chosen", Unit: "1", DTypes: real64, Judge: Bounded},
		{Name: "mce", Says: "the largest |accuracy - confidence| of a bin that is not empty", Unit: "1", DTypes: real64, Optional: true, Judge: Bounded},
	},
	Choices: map[string][]string{"scheme": {"equal_width", "equal_mass"}, "norm": {"l1", "l2", "max"}},
	Ref:     ece, Bound: eceBound, Edges: eceEdges,
	Shapes: calibrationShapes, Work: calibrationWork,
	Cites: []string{
		"Naeini, Cooper, Hauskrecht: Obtaining well calibrated probabilities using Bayesian binning, AAAI 2015",
		"Guo, Pleiss, Sun, Weinberger: On calibration of modern neural networks, ICML 2017",
		"Nixon, Dusenberry, Zhang, Jerfel, Tran: Measuring calibration in deep learning, CVPR workshops 2019 (equal mass)",
	},
}

var reliabilityOp = &Op{
	Name: "reliability", Formula: "per bin: count, mean confidence, mean accuracy",
	In: calibrationInputs,
	Out: []Arg{
		{Name: "count", Says: "samples of each bin", Dims: []string{"bins"}, DTypes: []DType{I64}, Judge: ByLaw},
		{Name: "confidence", Says: "mean confidence, NaN for an empty bin", Unit: "1", Dims: []string{"bins"}, DTypes: real64, Judge: Bounded},
		{Name: "accuracy", Says: "mean accuracy, NaN for an empty bin", Unit: "1", Dims: []string{"bins"}, DTypes: real64, Judge: Bounded},
	},
	Choices: map[string][]string{"scheme": {"equal_width", "equal_mass"}},
	Ref:     reliability, Bound: reliabilityBound, Edges: reliabilityEdges,
	Shapes: calibrationShapes, Work: calibrationWork,
	Cites: []string{"Niculescu-Mizil, Caruana: Predicting good probabilities with supervised learning, ICML 2005 (reliability diagrams)"},
}

var brierOp = &Op{
	Name: "brier", Formula: "mean_i (conf_i - correct_i)^2",
	In: calibrationInputs[:2],
	Out: []Arg{
		{Name: "brier", Says: "mean squared error of the confidences", Unit: "1", DTypes: real64, Judge: Bounded},
	},
	Ref: brier, Bound: brierBound, Edges: brierEdges,
	Shapes: calibrationShapes, Work: calibrationWork,
	Cites: []string{"Brier: Verification of forecasts expressed in terms of probability, Monthly Weather Review 78, 1950"},
}

var calibrationInputs = []Arg{
	{Name: "conf", Says: "confidence of each sample", Unit: "1", Dims: rows, DTypes: floats, Domain: unitInterval("conf")},
	{Name: "correct", Says: "1 where the prediction was right, else 0", Dims: rows, DTypes: []DType{I64, I32}, Domain: correctDomain},
	{Name: "bins", Says: "number of bins", DTypes: []DType{I64}, Default: 10.0, Domain: binsDomain},
}

var calibrationShapes = []Dims{{"rows": 1000, "bins": 10}, {"rows": 1000000, "bins": 15}}

func calibrationWork(d Dims) (int64, int64) { n := int64(d["rows"]); return 5 * n, 12 * n }

// ece is the expected calibration error: over the bins, the weighted mean of
//
//	gap_b = |mean accuracy - mean confidence|, ece = sum_b n_b/N gap_b, mce = max_b gap_b
//
// Norm l2 is the root of the weighted mean of gap_b^2, max the largest: then ece
// is mce.
//
// Equal width: bin max(0, ceil(conf*B)-1), the product exact, so bins are (lo,
// hi] and a confidence of 0 lies in the first, 1 in the last. The textbook loop
// over conf >= lo and conf < hi leaves out a confidence of exactly 1, the most
// common value of a sure model. Equal mass: the sample of rank r in (confidence
// ascending, index ascending) lies in bin floor(r*B/N), so bins differ by at
// most one sample. Empty bins weigh nothing; without samples: NaN.
func ece(c *Call) error {
	b := c.binned(c.binOf())
	n := float64(c.In[0].Len())
	var total sum
	worst := 0.0
	for i := range b {
		w, gap := float64(b[i].n)/n, b[i].gap()
		if b[i].n == 0 {
			continue
		}
		worst = max(worst, gap)
		if c.Pick("norm") == "l2" {
			gap *= gap
		}
		total.add(w * gap)
	}
	v := total.value()
	switch c.Pick("norm") {
	case "l2":
		v = math.Sqrt(v)
	case "max":
		v = worst
	}
	if n == 0 {
		v, worst = math.NaN(), math.NaN()
	}
	c.Out[0].Put(0, v)
	c.Out[1].Put(0, worst)
	return nil
}

// reliability is what a reliability diagram draws: for each bin of ece, how many
// samples it has, their mean confidence and their mean accuracy.
func reliability(c *Call) error {
	for i, b := range c.binned(c.binOf()) {
		n := float64(b.n)
		c.Out[0].PutInt(i, int64(b.n))
		c.Out[1].Put(i, b.conf.value()/n)
		c.Out[2].Put(i, float64(b.right)/n)
	}
	return nil
}

// brier is the mean squared difference between confidence and outcome.
func brier(c *Call) error {
	var s double
	for i := range c.In[0].Len() {
		hi, lo := twoSum(c.In[0].Get(i), -float64(c.In[1].Int(i)))
		s = s.plus(double{hi, lo}.times(double{hi, lo}))
	}
	c.Out[0].Put(0, s.over(float64(c.In[0].Len())).value())
	if c.In[0].Len() == 0 {
		c.Out[0].Put(0, math.NaN())
	}
	return nil
}

// bin is what is added up of the samples of one bin.
type bin struct {
	n, right int
	conf     sum
	off      sum // sum of correct - conf: no cancellation between two means
}

func (b *bin) gap() float64 { return math.Abs(b.off.value()) / float64(b.n) }

// binOf is the bin of every sample.
func (c *Call) binOf() []int {
	conf, bins := c.In[0], int(c.Param("bins", 0))
	n := conf.Len()
	at := make([]int, n)
	if c.Pick("scheme") == "equal_mass" {
		for r, i := range c.byConfidence() {
			at[i] = int(int64(r) * int64(bins) / int64(n)) // an int may have 32 bits
		}
		return at
	}
	for i := range at {
		at[i] = widthBin(conf.Get(i), bins)
	}
	return at
}

// widthBin is max(0, ceil(conf*bins)-1), the product exact.
func widthBin(conf float64, bins int) int {
	p := conf * float64(bins)
	e := math.FMA(conf, float64(bins), -p)
	b := math.Ceil(p)
	if e > 0 && b == p {
		b++
	}
	return int(min(max(b-1, 0), float64(bins-1)))
}

// byConfidence are the samples in the order confidence ascending, index
// ascending.
func (c *Call) byConfidence() []int {
	order := make([]int, c.In[0].Len())
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch x, y := c.In[0].Get(a), c.In[0].Get(b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	return order
}

func (c *Call) binned(at []int) []bin {
	b := make([]bin, int(c.Param("bins", 0)))
	for i, j := range at {
		v, right := c.In[0].Get(i), c.In[1].Int(i)
		b[j].n++
		b[j].right += int(right)
		b[j].conf.add(v)
		b[j].off.add(float64(right))
		b[j].off.add(-v)
	}
	return b
}

func correctDomain(c *Call) *Reject {
	t := c.Arg("correct")
	for i := range t.Len() {
		if v := t.Int(i); v != 0 && v != 1 {
			return &Reject{Op: c.Op.Name, Arg: "correct", Code: "correct_range", Value: fmt.Sprint(v), Want: "0 or 1", Row: i}
		}
	}
	return nil
}

func binsDomain(c *Call) *Reject {
	if v := c.Arg("bins").Int(0); v < 1 || v > 1<<20 {
		return &Reject{Op: c.Op.Name, Arg: "bins", Code: "bins_range", Value: fmt.Sprint(v), Want: "a number of bins in [1, 2^20]", Row: -1}
	}
	return nil
}
