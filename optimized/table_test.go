package optimized

import (
	"errors"
	"slices"
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

// The table lists the operations as the reference does: reports follow it.
func TestTableOrder(t *testing.T) {
	var ours, all []string
	for _, v := range Variants {
		ours = append(ours, v.Op)
	}
	ours = slices.Compact(ours)
	for _, op := range reference.Ops {
		if slices.Contains(ours, op.Name) {
			all = append(all, op.Name)
		}
	}
	if !slices.Equal(ours, all) {
		t.Errorf("the table has %v, the reference %v", ours, all)
	}
}

// Contracts say what was measured: 1.2 units for a term in float32 (1.1465 is the
// worst that package block has seen), 1 where exp is float64's.
func TestContracts(t *testing.T) {
	f64 := []string{"ece", "reliability", "brier"}
	noTerms := []string{"sequence_logprob", "perplexity", "bits_per_token", "bits_per_byte", "entropy", "kl",
		"cross_entropy_pq", "js", "mutual_information", "kl_penalty"}
	for _, v := range Variants {
		want := reference.Contract{Acc: reference.F32, Sum: "depth(6)", Level: "tight", Ties: "first", Profile: "ieee",
			Bits: Bits, ExpULP: 1.2, LnULP: 1}
		switch {
		case slices.Contains(f64, v.Op):
			want.Acc, want.Sum, want.ExpULP = reference.F64, "any", 1
		case slices.Contains(noTerms, v.Op):
			want.ExpULP = 1
		}
		if v.Contract != want {
			t.Errorf("%s/%s: %+v, want %+v", v.Op, v.Name, v.Contract, want)
		}
	}
}

// Rows of the table may lie apart, but not over each other; the stride of a single
// row is never taken.
func TestBatch(t *testing.T) {
	for name, c := range map[string]struct {
		count, stride, dst int
		refused            bool
	}{
		"packed":            {2, 5, 5, false},
		"apart":             {2, 7, 6, false},
		"broadcast":         {2, 0, 5, true},
		"overlapping":       {2, 4, 5, true},
		"output broadcast":  {2, 5, 0, true},
		"output overlapped": {2, 5, 4, true},
		"three overlapping": {3, 4, 5, true},
		"one":               {1, 0, 0, false},
		"none":              {0, 0, 0, false},
	} {
		tensor := func(stride int) reference.Tensor {
			x := reference.NewTensor(reference.F32, 4, 8)
			x.Shape, x.Stride = []int{c.count, 5}, []int{stride, 1}
			return x
		}
		r, err := batch(tensor(c.stride), tensor(c.dst), Kernels{})
		if errors.Is(err, reference.ErrUnsupported) != c.refused {
			t.Errorf("%s: %v", name, err)
		}
		if want := (Rows{Count: c.count, Vocab: 5, Stride: max(c.stride, 5), DstStride: max(c.dst, 5)}); err == nil && r != want {
			t.Errorf("%s: %+v, want %+v", name, r, want)
		}
	}
}
