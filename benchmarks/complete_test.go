package benchmarks

import (
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
var alone = []string{}

// Every row of the table has all that the rooms take from it.
func TestTableIsComplete(t *testing.T) {
	names := map[string]bool{}
	for _, op := range reference.Ops {
		if names[op.Name] {
			t.Errorf("%s stands in the table twice", op.Name)
		}
		names[op.Name] = true
		for _, what := range Missing(op, Variants(), properties.Laws, properties.Classes, alone) {
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
	got := Missing(bare, Variants(), properties.Laws, properties.Classes, alone)
	for _, want := range []string{"a formula", "outputs", "a reference body", "an error bound", "edge cases", "shapes",
		"its work in flop and bytes", "a source", "what a is", "element types of a", "a law that binds it", "an input class", "a kernel"} {
		if !slices.Contains(got, want) {
			t.Errorf("a bare row is not told that it lacks %s: %v", want, got)
		}
	}
	if all := Missing(reference.Ops[0], Variants(), properties.Laws, properties.Classes, alone); len(all) > 0 {
		t.Errorf("%s lacks %v", reference.Ops[0].Name, all)
	}
}

// Every file of kernels is claimed by a row: named for an operation, or shared
// by all.
func TestFilesAreClaimed(t *testing.T) {
	shared := []string{"doc", "kernels", "element", "row", "rows", "log", "mass", "variants", "built_amd64", "built_arm64", "built_noasm"}
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
