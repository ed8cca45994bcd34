package zoo

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

// sweep is set by SWEEP: every kernel in every element type, as assay mutants
// tries them. Otherwise it is one wrong kernel in six, and one right one in five, in one
// type.
var sweep = os.Getenv("SWEEP") != ""

// Every wrong kernel is caught and no right one accused.
func TestScore(t *testing.T) {
	if racing {
		t.Skip("some kernels race by design")
	}
	for n, op := range reference.Ops {
		t.Run(op.Name, func(t *testing.T) {
			wrong, right := Of(op)
			o := properties.Options{Seed: 1}
			if !sweep {
				wrong = every(wrong, 6, n)
				right = every(right, 5, n)
				o.DTypes = op.DTypes()[:1]
			}
			s, err := Try(t.Context(), op.Name, wrong, right, o)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range s.Wrong {
				if c.Law == "" {
					t.Errorf("%s (%s) escaped", c.ID, c.Bug)
				}
			}
			for _, says := range s.Accused {
				t.Error(says)
			}
			t.Logf("caught %d of %d after %d cases, accused %d of %d", s.Caught(), len(s.Wrong), Median(s), len(s.Accused), len(s.Right))
		})
	}
}

// every takes one in n, beginning with another one each time.
func every(all []Kernel, n, from int) (some []Kernel) {
	for i := range all {
		if (i+from)%n == 0 {
			some = append(some, all[i])
		}
	}
	return some
}

// The zoo is as large as it has to be, in every operation.
func TestCensus(t *testing.T) {
	wrong, right, hard := map[string]int{}, map[string]int{}, map[string]int{}
	var ids []string
	all, difficult := 0, 0
	for _, k := range slices.Concat(Wrong(), Right()) {
		if slices.Contains(ids, k.ID) {
			t.Errorf("%s twice", k.ID)
		}
		ids = append(ids, k.ID)
		if k.Bug == "" {
			right[k.Op]++
			continue
		}
		all++
		wrong[k.Op]++
		if k.Hard() {
			hard[k.Op]++
			difficult++
		}
	}
	for _, op := range reference.Ops {
		t.Logf("%-24s %3d wrong, %3d hard, %2d right", op.Name, wrong[op.Name], hard[op.Name], right[op.Name])
		if wrong[op.Name] < 5 || right[op.Name] < 4 {
			t.Errorf("%s: %d wrong, %d right, want 5 and 4", op.Name, wrong[op.Name], right[op.Name])
		}
	}
	t.Logf("%d wrong, %d hard, %d right", all, difficult, len(ids)-all)
	if all < 250 || difficult < 150 || len(ids)-all < 80 {
		t.Error("want 250 wrong, 150 of them hard, 80 right")
	}
}

// The usual test is one that right kernels pass.
func TestUsual(t *testing.T) {
	with := 0
	for _, op := range reference.Ops {
		for _, k := range family(op) {
			if usual(op.Name, k.DTypes[0]) == nil || strings.HasSuffix(k.ID, "/bfloat16") {
				continue // a sum in bfloat16 is right where it is declared, and far off
			}
			if strings.Contains(k.ID, "/outside-") || strings.HasSuffix(k.ID, "/race") || strings.HasSuffix(k.ID, "/own-generator") {
				continue // so are outputs of 16 bits, and other draws are other tokens
			}
			with++
			if !k.Hard() {
				t.Errorf("%s does not pass allclose", k.ID)
			}
		}
	}
	if with < 150 {
		t.Errorf("%d kernels have a usual test", with)
	}
}
