package zoo

import (
	"context"
	"slices"
	"testing"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

// lawSize is the largest vocabulary on which laws are heard here.
const lawSize = 1200

// cases are those of every class that can be answered in moments.
func cases(op *reference.Op, d reference.DType, seed uint64, f func(c properties.Case) (more bool)) {
	for _, class := range properties.Classes {
		if class.Make == nil || class.Ops != nil && !slices.Contains(class.Ops, op.Name) {
			continue
		}
		for _, c := range class.Make(op, d, lawSize, properties.NewDraw(seed, class.Name, op.Name, d.String())) {
			if c.Call.In[0].Len() <= 20000 && !f(c) {
				return
			}
		}
	}
}

// hear tries one law on one case, without the bound.
func hear(ctx context.Context, law *properties.Law, c properties.Case, k *Kernel) *properties.Finding {
	if !slices.Contains(law.Ops, k.Op) || law.Classes != nil && !slices.Contains(law.Classes, c.Class) {
		return nil
	}
	got := copied(c.Call)
	if k.Run(got) != nil {
		return nil
	}
	try := func(_ context.Context, c *reference.Call) error { return k.Run(c) }
	return law.Hold(ctx, try, k.Contract(c.Call.DType()), c, got)
}

// Every law, heard alone, catches the kernel that was planted for it.
func TestLawsCatchTheirOwn(t *testing.T) {
	wrong := Wrong()
	for i := range properties.Laws {
		law := &properties.Laws[i]
		t.Run(law.Name, func(t *testing.T) {
			planted := false
			for _, k := range wrong {
				if k.Law != law.Name {
					continue
				}
				planted = true
				op, err := reference.ByName(k.Op)
				if err != nil {
					t.Fatal(err)
				}
				var says *properties.Finding
				cases(op, k.DTypes[0], 1, func(c properties.Case) bool {
					says = hear(t.Context(), law, c, &k)
					return says == nil
				})
				if says == nil {
					t.Errorf("%s (%s): not caught", k.ID, k.Bug)
				} else {
					t.Logf("%s: %s %q: %s", k.ID, says.Class, says.Note, says.Says)
				}
			}
			if !planted {
				t.Error("no wrong kernel")
			}
		})
	}
}
