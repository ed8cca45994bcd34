package properties

import (
	"testing"
	"time"
)

var rightKernels = map[string]func() *specimen{
	"sequential": func() *specimen { return &specimen{recipe: sound()} },
	"lanes":      func() *specimen { k := &specimen{recipe: sound()}; k.sum = lanes; return k },
	"double":     func() *specimen { k := &specimen{recipe: sound()}; k.sum = inDouble; return k },
	"online":     func() *specimen { return &specimen{recipe: sound(), online: true} },
	"exp2fma":    func() *specimen { k := &specimen{recipe: sound()}; k.exp = exp2fma; return k },
	"exp2":       func() *specimen { k := &specimen{recipe: sound()}; k.exp = exp2scaled; return k },
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
