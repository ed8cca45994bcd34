package properties

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// trial is one law heard on one case.
type trial struct {
	ctx   context.Context
	try   Try
	k     reference.Contract
	c     Case
	first *reply // the case itself, as the kernel answered it

	spoke   bool // the law had something to say
	finding *Finding
}

// reply is a call a kernel has run, with what the reference makes of it.
type reply struct {
	call   *reference.Call
	k      reference.Contract
	sheet  *sheet
	solved *solution // once asked
	bounds map[int]*reference.Bounds
}

// truth is what the reference says of the call; nil where it refuses it.
func (a *reply) truth() *reference.Call {
	if a.solved == nil {
		a.solved = a.sheet.solve(a.call)
	}
	return a.solved.want
}

// law is a row of the table. hold need not fill in what every finding has.
func law(name, says string, ops, classes []string, hold func(*trial)) Law {
	l := Law{Name: name, Says: says, Ops: ops, Classes: classes}
	l.Hold = func(ctx context.Context, try Try, k reference.Contract, c Case, got *reference.Call) *Finding {
		// The inputs are the case's: a kernel may have written over its own.
		asked := &reference.Call{Op: got.Op, In: c.Call.In, Out: got.Out, Choice: got.Choice}
		first := &reply{call: asked, k: k, sheet: sheetOf(ctx, c)}
		if first.truth() == nil {
			return nil // refused, as it should be
		}
		if k.FlushIn && first.sheet.flushed() != nil {
			return nil // which numbers the kernel sees is not known
		}
		t := &trial{ctx: ctx, try: try, k: k, c: c, first: first}
		hold(t)
		if f := t.finding; f != nil {
			f.Op, f.DType, f.Law, f.Status = c.Call.Op.Name, c.Call.DType().String(), name, Fail
			f.Case, f.Class, f.Note = c.ID, c.Class, c.Note
		}
		return t.finding
	}
	return l
}

// again runs the kernel on another call; false where it does not take it, or
// where the law is decided already.
func (t *trial) again(c *reference.Call) (*reply, bool) {
	if t.finding != nil || t.ctx.Err() != nil {
		return nil, false
	}
	if c.Check() != nil {
		return nil, false // the change made a call that is no call
	}
	a := &reply{call: c, k: t.k, sheet: t.first.sheet}
	if err := t.try(t.ctx, c); err != nil {
		if !errors.Is(err, reference.ErrUnsupported) && t.ctx.Err() == nil && a.truth() != nil {
			t.fail(a, 0, -1, fmt.Sprintf("a changed call failed: %v", err))
		}
		return nil, false
	}
	t.spoke = true
	return a, true
}

// fail records what is wrong with an element of an output; flat -1 for none.
func (t *trial) fail(a *reply, out, flat int, says string) {
	if t.finding != nil {
		return
	}
	f := &Finding{Says: says, Out: a.call.Op.Out[out].Name, Call: a.call, Got: Num(nan), Ref: Num(nan), Lo: Num(nan), Hi: Num(nan)}
	if flat >= 0 {
		lo, hi := a.interval(out, flat)
		f.Got, f.Ref = Num(a.call.Out[out].Get(flat)), Num(a.truth().Out[out].Get(flat))
		f.Lo, f.Hi, f.Index = Num(lo), Num(hi), index(a.call.Out[out].Shape, flat)
	}
	t.finding = f
}

// failf is fail with a formatted sentence.
func (t *trial) failf(a *reply, out, flat int, format string, args ...any) {
	t.fail(a, out, flat, fmt.Sprintf(format, args...))
}

func index(shape []int, flat int) []int {
	at := make([]int, len(shape))
	for i := len(shape) - 1; i >= 0; i-- {
		at[i] = flat % shape[i]
		flat /= shape[i]
	}
	return at
}

// bound is the reference's interval for an output.
func (a *reply) bound(out int) *reference.Bounds {
	if a.bounds[out] == nil {
		if a.bounds == nil {
			a.bounds = map[int]*reference.Bounds{}
		}
		a.truth()
		a.bounds[out] = a.solved.bound(a.call, a.k, out)
	}
	return a.bounds[out]
}

func (a *reply) interval(out, flat int) (lo, hi float64) {
	b := a.bound(out)
	return b.Lo[flat], b.Hi[flat]
}

// slack is how far from the exact value an element may lie: half its interval,
// or its wider side; NaN where any value, or NaN alone, is open to the kernel.
func (a *reply) slack(out, flat int) float64 {
	lo, hi := a.interval(out, flat)
	switch {
	case lo == hi:
		return 0
	case math.IsInf(lo, 0) || math.IsInf(hi, 0):
		return nan
	}
	if v := a.truth().Out[out].Get(flat); v >= lo && v <= hi {
		return max(hi-v, v-lo)
	}
	return (hi - lo) / 2
}

// term is one source of error of an element, in the output's own unit; 0 where
// the value is exact.
func (a *reply) term(out, flat int, name string) float64 { return a.terms(out, flat)(name) }

// terms are all of them, by name: taking a bound apart is slow.
func (a *reply) terms(out, flat int) func(name string) float64 {
	list := a.bound(out).Terms(flat)
	return func(name string) float64 {
		for _, t := range list {
			if t.Name == name {
				return t.Value
			}
		}
		return 0
	}
}

// alike asks two answers for the same value of an element each, after the change
// f of the first: within both bounds, or to the bit where the kernel declares
// its bits and the change keeps them.
func (t *trial) alike(out int, a *reply, i int, b *reply, j int, f func(float64) float64, bits bool, says string) {
	if t.finding != nil {
		return
	}
	was, got := f(a.call.Out[out].Get(i)), b.call.Out[out].Get(j)
	if bits && t.k.Bits != "" {
		if math.Float64bits(was) != math.Float64bits(got) && !(math.IsNaN(was) && math.IsNaN(got)) {
			t.failf(b, out, j, "%s: %v before, %v after, and the bits are declared", says, was, got)
		}
		return
	}
	if was == got || math.IsNaN(was) && math.IsNaN(got) {
		return
	}
	size := 1 + math.Abs(f(0)) // f is a line; its slope would drown in a large f(0)
	slack := a.slack(out, i)*math.Abs(f(size)-f(0))/size + b.slack(out, j)
	if math.IsNaN(slack) {
		return // nothing is known of this element
	}
	if d := math.Abs(was - got); !(d <= slack*(1+0x1p-20)+0x1p-1074) {
		t.failf(b, out, j, "%s: %v before, %v after, which two errors of the bound do not explain", says, was, got)
	}
}

func same(v float64) float64 { return v }

// regular reports whether a row has a distribution, and where its maximum is.
func regular(x []float64) (best int, ok bool) {
	for i, v := range x {
		if math.IsNaN(v) {
			return i, false
		}
		if v > x[best] {
			best = i
		}
	}
	return best, len(x) > 0 && !math.IsInf(x[best], 0)
}
