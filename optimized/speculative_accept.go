package optimized

import (
	"fmt"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// SpeculativeAccept decides on a token that a draft model drew from q, against the
// model's p: it stands iff u < min(1, p/q), compared as u*q < p in float64; else a
// token is drawn from max(p - q, 0), each rounded to float32, by SampleProbs at u2,
// or from p where that leaves nothing. p and q are taken as given, not normalised.
//
// Negative, NaN or infinite masses, a p without mass, a draft outside the row, u or
// u2 outside [0, 1) are refused. Unequal lengths panic.
//
// Reference: reference.Ops, speculative_accept.
func SpeculativeAccept[E Element](p, q []E, draft int, u, u2 float64) (token int, accepted bool, err error) {
	if len(q) != len(p) {
		panic(fmt.Sprintf("optimized: SpeculativeAccept: len(q)=%d, want len(p)=%d", len(q), len(p)))
	}
	if bad := badMasses("speculative_accept", "p", 0, p, true); bad != nil {
		return 0, false, bad
	}
	if bad := badMasses("speculative_accept", "q", 0, q, false); bad != nil {
		return 0, false, bad
	}
	if bad := badDraft(0, int64(draft), u, u2, len(p)); bad != nil {
		return 0, false, bad
	}
	s := scratches.Get().(*scratch)
	token, accepted = speculate(s, p, q, draft, u, u2)
	scratches.Put(s)
	return token, accepted, nil
}

// SpeculativeAcceptRows is SpeculativeAccept for a batch. q has the strides of p.
// accepted (nil for none) is 1 where the draft stands. Nothing is written if any
// row is refused.
func SpeculativeAcceptRows[E Element](token, accepted []int64, p, q []E, draft []int64, u, u2 []float64, r Rows) error {
	stride, _ := r.check("SpeculativeAcceptRows", min(len(p), len(q)), 0, false)
	if len(token) != r.Count || len(draft) != r.Count || len(u) != r.Count || len(u2) != r.Count {
		panic(fmt.Sprintf("optimized: SpeculativeAcceptRows: len(token)=%d, len(draft)=%d, len(u)=%d, len(u2)=%d, want Count=%d", len(token), len(draft), len(u), len(u2), r.Count))
	}
	counted("SpeculativeAcceptRows", accepted, r.Count)
	for i := range r.Count {
		if bad := badMasses("speculative_accept", "p", i, p[i*stride:][:r.Vocab], true); bad != nil {
			return bad
		}
		if bad := badMasses("speculative_accept", "q", i, q[i*stride:][:r.Vocab], false); bad != nil {
			return bad
		}
		if bad := badDraft(i, draft[i], u[i], u2[i], r.Vocab); bad != nil {
			return bad
		}
	}
	r.each(func(s *scratch, i int) {
		t, yes := speculate(s, p[i*stride:][:r.Vocab], q[i*stride:][:r.Vocab], int(draft[i]), u[i], u2[i])
		token[i] = int64(t)
		if len(accepted) > 0 {
			accepted[i] = 0
			if yes {
				accepted[i] = 1
			}
		}
	})
	return nil
}

func badDraft(i int, draft int64, u, u2 float64, vocab int) *reference.Reject {
	if draft < 0 || draft >= int64(vocab) {
		return &reference.Reject{Op: "speculative_accept", Arg: "draft", Code: "draft_range", Value: fmt.Sprint(draft), Want: fmt.Sprintf("a token in [0, %d)", vocab), Row: i}
	}
	if bad := badUniform("speculative_accept", "u", i, u); bad != nil {
		return bad
	}
	return badUniform("speculative_accept", "u2", i, u2)
}

func speculate[E Element](s *scratch, p, q []E, draft int, u, u2 float64) (int, bool) {
	var a, b [1]float32
	if float64(u*float64(widen(block.Portable, q[draft:draft+1], b[:])[0])) < float64(widen(block.Portable, p[draft:draft+1], a[:])[0]) {
		return draft, true
	}
	return drawMass(s, p, q, u2), false
}

// runSpeculativeAccept answers a row of the table.
func runSpeculativeAccept(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], reference.Tensor{}, k)
	other, also := batch(c.In[1], reference.Tensor{}, k)
	if err != nil || also != nil || r.Count > 1 && other.Stride != r.Stride {
		return reference.ErrUnsupported
	}
	draft := integers(c.Arg("draft"))
	u, u2 := make([]float64, r.Count), make([]float64, r.Count)
	for i := range u {
		u[i], u2[i] = c.Arg("u").Get(i), c.Arg("u2").Get(i)
	}
	token, accepted := make([]int64, r.Count), make([]int64, r.Count)
	err = byElement(c,
		func() error {
			return SpeculativeAcceptRows(token, accepted, elements[float32](c.In[0]), elements[float32](c.In[1]), draft, u, u2, r)
		},
		func() error {
			return SpeculativeAcceptRows(token, accepted, elements[BF16](c.In[0]), elements[BF16](c.In[1]), draft, u, u2, r)
		},
		func() error {
			return SpeculativeAcceptRows(token, accepted, elements[F16](c.In[0]), elements[F16](c.In[1]), draft, u, u2, r)
		})
	return putInts(c.Out[1], accepted, putInts(c.Out[0], token, err))
}
