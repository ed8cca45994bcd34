package optimized_test

import (
	"testing"

	"github.com/seed-210c9500/assay/optimized"
	"github.com/seed-210c9500/assay/properties"
)

// Every variant that can run here is judged as a stranger's would be. The quick
// suite is enough for every push; `assay verify` tries more.
func TestConform(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range optimized.Variants {
		if seen[v.Name] {
			continue
		}
		seen[v.Name] = true
		t.Run(v.Name, func(t *testing.T) {
			if err := v.Ready(); err != nil {
				t.Skipf("NOT RUN: %s: %v", v.Name, err)
			}
			properties.Run(t, properties.Table(v.Name, optimized.Variants), func(o *properties.Options) { o.Effort = properties.Quick })
		})
	}
}
