package optimized

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// SampleProbs draws a token from masses p, normalised or not, by inverting their
// cumulative sums at u in [0, 1): the first token whose cumulative mass exceeds u
// of the total.
//
// Masses become integers below 2^q, q = min(52, 63 - bits of len(p)), the largest
// at 2^(q-1) or more, by one floor each; their sums and the comparison are exact.
// So a token of mass 0 is never drawn, a larger u never gives a smaller token, and
// the distribution is within len(p)*2^(1-q) of p in total variation, exactly p
// where the masses are such multiples.
//
// A negative, NaN or infinite mass, a sum beyond float32, a row without mass and u
// outside [0, 1) are refused.
//
// Reference: reference.Ops, sample_probs.
func SampleProbs[E Element](p []E, u float64) (token int, err error) {
	if bad := badMasses("sample_probs", "p", 0, p, true); bad != nil {
		return 0, bad
	}
	if bad := badUniform("sample_probs", "u", 0, u); bad != nil {
		return 0, bad
	}
	s := scratches.Get().(*scratch)
	token = drawMass(s, p, nil, u)
	scratches.Put(s)
	return token, nil
}

// SampleProbsRows is SampleProbs for a batch; u holds one number per row (see
// Uniform). Nothing is written if any row is refused.
func SampleProbsRows[E Element](token []int64, p []E, u []float64, r Rows) error {
	stride, _ := r.check("SampleProbsRows", len(p), 0, false)
	if len(token) != r.Count || len(u) != r.Count {
		panic(fmt.Sprintf("optimized: SampleProbsRows: len(token)=%d, len(u)=%d, want Count=%d", len(token), len(u), r.Count))
	}
	for i := range r.Count {
		if bad := badMasses("sample_probs", "p", i, p[i*stride:][:r.Vocab], true); bad != nil {
			return bad
		}
	}
	for i, v := range u {
		if bad := badUniform("sample_probs", "u", i, v); bad != nil {
			return bad
		}
	}
	r.each(func(s *scratch, i int) { token[i] = int64(drawMass(s, p[i*stride:][:r.Vocab], nil, u[i])) })
	return nil
}

func badUniform(op, name string, i int, u float64) *reference.Reject {
	if u >= 0 && u < 1 {
		return nil
	}
	return &reference.Reject{Op: op, Arg: name, Code: name + "_range", Value: fmt.Sprint(u), Want: "a number in [0, 1)", Row: i}
}

// badMasses refuses a row that is no masses and, where a token must be drawn from
// it, one without mass.
func badMasses[E Element](op, arg string, i int, p []E, drawn bool) *reference.Reject {
	code, value := "", ""
	var total float64
	var one [1]float32
	for j := 0; j < len(p) && code == ""; j++ {
		v := widen(block.Portable, p[j:j+1], one[:])[0]
		switch {
		case v != v:
			code = "mass_nan"
		case v < 0:
			code = "mass_negative"
		case v > math.MaxFloat32:
			code = "mass_infinite"
		}
		total += float64(v)
		if code != "" {
			value = fmt.Sprintf("%v at %d", v, j)
		}
	}
	switch {
	case code != "":
	case drawn && len(p) == 0:
		return emptyRow(op, i)
	case total > math.MaxFloat32:
		code, value = "total_infinite", fmt.Sprintf("a row of sum %v", total)
	case drawn && total == 0:
		code, value = "total_zero", "a row of sum 0"
	default:
		return nil
	}
	return &reference.Reject{Op: op, Arg: arg, Code: code, Value: value, Want: "finite masses >= 0 with a sum above 0", Row: i}
}

// drawMass is the first token whose cumulative mass exceeds u of the total; the
// masses are max(p - q, 0) where q is given, p itself where that leaves nothing.
func drawMass[E Element](s *scratch, p, q []E, u float64) int {
	largest := 0.0
	w := leftOver(s, p, q)
	for _, v := range w {
		largest = max(largest, float64(v))
	}
	if largest == 0 {
		w = leftOver(s, p, nil)
		for _, v := range w {
			largest = max(largest, float64(v))
		}
	}
	_, e := math.Frexp(largest) // largest in [2^(e-1), 2^e)
	scale := pow2(min(52, 63-bits.Len(uint(len(p)))) - e)
	var total uint64
	for _, v := range w {
		total += uint64(float64(v) * scale)
	}
	hi, lo := bits.Mul64(uint64(u*0x1p53), total)
	target := hi<<11 | lo>>53
	var sum uint64
	for i, v := range w {
		if sum += uint64(float64(v) * scale); sum > target {
			return i
		}
	}
	panic("optimized: a share of a row's mass lies outside it")
}

// leftOver is max(p - q, 0) rounded to float32, or p.
func leftOver[E Element](s *scratch, p, q []E) []float32 {
	s.wide = resize(s.wide, len(p))
	copy(s.wide, widen(block.Portable, p, s.wide))
	if q == nil {
		return s.wide
	}
	s.more = resize(s.more, len(q))
	for i, v := range widen(block.Portable, q, s.more) {
		s.wide[i] = max(s.wide[i]-v, 0)
	}
	return s.wide
}

// resize is a slice of length n, v's own storage where that is enough.
func resize(v []float32, n int) []float32 {
	if cap(v) < n {
		return make([]float32, n)
	}
	return v[:n]
}

// uniforms collects the uniforms of a call, injected or of a seed.
func uniforms(c *reference.Call, n int) ([]float64, error) {
	has, seed := !c.Arg("u").Absent(), !c.Arg("seed").Absent()
	if has == seed {
		return nil, &reference.Reject{Op: c.Op.Name, Arg: "u", Code: "u_or_seed", Value: "both or neither of u and seed", Want: "one of the two", Row: -1}
	}
	if step := c.Arg("step"); !step.Absent() {
		for i := range step.Len() {
			if v := step.Bits(i); v > math.MaxUint32 {
				return nil, &reference.Reject{Op: c.Op.Name, Arg: "step", Code: "step_range", Value: fmt.Sprint(v), Want: "a position below 2^32", Row: i}
			}
		}
	}
	u := make([]float64, n)
	for i := range u {
		u[i] = c.Uniform(i)
	}
	return u, nil
}

// runSampleProbs answers a row of the table.
func runSampleProbs(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], reference.Tensor{}, k)
	if err != nil {
		return err
	}
	u, err := uniforms(c, r.Count)
	if err != nil {
		return err
	}
	token := make([]int64, r.Count)
	err = byElement(c,
		func() error { return SampleProbsRows(token, elements[float32](c.In[0]), u, r) },
		func() error { return SampleProbsRows(token, elements[BF16](c.In[0]), u, r) },
		func() error { return SampleProbsRows(token, elements[F16](c.In[0]), u, r) })
	return putInts(c.Out[0], token, err)
}
