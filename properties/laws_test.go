package properties

import (
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

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
