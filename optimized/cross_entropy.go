package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// Loss holds the options of the cross-entropy. The zero value is the plain loss.
type Loss struct {
	Temperature []float32 // divides the logits: none (1), one, or one per row; > 0
	Ignore      bool      // whether IgnoreIndex means anything
	IgnoreIndex int64     // the label that counts nowhere, any integer
	Smoothing   []float32 // label smoothing in [0, 1]: none (0), one, or one per row
	Weight      []float32 // class weights >= 0, len(vocab), or none
}

// Total is the loss over the counted rows of a batch.
type Total struct {
	Sum     float32 // nats
	Mean    float32 // Sum over the counted rows, or over their labels' weights; NaN where there are none
	Counted int
}

// CrossEntropy is the loss, in nats, of one row of logits for a label, and the
// row's lse = ln sum exp x: loss = lse - x[label] >= 0.
//
// A sure token's loss is as small as it should be, down to 1e-45, and never
// negative. A row with NaN or +Inf, or of -Inf alone, has the loss NaN. A label
// whose logit is -Inf has the loss +Inf. A label outside the row is refused.
//
// Error: loss at most 4 units of 2^-24 of itself; lse at most 1.3 ULP of the
// larger of |lse| and max |x|.
//
// Reference: reference.Ops, cross_entropy.
func CrossEntropy[E Element](x []E, label int) (loss, lse float32, err error) {
	var l Loss
	if bad := badOneLabel("cross_entropy", label, len(x)); bad != nil {
		return 0, 0, bad
	}
	var r row[E]
	s := scratches.Get().(*scratch)
	l64, lse := r.loss(best, s, x, int64(label), &l, 0)
	scratches.Put(s)
	return canonical(l64), lse, nil
}

// CrossEntropyRows is the loss of a batch. loss and lse hold one number per row;
// either may be nil. A row whose label is ignored has the loss 0, whatever its
// logits hold, and counts nowhere; its lse is computed all the same. With
// smoothing e and weights w,
//
//	loss = w_t*(1-e)*(lse - z_t) + (e/V)*sum_i w_i*(lse - z_i),  z = x/T.
//
// A class of weight 0 contributes nothing. Nothing is written if anything is
// refused: a label out of range that is not ignored, a temperature not above 0,
// a smoothing outside [0, 1], a weight below 0 or not finite.
func CrossEntropyRows[E Element](loss, lse []float32, x []E, label []int64, r Rows, l Loss) (Total, error) {
	stride, _ := r.check("CrossEntropyRows", len(x), 0, false)
	if len(label) != r.Count {
		panic(fmt.Sprintf("optimized: CrossEntropyRows: len(label)=%d, want Count=%d", len(label), r.Count))
	}
	for _, out := range []struct {
		name string
		len  int
	}{{"loss", len(loss)}, {"lse", len(lse)}} {
		if out.len != 0 && out.len != r.Count {
			panic(fmt.Sprintf("optimized: CrossEntropyRows: len(%s)=%d, want Count=%d", out.name, out.len, r.Count))
		}
	}
	if bad := l.check(label, r); bad != nil {
		return Total{}, bad
	}
	isa := r.On.use()
	exact := make([]float64, r.Count) // rounded once, after they are added up
	r.each(func(room *scratch, i int) {
		var one row[E]
		v, s := one.loss(isa, room, x[i*stride:][:r.Vocab], label[i], &l, i)
		exact[i] = v
		if len(loss) > 0 {
			loss[i] = canonical(v)
		}
		if len(lse) > 0 {
			lse[i] = s
		}
	})
	return l.total(exact, label), nil
}

