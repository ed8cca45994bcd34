package child

import (
	"testing"
	"time"

	"github.com/seed-210c9500/assay/reference"
)

// What a call costs beside the kernel: one alone, one of a batch of 64, one with
// rows of a large vocabulary (bytes in and out are counted).
func BenchmarkChild(b *testing.B) {
	c := born(b, "copy", time.Minute)
	small := softmax(b, make([]float64, 64)...)
	large := softmax(b, make([]float64, 128256)...)
	b.Run("alone", func(b *testing.B) {
		for b.Loop() {
			answered(b, c.Run(background, []*reference.Call{small}))
		}
	})
	b.Run("of=64", func(b *testing.B) {
		calls := make([]*reference.Call, 64)
		for i := range calls {
			calls[i] = softmax(b, make([]float64, 64)...)
		}
		for b.Loop() {
			answered(b, c.Run(background, calls))
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(64*b.N), "ns/call")
	})
	b.Run("vocab=128256", func(b *testing.B) {
		b.SetBytes(2 * 4 * 128256)
		for b.Loop() {
			answered(b, c.Run(background, []*reference.Call{large}))
		}
	})
}

func answered(b *testing.B, errs []error) {
	for _, err := range errs {
		if err != nil {
			b.Fatal(err)
		}
	}
}
