package properties

import (
	"bytes"
	"errors"
	"fmt"
	"unsafe"

	"github.com/seed-210c9500/assay/reference"
)

// Guard says at which end of an operand a protected page lies.
type Guard uint8

// A read or write beyond a guarded end faults, and the fault becomes a finding.
const (
	NoGuard     Guard = iota
	GuardAfter        // the last element ends where the page begins
	GuardBefore       // the first element begins where the page ends
)

// zone is the number of poisoned elements on either side of an operand.
const zone = 64

// shift is the misalignment of one operand: any residue, each its own.
func (l Layout) shift(operand int) int { return l.Offset * (2*operand + 1) % 32 }

// placed is a case in memory, ready for a kernel.
type placed struct {
	call   *reference.Call // what the kernel gets
	asked  reference.Call  // the same, to see whether the kernel changed it
	blocks []block
}

// block is the memory of one operand.
type block struct {
	name        string
	out         bool
	t           reference.Tensor
	mem, before []byte
}

// A source hands out memory for an operand of n bytes.
type source func(operand, n int) []byte

// fresh is memory nobody has seen.
func fresh(_, n int) []byte { return reference.NewTensor(reference.U64, (n+7)/8).Memory()[:n] }

// arena is memory that is handed out again for the next case: the same pointers
// with new content.
type arena map[int][]byte

func (a arena) source(operand, n int) []byte {
	if len(a[operand]) < n {
		a[operand] = fresh(operand, 2*n)
	}
	return a[operand][:n]
}

// place copies a case's inputs into memory laid out as l says, and poisons the
// outputs and all that lies around.
func place(c *reference.Call, l Layout, from source) *placed {
	p := &placed{call: &reference.Call{Op: c.Op, In: make([]reference.Tensor, len(c.In)), Out: make([]reference.Tensor, len(c.Out)), Choice: c.Choice}}
	for i, t := range c.In {
		if !t.Absent() {
			b := lay(t, l, i, from)
			b.name = c.Op.In[i].Name
			copyIn(b.t, packed(t))
			p.call.In[i] = b.t
			p.blocks = append(p.blocks, b)
		}
	}
	for i, t := range c.Out {
		a := &c.Op.Out[i]
		if t.Absent() {
			continue
		}
		if j := c.Op.Input(a.InPlace); l.InPlace && j >= 0 && sameShape(t, c.In[j]) {
			p.call.Out[i] = p.call.In[j]
			for k := range p.blocks {
				if p.blocks[k].name == a.InPlace {
					p.blocks[k].out = true
				}
			}
			continue
		}
		b := lay(t, l, len(c.In)+i, from)
		b.name, b.out = a.Name, true
		p.call.Out[i] = b.t
		p.blocks = append(p.blocks, b)
	}
	for i := range p.blocks {
		p.blocks[i].before = bytes.Clone(p.blocks[i].mem)
	}
	p.asked = reference.Call{Op: c.Op, In: append([]reference.Tensor{}, p.call.In...), Out: append([]reference.Tensor{}, p.call.Out...)}
	return p
}

func sameShape(a, b reference.Tensor) bool {
	if a.DType != b.DType || len(a.Shape) != len(b.Shape) {
		return false
	}
	for i := range a.Shape {
		if a.Shape[i] != b.Shape[i] {
			return false
		}
	}
	return true
}

// lay makes the poisoned memory of one operand and the view into it.
func lay(t reference.Tensor, l Layout, operand int, from source) block {
	stride := append([]int{}, t.Stride...)
	for i, step := len(stride)-1, 1; i >= 0; i-- {
		stride[i] = step
		step *= t.Shape[i]
		if i == len(stride)-1 && len(stride) > 1 {
			step += l.Padding
		}
	}
	span := 0
	if t.Len() > 0 {
		span = 1
		for i, s := range t.Shape {
			span += (s - 1) * stride[i]
		}
	}
	w := width(t.DType)
	before, after := zone+l.shift(operand), zone
	switch l.Guard {
	case GuardAfter:
		before, after = zone, 0
	case GuardBefore:
		before, after = 0, zone
	}
	mem := from(operand, (before+span+after)*w)
	pour(mem, l.Poison.bits(t.DType), w)
	v := reference.Tensor{DType: t.DType, Shape: append([]int{}, t.Shape...), Stride: stride, Off: before, Data: typed(t.DType, mem)}
	return block{t: v, mem: mem}
}

// runs calls f with the byte ranges [lo, hi) that a laid-out tensor's elements
// fill, in order, and the position of each range's first element.
func runs(t reference.Tensor, f func(lo, hi, first int) bool) {
	w := width(t.DType)
	n := t.Len()
	if n == 0 {
		return
	}
	length := 1
	if len(t.Shape) > 0 {
		length = t.Shape[len(t.Shape)-1]
	}
	for first := 0; first < n; first += length {
		lo := t.Offset(first) * w
		if !f(lo, lo+length*w, first) {
			return
		}
	}
}

func copyIn(to, from reference.Tensor) {
	mem, src, w := to.Memory(), contents(from), width(to.DType)
	runs(to, func(lo, hi, first int) bool {
		copy(mem[lo:hi], src[first*w:])
		return true
	})
}

