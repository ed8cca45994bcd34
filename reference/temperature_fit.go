package reference

import "math"

var temperatureFitOp = &Op{
	Name: "temperature_fit", Formula: "T in [0.01, 100] minimising mean_i (lse(x_i/T) - x_it/T)",
	In: []Arg{
		withDomain(logits(), fitDomain),
		{Name: "label", Says: "class of each row", Dims: rows, DTypes: []DType{I64, I32}, Domain: labelDomain},
		{Name: "ignore_index", Says: "label that counts nowhere, any integer", DTypes: []DType{I64}, Optional: true},
	},
	Out: []Arg{
		{Name: "temperature", Says: "the best temperature", Unit: "1", DTypes: real64, Judge: Bounded},
		{Name: "nll", Says: "mean cross-entropy at it", Unit: "nats", DTypes: real64, Optional: true, Judge: Bounded},
		{Name: "at_bound", Says: "-1: T is 0.01, 1: T is 100, 0: between", DTypes: []DType{I64}, Optional: true, Judge: ByLaw},
	},
	Ref: temperatureFit, Bound: temperatureFitBound, Edges: temperatureFitEdges,
	Shapes: []Dims{{"rows": 100, "vocab": 10}, {"rows": 16, "vocab": 32000}},
	Work:   func(d Dims) (int64, int64) { n := size(d); return 400 * n, 80 * n },
	Cites:  []string{"Guo, Pleiss, Sun, Weinberger: On calibration of modern neural networks, ICML 2017 (temperature scaling)"},
}

// The temperatures considered, and their reciprocals.
const (
	coldest = 0.01
	hottest = 100
)

// temperature_fit finds the temperature that makes the logits' distribution fit
// the labels best: the minimum over T in [0.01, 100] of the mean cross-entropy,
//
//	mean_i (lse(x_i/T) - x_i,label/T)
//
// In beta = 1/T that is
// convex, with the derivative mean_i (E_p[x] - x_label) increasing in beta, so
// the root is found by halving. Dividing by a temperature changes no argmax:
// accuracy stays what it was.
//
// Separable data (every label the largest logit) would have T go to 0: the bound
// 0.01 is reached and reported; labels that do worse than chance reach 100.
// Where the loss does not depend on T (equal logits, one class) T stays 1. No
// counted row: NaN. A row that has no distribution, or whose label has a logit
// of -Inf, fits no temperature: refused.
func temperatureFit(c *Call) error {
	f := c.fit()
	c.Out[0].Put(0, f.T)
	c.Out[1].Put(0, f.nll(f.T))
	c.Out[2].PutInt(0, int64(f.side))
	return nil
}

// fit is the counted rows and their best temperature.
type fit struct {
	rows  []row
	label []int
	T     float64
	side  int // -1 at the coldest, 1 at the hottest
}

// fitRows are the rows that are not ignored.
func (c *Call) fitRows() *fit {
	f := &fit{T: math.NaN()}
	x := c.In[0]
	for i := range x.Shape[0] {
		if !c.ignored(i) {
			f.rows = append(f.rows, newRow(x.Row(i, nil), 1, x.DType))
			f.label = append(f.label, int(c.Arg("label").Int(i)))
		}
	}
	return f
}

func (c *Call) fit() *fit {
	f := c.fitRows()
	if len(f.rows) == 0 {
		return f
	}
	lo, hi := 1/float64(hottest), 1/float64(coldest)
	at, end := f.slope(lo), f.slope(hi)
	switch {
	case at == 0 && end == 0:
		f.T = 1
	case at >= 0:
		f.T, f.side = hottest, 1
	case end <= 0:
		f.T, f.side = coldest, -1
	default:
		for {
			mid := lo + (hi-lo)/2
			if mid == lo || mid == hi {
				break
			}
			if f.slope(mid) < 0 {
				lo = mid
			} else {
				hi = mid
			}
		}
		f.T = 1 / hi
	}
	return f
}

