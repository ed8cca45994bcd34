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

// One case in a hundred that a trivial kernel passes is chance, and left out; four
// are a fault of their class.
func TestVacuousByChance(t *testing.T) {
	for lucky, want := range map[int]Status{1: Pass, 4: Vacuous} {
		s := suite{classes: []Class{{Name: "G99", Make: func(op *reference.Op, d reference.DType, _ int, draw *Draw) []Case {
			var cases []Case
			for i := range 100 {
				p := reference.Of(d, []int{1, 3}, 0.25+draw.Float()/8, 0.25, 0.25)
				if i < lucky {
					p = reference.Of(d, []int{1, 3}, 0x1p-91, float64(i)*0x1p-91, 3)
				}
				cases = append(cases, NewCase("G99", "", 1, op.NewCall(map[string]reference.Tensor{"p": p}, map[string]string{"normalise": "yes"})))
			}
			return cases
		}}}}
		right := tabled("right", []string{"entropy"}, func(*reference.Call) {})
		r, err := s.check(t.Context(), right, Options{Ops: []string{"entropy"}, DTypes: []reference.DType{reference.F32}, Seed: 1, Effort: Quick})
		if err != nil {
			t.Fatal(err)
		}
		if row := r.Rows[0]; row.Status != want || row.Counts[Vacuous] != lucky || (len(r.Findings) > 0) != (want == Vacuous) {
			t.Errorf("%d of %d cases vacuous: %s (%s), %v, %d findings; want %s", lucky, row.Cases, row.Status, row.Reason, row.Counts, len(r.Findings), want)
		}
	}
}
