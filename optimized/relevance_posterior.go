package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// RelevancePosterior turns the scores of documents, BM25 or similarities, into
// probabilities: dst = softmax(score/T + ln prior), one row. prior holds a mass
// >= 0 for each document, need not be normalised, and may be nil: uniform.
//
// A document of prior 0 or score -Inf gets exactly +0. NaN or +Inf among the
// scores, or no document with both a score and a prior, make the row canonical
// NaN. T = 0 is one-hot at the best score that has a prior, lowest index, T =
// +Inf the prior alone. T < 0 or NaN, and a prior that is negative, NaN or
// infinite, are refused, and nothing is written.
//
// dst may be score; lengths that differ panic. Error: at most 5 ULP of float32
// (TestStatistics); 16-bit outputs are that, rounded.
//
// Reference: reference.Ops, relevance_posterior.
func RelevancePosterior[E Element](dst, score, prior []E, temperature float32) error {
	if len(dst) != len(score) || prior != nil && len(prior) != len(score) {
		panic(fmt.Sprintf("optimized: RelevancePosterior: len(dst)=%d, len(prior)=%d, want len(score)=%d", len(dst), len(prior), len(score)))
	}
	if overlap(dst, score) {
		panic("optimized: RelevancePosterior: dst and score overlap without being the same slice")
	}
	if bad := badTemperature("relevance_posterior", 0, temperature, true); bad != nil {
		return bad
	}
	if bad := badMass("relevance_posterior", "prior", prior, len(score)); bad != nil {
		return bad
	}
	s := scratches.Get().(*scratch)
	relevance(best, s, dst, score, prior, temperature)
	scratches.Put(s)
	return nil
}

// RelevancePosteriorRows is RelevancePosterior for a batch. prior has rows of
// Vocab, one after another, or is nil.
func RelevancePosteriorRows[E Element](dst, score, prior []E, r Rows, temperature ...float32) error {
	const op = "relevance_posterior"
	stride, dstStride := r.check("RelevancePosteriorRows", len(score), len(dst), true)
	per("RelevancePosteriorRows", "temperature", temperature, r.Count)
	if prior != nil && len(prior) != r.Count*r.Vocab {
		panic(fmt.Sprintf("optimized: RelevancePosteriorRows: len(prior)=%d, want %d, Count*Vocab", len(prior), r.Count*r.Vocab))
	}
	if overlap(dst, score) || len(score) > 0 && len(dst) > 0 && &dst[0] == &score[0] && stride != dstStride {
		panic(fmt.Sprintf("optimized: RelevancePosteriorRows: dst and score overlap and are not the same rows (strides %d and %d)", dstStride, stride))
	}
	for i, t := range temperature {
		if bad := badTemperature(op, i, t, true); bad != nil {
			return bad
		}
	}
	if bad := badMass(op, "prior", prior, r.Vocab); bad != nil {
		return bad
	}
	isa := r.On.use()
	r.each(func(s *scratch, i int) {
		relevance(isa, s, dst[i*dstStride:][:r.Vocab], score[i*stride:][:r.Vocab], rowOf(prior, i, r.Vocab), of(temperature, i, 1))
	})
	return nil
}

func rowOf[E Element](x []E, i, n int) []E {
	if x == nil {
		return nil
	}
	return x[i*n:][:n]
}

// badMass refuses what cannot be a mass.
func badMass[E Element](op, name string, x []E, vocab int) *reference.Reject {
	for i := range x {
		if v := at(x, i); !(v >= 0 && v <= math.MaxFloat32) {
			return &reference.Reject{Op: op, Arg: name, Code: name + "_range", Value: fmt.Sprint(v), Want: "finite numbers >= 0", Row: i / max(vocab, 1)}
		}
	}
	return nil
}

// at widens one element.
func at[E Element](x []E, i int) float32 {
	switch x := any(x).(type) {
	case []float32:
		return x[i]
	case []BF16:
		return x[i].Float32()
	case []F16:
		return x[i].Float32()
	}
	panic("unreachable")
}

func relevance[E Element](isa block.ISA, s *scratch, dst, score, prior []E, temperature float32) {
	if prior == nil {
		softmaxInto(isa, s, dst, score, temperature)
		return
	}
	one, nan := constants[E]()
	best, top := -1, float32(math.Inf(-1))
	for i := range score {
		v := at(score, i)
		if v != v || v > math.MaxFloat32 {
			best = -1
			break
		}
		if at(prior, i) > 0 && v > top {
			best, top = i, v
		}
	}
	switch {
	case best < 0:
		for i := range dst {
			dst[i] = nan
		}
		return
	case temperature == 0:
		clear(dst)
		dst[best] = one
		return
	}
	z := s.compose(len(score))
	T := float64(clampT(temperature))
	for i := range z {
		p, d := at(prior, i), float64(at(score, i))-float64(top)
		switch {
		case p == 0 || d < -math.MaxFloat64:
			z[i] = math.Inf(-1)
		case temperature > math.MaxFloat32:
			z[i] = ln(float64(p))
		default:
			z[i] = float64(d/T) + ln(float64(p))
		}
	}
	y, _ := s.probabilities(isa, z)
	narrow(isa, dst, y)
}

// runRelevancePosterior answers a row of the table.
func runRelevancePosterior(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], c.Out[0], k)
	if err != nil {
		return err
	}
	prior := c.Arg("prior")
	if !prior.Absent() && !packed(prior) {
		return reference.ErrUnsupported
	}
	temperature := floats(c.Arg("temperature"))
	return byElement(c,
		func() error { return relevanceCall[float32](c, r, temperature) },
		func() error { return relevanceCall[BF16](c, r, temperature) },
		func() error { return relevanceCall[F16](c, r, temperature) })
}

func relevanceCall[E Element](c *reference.Call, r Rows, temperature []float32) error {
	var prior []E
	if p := c.Arg("prior"); !p.Absent() {
		prior = append([]E{}, elements[E](p)...) // not nil, though it be empty
	}
	return RelevancePosteriorRows(elements[E](c.Out[0]), elements[E](c.In[0]), prior, r, temperature...)
}

// packed reports whether a tensor's elements are neighbours, in order.
func packed(t reference.Tensor) bool {
	step := 1
	for i := len(t.Shape) - 1; i >= 0; i-- {
		if t.Shape[i] > 1 && t.Stride[i] != step {
			return false
		}
		step *= t.Shape[i]
	}
	return true
}
