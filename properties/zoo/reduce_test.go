package zoo

import (
	"math"
	"testing"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

// A failure of an operation on tokens, sequences, pairs or tables is made small
// too, and stays a call that fails.
func TestReduceOtherSubjects(t *testing.T) {
	for _, p := range []struct {
		op   string
		most int // numbers of the first input left
	}{{"sequence_logprob", 2}, {"perplexity", 2}, {"kl", 6}, {"softmax_backward", 6}, {"mutual_information", 6}} {
		wrong := &reference.Variant{Op: p.op, Name: "off", DTypes: []reference.DType{reference.F32}, Contract: reference.DefaultContract(reference.F32),
			Run: output(0, func(_ *reference.Call, _ int, v float64) float64 {
				if v*64 == math.Round(v*64) {
					return v // leave the edge cases alone
				}
				return v*1.01 + 0.01
			})}
		r, err := properties.Check(t.Context(), properties.Table("off", []*reference.Variant{wrong}), properties.Options{Seed: 3, Effort: properties.Quick, Ops: []string{p.op}, DTypes: []reference.DType{reference.F32}})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, f := range r.Findings {
			if f.Law == "bound" && f.Class != "edge" {
				found = true
				if n := f.Call.In[0].Len(); n > p.most {
					t.Errorf("%s: %d numbers left (%s), want at most %d", p.op, n, f.Reduced, p.most)
				}
			}
		}
		if !found {
			t.Errorf("%s: no finding", p.op)
		}
	}
}

// A wrong kernel on lists, or on queries and keys, comes down to a token or a key
// too: lists lose entries with their offsets, keys go with their values.
func TestReduceListsAndKeys(t *testing.T) {
	for _, p := range []struct {
		id, class string
		most      map[string]int // elements left of an input
	}{
		{"penalties/a-negative-logit-divided", "G42", map[string]int{"x": 2, "history": 1}},
		{"attention/a-hidden-weight-of-0-times-nan", "G03", map[string]int{"Q": 2, "K": 4, "V": 4}},
	} {
		t.Run(p.id, func(t *testing.T) {
			k := named(t, p.id)
			op, err := reference.ByName(k.Op)
			if err != nil {
				t.Fatal(err)
			}
			var cases []properties.Case
			for _, c := range properties.Classes {
				if c.Name == p.class {
					cases = c.Make(op, reference.F32, 40, properties.NewDraw(1, c.Name))
				}
			}
			r, err := properties.Check(t.Context(), k.Implementation(), properties.Options{Seed: 5, Only: true, Ops: []string{k.Op}, Extra: cases})
			if err != nil {
				t.Fatal(err)
			}
			small := false
			for i := range r.Findings {
				f := &r.Findings[i]
				t.Log(f.String())
				fits := f.Status == properties.Fail
				for name, most := range p.most {
					fits = fits && f.Call.Arg(name).Len() <= most
				}
				small = small || fits
			}
			if !small {
				t.Errorf("no finding comes down to %v elements", p.most)
			}
		})
	}
}

func named(t *testing.T, id string) *Kernel {
	t.Helper()
	for _, k := range Wrong() {
		if k.ID == id {
			return &k
		}
	}
	t.Fatalf("no kernel %s", id)
	return nil
}
