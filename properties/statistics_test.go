package properties

import (
	"testing"
	"time"

	"github.com/seed-210c9500/assay/reference"
)

// inTable makes an implementation of one of the family's kernels, in one element
// type, for every operation on distributions, confidences, samples, counts and
// corpora.
func inTable(which int, d reference.DType) Implementation {
	var rows []*reference.Variant
	for _, op := range reference.Ops {
		if all := statisticsFamily(op.Name); all != nil {
			rows = append(rows, &reference.Variant{Op: op.Name, Name: "right", DTypes: []reference.DType{d}, Contract: all[which].contract(d), Run: all[which].run})
		}
	}
	return Table("right", rows)
}

// The whole engine passes right kernels of every one of these operations, and
// finds no case that says nothing.
func TestStatisticsPass(t *testing.T) {
	for which, name := range []string{"rounded", "float32"} {
		for _, d := range []reference.DType{reference.F32, reference.BF16, reference.F16, reference.F64, reference.I64, reference.I32} {
			if testing.Short() && (which == 0 || d != reference.F32 && d != reference.I64) {
				continue
			}
			t.Run(name+"/"+d.String(), func(t *testing.T) {
				begin := time.Now()
				r, err := Check(t.Context(), inTable(which, d), Options{Seed: 11, Effort: Quick, DTypes: []reference.DType{d}})
				if err != nil {
					t.Fatal(err)
				}
				for _, row := range r.Rows {
					if row.Status != Unsupported {
						t.Logf("%-20s %-11s %3d cases, worst %.3f, %v %v", row.Op, row.Status, row.Cases, row.Worst, row.Counts, row.Laws)
					}
				}
				t.Log(time.Since(begin))
				for i := range r.Findings {
					t.Errorf("%v", r.Findings[i].String())
				}
			})
		}
	}
}
