package reference

import (
	"fmt"
	"math"
)

var crossEntropySoftOp = &Op{
	Name: "cross_entropy_soft", Formula: "loss = -sum_i q_i log_softmax(x)_i",
	In: []Arg{
		logits(),
		withDomain(masses("q", "target distribution"), massDomain("q")),
	},
	Out: []Arg{
		{Name: "loss", Says: "loss of each row", Unit: "nats", Dims: rows, DTypes: real64, Judge: Bounded},
	},
	Ref: crossEntropySoft, Bound: crossEntropySoftBound, Edges: crossEntropySoftEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 23 * n, 8 * n },
	Cites: []string{"Hinton, Vinyals, Dean: Distilling the knowledge in a neural network, 2015 (soft targets)"},
}

// masses is an input of probabilities, or of unnormalised masses.
func masses(name, says string) Arg {
	return Arg{Name: name, Says: says, Unit: "1", Dims: matrix, DTypes: floats}
}

// massDomain refuses negative masses. NaN and +Inf are let through: they make
// their row NaN, as in a row of logits.
func massDomain(names ...string) func(*Call) *Reject {
	return func(c *Call) *Reject {
		for _, name := range names {
			t := c.Arg(name)
			for i := range t.Len() {
				if v := t.Get(i); v < 0 {
					return &Reject{Op: c.Op.Name, Arg: name, Code: name + "_negative", Value: fmt.Sprint(v), Want: "masses >= 0", Row: t.rowOf(i)}
				}
			}
		}
		return nil
	}
}

// cross_entropy_soft is the cross-entropy, in nats, of softmax(x) under a target
// distribution q:
//
//	loss = sum_i q_i (gap_i + ln S)
//
// q is taken as given, normalised or not. q_i = 0 contributes nothing, even of a
// masked logit; q_i > 0 there makes the loss +Inf. Rows of x with NaN, +Inf or
// nothing but -Inf, and rows of q with NaN or +Inf, have the loss NaN. Without
// logits it is 0.
func crossEntropySoft(c *Call) error {
	eachRow(c, func(i int, r row) {
		q := c.In[1].Row(i, nil)
		if r.kind == empty {
			return
		}
		if r.kind != regular || !allFinite(q) {
			c.Out[0].Put(i, math.NaN())
			return
		}
		ls := r.logSum()
		var loss sum
		for j, v := range q {
			loss.add(part(v, r.gap(j)+ls))
		}
		c.Out[0].Put(i, loss.value())
	})
	return nil
}

func allFinite(v []float64) bool {
	for _, x := range v {
		if math.IsInf(x, 0) || math.IsNaN(x) {
			return false
		}
	}
	return true
}

// crossEntropySoftBound: each log-probability's error under its weight, and the
// sum's; lse*sum(q) - sum(q x) taken apart costs the sums of its parts too.
func crossEntropySoftBound(c, ref *Call, k Contract, out int) Bounds {
	all := make([][]Term, c.In[0].Shape[0])
	u, in := k.Acc.Unit(), c.DType()
	eachRow(c, func(i int, r row) {
		q := c.In[1].Row(i, nil)
		if r.kind != regular || !allFinite(q) {
			return
		}
		e := newRowError(&r, r.softmax(), k, in)
		ls := r.logSum()
		by := total(e.logSumTerms(ls))
		sizes := make([]float64, len(q))
		var logs, lost float64
		for j, v := range q {
			if v == 0 || math.IsInf(r.x[j], -1) {
				continue
			}
			sizes[j] = v * (r.gap(j) + ls)
			logs += v * e.logProb(j, by, ls)
			if v < k.flushed(in) {
				lost += sizes[j]
			}
			lost += min(sizes[j], k.tiny(k.Acc))
		}
		rounding := 2 * u * added(sizes)
		s := k.sumTerm("q_i (gap_i + ln S)", sizes)
		if k.Level != "tight" {
			for j, v := range q {
				if v > 0 {
					sizes[j] = v * (math.Abs(r.max+ls) + math.Abs(finiteOrZero(r.x[j])))
				}
			}
			s = k.sumTerm("q_i (lse and x_i)", sizes)
		}
		all[i] = []Term{
			{"log-probabilities", "sum q_i times log_softmax's bound", logs}, s,
			{"products", "2u*loss", rounding}, {"underflow", "targets and products that may vanish", lost}, own(added(sizes)),
		}
	})
	return bounded(ref.Out[0], c.Out[0].DType, k, func(i int) []Term { return all[i] })
}

func targets(v ...float64) map[string]Tensor {
	return map[string]Tensor{"q": Of(F64, []int{1, len(v)}, v...)}
}

var crossEntropySoftEdges = []Edge{
	edge("one_hot", "one target: the plain loss", []float64{0, 0}, targets(0, 1), values(math.Ln2)),
	edge("as_given", "unnormalised targets are taken as they are", []float64{0, 0}, targets(2, 2), values(4*math.Ln2)),
	edge("single", "one class: 0", []float64{-9}, targets(1), values(0)),
	edge("empty_row", "no classes: 0", nil, targets(), values(0)),
	edge("masked_untargeted", "0 of a masked logit is 0", []float64{4, -inf}, targets(1, 0), values(0)),
	edge("masked_target", "a target that is masked: +Inf", []float64{4, -inf}, targets(0.5, 0.5), values(inf)),
	edge("masked_row", "all -Inf: NaN", []float64{-inf, -inf}, targets(1, 0), values(nan)),
	edge("infinite_logit", "+Inf: NaN", []float64{0, inf}, targets(1, 0), values(nan)),
	edge("nan_logit", "NaN, targeted or not: NaN", []float64{0, nan}, targets(1, 0), values(nan)),
	edge("nan_target", "NaN: NaN", []float64{0, 0}, targets(1, nan), values(nan)),
	edge("infinite_target", "+Inf: NaN", []float64{0, 0}, targets(1, inf), values(nan)),
	edge("negative_target", "a negative mass: refused", []float64{0, 0}, targets(1, -0.5), refused("q_negative")),
}
