package properties

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

// hear tries laws on one case and returns what they say against the kernel.
func hear(t *testing.T, c Case, k kernel, contract reference.Contract, laws []Law) []*Finding {
	t.Helper()
	got := remake(c.Call, all(c.Call)...)
	if err := k.run(got); err != nil {
		return nil
	}
	var found []*Finding
	ctx := carrying(t.Context(), newSheet(c))
	try := func(_ context.Context, c *reference.Call) error { return k.run(c) }
	for _, l := range laws {
		if slices.Contains(l.Ops, c.Call.Op.Name) && (l.Classes == nil || slices.Contains(l.Classes, c.Class)) {
			if f := l.Hold(ctx, try, contract, c, got); f != nil {
				found = append(found, f)
			}
		}
	}
	return found
}

// all lists a call's rows.
func all(c *reference.Call) []int {
	rows := make([]int, c.In[0].Shape[0])
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// bounded is the judge in few words: the first element outside its interval.
func bounded(c *reference.Call, k reference.Contract) string {
	truth, err := c.Truth()
	if err != nil {
		return ""
	}
	for o, out := range c.Out {
		if out.Absent() {
			continue
		}
		b := c.Op.Bound(c, truth, k, o)
		for i := range b.Lo {
			got := out.Get(i)
			if got != got && b.Lo[i] != b.Lo[i] || got >= b.Lo[i] && got <= b.Hi[i] && (b.Refuse == nil || b.Refuse(i, got) == "") {
				continue
			}
			return fmt.Sprintf("%s[%d] = %v, want %v in [%v, %v]", c.Op.Out[o].Name, i, got, truth.Out[o].Get(i), b.Lo[i], b.Hi[i])
		}
	}
	return ""
}

// sweep is set by SWEEP, a seed: every right kernel on every case, and every case
// for every wrong one, which takes minutes. Otherwise a case is tried on one right
// kernel, in turn, and a wrong one is left as soon as it is caught.
var sweep = os.Getenv("SWEEP") != ""

// No law, and no bound, accuses a correct kernel, on any class, in any type.
func TestLawsAcceptTheFamily(t *testing.T) {
	size, seed := 300, uint64(1) // 1200 takes minutes
	if testing.Short() {
		size = 70
	}
	if v, err := strconv.ParseUint(os.Getenv("SWEEP"), 10, 64); err == nil {
		seed = v
	}
	for _, op := range reference.Ops {
		if family(op.Name)[0].run == nil {
			continue // no right kernels here yet
		}
		for _, d := range op.DTypes() {
			t.Run(op.Name+"/"+d.String(), func(t *testing.T) {
				cases := makeAll(op, d, size, seed)
				for n, k := range family(op.Name) {
					for i, c := range cases {
						if !sweep && i%len(family(op.Name)) != n {
							continue
						}
						got := remake(c.Call, all(c.Call)...)
						if k.run(got) == nil {
							if says := bounded(got, k.contract(d)); says != "" {
								t.Errorf("%s %s %q bound: %s", k.name, c.Class, c.Note, says)
							}
						}
						for _, f := range hear(t, c, k, k.contract(d), Laws) {
							t.Errorf("%s %s %q %s: %s (%s%v)", k.name, f.Class, f.Note, f.Law, f.Says, f.Out, f.Index)
						}
					}
				}
			})
		}
	}
}

// Every law has its name once and its sentence, and binds operations that exist.
func TestLawsAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range Laws {
		if seen[l.Name] || l.Name == "" || l.Says == "" || len(l.Ops) == 0 || l.Hold == nil {
			t.Errorf("law %q: want a name of its own, a sentence, operations, a body", l.Name)
		}
		seen[l.Name] = true
		for _, op := range l.Ops {
			if _, err := reference.ByName(op); err != nil {
				t.Errorf("law %s: %v", l.Name, err)
			}
		}
	}
}
