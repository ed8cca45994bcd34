package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// Perplexity is exp of the mean of the tokens' negative log-likelihoods (nats), and
// that mean. counted says which tokens count, nil for all; the others may hold NaN.
// Over no counted token both are canonical NaN; a +Inf among them, and overflow,
// give +Inf. A length of counted that is neither 0 nor len(nll) panics.
//
// Error: that of the rounding to float32; all else is float64.
//
// Reference: reference.Ops, perplexity.
func Perplexity(nll []float32, counted []bool) (ppl, mean float32) {
	s, n := countedSum("Perplexity", nll, counted)
	m := s / float64(n)
	return canonical(exp(m)), canonical(m)
}

// BitsPerToken is the mean of the counted tokens' negative log-likelihoods in bits:
// see Perplexity.
//
// Reference: reference.Ops, bits_per_token.
func BitsPerToken(nll []float32, counted []bool) float32 {
	s, n := countedSum("BitsPerToken", nll, counted)
	return canonical(s / math.Ln2 / float64(n))
}

// BitsPerByte is the counted tokens' negative log-likelihood in bits over the bytes
// of UTF-8 they stand for: see Perplexity. Fewer than one byte is refused.
//
// Reference: reference.Ops, bits_per_byte.
func BitsPerByte(nll []float32, counted []bool, bytes int64) (float32, error) {
	s, n := countedSum("BitsPerByte", nll, counted)
	if bytes < 1 {
		return 0, &reference.Reject{Op: "bits_per_byte", Arg: "bytes", Code: "bytes_range", Value: fmt.Sprint(bytes), Want: "at least one byte", Row: -1}
	}
	if n == 0 {
		return canonical(math.NaN()), nil
	}
	return canonical(s / math.Ln2 / float64(bytes)), nil
}

func countedSum(op string, v []float32, counted []bool) (sum float64, n int) {
	if len(counted) != 0 && len(counted) != len(v) {
		panic(fmt.Sprintf("optimized: %s: len(counted)=%d, want 0 or %d", op, len(counted), len(v)))
	}
	var l lanes
	for i, x := range v {
		if len(counted) == 0 || counted[i] {
			l.add(i, float64(x))
			n++
		}
	}
	return l.sum(), n
}

// tokens reads a vector of numbers and its mask.
func tokens(c *reference.Call) (v []float32, counted []bool) {
	for _, m := range integers(c.Arg("mask")) {
		counted = append(counted, m != 0)
	}
	return floats(c.In[0]), counted
}

// runPerplexity answers a row of the table.
func runPerplexity(c *reference.Call, _ Kernels) error {
	ppl, mean := Perplexity(tokens(c))
	return putFloats(c.Out[1], []float32{mean}, putFloats(c.Out[0], []float32{ppl}, nil))
}

// runBitsPerToken answers a row of the table.
func runBitsPerToken(c *reference.Call, _ Kernels) error {
	return putFloats(c.Out[0], []float32{BitsPerToken(tokens(c))}, nil)
}

// runBitsPerByte answers a row of the table.
func runBitsPerByte(c *reference.Call, _ Kernels) error {
	nll, counted := tokens(c)
	v, err := BitsPerByte(nll, counted, c.Arg("bytes").Int(0))
	return putFloats(c.Out[0], []float32{v}, err)
}
