package properties

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/seed-210c9500/assay/reference"
)

// reduction makes a failing call small: delta debugging (Zeller and Hildebrandt
// 2002) on rows, then columns, then simpler values, keeping the same law broken.
type reduction struct {
	x     *examiner
	ctx   context.Context
	c     Case
	law   string
	state Status
	steps steps
	best  *Finding
	left  int // runs still allowed
	until time.Time
}

// reduce returns the finding of the smallest call found within the number of
// runs and the time allowed; the finding itself where nothing smaller fails in
// the same way.
func (x *examiner) reduce(ctx context.Context, c Case, f *Finding, laws []Law, runs int, limit time.Duration) *Finding {
	if c.Edge != nil || f.Law == "concurrent" || f.Law == "late-write" {
		return f // small by nature; a matter of luck
	}
	r := &reduction{x: x, ctx: ctx, c: c, law: f.Law, state: f.Status, left: runs, until: time.Now().Add(limit)}
	switch f.Law {
	case "repeat", "written":
		r.steps.again = true
	case "layout":
		r.steps.layouts = []Layout{f.Layout}
	default:
		r.c.Layout = f.Layout
	}
	for _, law := range laws {
		if law.Name == f.Law {
			r.steps.laws = []Law{law}
		}
	}
	if !r.fails(c.Call) {
		return f
	}
	call := r.best.Call
	for range 2 { // simpler values often let more columns go
		r.half(r.rows)
		r.half(r.columns)
		r.half(r.values)
		r.half(r.parameters)
	}
	before, after := call.In[0].Shape, r.best.Call.In[0].Shape
	r.best.Reduced = fmt.Sprintf("from %v to %v", before, after)
	return r.best
}

// fails runs a call and remembers it when it fails as the first one did.
func (r *reduction) fails(call *reference.Call) bool {
	if r.spent() {
		return false
	}
	r.left--
	c := r.c
	c.Call = call
	o := r.x.examine(r.ctx, newSheet(c), r.steps)
	if o.err != nil || o.finding == nil || o.finding.Law != r.law || o.finding.Status != r.state {
		return false
	}
	r.best = o.finding
	return true
}

// spent says that nothing more may be run. Every phase asks: making ready what is
// not run takes minutes for a wide row.
func (r *reduction) spent() bool {
	return r.left <= 0 || r.ctx.Err() != nil || time.Now().After(r.until)
}

// half runs a phase on half of the runs left, so that one which gets nowhere
// does not starve the others.
func (r *reduction) half(phase func()) {
	spare := r.left / 2
	r.left -= spare
	phase()
	r.left += spare
}

// rows drops rows, columns drops columns of the logits and whatever goes with
// them, or what stands in their place: samples, observations.
func (r *reduction) rows() { r.along("rows") }

func (r *reduction) columns() {
	seen := map[string]bool{"rows": true}
	for _, a := range r.best.Call.Op.In {
		for _, dim := range a.Dims {
			if !seen[dim] {
				seen[dim] = true
				r.along(dim)
			}
		}
	}
}

func (r *reduction) along(dim string) {
	c := r.best.Call
	r.drop(c.Dims()[dim], func(keep []int) bool { return r.fails(subset(c, dim, keep)) })
}

// drop tries to leave out pieces of n things: halves, then quarters, down to
// single ones, which it goes through until none can go.
func (r *reduction) drop(n int, fails func(keep []int) bool) {
	keep := make([]int, n)
	for i := range keep {
		keep[i] = i
	}
	for size := (n + 1) / 2; size >= 1; {
		dropped := false
		for lo := 0; lo < len(keep) && len(keep) > 1 && !r.spent(); {
			hi := min(lo+size, len(keep))
			rest := slices.Concat(keep[:lo], keep[hi:])
			if len(rest) > 0 && fails(rest) {
				keep, dropped = rest, true
			} else {
				lo = hi
			}
		}
		if size == 1 && !dropped {
			return
		}
		size = max(min(size/2, (len(keep)+1)/2), 1)
	}
}

// subset is the call with the given places of one dimension only, in all
// arguments that have it; nil keeps all.
func subset(c *reference.Call, dim string, keep []int) *reference.Call {
	if lists := ragged(c.Op); lists != "" && keep != nil && (dim == "rows" || dim == lists) {
		return subsetOfLists(c, dim, keep)
	}
	in := map[string]reference.Tensor{}
	for i, t := range c.In {
		a := &c.Op.In[i]
		if t.Absent() {
			continue
		}
		dims := a.Dims
		if a.PerRow && len(t.Shape) == 1 {
			dims = []string{"rows"}
		}
		t = packed(t)
		for axis, name := range dims {
			if name == dim && keep != nil {
				t = pick(t, axis, keep)
			}
		}
		if (dim == "vocab" || dim == "length") && keep != nil && pointsAtColumns(a) {
			t = remap(t, keep, c.Dims()[dim])
		}
		in[a.Name] = t
	}
	return again(c, in)
}

