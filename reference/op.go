package reference

import (
	"fmt"
	"strings"
)

// Dims gives the sizes a shape is made of: {"rows": 8, "vocab": 32000}.
type Dims map[string]int

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