// slope is d/dbeta of the summed loss: sum of (m - x_t) - E_p[m - x].
func (f *fit) slope(beta float64) float64 {
	var s sum
	for i := range f.rows {
		r := &f.rows[i]
		r.T = 1 / beta
		hi, lo := twoSum(r.max, -r.x[f.label[i]])
		s.add(hi)
		s.add(lo)
		var mass, first sum
		for j, v := range r.x {
			if t := r.term(j); t > 0 {
				d := r.max - v
				mass.add(t)
				first.add(t * d)
				first.add(math.FMA(t, d, -t*d))
			}
		}
		s.add(-first.value() / mass.value())
	}
	return s.value()
}

// nll is the mean cross-entropy at T.
func (f *fit) nll(T float64) float64 {
	var s sum
	for i := range f.rows {
		r := &f.rows[i]
		r.T = T
		s.add(r.gap(f.label[i]))
		s.add(r.logSum())
	}
	return s.value() / float64(len(f.rows))
}

// fitDomain refuses rows without a distribution, and labels without probability.
func fitDomain(c *Call) *Reject {
	label := c.Arg("label")
	if label.Absent() || labelDomain(c) != nil {
		return nil
	}
	var bad *Reject
	eachRow(c, func(i int, r row) {
		switch {
		case bad != nil || c.ignored(i):
		case r.kind != regular:
			bad = rowReject(c.Op.Name, i, r.kind)
		case math.IsInf(r.x[label.Int(i)], -1):
			bad = &Reject{Op: c.Op.Name, Arg: "x", Code: "label_masked", Value: "-Inf at the label", Want: "a label with a finite logit", Row: i}
		}
	})
	return bad
}

func ofLabels(rows, vocab int, x []float64, label ...float64) map[string]Tensor {
	return map[string]Tensor{"x": Of(F64, []int{rows, vocab}, x...), "label": Vector(I64, label...)}
}

func fitOf(T, nll, side float64) Answer { return Answer{Out: [][]float64{{T}, {nll}, {side}}} }

var temperatureFitEdges = []Edge{
	edgeOf("separable", "every label the largest logit by far: the coldest, reported", ofLabels(2, 2, []float64{64, 0, 0, 64}, 0, 1), nil, fitOf(0.01, 0, -1)),
	edgeOf("worse_than_chance", "labels on the smaller logit: the hottest, reported", ofLabels(1, 2, []float64{0, 0x1p-20}, 0), nil, Answer{Out: [][]float64{{100}, nil, {1}}}),
	edgeOf("flat", "equal logits: the loss does not depend on T, which stays 1", ofLabels(1, 2, []float64{3, 3}, 0), nil, fitOf(1, math.Ln2, 0)),
	edgeOf("one_class", "V = 1: T stays 1", ofLabels(1, 1, []float64{3}, 0), nil, fitOf(1, 0, 0)),
	edgeOf("no_rows", "no counted row: NaN", ofLabels(0, 2, nil), nil, fitOf(nan, nan, 0)),
	edgeOf("ignored_nan", "an ignored row may hold NaN", with(ofLabels(2, 2, []float64{nan, 0, 3, 3}, 7, 0), "ignore_index", Scalar(I64, 7)), nil, fitOf(1, math.Ln2, 0)),
	edgeOf("label_masked", "the label's logit is -Inf: refused", ofLabels(1, 2, []float64{0, -inf}, 1), nil, refused("label_masked")),
	edgeOf("nan_logit", "NaN: refused", ofLabels(1, 2, []float64{0, nan}, 0), nil, refused("row_nan")),
	edgeOf("masked_row", "all -Inf: refused", ofLabels(1, 2, []float64{-inf, -inf}, 0), nil, refused("row_masked")),
	edgeOf("label_range", "label = V: refused", ofLabels(1, 2, []float64{0, 1}, 2), nil, refused("label_range")),
}
