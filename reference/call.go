package reference

import (
	"fmt"
	"sort"
	"strings"
)

// Call is one invocation: arguments in the order of the operation's table row.
// An absent argument is the zero Tensor. An output in place has the Data, Off
// and Stride of its input.
type Call struct {
	Op      *Op
	In, Out []Tensor
	Choice  map[string]string

	memo any // what a body worked out and its bound needs again
}

// NewCall makes a call with the given inputs by name, its outputs allocated.
// It panics on a name the operation does not have: that is a slip in code.
func (op *Op) NewCall(in map[string]Tensor, choice map[string]string) *Call {
	c := &Call{Op: op, In: make([]Tensor, len(op.In)), Choice: choice}
	for name, t := range in {
		i := op.Input(name)
		if i < 0 {
			panic(fmt.Sprintf("reference: %s has no input %q", op.Name, name))
		}
		c.In[i] = t
	}
	c.Out = c.outputs(func(a *Arg) DType { return a.Type(c.DType()) })
	return c
}

// outputs allocates every output the chosen options produce.
func (c *Call) outputs(dtype func(*Arg) DType) []Tensor {
	out := make([]Tensor, len(c.Op.Out))
	dims := c.Dims()
	for i := range out {
		a := &c.Op.Out[i]
		if len(a.Dims) == 0 && c.Pick("reduction") == "none" {
			continue // a reduced output, and nothing is reduced
		}
		shape := make([]int, len(a.Dims))
		for j, d := range a.Dims {
			shape[j] = max(dims[d], 0)
		}
		out[i] = NewTensor(dtype(a), shape...)
	}
	return out
}

// DType is the element type of the case: that of its first input.
func (c *Call) DType() DType { return c.In[0].DType }

// Dims reads the sizes off the inputs. A size named "docs+1" is that of offsets
// into a ragged input: one more than docs. A size that only outputs have is the
// value of the parameter of that name.
func (c *Call) Dims() Dims {
	dims := Dims{}
	for i, t := range c.In {
		for j, d := range c.Op.In[i].Dims {
			if !t.Absent() && j < len(t.Shape) {
				base, more := plusOne(d)
				dims[base] = t.Shape[j] - more
			}
		}
	}
	if c.Op.Sizes != nil {
		c.Op.Sizes(c, dims)
	}
	c.parameterDims(dims)
	return dims
}

// plusOne takes "rows+1" apart into rows and 1.
func plusOne(dim string) (base string, more int) {
	if base, found := strings.CutSuffix(dim, "+1"); found {
		return base, 1
	}
	return dim, 0
}

// parameterDims adds the sizes of outputs that a parameter gives. One out of its
// domain is refused by that, and counts as 0 here.
func (c *Call) parameterDims(dims Dims) {
	const most = 1 << 24
	for i := range c.Op.Out {
		for _, d := range c.Op.Out[i].Dims {
			if _, seen := dims[d]; seen || c.Op.Input(d) < 0 {
				continue
			}
			if n := c.Param(d, 0); n >= 0 && n <= most {
				dims[d] = int(n)
			} else {
				dims[d] = 0
			}
		}
	}
}

// Arg is the named input; the zero Tensor where it is absent.
func (c *Call) Arg(name string) Tensor {
	if i := c.Op.Input(name); i >= 0 {
		return c.In[i]
	}
	return Tensor{}
}

// Param is the named parameter's value for row r, its default where absent.
func (c *Call) Param(name string, r int) float64 {
	i := c.Op.Input(name)
	if t := c.In[i]; !t.Absent() {
		return t.At(r)
	}
	v, _ := c.Op.In[i].Default.(float64)
	return v
}

// Pick is the chosen option, the first listed where none was chosen; "" where
// the operation has no such choice.
func (c *Call) Pick(choice string) string {
	if v, ok := c.Choice[choice]; ok {
		return v
	}
	if options := c.Op.Choices[choice]; len(options) > 0 {
		return options[0]
	}
	return ""
}

// Truth runs the reference on the call's inputs and returns a call that shares
// them and holds the outputs in float64 (integers in int64). A refusal comes
// back as a *Reject.
func (c *Call) Truth() (*Call, error) {
	t := &Call{Op: c.Op, In: c.In, Choice: c.Choice}
	t.Out = t.outputs(func(a *Arg) DType {
		if a.DTypes[0].Float() {
			return F64
		}
		return I64
	})
	if err := t.Check(); err != nil {
		return nil, err
	}
	if err := c.Op.Ref(t); err != nil {
		return nil, err
	}
	return t, nil
}

// ChoiceKey writes the chosen options in a fixed order, for ids and names.
func (c *Call) ChoiceKey() string {
	keys := make([]string, 0, len(c.Op.Choices))
	for name := range c.Op.Choices {
		keys = append(keys, name+"="+c.Pick(name))
	}
	sort.Strings(keys)
	return strings.Join(keys, ",")
}
