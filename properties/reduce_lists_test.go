package properties

import (
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

// A wrong kernel on lists, or on queries and keys, comes down to a token or a key
// too: lists lose entries with their offsets, keys go with their values.
func TestReduceListsAndKeys(t *testing.T) {
	for _, law := range []struct {
		name, class string
		most        map[string]int // elements left of an input
	}{
		{"penalised_no_more", "G42", map[string]int{"x": 2, "history": 1}},
		{"hidden_has_no_influence", "G03", map[string]int{"Q": 2, "K": 4, "V": 4}},
	} {
		t.Run(law.name, func(t *testing.T) {
			for _, p := range wrongSelections {
				if p.law != law.name {
					continue
				}
				op, err := reference.ByName(p.op)
				if err != nil {
					t.Fatal(err)
				}
				impl := Table("planted", []*reference.Variant{{Op: p.op, Name: "planted", DTypes: []reference.DType{reference.F32}, Contract: right.contract(reference.F32), Run: p.run}})
				var cases []Case
				for _, c := range Classes {
					if c.Name == law.class {
						cases = c.Make(op, reference.F32, 40, NewDraw(1, c.Name))
					}
				}
				r, err := suite{}.check(t.Context(), impl, Options{Seed: 5, Only: true, Ops: []string{p.op}, Extra: cases})
				if err != nil {
					t.Fatal(err)
				}
				small := false
				for i := range r.Findings {
					f := &r.Findings[i]
					t.Log(f.String())
					fits := f.Status == Fail
					for name, most := range law.most {
						fits = fits && f.Call.Arg(name).Len() <= most
					}
					small = small || fits
				}
				if !small {
					t.Errorf("no finding comes down to %v elements", law.most)
				}
			}
		})
	}
}
