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
// the same. The mean over no counted label is NaN.
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

// logsumexp is ln sum exp(x/T), and that minus max/T: at least 0.
func (r *row) logsumexp() (lse, logSum float64) {
	switch {
	case r.kind == empty || r.kind == allMasked:
		return math.Inf(-1), math.NaN()
	case r.kind == infinite:
		return math.Inf(1), math.NaN()
	case r.kind == undefined:
		return math.NaN(), math.NaN()
	}
	logSum = r.logSum()
	return r.max/r.T + logSum, logSum
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

// crossEntropyBound. A tight kernel adds ln(1 + rest), rest the sum of all terms
// but the largest's, to the label's gap: an error e in the terms moves that
// logarithm by e*rest/(1+rest) = e*(1 - p_max), and everything else is relative
// to the loss. Others subtract the label's logit from a rounded lse and err in
// proportion to |lse| and |x|.
func crossEntropyBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	d := c.Out[out].DType
	rows := make([][]Term, c.In[0].Shape[0])
	loss := ref.Out[1]
	var mean, weights float64
	counted, leaves := 0, false
	eachRow(c, func(i int, r row) {
		skip := c.ignored(i)
		if r.kind == regular {
			rows[i] = c.lossTerms(i, &r, k, ref, out == 2)
		}
		if !skip && out != 2 {
			mean += total(rows[i]) + k.Acc.Unit()*math.Abs(finite64(loss.Get(i)))
			weights += classWeight(c.Arg("weight"), int(c.Arg("label").Int(i)))
			counted++
			leaves = leaves || r.kind == regular && c.sumLeaves(i, &r, k)
		}
		if out > 0 && r.kind == regular && (out == 2 || !skip) {
			b.widen(i, total(rows[i]), d, k)
			if out == 1 && c.sumLeaves(i, &r, k) {
				b.Hi[i] = math.Inf(1)
			}
		}
	})
	if out == 0 {
		reducedBound(&b, c, ref, k, mean, weights, counted)
		if leaves && len(b.Hi) > 0 {
			b.Hi[0] = math.Inf(1)
		}
		b.Terms = func(int) []Term {
			return append([]Term{{"rows", "bounds of the counted rows' losses, added", mean}}, k.lastTerms(ref.Out[0].Get(0), d)...)
		}
		return b
	}
	b.Terms = func(flat int) []Term {
		if rows[flat] == nil {
			return nil
		}
		return append(rows[flat], k.lastTerms(ref.Out[out].Get(flat), d)...)
	}
	return b
}

func finite64(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

func total(terms []Term) (s float64) {
	for _, t := range terms {
		s += t.Value
	}
	return s
}

// lossTerms bounds the error of one row's loss, or of its lse. The errors of lse
// count with the weights that lse has in the loss, w_t(1-e) + e W, W the mean
// weight; that of the label's logit with its own.
func (c *Call) lossTerms(i int, r *row, k Contract, ref *Call, lse bool) []Term {
	e := newRowError(r, r.softmax(), k, c.DType())
	ls := r.logSum()
	terms := e.logSumTerms(ls)
	size := math.Abs(ref.Out[2].Get(i))
	if k.Level != "tight" {
		terms = append(terms, Term{"lse", "2u*(|lse| + |m|/T)", 2 * e.u * (size + math.Abs(r.max)/r.T)})
	}
	if lse {
		return append(terms, Term{"max", "2u*|m|/T", 2 * e.u * math.Abs(r.max) / r.T})
	}
	w, s, label := c.Arg("weight"), c.Param("smoothing", i), c.labelOr(i, 0)
	own, mean := classWeight(w, label)*(1-s), 0.0
	for j := range r.x {
		mean += s * classWeight(w, j) / float64(len(r.x))
	}
	for j := range terms {
		terms[j].Formula, terms[j].Value = "(w_t(1-e) + e*W)*"+terms[j].Formula, terms[j].Value*(own+mean)
	}
	if s > 0 {
		terms = append(terms, Term{"mean over classes", "u*(S(V) + 3)*e*mean_i w_i(|lse| + |z_i|)", e.u * (k.roundings(len(r.x)) + 3) * s * c.meanSize(r, w, k, size, ls)})
	}
	if k.Level != "tight" {
		terms = append(terms, Term{"label's logit", "w_t(1-e)*2u*|x_t|/T", own * 2 * e.u * math.Abs(finite64(r.x[label]/r.T))})
	}
	loss := math.Abs(finite64(ref.Out[1].Get(i)))
	return append(terms, Term{"weights, smoothing, gap", "6u*loss", 6 * e.u * loss})
}

func (c *Call) labelOr(i, other int) int {
	if c.ignored(i) {
		return other
	}
	return int(c.Arg("label").Int(i))
}

// meanSize is the mean magnitude of what the smoothing term adds up.
func (c *Call) meanSize(r *row, w Tensor, k Contract, lse, ls float64) float64 {
	var s float64
	for j, x := range r.x {
		size := ls + r.gap(j)
		if k.Level != "tight" {
			size = lse + math.Abs(x)/r.T
		}
		s += classWeight(w, j) * finite64(size)
	}
	return s / float64(len(r.x))
}

// sumLeaves reports whether the sum over classes that smoothing takes the mean of
// may overflow in the working type.
func (c *Call) sumLeaves(i int, r *row, k Contract) bool {
	if c.Param("smoothing", i) == 0 {
		return false
	}
	lse, ls := r.logsumexp()
	return c.meanSize(r, c.Arg("weight"), k, math.Abs(lse), ls)*float64(len(r.x)) > k.Acc.Max()
}

func reducedBound(b *Bounds, c, ref *Call, k Contract, rows, weights float64, counted int) {
	if len(b.Lo) == 0 || counted == 0 {
		return
	}
	var size float64
	for i := range ref.Out[1].Len() {
		size += math.Abs(finite64(ref.Out[1].Get(i)))
	}
	by := rows + k.Acc.Unit()*(k.roundings(counted)+3)*size
	if c.Pick("reduction") == "mean" {
		by /= weights
	}
	b.widen(0, by, c.Out[0].DType, k)
	// Losses near the largest number, at a sentinel of a masked class, leave the
	// type when they are added up, though their mean would not.
	if size+rows > k.Acc.Max() {
		b.Lo[0], b.Hi[0] = min(b.Lo[0], k.Acc.Max()/max(weights, 1)), math.Inf(1)
	}
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
