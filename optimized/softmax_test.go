package optimized

import "testing"

// Equal logits have equal probabilities, bit for bit, whatever chunk they are
// in. At T = log2 e a logit of k+1/2 lies exactly between two powers of two, and
// chunks with an odd and an even power once rounded it apart.
func TestEqualLogitsOfDifferentChunks(t *testing.T) {
	const half = 4096
	x, y := make([]float32, 2*half), make([]float32, 2*half)
	for i := range half {
		x[i] = 0.5 - float32(i%64)
		x[half+i] = x[i]
	}
	x[0], x[half] = 1, 2 // powers 1 and 2
	for _, v := range built {
		k, err := Named(v.String())
		if err != nil {
			continue
		}
		if err := SoftmaxRows(y, x, Rows{Count: 1, Vocab: 2 * half, On: k}, 0x1.715476p0); err != nil {
			t.Fatal(err)
		}
		for i := 1; i < half; i++ {
			if y[i] != y[half+i] {
				t.Fatalf("%v: softmax of %v is %x and %x", k, x[i], y[i], y[half+i])
			}
		}
	}
}

// The single-row forms do not allocate.
func TestNoAllocation(t *testing.T) {
	x, y := make([]float32, 5000), make([]float32, 5000)
	h := make([]BF16, 5000)
	for name, f := range map[string]func(){
		"Softmax":      func() { _ = Softmax(y, x, 0.7) },
		"Softmax bf16": func() { _ = Softmax(h, h, 1) },
		"CrossEntropy": func() { _, _, _ = CrossEntropy(x, 17) },
		"TopPFilter":   func() { _, _ = TopPFilter(y, x, 0.9) },
		"SampleLogits": func() { _, _ = SampleLogits(x, 0.7, 0.5) },
	} {
		if n := testing.AllocsPerRun(100, f); n >= 1 {
			t.Errorf("%s allocates %v times a row", name, n)
		}
	}
}
