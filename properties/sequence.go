package properties

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/seed-210c9500/assay/reference"
)

// examiner judges cases for one implementation, operation and element type, in a
// worker's memory.
type examiner struct {
	asker *asker
	k     reference.Contract
	*memory
}

// memory is where a worker lays its cases.
type memory struct {
	arena  arena
	guards guards
}

func newMemory() *memory { return &memory{arena: arena{}, guards: guards{}} }

func (m *memory) release() { m.guards.release() }

func (m *memory) examiner(c *candidate) *examiner { return &examiner{c.asker, c.k, m} }

// steps say what is done with a case.
type steps struct {
	again   bool     // run it twice, on memory that held another question before
	layouts []Layout // and where else in memory it is run
	laws    []Law
	vacuity bool
	every   bool // also after something was found
}

// outcome is what became of a case.
type outcome struct {
	verdict
	vacuous *Finding
	tried   []string // the laws that were put to the test
	broken  []string // those that found something, in order; the first alone unless every step was asked for
	sum     [sha256.Size]byte
	err     error           // the harness's own: a malformed case, or a cancelled context
	first   *placed         // what the first run wrote, and wrote on
	got     *reference.Call // its answer when it returned
}

func (x *examiner) can(p Probe) bool { return x.asker.impl.Can(p) }

// source picks the memory a layout needs.
func (x *examiner) source(l Layout) source {
	switch l.Guard {
	case GuardAfter:
		return x.guards.after
	case GuardBefore:
		return x.guards.before
	}
	return fresh
}

// examine runs a case through all its steps and stops at the first thing wrong.
func (x *examiner) examine(ctx context.Context, sh *sheet, s steps) (o outcome) {
	c := sh.c
	ctx = withCase(ctx, c.ID)
	e, err := sh.exam(x.k)
	if err != nil {
		return outcome{err: err}
	}
	defer func() {
		if f := o.finding; f != nil {
			f.sign(c, x.asker.impl)
		}
	}()
	if s.vacuity {
		if o.vacuous = e.vacuity(sh.previous); o.vacuous != nil {
			o.vacuous.sign(c, x.asker.impl)
		}
	}
	p := place(c.Call, c.Layout, x.source(c.Layout))
	answer := x.asker.ask(ctx, p.call)
	if o.err = ctx.Err(); o.err != nil {
		return o
	}
	got := p.answer(c.Call)
	if f := p.disturbed(); f != nil && x.can(RedZones) {
		if o.fail(f, got); !s.every {
			return o
		}
	}
	o.tried = append(o.tried, "bound")
	o.weigh(e.judge(got, p.explain(answer)), got)
	if answer != nil {
		if o.status == RejectedOK {
			o.tried[0] = "reject"
			if f := p.wrote(); f != nil && x.can(RedZones) {
				o.fail(f, got)
			}
		}
		o.sum = sha256.Sum256([]byte(o.status))
		return o
	}
	o.sum = digest(got)
	// An element left alone is the cause, and its value the symptom: see first
	// whether it still holds the poison, whatever that was.
	if s.again && e.refusal == nil {
		if f := x.again(ctx, c, p, got); f != nil {
			if o.fail(f, got); !s.every {
				return o
			}
		}
		o.tried = append(o.tried, "written", "repeat")
	}
	if o.status == Fail && !s.every {
		return o
	}
	for _, l := range s.layouts {
		f, ran := x.elsewhere(ctx, e, l, got)
		if f != nil {
			if o.fail(f, f.Call); !s.every {
				return o
			}
		}
		if ran {
			o.tried = append(o.tried, "layout")
		}
	}
	o.first, o.got = p, got
	shared := carrying(ctx, sh)
	for _, law := range s.laws {
		if o.err = ctx.Err(); o.err != nil {
			return o
		}
		o.tried = append(o.tried, law.Name)
		if f := law.Hold(shared, x.asker.ask, x.k, c, got); f != nil {
			if f.Law == "" {
				f.Law = law.Name
			}
			if f.Status == "" {
				f.Status = Fail
			}
			if o.fail(f, got); !s.every {
				return o
			}
		}
	}
	o.err = ctx.Err()
	return o
}

