package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// TokenLogProb is log_softmax(x/T)[token] of one row of logits, in nats: -Inf for a
// masked token. A row with NaN or +Inf, or of -Inf alone, has canonical NaN. A token
// outside the row is refused, and so is T unless it is above 0.
//
// Error: at most 4 units of 2^-24 of itself, 1.49 seen (lp = -0.6931472, V = 2).
//
// Reference: reference.Ops, token_logprobs.
func TokenLogProb[E Element](x []E, token int, temperature float32) (lp float32, err error) {
	if bad := badToken(0, int64(token), len(x)); bad != nil {
		return 0, bad
	}
	if bad := badTemperature("token_logprobs", 0, temperature, false); bad != nil {
		return 0, bad
	}
	s := scratches.Get().(*scratch)
	lp = tokenLogProb(best, s, x, token, temperature)
	scratches.Put(s)
	return lp, nil
}

// TokenLogProbsRows is TokenLogProb for a batch: a token and a result for each row.
// Nothing is written if anything is refused.
func TokenLogProbsRows[E Element](lp []float32, x []E, token []int64, r Rows, temperature ...float32) error {
	stride, _ := r.check("TokenLogProbsRows", len(x), 0, false)
	onePerRow("TokenLogProbsRows", "lp", len(lp), r)
	onePerRow("TokenLogProbsRows", "token", len(token), r)
	per("TokenLogProbsRows", "temperature", temperature, r.Count)
	for i, t := range token {
		if bad := badToken(i, t, r.Vocab); bad != nil {
			return bad
		}
	}
	if bad := badTemperatures("token_logprobs", temperature, false); bad != nil {
		return bad
	}
	isa := r.On.use()
	r.each(func(s *scratch, i int) {
		lp[i] = tokenLogProb(isa, s, x[i*stride:][:r.Vocab], int(token[i]), of(temperature, i, 1))
	})
	return nil
}

func tokenLogProb[E Element](isa block.ISA, s *scratch, x []E, token int, temperature float32) float32 {
	var l Loss
	var r row[E]
	one := [1]float32{temperature}
	l.Temperature = one[:]
	loss, _ := r.loss(isa, s, x, int64(token), &l, 0)
	return canonical(0 - loss)
}

func badToken(i int, token int64, vocab int) *reference.Reject {
	if token >= 0 && token < int64(vocab) {
		return nil
	}
	return &reference.Reject{Op: "token_logprobs", Arg: "label", Code: "label_range", Value: fmt.Sprint(token),
		Want: fmt.Sprintf("a token in [0, %d)", vocab), Row: i}
}

// LengthPenalty makes the log-probabilities of sequences of different lengths
// comparable.
type LengthPenalty uint8

// The penalties: none, division by length^a, division by ((5+length)/6)^a.
const (
	NoPenalty LengthPenalty = iota
	Power
	GNMT
)

// SequenceLogProb is the sum of the log-probabilities lp of a sequence's tokens, the
// end token among them, in nats, and that sum over the penalty: the score beams and
// candidates are ranked by. An empty sequence has the sum 0. Alpha must be finite.
//
// Error: that of the rounding to float32; the sum is float64 over 256 lanes.
//
// Reference: reference.Ops, sequence_logprob.
func SequenceLogProb(lp []float32, penalty LengthPenalty, alpha float32) (logprob, score float32, err error) {
	if bad := badAlpha(0, alpha); bad != nil {
		return 0, 0, bad
	}
	logprob, score = sequence(lp, penalty, alpha)
	return logprob, score, nil
}

// SequenceLogProbRows is SequenceLogProb for a batch of sequences padded to Vocab
// tokens: lengths has each one's own, and what lies beyond may be anything. alpha
// holds one value for all rows, one per row, or none (1). Nothing is written if
// anything is refused.
func SequenceLogProbRows(logprob, score, lp []float32, lengths []int64, penalty LengthPenalty, r Rows, alpha ...float32) error {
	const op = "SequenceLogProbRows"
	stride, _ := r.check(op, len(lp), 0, false)
	onePerRow(op, "logprob", len(logprob), r)
	onePerRow(op, "score", len(score), r)
	onePerRow(op, "lengths", len(lengths), r)
	per(op, "alpha", alpha, r.Count)
	for i, n := range lengths {
		if n < 0 || n > int64(r.Vocab) {
			return &reference.Reject{Op: "sequence_logprob", Arg: "lengths", Code: "length_range", Value: fmt.Sprint(n), Want: fmt.Sprintf("a length in [0, %d]", r.Vocab), Row: i}
		}
	}
	for i, a := range alpha {
		if bad := badAlpha(i, a); bad != nil {
			return bad
		}
	}
	r.each(func(_ *scratch, i int) {
		logprob[i], score[i] = sequence(lp[i*stride:][:lengths[i]], penalty, of(alpha, i, 1))
	})
	return nil
}

func badAlpha(i int, a float32) *reference.Reject {
	if abs(a) <= math.MaxFloat32 {
		return nil
	}
	return &reference.Reject{Op: "sequence_logprob", Arg: "alpha", Code: "alpha_range", Value: fmt.Sprint(a), Want: "a finite number", Row: i}
}

func sequence(lp []float32, penalty LengthPenalty, alpha float32) (logprob, score float32) {
	s, n, by := addUp(lp), float64(len(lp)), 1.0
	switch penalty {
	case Power:
		by = power(n, float64(alpha))
	case GNMT:
		by = power((5+n)/6, float64(alpha))
	}
	return canonical(s), canonical(s / by)
}

// addUp is the sum of a row in float64.
func addUp(v []float32) float64 {
	var l lanes
	for i, x := range v {
		l.add(i, float64(x))
	}
	return l.sum()
}

// runTokenLogProbs answers a row of the table.
func runTokenLogProbs(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], reference.Tensor{}, k)
	if err != nil {
		return err
	}
	t, token, lp := floats(c.Arg("temperature")), integers(c.Arg("label")), make([]float32, r.Count)
	return putFloats(c.Out[0], lp, byElement(c,
		func() error { return TokenLogProbsRows(lp, elements[float32](c.In[0]), token, r, t...) },
		func() error { return TokenLogProbsRows(lp, elements[BF16](c.In[0]), token, r, t...) },
		func() error { return TokenLogProbsRows(lp, elements[F16](c.In[0]), token, r, t...) }))
}

// runSequenceLogProb answers a row of the table.
func runSequenceLogProb(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], reference.Tensor{}, k)
	if err != nil {
		return err
	}
	penalty := map[string]LengthPenalty{"none": NoPenalty, "power": Power, "gnmt": GNMT}[c.Pick("length_penalty")]
	logprob, score := make([]float32, r.Count), make([]float32, r.Count)
	err = SequenceLogProbRows(logprob, score, elements[float32](c.In[0]), integers(c.In[1]), penalty, r, floats(c.Arg("alpha"))...)
	return putFloats(c.Out[1], score, putFloats(c.Out[0], logprob, err))
}
