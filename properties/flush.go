package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// flushed is the case as a kernel sees it that takes subnormal operands for zero:
// what is exact, such as which logit is the largest, then follows from other
// numbers. nil where there are none.
func (s *sheet) flushed() *sheet {
	if s.zeroed == nil {
		s.zeroed = &zeroed{}
		if c := zeroSubnormals(s.c.Call); c != nil {
			other := s.c
			other.Call = c
			s.zeroed.sheet = newSheet(other)
		}
	}
	return s.zeroed.sheet
}

// zeroed remembers that it was asked for.
type zeroed struct{ *sheet }

// zeroSubnormals copies a call with the subnormal numbers of its inputs replaced by
// zeros of their sign; nil where it has none.
func zeroSubnormals(c *reference.Call) *reference.Call {
	z := &reference.Call{Op: c.Op, In: append([]reference.Tensor{}, c.In...), Out: c.Out, Choice: c.Choice}
	found := false
	for i, t := range c.In {
		if t.Absent() || !t.DType.Float() {
			continue
		}
		least, copied := t.DType.MinNormal(), false
		for j := range t.Len() {
			if v := t.Get(j); v != 0 && math.Abs(v) < least {
				if !copied {
					z.In[i], copied, found = t.Clone(), true, true
				}
				z.In[i].Put(j, math.Copysign(0, v))
			}
		}
	}
	if !found {
		return nil
	}
	return z
}

// elsewise judges an answer that is wrong of the case as it stands by the case
// with its subnormals flushed, where the contract allows for that.
func (e *exam) elsewise(got *reference.Call, err error, v verdict) verdict {
	if v.status != Fail || !e.k.FlushIn || e.sheet == nil || e.sheet.flushed() == nil {
		return v
	}
	other, bad := e.sheet.flushed().exam(e.k)
	if bad != nil {
		return v
	}
	if got != nil {
		got = &reference.Call{Op: got.Op, In: other.c.Call.In, Out: got.Out, Choice: got.Choice}
	}
	if w := other.judge(got, err); w.status == Pass || w.status == RejectedOK {
		return w
	}
	return v
}
