package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// Chain holds the filters of a sampler: none, one, or one per row of each.
type Chain struct {
	Temperature []float32 // divides the logits; 0 greedy, none: 1
	K           []int64   // tokens kept first; 0 or none: all
	P           []float32 // nucleus of those, renormalised; none: 1
	MinP        []float32 // least probability, as a share of the largest; none: 0
}

// SampleChain draws a token as a text generator does: temperature, then the k
// first, then the nucleus p of those renormalised, then min_p, then a draw by
// inversion at u among the kept tokens in the order of their indices. kept is how
// many those were. Temperature 0 is the argmax and keeps 1.
//
// Each step is that of TopKFilter, TopPFilter, MinPFilter, SampleLogits: raw logits
// are ranked, masses are integers, min_p compares gaps in float64. So a token
// dropped or masked is never drawn, for any u.
//
// A row with NaN or +Inf, of -Inf alone, or empty, is refused; so is a parameter
// outside its range.
//
// Reference: reference.Ops, sample_chain.
func SampleChain[E Element](x []E, u float64, temperature float32, k int, p, minP float32) (token, kept int, err error) {
	if bad := badChain(0, u, temperature, int64(k), p, minP); bad != nil {
		return 0, 0, bad
	}
	s := scratches.Get().(*scratch)
	token, kept, bad := chained(best, s, x, u, temperature, int64(k), p, minP, 0)
	scratches.Put(s)
	if bad != nil {
		return 0, 0, bad
	}
	return token, kept, nil
}

// SampleChainRows is SampleChain for a batch; u holds one number per row (see
// Uniform). kept may be nil. Nothing is written if any row is refused.
func SampleChainRows[E Element](token, kept []int64, x []E, u []float64, r Rows, c Chain) error {
	stride, _ := r.check("SampleChainRows", len(x), 0, false)
	if len(token) != r.Count || len(u) != r.Count {
		panic(fmt.Sprintf("optimized: SampleChainRows: len(token)=%d, len(u)=%d, want Count=%d", len(token), len(u), r.Count))
	}
	counted("SampleChainRows", kept, r.Count)
	per("SampleChainRows", "Temperature", c.Temperature, r.Count)
	per("SampleChainRows", "K", c.K, r.Count)
	per("SampleChainRows", "P", c.P, r.Count)
	per("SampleChainRows", "MinP", c.MinP, r.Count)
	for i := range r.Count {
		if bad := badChain(i, u[i], of(c.Temperature, i, 1), of(c.K, i, 0), of(c.P, i, 1), of(c.MinP, i, 0)); bad != nil {
			return bad
		}
	}
	isa := r.On.use()
	counts := make([]int64, r.Count)
	err := r.draws(token, func(s *scratch, i int) (int, *reference.Reject) {
		t, n, bad := chained(isa, s, x[i*stride:][:r.Vocab], u[i], of(c.Temperature, i, 1), of(c.K, i, 0), of(c.P, i, 1), of(c.MinP, i, 0), i)
		counts[i] = int64(n)
		return t, bad
	})
	if err == nil {
		copy(kept, counts)
	}
	return err
}

func badChain(i int, u float64, temperature float32, k int64, p, minP float32) *reference.Reject {
	if bad := badTemperature("sample_chain", i, temperature, true); bad != nil {
		return bad
	}
	if bad := badCount("sample_chain", i, k); bad != nil {
		return bad
	}
	if bad := badUnit("sample_chain", "p", i, p); bad != nil {
		return bad
	}
	if bad := badUnit("sample_chain", "min_p", i, minP); bad != nil {
		return bad
	}
	return badUniform("sample_chain", "u", i, u)
}

// chained narrows a copy of the row, filter by filter; a filter that is off costs
// nothing.
func chained[E Element](isa block.ISA, s *scratch, x []E, u float64, temperature float32, k int64, p, minP float32, i int) (token, kept int, bad *reference.Reject) {
	s.wide = resize(s.wide, len(x))
	w := s.wide
	copy(w, widen(isa, x, w))
	var r row[float32]
	r.scan(isa, s, w, temperature)
	switch {
	case r.kind != regular:
		bad = r.unsampled(i)
		bad.Op = "sample_chain"
		return 0, 0, bad
	case temperature == 0:
		return r.argmax(), 1, nil
	}
	even := temperature > math.MaxFloat32 // all that is above -Inf weighs the same
	kept = len(x)
	if k > 0 && k < int64(len(x)) {
		kept = r.keepFrom(w, r.first(int(k)))
		r.scan(isa, s, w, temperature)
	}
	if p < 1 {
		if even {
			kept = r.keepFrom(w, r.first(int(share(p, uint64(r.unmasked())))+1))
		} else {
			kept = r.keepFrom(w, cut(r.nucleus(p)))
		}
		r.scan(isa, s, w, temperature)
	}
	switch {
	case minP == 0:
	case even:
		kept = r.unmasked()
	default:
		kept = r.keepNear(w, -ln(float64(minP)))
		r.scan(isa, s, w, temperature)
	}
	if even {
		return r.drawUniform(u), kept, nil
	}
	return r.draw(u), kept, nil
}

// runSampleChain answers a row of the table.
func runSampleChain(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], reference.Tensor{}, k)
	if err != nil {
		return err
	}
	u, err := uniforms(c, r.Count)
	if err != nil {
		return err
	}
	p := Chain{floats(c.Arg("temperature")), integers(c.Arg("k")), floats(c.Arg("p")), floats(c.Arg("min_p"))}
	token, kept := make([]int64, r.Count), make([]int64, r.Count)
	err = byElement(c,
		func() error { return SampleChainRows(token, kept, elements[float32](c.In[0]), u, r, p) },
		func() error { return SampleChainRows(token, kept, elements[BF16](c.In[0]), u, r, p) },
		func() error { return SampleChainRows(token, kept, elements[F16](c.In[0]), u, r, p) })
	return putInts(c.Out[1], kept, putInts(c.Out[0], token, err))
}
