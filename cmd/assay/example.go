package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

// exampleVocab is the size of the row that bounds are quoted for.
const exampleVocab = 1000

// example is an ordinary call of an operation: one row of normal logits with a
// spread of 3, the same on every machine. It stands for no kernel; bounds are
// quoted for it.
func example(op *reference.Op, d reference.DType) *reference.Call {
	draw := properties.NewDraw(1, op.Name)
	in := map[string]reference.Tensor{}
	for i, a := range op.In {
		t := a.Type(d)
		switch {
		case i == 0:
			in[a.Name] = properties.Matrix(d, 1, exampleVocab, func(_, _ int) float64 { return 3 * draw.Normal() })
		case a.Name == "label":
			in[a.Name] = reference.Vector(t, 0)
		case a.Name == "u" && len(a.Dims) == 2:
			in[a.Name] = properties.Matrix(t, 1, exampleVocab, func(_, _ int) float64 { return draw.Float() })
		case a.Name == "score":
			in[a.Name] = reference.Vector(t, -1)
		case a.Name == "k":
			in[a.Name] = reference.Scalar(t, 8)
		case a.Name == "u":
			in[a.Name] = reference.Vector(t, 0.5)
		case a.Name == "p" && a.PerRow:
			in[a.Name] = reference.Scalar(t, realP)
		}
	}
	c := op.NewCall(in, nil)
	if c.Check() == nil {
		return c
	}
	if c := largest(op, d); c != nil {
		return c
	}
	for _, e := range op.Edges { // its first case that is not refused
		var r *reference.Reject
		if c := e.Make(op, d); !errors.As(c.Check(), &r) {
			return c
		}
	}
	return c
}

// largest is the example of an operation on something other than a row of
// logits: the largest case up to that size of the class that varies sizes.
func largest(op *reference.Op, d reference.DType) (most *reference.Call) {
	for _, class := range properties.Classes {
		if class.Name != "G13" || class.Make == nil {
			continue
		}
		for _, c := range class.Make(op, d, exampleVocab, properties.NewDraw(1, op.Name)) {
			if c.Call.Check() == nil && (most == nil || c.Call.In[0].Len() > most.In[0].Len()) {
				most = c.Call
			}
		}
	}
	return most
}

// exampleSays describes the example.
func exampleSays(c *reference.Call) string {
	if c.Op.In[0].Name == "x" && len(c.In[0].Shape) == 2 && c.In[0].Shape[0] == 1 && c.In[0].Shape[1] == exampleVocab {
		return fmt.Sprintf("one row of %d normal logits", exampleVocab)
	}
	var parts []string
	for i, t := range c.In {
		if !t.Absent() && len(t.Shape) > 0 {
			parts = append(parts, fmt.Sprintf("%s [%s]", c.Op.In[i].Name, strings.Trim(strings.ReplaceAll(fmt.Sprint(t.Shape), " ", "x"), "[]")))
		}
	}
	return "ordinary " + strings.Join(parts, ", ")
}

// bounded is the example with the reference's own answers as the kernel's, and
// every element's bound under a contract.
func bounded(op *reference.Op, d reference.DType, k reference.Contract) (*reference.Call, []element, error) {
	c := example(op, d)
	truth, err := c.Truth()
	if err != nil {
		return c, nil, err
	}
	for o, t := range c.Out {
		for i := range t.Len() {
			if !t.Absent() {
				t.Put(i, truth.Out[o].Get(i))
			}
		}
	}
	all, err := judge(c, k)
	return c, all, err
}
