package optimized_test

import (
	"testing"
	"time"

	"github.com/seed-210c9500/assay/optimized"
	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

func TestZ(t *testing.T) {
	for _, op := range reference.Ops {
		s := time.Now()
		r, err := properties.Check(t.Context(), properties.Table("avx512", optimized.Variants), properties.Options{Effort: properties.Quick, Seed: 1, Ops: []string{op.Name}})
		n := 0
		if err == nil { for _, row := range r.Rows { n += row.Cases; if row.Status != "PASS" && row.Status != "UNSUPPORTED" { t.Logf("%s %s %s %s", op.Name, row.DType, row.Status, row.Reason) } } ; for _, f := range r.Findings { t.Log(f.String()) } }
		t.Logf("%-24s %6.2fs %d cases %v", op.Name, time.Since(s).Seconds(), n, err)
	}
}
