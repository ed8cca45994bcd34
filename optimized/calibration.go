package optimized

import (
	"fmt"
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// Norm is how the gaps of bins are put together.
type Norm uint8

// The norms: the mean of |gap| weighted by samples, the root of the weighted
// mean square, the largest.
const (
	L1 Norm = iota
	L2
	Max
)

// Binning says how samples are put into bins.
type Binning struct {
	Bins      int  // 1 to 2^20
	EqualMass bool // bins of equal numbers of samples; else of equal width
}

// Bin is one bin of a reliability diagram.
type Bin struct {
	Count                int64
	Confidence, Accuracy float32 // means; NaN for an empty bin
}

// ECE is the expected calibration error of confidences in [0, 1] for predictions
// that were right (correct 1) or not (0), and the largest gap of a bin, mce.
//
// Bins of equal width are (lo, hi] with 0 in the first: bin max(0,
// ceil(conf*Bins)-1), the product exact in float64. Bins of equal mass hold the
// samples of rank r = floor(b*N/Bins) and on in (confidence, index) order. Empty
// bins weigh nothing; no samples: NaN. Sums are float64, in the order of the
// samples, and the results are rounded once: they are within 0.51 ULP up to
// 10^7 samples. Refused: a confidence outside [0, 1], a correct that is neither
// 0 nor 1, a number of bins out of range. Lengths that differ panic.
//
// Reference: reference.Ops, ece.
func ECE[E Element](conf []E, correct []uint8, b Binning, norm Norm) (ece, mce float32, err error) {
	sums, bad := binned("ece", conf, correct, b)
	if bad != nil {
		return 0, 0, bad
	}
	var total, worst float64
	n := float64(len(conf))
	for _, s := range sums {
		if s.n == 0 {
			continue
		}
		off := math.Abs(float64(s.right) - s.conf)
		gap := off / float64(s.n)
		worst = max(worst, gap)
		if norm == L2 {
			total += float64(off * gap)
		} else {
			total += off
		}
	}
	v := total / n
	switch {
	case n == 0:
		v, worst = math.NaN(), math.NaN()
	case norm == L2:
		v = math.Sqrt(v)
	case norm == Max:
		v = worst
	}
	return canonical(v), canonical(worst), nil
}

// Reliability fills the bins of a reliability diagram, len(dst) of them: the
// count, mean confidence and mean accuracy of the samples in each bin of ECE.
//
// Reference: reference.Ops, reliability.
func Reliability[E Element](dst []Bin, conf []E, correct []uint8, equalMass bool) error {
	sums, bad := binned("reliability", conf, correct, Binning{len(dst), equalMass})
	if bad != nil {
		return bad
	}
	for i, s := range sums {
		n := float64(s.n)
		dst[i] = Bin{s.n, canonical(s.conf / n), canonical(float64(s.right) / n)}
	}
	return nil
}

// Brier is the mean of (conf - correct)^2, NaN without samples. The domain is
// that of ECE.
//
// Reference: reference.Ops, brier.
func Brier[E Element](conf []E, correct []uint8) (float32, error) {
	if bad := badConfidence("brier", conf, correct); bad != nil {
		return 0, bad
	}
	var s float64
	for i := range conf {
		d := float64(at(conf, i)) - float64(correct[i])
		s += float64(d * d)
	}
	return canonical(s / float64(len(conf))), nil
}

// binSums is what is added up in a bin.
type binSums struct {
	n, right int64
	conf     float64
}

func binned[E Element](op string, conf []E, correct []uint8, b Binning) ([]binSums, *reference.Reject) {
	if bad := badConfidence(op, conf, correct); bad != nil {
		return nil, bad
	}
	if b.Bins < 1 || b.Bins > 1<<20 {
		return nil, &reference.Reject{Op: op, Arg: "bins", Code: "bins_range", Value: fmt.Sprint(b.Bins), Want: "a number of bins in [1, 2^20]", Row: -1}
	}
	sums := make([]binSums, b.Bins)
	add := func(i, bin int) {
		s := &sums[bin]
		s.n++
		s.right += int64(correct[i])
		s.conf += float64(at(conf, i))
	}
	if b.EqualMass {
		for r, i := range ascending(conf) {
			add(i, int(int64(r)*int64(b.Bins)/int64(len(conf))))
		}
		return sums, nil
	}
	for i := range conf {
		bin := int(math.Ceil(float64(at(conf, i))*float64(b.Bins))) - 1 // exact: 24 and 20 bits
		add(i, max(bin, 0))
	}
	return sums, nil
}

// ascending are the samples in the order confidence, then index.
func ascending[E Element](conf []E) []int {
	order := make([]int, len(conf))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch x, y := at(conf, a), at(conf, b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	return order
}

func badConfidence[E Element](op string, conf []E, correct []uint8) *reference.Reject {
	if len(correct) != len(conf) {
		panic(fmt.Sprintf("optimized: %s: len(correct)=%d, want len(conf)=%d", op, len(correct), len(conf)))
	}
	for i := range conf {
		if bad := badUnit(op, "conf", i, at(conf, i)); bad != nil {
			return bad
		}
	}
	for i, v := range correct {
		if v > 1 {
			return &reference.Reject{Op: op, Arg: "correct", Code: "correct_range", Value: fmt.Sprint(v), Want: "0 or 1", Row: i}
		}
	}
	return nil
}

// outcomes reads correct; what is neither 0 nor 1 becomes 2, which is refused.
func outcomes(t reference.Tensor) []uint8 {
	v := make([]uint8, t.Len())
	for i := range v {
		v[i] = uint8(min(uint64(t.Int(i)), 2))
	}
	return v
}

// confidences copies a strided input.
func confidences[E Element](t reference.Tensor) []E {
	if packed(t) {
		return elements[E](t)
	}
	return elements[E](t.Clone())
}

func binningOf(c *reference.Call) Binning {
	return Binning{int(min(max(c.Param("bins", 0), -1), 1<<21)), c.Pick("scheme") == "equal_mass"}
}

// runECE answers a row of the table.
func runECE(c *reference.Call, _ Kernels) error {
	return byElement(c,
		func() error { return eceCall[float32](c) },
		func() error { return eceCall[BF16](c) },
		func() error { return eceCall[F16](c) })
}

func eceCall[E Element](c *reference.Call) error {
	norm := map[string]Norm{"l1": L1, "l2": L2, "max": Max}[c.Pick("norm")]
	ece, mce, err := ECE(confidences[E](c.In[0]), outcomes(c.In[1]), binningOf(c), norm)
	return putFloats(c.Out[1], []float32{mce}, putFloats(c.Out[0], []float32{ece}, err))
}

// runReliability answers a row of the table.
func runReliability(c *reference.Call, _ Kernels) error {
	return byElement(c,
		func() error { return reliabilityCall[float32](c) },
		func() error { return reliabilityCall[BF16](c) },
		func() error { return reliabilityCall[F16](c) })
}

func reliabilityCall[E Element](c *reference.Call) error {
	bins := make([]Bin, max(binningOf(c).Bins, 0))
	err := Reliability(bins, confidences[E](c.In[0]), outcomes(c.In[1]), binningOf(c).EqualMass)
	if err != nil {
		return err
	}
	for i, b := range bins {
		c.Out[0].PutInt(i, b.Count)
		c.Out[1].Put(i, float64(b.Confidence))
		c.Out[2].Put(i, float64(b.Accuracy))
	}
	return nil
}

// runBrier answers a row of the table.
func runBrier(c *reference.Call, _ Kernels) error {
	var v float32
	run := func(b float32, err error) error { v = b; return err }
	err := byElement(c,
		func() error { return run(Brier(confidences[float32](c.In[0]), outcomes(c.In[1]))) },
		func() error { return run(Brier(confidences[BF16](c.In[0]), outcomes(c.In[1]))) },
		func() error { return run(Brier(confidences[F16](c.In[0]), outcomes(c.In[1]))) })
	return putFloats(c.Out[0], []float32{v}, err)
}
