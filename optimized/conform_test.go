package optimized_test

import (
	"flag"
	"strings"
	"testing"

	"github.com/seed-210c9500/assay/optimized"
	"github.com/seed-210c9500/assay/properties"
)

// conformOps narrows TestConform while one kernel is being worked on, or mutated:
// go test ./optimized -run TestConform -args -op softmax,top_k
var conformOps = flag.String("op", "", "operations that TestConform judges, comma separated; all where empty")

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
			properties.Run(t, properties.Table(v.Name, optimized.Variants), func(o *properties.Options) {
				o.Effort = properties.Quick
				if *conformOps != "" {
					o.Ops = strings.Split(*conformOps, ",")
				}
			})
		})
	}
}
