package reference

import (
	"fmt"
	"math"
)

var crossEntropyOp = &Op{
	Name: "cross_entropy", Formula: "loss = w_t (1-e) (lse - z_t) + (e/V) sum_i w_i (lse - z_i), z = x/T; then none, sum or mean",
	In: []Arg{
		logits(),
		{Name: "label", Says: "class of each row", Dims: rows, DTypes: []DType{I64, I32}, Domain: labelDomain},
		temperature(false),
		{Name: "ignore_index", Says: "label that counts nowhere, any integer", DTypes: []DType{I64}, Optional: true},
		{Name: "smoothing", Says: "label smoothing e", Unit: "1", DTypes: real64, PerRow: true, Default: 0.0, Domain: unitInterval("smoothing")},
		{Name: "weight", Says: "class weights", Unit: "1", Dims: []string{"vocab"}, DTypes: real64, Optional: true, Domain: weightDomain},
	},
	Out: []Arg{
		{Name: "reduced", Says: "mean over counted rows, or sum", Unit: "nats", DTypes: real64, Optional: true, Judge: Bounded},
		{Name: "loss", Says: "loss of each row", Unit: "nats", Dims: rows, DTypes: real64, Judge: Bounded},
		{Name: "lse", Says: "ln sum exp(x/T) of each row", Unit: "nats", Dims: rows, DTypes: real64, Optional: true, Judge: Bounded},
	},
	Choices: map[string][]string{"reduction": {"mean", "sum", "none"}},
	Ref:     crossEntropy, Bound: crossEntropyBound, Edges: crossEntropyEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 20 * n, 4 * n },
	Cites: []string{
		"Szegedy et al.: Rethinking the Inception architecture for computer vision, CVPR 2016 (label smoothing)",
		"Blanchard, Higham, Higham 2021 (log-sum-exp)",
	},
}

// cross_entropy of a row with label t, in nats:
//
//	loss = w_t*(1-e)*(lse - z_t) + (e/V) * sum_i w_i*(lse - z_i),  z = x/T
//
// with lse = ln sum_i exp(z_i), label smoothing e and class weights w (1 where
// absent). reduced is the mean over the counted rows (with weights: over the sum
// of their labels' weights) or the sum. A row whose label is ignore_index counts
// nowhere: its loss is 0 whatever its logits hold, but its lse is reported all
// the same. The mean over no counted label is NaN. No label is ignored unless
// ignore_index is given; PyTorch ignores -100.
//
// A weight of 0 contributes nothing, even of an infinite loss; otherwise smoothing
// beside a masked logit is an infinite loss. Texts that describe this
// loss in bits and compute it with natural logarithms mean nats.
func crossEntropy(c *Call) error {
	reduced, loss, lse := c.Out[0], c.Out[1], c.Out[2]
	label, weight := c.Arg("label"), c.Arg("weight")
	var total, count sum
	eachRow(c, func(i int, r row) {
		l, ls := r.logsumexp()
		lse.Put(i, l)
		if c.ignored(i) {
			loss.Put(i, 0)
			return
		}
		t := int(label.Int(i))
		w := classWeight(weight, t)
		v := r.crossEntropy(t, ls, c.Param("smoothing", i), weight)
		loss.Put(i, v)
		total.add(v)
		count.add(w)
	})
	switch c.Pick("reduction") {
	case "sum":
		reduced.Put(0, total.value())
	case "mean":
		reduced.Put(0, total.value()/count.value())
	}
	return nil
}

func (r *row) crossEntropy(t int, logSum, smoothing float64, weight Tensor) float64 {
	if r.kind != regular {
		return math.NaN()
	}
	loss := part((1-smoothing)*classWeight(weight, t), logSum+r.gap(t))
	if smoothing > 0 {
		var all sum
		for j := range r.x {
			all.add(part(classWeight(weight, j), logSum+r.gap(j)))
		}
		loss += smoothing * all.value() / float64(len(r.x))
	}
	return loss
}

// part is w*v; a weight of 0 leaves nothing of v, though it be infinite.
func part(w, v float64) float64 {
	if w == 0 {
		return 0
	}
	return w * v
}

func classWeight(weight Tensor, j int) float64 {
	if weight.Absent() {
		return 1
	}
	return weight.Get(j)
}

// ignored reports whether row i's label is ignore_index.
func (c *Call) ignored(i int) bool {
	skip := c.Arg("ignore_index")
	return !skip.Absent() && c.Arg("label").Int(i) == skip.Int(0)
}

