package benchmarks

import (
	"fmt"
	"hash/maphash"
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// judgeable is the number of elements up to which every row is judged. Of a
// larger call a few rows are, spread over it: the reference takes far longer
// than the kernel.
const (
	judgeable  = 1 << 22
	judgedRows = 8
)

// sample is the call itself, or a view of some of its rows.
func sample(c *reference.Call) *reference.Call {
	rows := c.Dims()["rows"]
	if c.In[0].Len() <= judgeable || rows <= judgedRows || !rowByRow(c.Op) {
		return c
	}
	s := &reference.Call{Op: c.Op, Choice: c.Choice, In: slices.Clone(c.In), Out: slices.Clone(c.Out)}
	for i := range s.In {
		s.In[i] = some(s.In[i], &c.Op.In[i], rows)
	}
	for i := range s.Out {
		if len(c.Op.Out[i].Dims) == 0 {
			s.Out[i] = reference.Tensor{} // reduced over all rows
			continue
		}
		s.Out[i] = some(s.Out[i], &c.Op.Out[i], rows)
	}
	return s
}

// rowByRow reports whether some rows of a call can be judged without the others:
// not where they are one beam, or where their lists follow one another.
func rowByRow(op *reference.Op) bool {
	apart := func(a reference.Arg) bool { return len(a.Dims) == 0 || a.Dims[0] == "rows" }
	return !slices.ContainsFunc(op.In, func(a reference.Arg) bool { return slices.Contains(a.Dims, "rows+1") }) &&
		!slices.ContainsFunc(op.Out, func(a reference.Arg) bool { return !apart(a) })
}

// some is a view of judgedRows rows of an argument that has a row each.
func some(t reference.Tensor, a *reference.Arg, rows int) reference.Tensor {
	perRow := len(a.Dims) > 0 && a.Dims[0] == "rows" || a.PerRow && len(t.Shape) == 1
	if t.Absent() || !perRow {
		return t
	}
	t.Shape, t.Stride = slices.Clone(t.Shape), slices.Clone(t.Stride)
	t.Shape[0] = judgedRows
	t.Stride[0] *= rows / judgedRows
	return t
}

// worst is the largest error of a bounded output over its bound; an error where
// an output is wrong.
func worst(c, truth *reference.Call, k reference.Contract) (float64, error) {
	ratio := 0.0
	for o := range c.Out {
		if c.Out[o].Absent() {
			continue
		}
		b := c.Op.Bound(c, truth, k, o)
		for i := range b.Lo {
			got, want := c.Out[o].Get(i), truth.Out[o].Get(i)
			if math.IsNaN(got) && math.IsNaN(b.Lo[i]) {
				continue
			}
			if !(got >= b.Lo[i] && got <= b.Hi[i]) {
				return 0, fmt.Errorf("%s[%d] = %v, want %v within [%v, %v]", c.Op.Out[o].Name, i, got, want, b.Lo[i], b.Hi[i])
			}
			if b.Refuse != nil {
				if says := b.Refuse(i, got); says != "" {
					return 0, fmt.Errorf("%s[%d] = %v: %s", c.Op.Out[o].Name, i, got, says)
				}
			}
			if c.Op.Out[o].Judge == reference.Bounded && got != want {
				ratio = max(ratio, math.Abs(got-want)/max(b.Hi[i]-want, want-b.Lo[i]))
			}
		}
	}
	return ratio, nil
}

var hashSeed = maphash.MakeSeed()

// bits hashes the outputs' patterns.
func bits(c *reference.Call) uint64 {
	var h maphash.Hash
	h.SetSeed(hashSeed)
	for _, t := range c.Out {
		h.Write(t.Memory())
	}
	return h.Sum64()
}

// poison overwrites the outputs, so that a kernel that writes nothing is not
// taken for the one before it.
func poison(c *reference.Call) {
	for _, t := range c.Out {
		p := t.Memory()
		for n := copy(p, "\xA5"); n < len(p); n *= 2 {
			copy(p[n:], p[:n])
		}
	}
}