// answer copies what the kernel wrote: a call with the case's own inputs and
// contiguous outputs.
func (p *placed) answer(c *reference.Call) *reference.Call {
	got := &reference.Call{Op: c.Op, In: c.In, Out: make([]reference.Tensor, len(c.Out)), Choice: c.Choice}
	for i, t := range p.asked.Out {
		if t.Absent() {
			continue
		}
		got.Out[i] = reference.NewTensor(t.DType, append([]int{}, t.Shape...)...)
		mem, dst, w := t.Memory(), got.Out[i].Memory(), width(t.DType)
		runs(t, func(lo, hi, first int) bool {
			copy(dst[first*w:], mem[lo:hi])
			return true
		})
	}
	return got
}

// disturbed says what a kernel did to memory that is not its own: to its
// inputs, around its outputs, to the call itself. nil when it did nothing.
func (p *placed) disturbed() *Finding {
	for i, t := range p.asked.In {
		if !sameView(t, p.call.In[i]) {
			return &Finding{Law: "arguments", Status: Fail, Out: p.call.Op.In[i].Name, Says: "the kernel replaced its input " + p.call.Op.In[i].Name + " by another tensor"}
		}
	}
	for i, t := range p.asked.Out {
		if !sameView(t, p.call.Out[i]) {
			return &Finding{Law: "arguments", Status: Fail, Out: p.call.Op.Out[i].Name, Says: "the kernel returned another tensor as " + p.call.Op.Out[i].Name + " instead of filling the one it was given" + p.aliased(i)}
		}
	}
	for i := range p.blocks {
		if f := p.blocks[i].disturbed(); f != nil {
			return f
		}
	}
	return nil
}

// aliased names the input whose memory an output turned out to be.
func (p *placed) aliased(out int) string {
	t := p.call.Out[out]
	if t.Absent() {
		return ""
	}
	for i, in := range p.asked.In {
		if !in.Absent() && in.DType == t.DType && start(in) == start(t) {
			return ": it is the memory of its input " + p.call.Op.In[i].Name
		}
	}
	return ""
}

func start(t reference.Tensor) *byte { return unsafe.SliceData(t.Memory()) }

func sameView(a, b reference.Tensor) bool {
	if a.Absent() || b.Absent() {
		return a.Absent() == b.Absent()
	}
	same := sameShape(a, b) && a.Off == b.Off && start(a) == start(b)
	for i := range a.Stride {
		same = same && i < len(b.Stride) && a.Stride[i] == b.Stride[i]
	}
	return same
}

func (b *block) disturbed() *Finding {
	if bytes.Equal(b.mem, b.before) {
		return nil
	}
	w := width(b.t.DType)
	if !b.out {
		i := differ(b.mem, b.before) / w
		return &Finding{Law: "input-unchanged", Status: Fail, Out: b.name, Says: fmt.Sprintf("the input %s was written to, at %s", b.name, b.where(i))}
	}
	var found *Finding
	outside := func(lo, hi int) bool {
		if found == nil && !bytes.Equal(b.mem[lo:hi], b.before[lo:hi]) {
			i := (lo + differ(b.mem[lo:hi], b.before[lo:hi])) / w
			found = &Finding{Law: "red-zone", Status: Fail, Out: b.name, Says: fmt.Sprintf("memory that is not %s's was written to, at %s", b.name, b.where(i))}
		}
		return found == nil
	}
	end := 0
	runs(b.t, func(lo, hi, _ int) bool {
		at := end
		end = hi
		return outside(at, lo)
	})
	outside(end, len(b.mem))
	return found
}

// where describes an element of the allocation relative to the operand.
func (b *block) where(i int) string {
	n, w := b.t.Len(), width(b.t.DType)
	if n == 0 {
		return "an operand without elements"
	}
	if i < b.t.Off {
		return fmt.Sprintf("%d elements before its start", b.t.Off-i)
	}
	says := ""
	runs(b.t, func(lo, hi, first int) bool {
		switch {
		case i*w >= lo && i*w < hi:
			says = fmt.Sprintf("index %v", unflatten(b.t.Shape, first+i-lo/w))
		case i*w >= hi:
			says = fmt.Sprintf("%d elements past the end of index %v", i-hi/w+1, unflatten(b.t.Shape, first+(hi-lo)/w-1))
		}
		return i*w >= hi
	})
	return says
}

// explain says of a fault where it lies beside the operands.
func (p *placed) explain(err error) error {
	f := new(fault)
	if !errors.As(err, &f) {
		return err
	}
	for i := range p.blocks {
		b := &p.blocks[i]
		w := width(b.t.DType)
		first := uintptr(unsafe.Pointer(start(b.t))) + uintptr(b.t.Off*w)
		past := first
		runs(b.t, func(_, hi, _ int) bool { past = uintptr(unsafe.Pointer(start(b.t))) + uintptr(hi); return true })
		switch {
		case f.at < first && first-f.at <= page:
			return fmt.Errorf("%w: fault %d bytes before the start of %s, which is protected memory", ErrCrash, first-f.at, b.name)
		case f.at >= past && f.at-past < page:
			return fmt.Errorf("%w: fault %d bytes past the end of %s, which is protected memory", ErrCrash, f.at-past, b.name)
		}
	}
	return err
}

// page is how far from an operand a fault is still put down to it.
const page = 4096

// differ is the position of the first byte in which two slices differ.
func differ(a, b []byte) int {
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return len(a)
}

// unflatten turns a row-major position into an index.
func unflatten(shape []int, flat int) []int {
	index := make([]int, len(shape))
	for i := len(shape) - 1; i >= 0; i-- {
		index[i] = flat % max(shape[i], 1)
		flat /= max(shape[i], 1)
	}
	return index
}
