package optimized

import (
	"fmt"
	"math"
	"slices"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// BeamStep extends every hypothesis of a beam, a row of logits each, by every token
// and keeps the k = len(best) best by score + log_softmax(x), descending; ties go
// to the lower row, then to the lower token. best are their log-probabilities in
// nats, parent and token say which extension each is.
//
// A hypothesis of score -Inf is not there: its extensions score -Inf, whatever its
// logits hold. Only the k largest logits of a row can be among the k best, so only
// those are looked at.
//
// Scores are formed and ranked in float64 and rounded once. Error: that of the
// row's log-sum-exp, 2.2 units of 2^-24 of ln sum exp(x - max x), and half an ULP.
//
// k of 0 or beyond Count*Vocab, and unequal lengths, panic. A score of NaN or +Inf
// and a row, not of score -Inf, with NaN or +Inf, or of -Inf alone, are refused and
// nothing is written.
//
// Reference: reference.Ops, beam_step.
func BeamStep[E Element](best []float32, parent, token []int64, x []E, score []float32, r Rows) error {
	stride, _ := r.check("BeamStep", len(x), 0, false)
	if len(score) != r.Count {
		panic(fmt.Sprintf("optimized: BeamStep: len(score)=%d, want Count=%d", len(score), r.Count))
	}
	k := len(best)
	if len(parent) != k || len(token) != k || k == 0 || k > r.Count*r.Vocab {
		panic(fmt.Sprintf("optimized: BeamStep: len(best)=%d, len(parent)=%d, len(token)=%d, want one number from 1 to Count*Vocab=%d", k, len(parent), len(token), r.Count*r.Vocab))
	}
	for i, v := range score {
		if !(v <= math.MaxFloat32) {
			return &reference.Reject{Op: "beam_step", Arg: "score", Code: "score_range", Value: fmt.Sprint(v), Want: "a number, -Inf for a hypothesis that is not there", Row: i}
		}
	}
	each := min(k, r.Vocab)
	all := make([]extension, r.Count*each)
	refused := make([]*reference.Reject, r.Count)
	isa := r.On.use()
	r.each(func(s *scratch, i int) {
		refused[i] = extend(isa, s, all[i*each:][:each], x[i*stride:][:r.Vocab], score[i], i)
	})
	for _, bad := range refused {
		if bad != nil {
			return bad
		}
	}
	slices.SortFunc(all, func(a, b extension) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		case a.parent != b.parent:
			return a.parent - b.parent
		}
		return a.token - b.token
	})
	for n, e := range all[:k] {
		best[n], parent[n], token[n] = float32(e.score), int64(e.parent), int64(e.token)
	}
	return nil
}

// extension is a hypothesis longer by one token.
type extension struct {
	score         float64
	parent, token int
}

// extend fills out with the row's best extensions.
func extend[E Element](isa block.ISA, s *scratch, out []extension, x []E, score float32, i int) *reference.Reject {
	if score < -math.MaxFloat32 {
		for n := range out {
			out[n] = extension{math.Inf(-1), i, n}
		}
		return nil
	}
	var r row[E]
	r.scanAhead(isa, s, x, 1)
	if r.kind != regular {
		bad := r.unsampled(i)
		bad.Op = "beam_step"
		return bad
	}
	r.accumulate()
	logSum := r.logSum()
	picks := r.leaders(len(out))
	if picks == nil {
		picks = r.pick(r.first(len(out)))
	}
	for n, p := range picks {
		j := picked(p)
		out[n] = extension{float64(score) - (r.gap(r.value(j), 1) + logSum), i, j}
	}
	return nil
}

// runBeamStep answers a row of the table.
func runBeamStep(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], reference.Tensor{}, k)
	if err != nil {
		return err
	}
	if n := c.Arg("k").Int(0); n <= 0 {
		code := "k_zero"
		if n < 0 {
			code = "k_negative"
		}
		return &reference.Reject{Op: "beam_step", Arg: "k", Code: code, Value: fmt.Sprint(n), Want: "a beam of at least 1", Row: -1}
	}
	n := c.Out[0].Len()
	score := floats(c.Arg("score"))
	if n == 0 {
		return nil
	}
	best, parent, token := make([]float32, n), make([]int64, n), make([]int64, n)
	err = byElement(c,
		func() error { return BeamStep(best, parent, token, elements[float32](c.In[0]), score, r) },
		func() error { return BeamStep(best, parent, token, elements[BF16](c.In[0]), score, r) },
		func() error { return BeamStep(best, parent, token, elements[F16](c.In[0]), score, r) })
	if err == nil {
		for i, v := range best {
			c.Out[0].Put(i, float64(v))
		}
	}
	return putInts(c.Out[2], token, putInts(c.Out[1], parent, err))
}