// weigh takes the verdict on a case's answer.
func (o *outcome) weigh(v verdict, got *reference.Call) {
	if f := v.finding; f != nil {
		f.Call = got
		if v.status.failed() {
			o.broken = append(o.broken, f.Law)
		}
	}
	if o.finding == nil {
		o.verdict = v
	}
}

// fail turns the outcome into a failure.
func (o *outcome) fail(f *Finding, got *reference.Call) {
	o.broken = append(o.broken, f.Law)
	o.status, o.finding = f.Status, f
	if f.Call == nil {
		f.Call = got
	}
}

// sign fills in which case a finding belongs to.
func (f *Finding) sign(c Case, impl Implementation) {
	f.Op, f.Variant, f.DType = c.Call.Op.Name, impl.Name(), c.Call.DType().String()
	f.Case, f.Class, f.Note = c.ID, c.Class, c.Note
	if f.Layout == (Layout{}) {
		f.Layout = c.Layout
	}
	if f.Call == nil {
		f.Call = c.Call
	}
}

func digest(c *reference.Call) [sha256.Size]byte {
	h := sha256.New()
	for _, t := range c.Out {
		if !t.Absent() {
			h.Write(contents(t))
		}
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// again runs the case a second time where another question was asked just
// before: same pointers, new content, another poison. The bits must be the same.
func (x *examiner) again(ctx context.Context, c Case, first *placed, got *reference.Call) *Finding {
	l := c.Layout
	l.Poison = (l.Poison + 1) % (PoisonDead + 1)
	from := x.source(l)
	if x.can(RedZones) && l.Guard == NoGuard {
		from = x.arena.source
	}
	x.asker.ask(ctx, place(decoy(c.Call), l, from).call)
	p := place(c.Call, l, from)
	err := x.asker.ask(ctx, p.call)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return &Finding{Law: "repeat", Status: statusOf(err), Says: fmt.Sprintf("the same call failed the second time: %v", err)}
	}
	second := p.answer(c.Call)
	if f := unwritten(c.Call, got, second, c.Poison, l.Poison, c.InPlace); f != nil {
		return f
	}
	if x.can(RedZones) {
		if f := p.disturbed(); f != nil {
			return f
		}
	}
	if o, i := different(got, second); o >= 0 {
		t := got.Out[o]
		return &Finding{Law: "repeat", Status: Fail, Out: c.Call.Op.Out[o].Name, Index: unflatten(t.Shape, i), Got: Num(second.Out[o].Get(i)), Ref: Num(t.Get(i)), Lo: Num(t.Get(i)), Hi: Num(t.Get(i)),
			Says: fmt.Sprintf("the same input gave other bits the second time: %s%v was %g (%#x), then %g (%#x), with another input in the same memory just before and other numbers around the operands",
				c.Call.Op.Out[o].Name, unflatten(t.Shape, i), t.Get(i), t.Bits(i), second.Out[o].Get(i), second.Out[o].Bits(i))}
	}
	return nil
}

func statusOf(err error) Status {
	switch {
	case errors.Is(err, ErrCrash):
		return Crash
	case errors.Is(err, ErrTimeout):
		return Timeout
	}
	return Fail
}

// decoy is another question of the same shape: logits reversed and halved.
func decoy(c *reference.Call) *reference.Call {
	d := &reference.Call{Op: c.Op, In: append([]reference.Tensor{}, c.In...), Out: c.Out, Choice: c.Choice}
	x := packed(c.In[0])
	d.In[0] = reference.NewTensor(x.DType, x.Shape...)
	for i, v := range widened(x) {
		d.In[0].Put(x.Len()-1-i, v/2)
	}
	return d
}

// unwritten finds an element that held the poison after each of two runs with
// different poisons.
func unwritten(c, a, b *reference.Call, pa, pb Poison, inPlace bool) *Finding {
	for o, t := range a.Out {
		if t.Absent() || inPlace && c.Op.Out[o].InPlace != "" {
			continue
		}
		was, is := pa.bits(t.DType), pb.bits(t.DType)
		count, first := 0, -1
		for i := range t.Len() {
			if t.Bits(i) == was && b.Out[o].Bits(i) == is {
				if count++; first < 0 {
					first = i
				}
			}
		}
		if count > 0 {
			return &Finding{Law: "written", Status: Fail, Out: c.Op.Out[o].Name, Index: unflatten(t.Shape, first), Got: Num(t.Get(first)),
				Says: fmt.Sprintf("%d of %d elements of %s were not written, the first at %v", count, t.Len(), c.Op.Out[o].Name, unflatten(t.Shape, first))}
		}
	}
	return nil
}

// different finds the first element in which two answers differ: the output and
// the position, -1 when they are the same bits.
func different(a, b *reference.Call) (out, at int) {
	for o, t := range a.Out {
		if t.Absent() {
			continue
		}
		if x, y := contents(t), contents(b.Out[o]); !bytes.Equal(x, y) {
			return o, differ(x, y) / width(t.DType)
		}
	}
	return -1, 0
}

// elsewhere runs the case in another place of memory. Other bits are judged
// anew; a kernel that declares its bits must give the same ones.
func (x *examiner) elsewhere(ctx context.Context, e *exam, l Layout, got *reference.Call) (f *Finding, ran bool) {
	p := place(e.c.Call, l, x.source(l))
	err := x.asker.ask(ctx, p.call)
	if ctx.Err() != nil || errors.Is(err, reference.ErrUnsupported) {
		return nil, false
	}
	there := p.answer(e.c.Call)
	if f = p.disturbed(); f == nil {
		f = x.compareThere(e, l, p.explain(err), got, there)
	}
	if f != nil {
		f.Layout, f.Call = l, there
	}
	return f, true
}

func (x *examiner) compareThere(e *exam, l Layout, err error, got, there *reference.Call) *Finding {
	if err == nil {
		o, i := different(got, there)
		if o < 0 {
			return nil
		}
		if x.k.Bits != "" {
			t := got.Out[o]
			return &Finding{Law: "layout", Status: Fail, Out: e.c.Call.Op.Out[o].Name, Index: unflatten(t.Shape, i), Got: Num(there.Out[o].Get(i)), Ref: Num(t.Get(i)), Lo: Num(t.Get(i)), Hi: Num(t.Get(i)),
				Says: fmt.Sprintf("bits %q are declared, and they depend on where the operands lie (%v)", x.k.Bits, l)}
		}
	}
	v := e.judge(there, err)
	if v.finding != nil {
		v.finding.Says += fmt.Sprintf(" (only with the operands placed as %v)", l)
	}
	return v.finding
}

// String describes a layout in a few words.
func (l Layout) String() string {
	s := fmt.Sprintf("offset=%d,padding=%d", l.Offset, l.Padding)
	if l.InPlace {
		s += ",in-place"
	}
	return s + [...]string{"", ",guard-after", ",guard-before"}[l.Guard]
}

// wrote finds an output that changed although the call was refused.
func (p *placed) wrote() *Finding {
	for i := range p.blocks {
		if b := &p.blocks[i]; b.out && !bytes.Equal(b.mem, b.before) {
			return &Finding{Law: "reject", Status: Fail, Out: b.name,
				Says: fmt.Sprintf("the call was refused, yet %s was written to, at %s", b.name, b.where(differ(b.mem, b.before)/width(b.t.DType)))}
		}
	}
	return nil
}

// settle looks once more at what a kernel wrote, when all else is done, and lets
// go of it: nothing may have changed after the kernel had returned.
func (o *outcome) settle(c Case, impl Implementation) {
	if o.first == nil {
		return
	}
	if f := o.first.late(o.got); f != nil && !o.status.failed() {
		o.fail(f, o.got)
		f.sign(c, impl)
	}
	o.first, o.got = nil, nil
}

func (p *placed) late(got *reference.Call) *Finding {
	if o, i := different(got, p.answer(got)); o >= 0 {
		return &Finding{Law: "late-write", Status: Fail, Out: got.Op.Out[o].Name, Index: unflatten(got.Out[o].Shape, i),
			Says: fmt.Sprintf("%s was still being written after the kernel had returned", got.Op.Out[o].Name)}
	}
	return nil
}