// total adds up the losses of the counted rows in float64: 256 sums, row i in
// the i mod 256th, and a tree over them.
func (l *Loss) total(loss []float64, label []int64) Total {
	var sums, weights [block.Lanes]float64
	var t Total
	for i, v := range loss {
		if l.ignored(label[i]) {
			continue
		}
		t.Counted++
		sums[i%block.Lanes] += v
		weights[i%block.Lanes] += l.weight(int(label[i]))
	}
	for w := block.Lanes / 2; w >= 1; w /= 2 {
		for i := range w {
			sums[i] += sums[i+w]
			weights[i] += weights[i+w]
		}
	}
	t.Sum = canonical(sums[0])
	t.Mean = canonical(sums[0] / weights[0])
	return t
}

func (l *Loss) ignored(label int64) bool { return l.Ignore && label == l.IgnoreIndex }

func (l *Loss) weight(class int) float64 {
	if len(l.Weight) == 0 {
		return 1
	}
	return float64(l.Weight[class])
}

func (l *Loss) badLabel(i int, label int64, vocab int) *reference.Reject {
	if l.ignored(label) || label >= 0 && label < int64(vocab) {
		return nil
	}
	return &reference.Reject{Op: "cross_entropy", Arg: "label", Code: "label_range", Value: fmt.Sprint(label),
		Want: fmt.Sprintf("a class in [0, %d) or ignore_index", vocab), Row: i}
}

// badOneLabel is badLabel of a single row, which can ignore none.
func badOneLabel(op string, label, vocab int) *reference.Reject {
	bad := (&Loss{}).badLabel(0, int64(label), vocab)
	if bad != nil {
		bad.Op, bad.Want = op, fmt.Sprintf("a class in [0, %d)", vocab)
	}
	return bad
}

func (l *Loss) check(label []int64, r Rows) *reference.Reject {
	per("CrossEntropyRows", "Temperature", l.Temperature, r.Count)
	per("CrossEntropyRows", "Smoothing", l.Smoothing, r.Count)
	if n := len(l.Weight); n != 0 && n != r.Vocab {
		panic(fmt.Sprintf("optimized: CrossEntropyRows: len(Weight)=%d, want Vocab=%d", n, r.Vocab))
	}
	for i, v := range label {
		if bad := l.badLabel(i, v, r.Vocab); bad != nil {
			return bad
		}
	}
	for i, t := range l.Temperature {
		if bad := badTemperature("cross_entropy", i, t, false); bad != nil {
			return bad
		}
	}
	for i, e := range l.Smoothing {
		if bad := badUnit("cross_entropy", "smoothing", i, e); bad != nil {
			return bad
		}
	}
	for i, w := range l.Weight {
		if !(w >= 0 && w <= math.MaxFloat32) {
			return &reference.Reject{Op: "cross_entropy", Arg: "weight", Code: "weight_range",
				Value: fmt.Sprintf("%v for class %d", w, i), Want: "finite numbers >= 0", Row: -1}
		}
	}
	return nil
}

// loss is the loss of one row before its rounding, and its lse after.
func (r *row[E]) loss(isa block.ISA, s *scratch, x []E, label int64, l *Loss, i int) (loss float64, lse float32) {
	temperature := of(l.Temperature, i, 1)
	r.scanAhead(isa, s, x, temperature)
	t := int(label)
	if r.kind == regular && !l.ignored(label) {
		r.own = r.value(t) // its place may be taken
	}
	lse, logSum := r.logSumExp(temperature)
	switch {
	case l.ignored(label):
		return 0, lse
	case r.kind != regular:
		return math.NaN(), lse
	}
	loss = r.gap(r.own, temperature) + logSum
	if len(l.Weight) == 0 && of(l.Smoothing, i, 0) == 0 {
		return loss, lse
	}
	e := float64(of(l.Smoothing, i, 0))
	if loss = l.weighted(t, loss); e > 0 {
		loss = part(1-e, loss)
	}
	if e > 0 {
		loss += float64(float64(e/float64(len(x))) * r.overClasses(l, logSum, temperature)) // not fused
	}
	return loss, lse
}

