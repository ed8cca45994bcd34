package benchmarks

import (
	"errors"
	"fmt"

	"github.com/seed-210c9500/assay/reference"
)

// bed holds the data of one group: inputs, reference outputs, yardsticks.
type bed struct {
	group  *group
	calls  map[string]*reference.Call // by operation and logits: variants share one
	truths map[string]*reference.Call
	judged map[string]verdict // by what was asked, contract and the outputs' bits
	yards  []*yardstick
}

// verdict is what judging a row's output said.
type verdict struct {
	ratio  float64 // err/bound
	allocs float64
	bits   uint64
	err    error
}

func newBed(g *group) *bed {
	return &bed{group: g, calls: map[string]*reference.Call{}, truths: map[string]*reference.Call{}, judged: map[string]verdict{}}
}

// call is what the row is asked.
func (b *bed) call(r *row) (*reference.Call, error) {
	key := r.op.Name + "/" + r.logits
	if c := b.calls[key]; c != nil {
		return c, nil
	}
	c, err := valid(r.op, r.dims, r.dtype, r.logits)
	if err == nil {
		b.calls[key] = c
	}
	return c, err
}

// judge runs the row once and holds the output against the reference. Outputs
// that were judged under the same contract before, bit for bit, are not judged
// again.
func (b *bed) judge(r *row) (verdict, error) {
	c, err := b.call(r)
	if err != nil {
		return verdict{}, err
	}
	poison(c)
	if err := attempt(r.v, c); err != nil {
		return verdict{}, err
	}
	sum := bits(c)
	asked := r.op.Name + "/" + r.logits
	key := fmt.Sprintf("%s %v %x", asked, r.v.Contract, sum)
	v, known := b.judged[key]
	if !known {
		s := sample(c)
		if b.truths[asked] == nil {
			if b.truths[asked], err = s.Truth(); err != nil {
				return verdict{}, err
			}
		}
		v.bits = sum
		v.ratio, v.err = worst(s, b.truths[asked], r.v.Contract)
		b.judged[key] = v
	}
	if v.err == nil {
		v.allocs = allocs(func() error { return r.v.Run(c) })
	}
	return v, nil
}

// attempt turns a panic of the kernel into an error.
func attempt(v *reference.Variant, c *reference.Call) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: panic: %v", ErrWrong, p)
		}
	}()
	if err = v.Run(c); err != nil && !errors.Is(err, reference.ErrUnsupported) {
		err = fmt.Errorf("%w: %v", ErrWrong, err) // a valid call was refused
	}
	return err
}

// subject is the row, ready to be timed.
func (b *bed) subject(r *row, v verdict) *subject {
	c, _ := b.call(r)
	return &subject{run: func() error { return r.v.Run(c) }, call: c, bits: v.bits}
}

// yard is what the row is held against.
func (b *bed) yard(r *row) *yardstick {
	kind, bytes := "read", moved(r.op, r.dims, r.dtype)
	if writesRow(r.op) {
		kind = "copy"
	}
	for _, y := range b.yards {
		if y.kind == kind && y.bytes == bytes {
			return y
		}
	}
	y := newYardstick(kind, bytes)
	b.yards = append(b.yards, y)
	return y
}

// yardName names a yardstick by the group's shape. The number of bytes is
// added where it is not that of one row read, or read and written.
func (g *group) yardName(y *yardstick) string {
	usual := int64(g.elements() * width(g.dtype))
	if y.kind == "copy" {
		usual *= 2
	}
	s := camel(y.kind) + "/" + dimsKey(g.dims) + "/dtype=" + g.dtype.String()
	if y.bytes != usual {
		s += fmt.Sprintf("/bytes=%d", y.bytes)
	}
	return s + "/impl=" + y.impl + processors()
}
