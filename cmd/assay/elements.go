package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/seed-210c9500/assay/reference"
)

// element is one value of an output beside what it should have been.
type element struct {
	out, flat        int
	index            []int
	got, ref, lo, hi float64
	refuse           string // why a value inside its interval is wrong all the same
	terms            []reference.Term
}

// held reports whether the value is right.
func (e *element) held() bool {
	if e.refuse != "" {
		return false
	}
	if math.IsNaN(e.lo) {
		return math.IsNaN(e.got)
	}
	return e.got >= e.lo && e.got <= e.hi
}

// ratio is the error in multiples of what is allowed on that side.
func (e *element) ratio() float64 { return errOverBound(e.got, e.ref, e.lo, e.hi) }

func errOverBound(got, ref, lo, hi float64) float64 {
	err, allowed := got-ref, hi-ref
	if got < ref {
		err, allowed = ref-got, ref-lo
	}
	switch {
	case got == ref || math.IsNaN(got) && math.IsNaN(ref):
		return 0
	case math.IsNaN(err) || math.IsInf(err, 0) || allowed <= 0 || math.IsNaN(allowed):
		return math.Inf(1)
	}
	return err / allowed
}

// judge compares every element of the call's outputs with the reference inside
// the bound of a contract. A refusal of the reference comes back as the error.
func judge(c *reference.Call, k reference.Contract) ([]element, error) {
	truth, err := c.Truth()
	if err != nil {
		return nil, err
	}
	var all []element
	for o, t := range c.Out {
		if t.Absent() {
			continue
		}
		b := c.Op.Bound(c, truth, k, o)
		for i := range t.Len() {
			e := element{out: o, flat: i, index: unflatten(i, t.Shape), got: t.Get(i), ref: truth.Out[o].Get(i), lo: b.Lo[i], hi: b.Hi[i]}
			if b.Refuse != nil {
				e.refuse = b.Refuse(i, e.got)
			}
			if b.Terms != nil && (!e.held() || t.Len() <= 1<<12) {
				e.terms = b.Terms(i)
			}
			all = append(all, e)
		}
	}
	return all, nil
}

func unflatten(flat int, shape []int) []int {
	index := make([]int, len(shape))
	for i := len(shape) - 1; i >= 0; i-- {
		index[i] = flat % shape[i]
		flat /= shape[i]
	}
	return index
}

// place writes an element as y[0,3], a scalar as y.
func place(name string, index []int) string {
	if len(index) == 0 {
		return name
	}
	return name + strings.ReplaceAll(fmt.Sprint(index), " ", ",")
}

// short writes a number in few digits.
func short(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// exact writes a number so that it reads back to the same bits: in hex where
// that is short, else in as few decimals as do.
func exact(v float64, d reference.DType) string {
	if !d.Float() || math.IsNaN(v) || math.IsInf(v, 0) || v == math.Trunc(v) && math.Abs(v) < 1e6 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	if hex := strconv.FormatFloat(v, 'x', -1, 64); len(hex) <= 12 {
		return hex
	}
	bits := 32
	if d == reference.F64 {
		bits = 64
	}
	return strconv.FormatFloat(v, 'g', -1, bits)
}

// inline writes a call's inputs, up to limit values of each.
func inline(c *reference.Call, limit int) []string {
	var lines []string
	for i, t := range c.In {
		if t.Absent() {
			continue
		}
		var b strings.Builder
		fmt.Fprintf(&b, "%s %v%s =", c.Op.In[i].Name, t.DType, strings.ReplaceAll(fmt.Sprint(t.Shape), " ", "x"))
		for j := range min(t.Len(), limit) {
			b.WriteByte(' ')
			if t.DType.Float() {
				b.WriteString(exact(t.Get(j), t.DType))
			} else if t.DType == reference.U64 {
				fmt.Fprint(&b, t.Bits(j))
			} else {
				fmt.Fprint(&b, t.Int(j))
			}
		}
		if t.Len() > limit {
			fmt.Fprintf(&b, " and %d more", t.Len()-limit)
		}
		lines = append(lines, b.String())
	}
	for name := range c.Op.Choices {
		if v, ok := c.Choice[name]; ok && v != "" {
			lines = append(lines, name+" = "+v)
		}
	}
	return lines
}