// weighted is w_t*v; nothing where the weight is 0, though v be infinite.
func (l *Loss) weighted(class int, v float64) float64 {
	return part(l.weight(class), v)
}

// part is w*v, nothing where w is 0.
func part(w, v float64) float64 {
	if w == 0 {
		return 0
	}
	return float64(w * v)
}

// logSumExp is ln sum exp(x/T), rounded, and that less max/T, exact to a few
// units of float32 though held in float64.
func (r *row[E]) logSumExp(temperature float32) (lse float32, logSum float64) {
	_, nan := constants[float32]()
	switch {
	case r.kind == empty || r.kind == masked:
		return float32(math.Inf(-1)), 0
	case r.kind == infinite:
		return float32(math.Inf(1)), 0
	case r.kind == undefined:
		return nan, 0
	case temperature > math.MaxFloat32:
		logSum = logCount(r.unmasked())
		return float32(logSum), logSum
	}
	r.accumulate()
	logSum = r.logSum()
	return lseOf(r.max, r.s.Inv, logSum), logSum
}

// lseOf is top/T + logSum with a rounding for each step: nothing is fused.
func lseOf(top float32, inv, logSum float64) float32 {
	return float32(float64(float64(top)*inv) + logSum)
}

// gap is (max - v)/T >= 0 of the logit v.
func (r *row[E]) gap(v, temperature float32) float64 {
	d := float64(r.max) - float64(v)
	if temperature > math.MaxFloat32 && !math.IsInf(d, 1) {
		return 0
	}
	return float64(d * r.s.Inv)
}

// overClasses is sum_i w_i*(logSum + gap_i): in float64, 256 lanes and a tree,
// like the terms.
func (r *row[E]) overClasses(l *Loss, logSum float64, temperature float32) float64 {
	var lanes [block.Lanes]float64
	for c := range r.chunks {
		lo, hi := r.bounds(c)
		for i, v := range widen(r.isa, r.x[lo:hi], r.buf[:]) {
			d := float64(r.max) - float64(v)
			if temperature > math.MaxFloat32 && !math.IsInf(d, 1) {
				d = 0
			}
			lanes[i%block.Lanes] += l.weighted(lo+i, logSum+float64(d*r.s.Inv))
		}
	}
	for w := block.Lanes / 2; w >= 1; w /= 2 {
		for i := range w {
			lanes[i] += lanes[i+w]
		}
	}
	return lanes[0]
}

// runCrossEntropy answers a row of the table.
func runCrossEntropy(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], reference.Tensor{}, k)
	if err != nil {
		return err
	}
	label, l := integers(c.Arg("label")), lossOf(c)
	loss, lse := make([]float32, r.Count), make([]float32, r.Count)
	var total Total
	run := func(t Total, err error) error { total = t; return err }
	err = byElement(c,
		func() error { return run(CrossEntropyRows(loss, lse, elements[float32](c.In[0]), label, r, l)) },
		func() error { return run(CrossEntropyRows(loss, lse, elements[BF16](c.In[0]), label, r, l)) },
		func() error { return run(CrossEntropyRows(loss, lse, elements[F16](c.In[0]), label, r, l)) })
	if err != nil {
		return err
	}
	if out := c.Out[0]; !out.Absent() {
		v := total.Mean
		if c.Pick("reduction") == "sum" {
			v = total.Sum
		}
		out.Put(0, float64(v))
	}
	for i, v := range [][]float32{loss, lse} {
		if out := c.Out[i+1]; !out.Absent() {
			for j := range v {
				out.Put(j, float64(v[j]))
			}
		}
	}
	return nil
}

func lossOf(c *reference.Call) Loss {
	l := Loss{Temperature: floats(c.Arg("temperature")), Smoothing: floats(c.Arg("smoothing")), Weight: floats(c.Arg("weight"))}
	if skip := c.Arg("ignore_index"); !skip.Absent() {
		l.Ignore, l.IgnoreIndex = true, skip.Int(0)
	}
	return l
}
