package properties

import (
	"testing"
	"time"
)

var rightKernels = map[string]func() *kernel{
	"sequential": func() *kernel { return &kernel{recipe: right()} },
	"lanes":      func() *kernel { k := &kernel{recipe: right()}; k.sum = lanes; return k },
	"double":     func() *kernel { k := &kernel{recipe: right()}; k.sum = inDouble; return k },
	"online":     func() *kernel { return &kernel{recipe: right(), online: true} },
	"exp2fma":    func() *kernel { k := &kernel{recipe: right()}; k.exp = exp2fma; return k },
	"exp2":       func() *kernel { k := &kernel{recipe: right()}; k.exp = exp2scaled; return k },
}

// Kernels that differ and are right are accused of nothing.
func TestRightKernelsPass(t *testing.T) {
	for name, k := range rightKernels {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			r, err := plain.check(t.Context(), k().impl(), Options{Seed: 7, Effort: Quick})
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range r.Rows {
				t.Logf("%-14s %-5s %-11s %3d cases, worst %.3f, %.2f ULP, laws %v %v", row.Op, row.DType, row.Status, row.Cases, row.Worst, row.MaxULP, row.Laws, row.Counts)
			}
			for i := range r.Findings {
				t.Errorf("%v", r.Findings[i].String())
			}
			t.Log(time.Since(begin))
		})
	}
}
