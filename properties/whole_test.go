package properties

import (
	"testing"
	"time"
)

// The package's own tables accuse no right kernel, and hold no case that tells
// nothing apart.
func TestWholeSuite(t *testing.T) {
	for name, k := range rightKernels {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "lanes" {
				t.Skip("one kernel is enough when in haste")
			}
			begin := time.Now()
			r, err := Check(t.Context(), k().impl(), Options{Seed: 7, Effort: Quick})
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range r.Rows {
				t.Logf("%-14s %-5s %-11s %3d cases, worst %.3f, %.2f ULP, %v laws %v", row.Op, row.DType, row.Status, row.Cases, row.Worst, row.MaxULP, row.Counts, row.Laws)
			}
			for i := range r.Findings {
				t.Errorf("%v", r.Findings[i].String())
			}
			t.Log(time.Since(begin))
		})
	}
}
