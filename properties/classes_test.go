package properties

import (
	"errors"
	"fmt"
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

// quickSize is the largest vocabulary these tests ask for.
const quickSize = 1200

// makeAll makes the cases of every class for one operation and type.
func makeAll(op *reference.Op, d reference.DType, size int, seed uint64) []Case {
	var all []Case
	for _, c := range Classes {
		if c.Make != nil {
			all = append(all, c.Make(op, d, size, NewDraw(seed, c.Name, op.Name, d.String()))...)
		}
	}
	return all
}

// Every class has its name and its sentence; one without a maker says why.
func TestClassesAreWhole(t *testing.T) {
	for i, c := range Classes {
		if want := fmt.Sprintf("G%02d", i+1); c.Name != want || c.Says == "" {
			t.Errorf("class %d is %q (%q), want %s and a sentence", i, c.Name, c.Says, want)
		}
		if (c.Make == nil) == (c.Why == "") {
			t.Errorf("%s: want either a maker or a reason", c.Name)
		}
	}
	if len(Classes) != 48 {
		t.Errorf("%d classes, want 48", len(Classes))
	}
}

// Every case is a call the reference answers or refuses by name, the same call
// when made again, and different from every other.
func TestCasesAreCalls(t *testing.T) {
	for _, op := range reference.Ops {
		for _, d := range op.DTypes() {
			t.Run(op.Name+"/"+d.String(), func(t *testing.T) { casesAreCalls(t, op, d) })
		}
	}
}

func casesAreCalls(t *testing.T, op *reference.Op, d reference.DType) {
	seen, count, large := map[string]string{}, map[string]int{}, 0
	again := makeAll(op, d, quickSize, 1)
	for i, c := range makeAll(op, d, quickSize, 1) {
		count[c.Class]++
		if c.ID != again[i].ID {
			t.Errorf("%s %v %s %s: other bits when made again", op.Name, d, c.Class, c.Note)
		}
		if was, dup := seen[c.ID]; dup {
			t.Errorf("%s %v: %s %q is %s again", op.Name, d, c.Class, c.Note, was)
		}
		seen[c.ID] = c.Class + " " + c.Note
		if c.Call.In[0].Len() > 100000 {
			large++
		}
		var r *reference.Reject
		if _, err := c.Call.Truth(); err != nil && !errors.As(err, &r) {
			t.Errorf("%s %v %s %s: %v", op.Name, d, c.Class, c.Note, err)
		}
	}
	for _, class := range Classes {
		for _, name := range class.Ops {
			if name == op.Name && count[class.Name] == 0 {
				t.Errorf("%s %v: no case of %s", op.Name, d, class.Name)
			}
		}
	}
	t.Logf("%s %v: %d cases, %d large, %v", op.Name, d, len(again), large, count)
}
