package reference

import (
	"fmt"
	"sort"
	"strings"
)

// Dims gives the sizes a shape is made of: {"rows": 8, "vocab": 32000}.
type Dims map[string]int

// Judge says how an output is judged.
type Judge uint8

const (
	Exact   Judge = iota // every honest kernel gives this very value
	Bounded              // within the derived bound of the reference
	ByLaw                // a choice: the bound says which answers are open
)

// String names the way of judging.
func (j Judge) String() string { return [...]string{"exact", "bounded", "by law"}[j] }

// Arg describes an input, a parameter or an output.
type Arg struct {
	Name, Unit string
	Says       string   // what it is, in a few words
	Dims       []string // {"rows", "vocab"}; none for a scalar; "rows+1": offsets, one more than rows
	PerRow     bool     // a parameter: a scalar, or one value per row

	// DTypes lists the element types it may have. In a case of dtype d it has
	// type d where d is listed, else the first: see Type.
	DTypes []DType

	Optional bool // may be absent: an input without a value, an output not asked for
	Default  any  // the value when absent, nil for none

	// Domain refuses bad values. It sees the whole call: whether a label is in
	// range depends on the vocabulary and on ignore_index.
	Domain func(c *Call) *Reject

	InPlace string // output: the input it may share storage with
	Judge   Judge  // output: how it is judged
}

// Type is the element type of the argument in a case of dtype d.
func (a *Arg) Type(d DType) DType {
	for _, t := range a.DTypes {
		if t == d {
			return t
		}
	}
	if d == F64 && a.DTypes[0] == F32 {
		return F64
	}
	return a.DTypes[0]
}

// Edge is an edge case with its declared answer in one or more profiles.
type Edge struct {
	Name, Says string
	Make       func(op *Op, d DType) *Call
	Want       map[string]Answer // by profile; "ieee" is always there
}

// Answer is what a profile declares for an edge case: values of each output in
// row-major order (nil: that output is not looked at), or a refusal's code.
type Answer struct {
	Out  [][]float64
	Code string
}

// Op describes one operation: a row of Ops.
type Op struct {
	Name, Formula string
	In, Out       []Arg               // parameters (temperature, p, seed, u) are inputs too
	Choices       map[string][]string // reduction, ...; the first is the default

	// Sizes, where set, adds the sizes that parameters decide: how many values
	// top_k returns. It must stand a parameter that is out of its domain.
	Sizes func(c *Call, dims Dims)

	Ref func(*Call) error // the float64 body; outputs are F64 (or integer) tensors

	// Bound gives the interval each element of output out must lie in. c holds
	// the inputs and the kernel's own outputs: where a discrete choice is open
	// (how many tokens the nucleus keeps when a prefix equals p to within
	// rounding), the other outputs are judged given the choice made. ref holds
	// the reference's outputs.
	Bound func(c, ref *Call, k Contract, out int) Bounds

	Edges  []Edge
	Shapes []Dims // for benchmarks and case generation, small to large
	Work   func(Dims) (flop, bytes int64)
	Cites  []string
}

// Call is one invocation: arguments in the order of the operation's table row.
// An absent argument is the zero Tensor. An output in place has the Data, Off
// and Stride of its input.
type Call struct {
	Op      *Op
	In, Out []Tensor
	Choice  map[string]string

	memo any // what a body worked out and its bound needs again
}

// ByName finds an operation; the error lists what there is.
func ByName(name string) (*Op, error) {
	names := make([]string, 0, len(Ops))
	for _, op := range Ops {
		if op.Name == name {
			return op, nil
		}
		names = append(names, op.Name)
	}
	return nil, fmt.Errorf("unknown operation %q: want one of %s", name, strings.Join(names, ", "))
}

// Input is the position of the named input, or -1.
func (op *Op) Input(name string) int { return position(op.In, name) }

// Output is the position of the named output, or -1.
func (op *Op) Output(name string) int { return position(op.Out, name) }

func position(args []Arg, name string) int {
	for i := range args {
		if args[i].Name == name {
			return i
		}
	}
	return -1
}

// DTypes lists the element types a case of this operation can have: those of
// its first input.
func (op *Op) DTypes() []DType { return op.In[0].DTypes }

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

// Check refuses a call whose shapes or types do not fit (a plain error: the
// caller's slip) or whose values are out of domain (a *Reject).
func (c *Call) Check() error {
	dims := Dims{}
	d := c.DType()
	for i := range c.Op.In {
		if err := c.checkArg(&c.Op.In[i], c.In[i], dims, d); err != nil {
			return err
		}
	}
	if c.Op.Sizes != nil {
		c.Op.Sizes(c, dims)
	}
	c.parameterDims(dims)
	for i := range c.Op.Out {
		if t := c.Out[i]; !t.Absent() {
			if err := c.checkArg(&c.Op.Out[i], t, dims, 0); err != nil {
				return err
			}
		}
	}
	for name, v := range c.Choice {
		if err := oneOf(name, v, c.Op.Choices[name]...); err != nil {
			return fmt.Errorf("%s: %w", c.Op.Name, err)
		}
	}
	for i := range c.Op.In {
		if a := &c.Op.In[i]; a.Domain != nil && !c.In[i].Absent() {
			if r := a.Domain(c); r != nil {
				return r
			}
		}
	}
	return nil
}

func (c *Call) checkArg(a *Arg, t Tensor, dims Dims, d DType) error {
	if t.Absent() {
		if a.Default == nil && !a.Optional {
			return fmt.Errorf("%s: %s is missing", c.Op.Name, a.Name)
		}
		return nil
	}
	allowed := a.DTypes
	if d != 0 && d.Float() && t.DType.Float() {
		allowed = []DType{a.Type(d)}
	}
	ok := false
	for _, w := range allowed {
		ok = ok || w == t.DType
	}
	if !ok && !(d == 0 && t.DType == F64) { // the reference writes F64 outputs
		return fmt.Errorf("%s: %s has dtype %v, want %v", c.Op.Name, a.Name, t.DType, allowed)
	}
	want := a.Dims
	if a.PerRow && len(t.Shape) == 1 {
		want = []string{"rows"}
	}
	if len(t.Shape) != len(want) || len(t.Stride) != len(t.Shape) {
		return fmt.Errorf("%s: %s has shape %v with strides %v, want %v", c.Op.Name, a.Name, t.Shape, t.Stride, want)
	}
	for j, name := range want {
		if t.Shape[j] < 0 {
			return fmt.Errorf("%s: %s has shape %v: sizes cannot be negative", c.Op.Name, a.Name, t.Shape)
		}
		base, more := plusOne(name)
		if have, seen := dims[base]; seen && have+more != t.Shape[j] {
			return fmt.Errorf("%s: %s has %d %s, want %d as the arguments before it", c.Op.Name, a.Name, t.Shape[j], name, have+more)
		}
		if t.Shape[j] < more {
			return fmt.Errorf("%s: %s has no elements: want at least the offset 0", c.Op.Name, a.Name)
		}
		dims[base] = t.Shape[j] - more
	}
	return nil
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