// labelDomain refuses labels outside [0, vocab) that are not ignored.
func labelDomain(c *Call) *Reject {
	label, vocab := c.Arg("label"), c.In[0].Shape[1]
	for i := range label.Len() {
		if v := label.Int(i); !c.ignored(i) && (v < 0 || v >= int64(vocab)) {
			return &Reject{Op: c.Op.Name, Arg: "label", Code: "label_range", Value: fmt.Sprint(v),
				Want: fmt.Sprintf("a class in [0, %d) or ignore_index", vocab), Row: i}
		}
	}
	return nil
}

func finiteOrZero(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

func labels(v ...float64) Tensor { return Vector(I64, v...) }

func lossOf(reduced, loss, lse []float64) Answer { return Answer{Out: [][]float64{reduced, loss, lse}} }

var crossEntropyEdges = []Edge{
	edge("single", "one class: loss 0", []float64{2}, map[string]Tensor{"label": labels(0)}, lossOf([]float64{0}, []float64{0}, []float64{2})),
	edge("masked_label", "the label's logit is -Inf: +Inf", []float64{0, -inf}, map[string]Tensor{"label": labels(1)}, lossOf([]float64{inf}, []float64{inf}, []float64{0})),
	edge("only_label_left", "all but the label masked: 0", []float64{-inf, 4}, map[string]Tensor{"label": labels(1)}, lossOf([]float64{0}, []float64{0}, []float64{4})),
	edge("masked_row", "all -Inf: NaN, lse -Inf", []float64{-inf, -inf}, map[string]Tensor{"label": labels(0)}, lossOf([]float64{nan}, []float64{nan}, []float64{-inf})),
	edge("infinite_logit", "+Inf: NaN, lse +Inf", []float64{0, inf}, map[string]Tensor{"label": labels(0)}, lossOf([]float64{nan}, []float64{nan}, []float64{inf})),
	edge("nan_logit", "NaN: NaN", []float64{0, nan}, map[string]Tensor{"label": labels(0)}, lossOf([]float64{nan}, []float64{nan}, []float64{nan})),
	edge("ignored", "no counted label: loss 0, mean NaN", []float64{0, 0}, map[string]Tensor{"label": labels(-100), "ignore_index": Scalar(I64, -100)}, lossOf([]float64{nan}, []float64{0}, nil)).
		also("zero", lossOf([]float64{0}, []float64{0}, nil)),
	edge("ignored_nan", "an ignored row may hold NaN", []float64{nan, 0}, map[string]Tensor{"label": labels(1), "ignore_index": Scalar(I64, 1)}, lossOf([]float64{nan}, []float64{0}, nil)).
		also("zero", lossOf([]float64{0}, []float64{0}, nil)),
	edge("label_too_large", "label = V: refused", []float64{0, 0}, map[string]Tensor{"label": labels(2)}, refused("label_range")),
	edge("label_negative", "label = -1: refused", []float64{0, 0}, map[string]Tensor{"label": labels(-1)}, refused("label_range")),
	edge("smoothed_masked", "smoothing beside -Inf: +Inf", []float64{0, -inf}, map[string]Tensor{"label": labels(0), "smoothing": Scalar(F64, 0.125)}, lossOf([]float64{inf}, []float64{inf}, nil)),
	edge("smoothing_range", "smoothing above 1: refused", []float64{0, 0}, map[string]Tensor{"label": labels(0), "smoothing": Scalar(F64, 1.5)}, refused("smoothing_range")),
	edge("negative_temperature", "T < 0: refused", []float64{0, 0}, map[string]Tensor{"label": labels(0), "temperature": Scalar(F64, -1)}, refused("temperature_negative")),
	edge("zero_temperature", "T = 0: refused, a loss needs a distribution", []float64{0, 0}, map[string]Tensor{"label": labels(0), "temperature": Scalar(F64, 0)}, refused("temperature_zero")),
}

func weightDomain(c *Call) *Reject {
	t := c.Arg("weight")
	for i := range t.Len() {
		if v := t.Get(i); !(v >= 0) || math.IsInf(v, 1) {
			return &Reject{Op: c.Op.Name, Arg: "weight", Code: "weight_range", Value: fmt.Sprintf("%v for class %d", v, i), Want: "finite numbers >= 0", Row: -1}
		}
	}
	return nil
}
