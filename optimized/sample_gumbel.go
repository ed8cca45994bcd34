package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// SampleGumbel draws a token from softmax(x) by the Gumbel-max trick: the argmax of
// x_i - ln(-ln u_i), the lowest index among equals, over the tokens above -Inf. u
// holds a uniform in [0, 1) for every token; u_i = 0 loses to everything else.
//
// Keys are float64, with both logarithms to 4 units of 2^-53 (see ln): the noise is
// off by at most 2^-53*(4*|g| + 5), and the sum is rounded once.
//
// A row with NaN or +Inf, of -Inf alone, or empty, is refused; so is u outside
// [0, 1). Unequal lengths panic.
//
// Reference: reference.Ops, sample_gumbel.
func SampleGumbel[E Element](x []E, u []float64) (token int, err error) {
	if len(u) != len(x) {
		panic(fmt.Sprintf("optimized: SampleGumbel: len(u)=%d, want len(x)=%d", len(u), len(x)))
	}
	for i, v := range u {
		if bad := badUniform("sample_gumbel", "u", i, v); bad != nil {
			return 0, bad
		}
	}
	s := scratches.Get().(*scratch)
	token, bad := gumbelMax(best, s, x, u, 0)
	scratches.Put(s)
	if bad != nil {
		return 0, bad
	}
	return token, nil
}

// SampleGumbelRows is SampleGumbel for a batch; u holds Vocab numbers a row, without
// gaps. Nothing is written if any row is refused.
func SampleGumbelRows[E Element](token []int64, x []E, u []float64, r Rows) error {
	stride, _ := r.check("SampleGumbelRows", len(x), 0, false)
	if len(token) != r.Count || len(u) != r.Count*r.Vocab {
		panic(fmt.Sprintf("optimized: SampleGumbelRows: len(token)=%d, len(u)=%d, want Count=%d, Count*Vocab=%d", len(token), len(u), r.Count, r.Count*r.Vocab))
	}
	for i, v := range u {
		if bad := badUniform("sample_gumbel", "u", i, v); bad != nil {
			return bad
		}
	}
	isa := r.On.use()
	return r.draws(token, func(s *scratch, i int) (int, *reference.Reject) {
		return gumbelMax(isa, s, x[i*stride:][:r.Vocab], u[i*r.Vocab:][:r.Vocab], i)
	})
}

// draws fills token unless a row is refused.
func (r Rows) draws(token []int64, draw func(s *scratch, i int) (int, *reference.Reject)) error {
	drawn := make([]int64, r.Count)
	refused := make([]*reference.Reject, r.Count)
	r.each(func(s *scratch, i int) {
		t, bad := draw(s, i)
		drawn[i], refused[i] = int64(t), bad
	})
	for _, bad := range refused {
		if bad != nil {
			return bad
		}
	}
	copy(token, drawn)
	return nil
}

func gumbelMax[E Element](isa block.ISA, s *scratch, x []E, u []float64, i int) (int, *reference.Reject) {
	var r row[E]
	r.scan(isa, s, x, 1)
	if r.kind != regular {
		bad := r.unsampled(i)
		bad.Op = "sample_gumbel"
		return 0, bad
	}
	at, top, least := -1, 0.0, -1
	for c := range r.chunks {
		lo, hi := r.bounds(c)
		for j, v := range widen(r.isa, x[lo:hi], r.buf[:]) {
			if v < -math.MaxFloat32 {
				continue
			}
			if least < 0 {
				least = lo + j
			}
			if p := u[lo+j]; p > 0 {
				if key := float64(v) - ln(-ln(p)); at < 0 || key > top {
					at, top = lo+j, key
				}
			}
		}
	}
	if at < 0 { // every u of a token with mass is 0
		return least, nil
	}
	return at, nil
}

// runSampleGumbel answers a row of the table.
func runSampleGumbel(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], reference.Tensor{}, k)
	if err != nil {
		return err
	}
	u := make([]float64, c.In[1].Len())
	for i := range u {
		u[i] = c.In[1].Get(i)
	}
	token := make([]int64, r.Count)
	err = byElement(c,
		func() error { return SampleGumbelRows(token, elements[float32](c.In[0]), u, r) },
		func() error { return SampleGumbelRows(token, elements[BF16](c.In[0]), u, r) },
		func() error { return SampleGumbelRows(token, elements[F16](c.In[0]), u, r) })
	return putInts(c.Out[0], token, err)
}
