package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// Fit is a fitted temperature.
type Fit struct {
	Temperature float32
	NLL         float32 // mean cross-entropy at it, in nats
	AtBound     int     // -1: Temperature is 0.01, 1: it is 100, 0: between
}

const (
	coldest = 0.01
	hottest = 100
)

// TemperatureFit finds the temperature in [0.01, 100] at which the mean
// cross-entropy of the rows' labels is least (temperature scaling). Labels
// listed in ignore count nowhere.
//
// The loss is convex in 1/T and golden sections of [1/100, 1/0.01] close in on
// its minimum; each looks at every row once, by the same kernel as CrossEntropy.
// The loss is flat around its minimum, so T is known to about the square root of
// what the loss is: the loss at T is within 2 errors of a loss, 8 units of 2^-24
// of itself and of the logits' spread, of the best. A loss no better inside than
// at a bound gives that bound. Equal logits leave T at 1; no counted row: NaN.
//
// Refused: labels out of range that are not ignored; counted rows with NaN or
// +Inf, without a logit above -Inf, or with -Inf at the label.
//
// Reference: reference.Ops, temperature_fit.
func TemperatureFit[E Element](x []E, label []int64, r Rows, ignore ...int64) (Fit, error) {
	stride, _ := r.check("TemperatureFit", len(x), 0, false)
	if len(label) != r.Count {
		panic(fmt.Sprintf("optimized: TemperatureFit: len(label)=%d, want Count=%d", len(label), r.Count))
	}
	f := fitter[E]{x: x, label: label, r: r, stride: stride}
	if bad := f.count(ignore); bad != nil {
		return Fit{}, bad
	}
	if len(f.rows) == 0 {
		return Fit{Temperature: float32(math.NaN()), NLL: float32(math.NaN())}, nil
	}
	if f.flat {
		return Fit{Temperature: 1, NLL: float32(f.nll(1))}, nil
	}
	const golden = 0x1.3c6ef372fe95p-1 // (sqrt(5)-1)/2
	lo, hi := 1.0/hottest, 1.0/coldest
	a, b := hi-float64(golden*(hi-lo)), lo+float64(golden*(hi-lo))
	at, bt := f.nll(1/a), f.nll(1/b)
	for range 48 { // 100*0.618^48 is 1e-8
		if at <= bt {
			hi, b, bt = b, a, at
			a = hi - float64(golden*(hi-lo))
			at = f.nll(1 / a)
		} else {
			lo, a, at = a, b, bt
			b = lo + float64(golden*(hi-lo))
			bt = f.nll(1 / b)
		}
	}
	fit := Fit{Temperature: float32(2 / (lo + hi))}
	least := f.nll(float64(fit.Temperature))
	if v := f.nll(coldest); v <= least {
		fit.Temperature, fit.AtBound, least = coldest, -1, v
	}
	if v := f.nll(hottest); v < least {
		fit.Temperature, fit.AtBound, least = hottest, 1, v
	}
	fit.NLL = float32(least)
	return fit, nil
}

// fitter holds the counted rows of a batch.
type fitter[E Element] struct {
	x      []E
	label  []int64
	r      Rows
	stride int
	rows   []int
	loss   []float64
	flat   bool // no row's loss depends on the temperature
}

// count lists the rows that count and refuses those that cannot be fitted.
func (f *fitter[E]) count(ignore []int64) *reference.Reject {
	const op = "temperature_fit"
	for i, t := range f.label {
		skip := false
		for _, v := range ignore {
			skip = skip || t == v
		}
		if skip {
			continue
		}
		if t < 0 || t >= int64(f.r.Vocab) {
			return &reference.Reject{Op: op, Arg: "label", Code: "label_range", Value: fmt.Sprint(t),
				Want: fmt.Sprintf("a class in [0, %d) or ignore_index", f.r.Vocab), Row: i}
		}
		f.rows = append(f.rows, i)
	}
	f.flat = true
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	isa := f.r.On.use()
	for _, i := range f.rows {
		var r row[E]
		x := f.x[i*f.stride:][:f.r.Vocab]
		r.scan(isa, s, x, 1)
		if r.kind != regular {
			bad := r.unsampled(i)
			bad.Op = op
			return bad
		}
		if at(x, int(f.label[i])) < -math.MaxFloat32 {
			return &reference.Reject{Op: op, Arg: "x", Code: "label_masked", Value: "-Inf at the label", Want: "a label with a finite logit", Row: i}
		}
		for j := range x {
			v := at(x, j)
			f.flat = f.flat && (v == r.max || v < -math.MaxFloat32)
		}
	}
	f.loss = make([]float64, len(f.rows))
	return nil
}

// nll is the mean loss at a temperature, rounded to float32 first: rows in
// float64, added over 256 lanes and a tree.
func (f *fitter[E]) nll(temperature float64) float64 {
	l := Loss{Temperature: []float32{float32(temperature)}}
	isa := f.r.On.use()
	rows := f.r
	rows.Count = len(f.rows)
	rows.each(func(s *scratch, k int) {
		var r row[E]
		i := f.rows[k]
		f.loss[k], _ = r.loss(isa, s, f.x[i*f.stride:][:f.r.Vocab], f.label[i], &l, 0)
	})
	return laneSum(f.loss) / float64(len(f.rows))
}

// runTemperatureFit answers a row of the table.
func runTemperatureFit(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], reference.Tensor{}, k)
	if err != nil {
		return err
	}
	label := make([]int64, r.Count)
	for i := range label {
		label[i] = c.Arg("label").Int(i)
	}
	var ignore []int64
	if skip := c.Arg("ignore_index"); !skip.Absent() {
		ignore = []int64{skip.Int(0)}
	}
	var fit Fit
	run := func(f Fit, err error) error { fit = f; return err }
	err = byElement(c,
		func() error { return run(TemperatureFit(elements[float32](c.In[0]), label, r, ignore...)) },
		func() error { return run(TemperatureFit(elements[BF16](c.In[0]), label, r, ignore...)) },
		func() error { return run(TemperatureFit(elements[F16](c.In[0]), label, r, ignore...)) })
	err = putFloats(c.Out[1], []float32{fit.NLL}, putFloats(c.Out[0], []float32{fit.Temperature}, err))
	return putInts(c.Out[2], []int64{int64(fit.AtBound)}, err)
}