// again makes a call like c, the same outputs asked for, with other inputs.
func again(c *reference.Call, in map[string]reference.Tensor) *reference.Call {
	n := c.Op.NewCall(in, c.Choice)
	for i, t := range c.Out {
		if t.Absent() {
			n.Out[i] = reference.Tensor{}
		}
	}
	return n
}

func pick(t reference.Tensor, axis int, keep []int) reference.Tensor {
	shape := slices.Clone(t.Shape)
	shape[axis] = len(keep)
	g := reference.NewTensor(t.DType, shape...)
	inner := 1
	for _, s := range shape[axis+1:] {
		inner *= s
	}
	w := width(t.DType) * inner
	from, to := contents(t), contents(g)
	for outer := range len(to) / max(w*len(keep), 1) {
		for i, k := range keep {
			copy(to[(outer*len(keep)+i)*w:][:w], from[(outer*t.Shape[axis]+k)*w:])
		}
	}
	return g
}

// pointsAtColumns says that an input's numbers are positions in the vocabulary:
// signed integers, one for each row. Counts have one for each column.
func pointsAtColumns(a *reference.Arg) bool {
	return len(a.Dims) > 0 && !slices.Contains(a.Dims, "vocab") && !isOffsets(a) && (a.DTypes[0] == reference.I64 || a.DTypes[0] == reference.I32)
}

// remap moves labels along with their columns. One whose column went moves to a
// neighbour; one out of range stays as far out as it was.
func remap(t reference.Tensor, cols []int, vocab int) reference.Tensor {
	n := t.Clone()
	for i := range n.Len() {
		switch v := n.Int(i); {
		case v < 0:
		case v >= int64(vocab):
			n.PutInt(i, v-int64(vocab)+int64(len(cols)))
		default:
			at, _ := slices.BinarySearch(cols, int(v))
			n.PutInt(i, int64(min(at, len(cols)-1)))
		}
	}
	return n
}

// values makes the logits simple, in pieces that get smaller: all zero, masked,
// whole numbers, two digits.
func (r *reduction) values() {
	n := r.best.Call.In[0].Len()
	for size := n; size >= 1; size /= 2 {
		for lo := 0; lo < n && !r.spent(); lo += size {
			for _, simple := range simplifications {
				r.try(0, lo, min(lo+size, n), simple)
			}
		}
		if r.spent() {
			return
		}
	}
}

// parameters moves every other input towards its default or a simple value.
func (r *reduction) parameters() {
	for name := range r.best.Call.Choice {
		c := *r.best.Call
		choice := map[string]string{}
		for k, v := range c.Choice {
			if k != name {
				choice[k] = v
			}
		}
		c.Choice = choice
		r.fails(subset(&c, "", nil))
	}
	for i := 1; i < len(r.best.Call.In); i++ {
		if r.best.Call.In[i].Absent() {
			continue
		}
		in := named(r.best.Call)
		delete(in, r.best.Call.Op.In[i].Name)
		if r.fails(again(r.best.Call, in)) {
			continue
		}
		for lo := range min(r.best.Call.In[i].Len(), 8) {
			for _, simple := range simplifications {
				if r.try(i, lo, lo+1, simple) {
					break
				}
			}
		}
	}
}

func named(c *reference.Call) map[string]reference.Tensor {
	in := map[string]reference.Tensor{}
	for i, t := range c.In {
		if !t.Absent() {
			in[c.Op.In[i].Name] = t
		}
	}
	return in
}

// simplifications from the simplest on. Each gives a plainer number for v.
var simplifications = []func(v float64) float64{
	func(float64) float64 { return 0 },
	func(float64) float64 { return 1 },
	func(float64) float64 { return math.Inf(-1) },
	math.Round,
	func(v float64) float64 {
		s, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 2, 64), 64)
		return s
	},
}

// try simplifies elements [lo, hi) of input i, where that makes them plainer.
func (r *reduction) try(i, lo, hi int, simple func(float64) float64) bool {
	t := r.best.Call.In[i].Clone()
	before, after := 0, 0
	for j := lo; j < hi; j++ {
		before += digits(t, j)
		t.Put(j, simple(t.Get(j)))
		after += digits(t, j)
	}
	if after >= before {
		return false
	}
	in := named(r.best.Call)
	in[r.best.Call.Op.In[i].Name] = t
	return r.fails(again(r.best.Call, in))
}

// digits is how much there is to read in an element: nothing in a zero.
func digits(t reference.Tensor, i int) int {
	switch v := t.Get(i); {
	case v == 0:
		return 0
	case math.IsInf(v, -1):
		return 2
	}
	return 1 + len(number(t, i))
}
