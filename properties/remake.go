package properties

import (
	"maps"
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// remake copies a call with the given rows of its inputs, in that order; a row
// may come more than once.
func remake(c *reference.Call, rows ...int) *reference.Call {
	in := map[string]reference.Tensor{}
	lists := ragged(c.Op)
	for i, t := range c.In {
		a := &c.Op.In[i]
		switch {
		case t.Absent():
			continue
		case lists != "" && a.Dims != nil && a.Dims[0] == lists:
			in[a.Name] = gather(t, listed(c, rows))
		case lists != "" && isOffsets(a):
			in[a.Name] = offsetsOf(c, rows)
		case byRow(a, t):
			in[a.Name] = gather(t, rows)
		default:
			in[a.Name] = t.Clone()
		}
	}
	return c.Op.NewCall(in, maps.Clone(c.Choice))
}

// byRow reports whether an argument has something for each row.
func byRow(a *reference.Arg, t reference.Tensor) bool {
	return slices.Contains(a.Dims, "rows") || a.PerRow && len(t.Shape) == 1
}

func gather(t reference.Tensor, rows []int) reference.Tensor {
	shape := slices.Clone(t.Shape)
	shape[0] = len(rows)
	each := 1
	for _, n := range shape[1:] {
		each *= n
	}
	g := reference.NewTensor(t.DType, shape...)
	for r, from := range rows {
		for i := range each {
			g.SetBits(r*each+i, t.Bits(from*each+i))
		}
	}
	return g
}

// give sets an argument of a call by name: one value for all rows, or one each.
func give(c *reference.Call, name string, v ...float64) {
	i := c.Op.Input(name)
	a := &c.Op.In[i]
	if len(v) == 1 && !slices.Contains(a.Dims, "rows") {
		c.In[i] = reference.Scalar(a.Type(c.DType()), v[0])
		return
	}
	c.In[i] = reference.Vector(a.Type(c.DType()), v...)
}

// choose sets an option and allocates the outputs it asks for.
func choose(c *reference.Call, choice, picked string) *reference.Call {
	in := map[string]reference.Tensor{}
	for i, t := range c.In {
		if !t.Absent() {
			in[c.Op.In[i].Name] = t
		}
	}
	options := maps.Clone(c.Choice)
	if options == nil {
		options = map[string]string{}
	}
	options[choice] = picked
	return c.Op.NewCall(in, options)
}

// columns copies a call with the columns of whatever has them taken from the
// places that from lists; -1 is a token without probability: -Inf among logits
// and logarithms, 0 among masses, gradients and weights.
func columns(c *reference.Call, rows []int, from []int) *reference.Call {
	in := map[string]reference.Tensor{}
	for i, t := range remake(c, rows...).In {
		a := &c.Op.In[i]
		switch {
		case t.Absent():
		case !slices.Contains(a.Dims, "vocab"):
			in[a.Name] = t
		case i == 0 && onLogits(c.Op) || a.Unit == "nats" || c.Pick("form") == "log":
			in[a.Name] = lastAxis(t, from, math.Inf(-1))
		default:
			in[a.Name] = lastAxis(t, from, 0)
		}
	}
	return c.Op.NewCall(in, maps.Clone(c.Choice))
}

// lastAxis takes the last axis of a tensor from other places, -1 for the empty.
func lastAxis(t reference.Tensor, from []int, empty float64) reference.Tensor {
	shape := slices.Clone(t.Shape)
	was := shape[len(shape)-1]
	shape[len(shape)-1] = len(from)
	y := reference.NewTensor(t.DType, shape...)
	for flat := range y.Len() {
		if j := from[flat%len(from)]; j >= 0 {
			y.SetBits(flat, t.Bits(flat/len(from)*was+j))
		} else {
			y.Put(flat, empty)
		}
	}
	return y
}

// few picks at most n rows of the case, spread over it: a law that runs the
// kernel again need not do so on a thousand rows. None where rows are longer
// than a law can afford, or where a row's answer hangs on the others, or on its
// number, as with a causal mask.
func (t *trial) few(n int) []int {
	x := t.c.Call.In[0]
	total, length := x.Shape[0], 1
	if len(x.Shape) > 1 {
		length = x.Shape[1]
	}
	if length == 0 || length > 1<<16 || coupled(t.c.Call) || t.c.Call.Pick("mask") == "causal" {
		return nil
	}
	if length > 1<<12 {
		n = 1
	}
	var rows []int
	for i := range min(n, total) {
		rows = append(rows, i*total/min(n, total))
	}
	return rows
}

// row is a row of the case's logits.
func (t *trial) row(r int) []float64 { return t.c.Call.In[0].Row(r, nil) }

// shiftFor is a number, as large as may be, that can be added to every logit of
// the rows without rounding one of them; 0 where there is none.
func shiftFor(c *reference.Call, rows []int) float64 {
	d := c.DType()
	var all []float64
	for _, r := range rows {
		all = append(all, c.In[0].Row(r, nil)...)
	}
	exact := func(by float64) bool {
		for _, v := range all {
			if s := v + by; !math.IsInf(v, 0) && !math.IsNaN(v) && (d.Round(s) != s || s-by != v || s-v != by) {
				return false
			}
		}
		return true
	}
	for e := 13; e >= -20; e-- {
		for _, sign := range []float64{-1, 1} {
			if by := math.Ldexp(sign, e); exact(by) {
				return by
			}
		}
	}
	return 0
}

// shift adds a number to every logit of a call made by remake.
func shift(c *reference.Call, by float64) {
	x := c.In[0]
	for i := range x.Len() {
		if v := x.Get(i); !math.IsNaN(v) && !math.IsInf(v, 0) {
			x.Put(i, v+by)
		}
	}
}

// ranked lists a row's indices, value descending, then index ascending.
func ranked(x []float64) []int {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case x[a] > x[b]:
			return -1
		case x[a] < x[b]:
			return 1
		}
		return 0
	})
	return order
}
