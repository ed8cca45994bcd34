package properties

import (
	"fmt"
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// vacuous names a trivial answer that passes the case although it is wrong, or
// says that the choices left open leave nothing to judge. "" means the case can
// tell kernels apart. previous is the reference's answer to another case, nil
// for none.
//
// A trivial answer that equals the reference's to rounding is right (all logits
// equal: uniform; one logit left: one-hot), and no fault of the case.
func (e *exam) vacuous(previous *reference.Call) string {
	if e.refusal != nil || e.silent() {
		return ""
	}
	if e.wideOpen() {
		return "the bound leaves more than half of all tokens open in every row"
	}
	for _, t := range e.trivial(previous) {
		if e.passes(t.answer) {
			return "a kernel that answers " + t.name + " passes"
		}
	}
	return ""
}

// silent says that there is nothing to answer: no elements.
func (e *exam) silent() bool {
	n := 0
	for _, v := range e.values {
		n += len(v)
	}
	return n == 0
}

// made says whether the contract alone makes the case vacuous: a kernel that
// sums in bfloat16, flushes, or lets a seed mean what it likes leaves more open
// than the case's maker could know. That is no fault of the case.
func (e *exam) made(previous *reference.Call) bool {
	strict := *e
	strict.k = reference.Contract{Acc: reference.F64, Sum: "exact", Level: "tight", Ties: "first", Profile: "ieee", Bits: "any", ExpULP: 1, LnULP: 1}
	return strict.vacuous(previous) == ""
}

// wideOpen looks at the outputs that are choices, where there are no others:
// what goes with a choice is judged as well.
func (e *exam) wideOpen() bool {
	if e.open {
		return false
	}
	vocab := float64(e.c.Call.Dims()["vocab"])
	seen := false
	for o := range e.want.Out {
		if e.c.Call.Op.Out[o].Judge != reference.ByLaw || e.want.Out[o].Absent() {
			continue
		}
		b := e.bound(e.rounded, o)
		for i := range b.Lo {
			if left(b, i, vocab/2) {
				return false
			}
			seen = true
		}
	}
	return seen
}

// left reports whether a bound leaves open no more than most of the choices of an
// element, or one.
func left(b *reference.Bounds, i int, most float64) bool {
	if b.Hi[i] == b.Lo[i] || b.Hi[i]-b.Lo[i]+1 <= most {
		return true
	}
	if b.Refuse == nil {
		return false
	}
	open := 0.0
	for v := b.Lo[i]; v <= b.Hi[i] && open <= max(most, 1); v++ {
		if b.Refuse(i, v) == "" {
			open++
		}
	}
	return open <= max(most, 1)
}

// passes judges a trivial answer, and lets it off where it is right. It gives up
// at the first element that is wrong, which is nearly always the first. A choice
// inside its interval is right: that the interval is narrow was seen before. What
// hangs on the choice is right where it is exact under the choice made.
func (e *exam) passes(f answer) bool {
	right := true
	try := func(o int, b *reference.Bounds, chosen bool) bool {
		d := e.c.Call.Out[o].DType
		for i, r := range e.values[o] {
			v := f(o, i)
			if chosen && b.Hi[i]-b.Lo[i] < math.Inf(1) { // the exact answer under the choice made
				r = b.Lo[i]/2 + b.Hi[i]/2
			}
			if d.Float() {
				v = d.Round(v)
			}
			if !within(v, b.Lo[i], b.Hi[i]) || b.Refuse != nil && b.Refuse(i, v) != "" {
				return false
			}
			right = right && (!d.Float() || rounds(v, r, d))
		}
		return true
	}
	var hanging []int // bounded outputs whose bound hangs on the choices made
	for o, t := range e.c.Call.Out {
		switch {
		case t.Absent():
		case e.open && e.c.Call.Op.Out[o].Judge == reference.Bounded:
			hanging = append(hanging, o)
		case !try(o, e.bound(e.rounded, o), false):
			return false
		}
	}
	for _, o := range hanging {
		if !try(o, e.bound(e.filled(f), o), true) {
			return false
		}
	}
	return !right
}

func within(v, lo, hi float64) bool {
	if math.IsNaN(lo) {
		return math.IsNaN(v)
	}
	return v >= lo && v <= hi
}

// rounds says that a value is the reference's to a few roundings of its type.
func rounds(v, r float64, d reference.DType) bool {
	if v == r || math.IsNaN(v) && math.IsNaN(r) {
		return true
	}
	if !d.Float() {
		return false
	}
	return math.Abs(v-r) <= 4*d.Ulp(r)
}

// answer gives the i-th element of output o.
type answer func(o, i int) float64

type trivial struct {
	name   string
	answer answer
}

// trivial lists what kernels that compute nothing would answer.
func (e *exam) trivial(previous *reference.Call) []trivial {
	c := e.c.Call
	vocab := c.Dims()["vocab"]
	n := math.Max(float64(vocab), 1)
	constant := func(real, token float64) answer {
		return func(o, _ int) float64 {
			if c.Out[o].DType.Float() {
				return real
			}
			return token
		}
	}
	list := []trivial{
		{"zeros", constant(0, 0)},
		{"ones", constant(1, 1)},
		{"1/V", constant(1/n, n)},
		{"ln V", constant(math.Log(n), n-1)},
		{"one half", constant(0.5, math.Floor(n/2))},
	}
	if x := c.In[0]; len(x.Shape) == 2 && x.Len() > 0 {
		best := bests(x)
		list = append(list,
			trivial{"one-hot of the argmax", func(o, i int) float64 {
				switch a := &c.Op.Out[o]; {
				case slices.Equal(a.Dims, c.Op.In[0].Dims) && i%x.Shape[1] != best[i/x.Shape[1]]:
					return 0
				case slices.Equal(a.Dims, c.Op.In[0].Dims[:1]) && a.Unit == "index":
					return float64(best[i])
				}
				return 1
			}},
			trivial{"a copy of the input", func(o, i int) float64 { return x.Get(i % x.Len()) }})
	}
	if previous != nil {
		list = append(list, trivial{"the previous case's answer", func(o, i int) float64 { return previous.Out[o].Get(i) }})
	}
	return list
}

// bests are the indices of each row's largest value, the lowest among equals.
func bests(x reference.Tensor) []int {
	best := make([]int, x.Shape[0])
	for r := range best {
		row := x.Row(r, nil)
		for j, v := range row {
			if v > row[best[r]] {
				best[r] = j
			}
		}
	}
	return best
}

// filled makes a call of the case's shape with a trivial answer.
func (e *exam) filled(f answer) *reference.Call {
	c := e.c.Call
	a := &reference.Call{Op: c.Op, In: c.In, Out: make([]reference.Tensor, len(c.Out)), Choice: c.Choice}
	for o, t := range c.Out {
		if t.Absent() {
			continue
		}
		a.Out[o] = reference.NewTensor(t.DType, t.Shape...)
		for i := range t.Len() {
			a.Out[o].Put(i, f(o, i))
		}
	}
	return a
}

// blank is the finding for a case that tells nothing apart.
func (e *exam) blank(says string, previous *reference.Call) *Finding {
	f := &Finding{Law: "vacuity", Status: Vacuous, Says: says + ": the case is not counted"}
	if e.made(previous) {
		f.Law, f.Says = "vacuity-by-contract", fmt.Sprintf("%s, because the declared contract (%v) leaves so much open: the case is not counted", says, e.k)
	}
	return f
}
