package properties

import (
	"os"
	"strconv"
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

// No case that a seed makes lets a kernel pass that computes nothing. SWEEP=n
// looks at n seeds instead of one, and at the larger cases.
func TestCasesTellKernelsApart(t *testing.T) {
	seeds, effort := 1, Quick
	if n, err := strconv.Atoi(os.Getenv("SWEEP")); err == nil {
		seeds, effort = n, Normal
	}
	s := suite{Classes, Laws}
	for seed := range seeds {
		o := Options{Seed: uint64(seed) + 1, Effort: effort}
		for _, k := range o.kinds() {
			for _, c := range s.plan(k.op, k.d, o) {
				if !small(&c) {
					continue
				}
				e, err := newSheet(c).exam(reference.DefaultContract(k.d))
				if err != nil {
					t.Fatal(err)
				}
				if f := e.vacuity(nil); f != nil && f.Law == "vacuity" {
					t.Errorf("seed %d: %s/%v %s %s (%s): %s", o.Seed, k.op.Name, k.d, c.ID, c.Class, c.Note, f.Says)
				}
			}
		}
	}
}
