package benchmarks

import (
	"fmt"
	"slices"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

// Missing names everything a row of the table of operations still lacks: what
// verification, benchmarks and documentation take from it. alone are operations
// that have no kernels by design.
func Missing(op *reference.Op, variants []*reference.Variant, laws []properties.Law, classes []properties.Class, alone []string) (lacks []string) {
	need := func(ok bool, what string) {
		if !ok {
			lacks = append(lacks, what)
		}
	}
	need(op.Name != "", "a name")
	need(op.Formula != "", "a formula")
	need(len(op.In) > 0, "inputs")
	need(len(op.Out) > 0, "outputs")
	need(op.Ref != nil, "a reference body")
	need(op.Bound != nil, "an error bound")
	need(len(op.Edges) > 0, "edge cases")
	need(len(op.Shapes) > 0, "shapes")
	need(op.Work != nil, "its work in flop and bytes")
	need(len(op.Cites) > 0, "a source")
	for _, a := range slices.Concat(op.In, op.Out) {
		need(a.Says != "", fmt.Sprintf("what %s is", a.Name))
		need(len(a.DTypes) > 0, fmt.Sprintf("element types of %s", a.Name))
	}
	for _, e := range op.Edges {
		_, ok := e.Want["ieee"]
		need(ok, fmt.Sprintf("the default profile's answer to edge %s", e.Name))
	}
	need(slices.ContainsFunc(laws, func(l properties.Law) bool { return slices.Contains(l.Ops, op.Name) }), "a law that binds it")
	need(slices.ContainsFunc(classes, func(c properties.Class) bool {
		return c.Make != nil && (slices.Contains(c.Ops, op.Name) || c.Ops == nil && op.Input("x") >= 0)
	}), "an input class")
	mine := slices.ContainsFunc(variants, func(v *reference.Variant) bool { return v.Op == op.Name })
	need(mine || slices.Contains(alone, op.Name), "a kernel")
	return lacks
}
