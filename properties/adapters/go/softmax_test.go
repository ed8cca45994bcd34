package kernels

import (
	"math"
	"testing"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

// A softmax in Go, judged by go test: no adapter is needed.
func TestSoftmax(t *testing.T) {
	contract := reference.DefaultContract(reference.F32)
	properties.Run(t, properties.Table("mine", []*reference.Variant{
		{Op: "softmax", Name: "mine", DTypes: []reference.DType{reference.F32}, Contract: contract, Run: softmax},
	}), func(o *properties.Options) { o.Ops = []string{"softmax"}; o.DTypes = []reference.DType{reference.F32} })
}

// softmax answers one call of the harness; elements are read and written one by
// one, so that any layout will do.
func softmax(c *reference.Call) error {
	if err := c.Check(); err != nil { // a temperature out of its domain is refused
		return err
	}
	x, y := c.In[0], c.Out[0]
	for r := range x.Shape[0] {
		row(y, x, r, float32(c.Param("temperature", r)))
	}
	return nil
}

// row: y = exp((x - m) / T) / sum exp((x - m) / T), m the largest of the row.
func row(y, x reference.Tensor, r int, T float32) {
	n := x.Shape[1]
	best, nan := 0, false
	at := func(i int) float32 { return float32(x.Get(r*n + i)) }
	for i := range n {
		nan = nan || at(i) != at(i)
		if at(i) > at(best) {
			best = i
		}
	}
	e, sum := make([]float32, n), float32(0)
	for i := range n {
		switch v := at(i); {
		case nan || math.IsInf(float64(at(best)), 0):
			e[i] = float32(math.NaN()) // no distribution
		case T == 0 && i == best:
			e[i] = 1
		case T > 0 && !math.IsInf(float64(v), 0): // a masked logit gets nothing, whatever T is
			e[i] = float32(math.Exp(float64((v - at(best)) / T)))
		}
		sum += e[i]
	}
	for i := range n {
		y.Put(r*n+i, float64(e[i]/sum))
	}
}
