package main

import (
	"fmt"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

// exampleVocab is the size of the row that bounds are quoted for.
const exampleVocab = 1000

// example is an ordinary call of an operation, and what it is: one row of normal
// logits with a spread of 3, the same on every machine, or, of an operation on
// something else, its first edge case that is answered. It stands for no kernel;
// bounds are quoted for it.
func example(op *reference.Op, d reference.DType) (c *reference.Call, says string) {
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
		case a.Name == "u":
			in[a.Name] = reference.Vector(t, 0.5)
		case a.Name == "score":
			in[a.Name] = reference.Vector(t, -1)
		case a.Name == "k":
			in[a.Name] = reference.Scalar(t, 8)
		case a.Name == "p" && a.PerRow:
			in[a.Name] = reference.Scalar(t, realP)
		}
	}
	c = op.NewCall(in, nil)
	if c.Check() == nil {
		return c, fmt.Sprintf("one row of %d normal logits", exampleVocab)
	}
	for _, e := range op.Edges {
		if c := e.Make(op, d); c.Check() == nil {
			return c, "the edge case " + e.Name
		}
	}
	return c, "nothing: no edge case is answered"
}

// bounded is the example with the reference's own answers as the kernel's, and
// every element's bound under a contract.
func bounded(op *reference.Op, d reference.DType, k reference.Contract) (*reference.Call, []element, error) {
	c, _ := example(op, d)
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
