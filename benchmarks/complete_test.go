package benchmarks

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

// alone are the operations without kernels of their own: the reference is all
// there is of them.
var alone = []string{"beam_search", "multinomial_logpmf", "multinomial_counts", "bm25", "monte_carlo", "bootstrap_ci", "worst_case", "pass_at_k"}

// missing names everything a row of the table of operations still lacks: what
// verification, benchmarks and documentation take from it. alone are operations
// that have no kernels by design.
func missing(op *reference.Op, variants []*reference.Variant, laws []properties.Law, classes []properties.Class, alone []string) (lacks []string) {
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

// Every row of the table has all that the rooms take from it.
func TestTableIsComplete(t *testing.T) {
	names := map[string]bool{}
	for _, op := range reference.Ops {
		if names[op.Name] {
			t.Errorf("%s stands in the table twice", op.Name)
		}
		names[op.Name] = true
		for _, what := range missing(op, Variants(), properties.Laws, properties.Classes, alone) {
			t.Errorf("%s lacks %s", op.Name, what)
		}
	}
	for _, v := range Variants() {
		if !names[v.Op] {
			t.Errorf("variant %s of %q: no such operation", v.Name, v.Op)
		}
	}
	for _, l := range properties.Laws {
		for _, op := range l.Ops {
			if !names[op] {
				t.Errorf("law %s binds %q: no such operation", l.Name, op)
			}
		}
	}
}

// A bare row is told everything it lacks.
func TestBareRowIsNamed(t *testing.T) {
	bare := &reference.Op{Name: "bare", In: []reference.Arg{{Name: "a"}}}
	got := missing(bare, Variants(), properties.Laws, properties.Classes, alone)
	for _, want := range []string{"a formula", "outputs", "a reference body", "an error bound", "edge cases", "shapes",
		"its work in flop and bytes", "a source", "what a is", "element types of a", "a law that binds it", "an input class", "a kernel"} {
		if !slices.Contains(got, want) {
			t.Errorf("a bare row is not told that it lacks %s: %v", want, got)
		}
	}
	if all := missing(reference.Ops[0], Variants(), properties.Laws, properties.Classes, alone); len(all) > 0 {
		t.Errorf("%s lacks %v", reference.Ops[0].Name, all)
	}
}

// Every file of kernels is claimed by a row: named for an operation, or shared
// by all or by a family.
func TestFilesAreClaimed(t *testing.T) {
	shared := []string{"doc", "kernels", "element", "row", "rows", "ahead", "dominant", "pieces", "log", "mass", "variants", "built_amd64", "built_arm64", "built_noasm",
		"bayes", "calibration", "divergence", "elementary", "log_row", "rank", "sequence", "tanh"}
	files, err := filepath.Glob("../optimized/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".go")
		if strings.HasSuffix(name, "_test") || slices.Contains(shared, name) {
			continue
		}
		if !slices.ContainsFunc(reference.Ops, func(op *reference.Op) bool { return strings.HasPrefix(name, op.Name) }) {
			t.Errorf("%s belongs to no operation", f)
		}
	}
	if _, err := os.Stat("../optimized/softmax.go"); err != nil {
		t.Error(err)
	}
}
