package properties_test

import (
	"context"
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

// maxFromZero is a softmax whose maximum starts at 0 instead of -Inf. Rows with
// a logit above 0 come out right; far below 0 every exponential is lost.
func maxFromZero(y, x []float32) {
	var m, sum float32
	for _, v := range x {
		m = max(m, v)
	}
	for i, v := range x {
		y[i] = float32(math.Exp(float64(v - m)))
		sum += y[i]
	}
	for i := range y {
		y[i] /= sum
	}
}

// A kernel is handed in as a table; what is wrong with it comes back reduced to
// a few logits.
func ExampleCheck() {
	mine := []*reference.Variant{{
		Op: "softmax", Name: "mine",
		DTypes:   []reference.DType{reference.F32},
		Contract: reference.DefaultContract(reference.F32),
		Run: func(c *reference.Call) error {
			x, y := c.In[0], c.Out[0]
			if x.Stride[1] != 1 || y.Stride[1] != 1 || !c.Arg("temperature").Absent() {
				return reference.ErrUnsupported // counted, never silent
			}
			for r := range x.Shape[0] {
				maxFromZero(
					y.Data.([]float32)[y.Off+r*y.Stride[0]:][:x.Shape[1]],
					x.Data.([]float32)[x.Off+r*x.Stride[0]:][:x.Shape[1]])
			}
			return nil
		},
	}}
	report, err := properties.Check(context.Background(), properties.Table("mine", mine),
		properties.Options{Ops: []string{"softmax"}, Seed: 1, Effort: properties.Quick, FailFast: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	f := report.Findings[0]
	fmt.Println(f.Status, f.Op, f.Law, f.Says)
	fmt.Println("input", f.Input)
	fmt.Printf("%s%v = %v, reference %v\n", f.Out, f.Index, f.Got, f.Ref)
	// Output:
	// FAIL softmax shift all logits shifted: 1 before, NaN after, which two errors of the bound do not explain
	// input x = [[-8195.5]]
	// y[0 0] = NaN, reference 1
}
