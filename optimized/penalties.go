package optimized

import (
	"fmt"
	"math"
	"slices"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// Penalty holds the three penalties on tokens of the history: none, one, or one
// per row of each.
type Penalty struct {
	Repetition []float32 // divides a positive logit, multiplies another; > 0, none: 1
	Frequency  []float32 // subtracted once per occurrence, nats; none: 0
	Presence   []float32 // subtracted once, nats; none: 0
}

// Penalties sets dst to the logits x, those of tokens in the history changed:
//
//	y = (x > 0 ? x/r : x*r) - n*f - s
//
// with repetition r, frequency f, presence s, and n the times the token occurs.
// Other logits are copied, to the bit. NaN stays NaN, -Inf stays -Inf.
//
// dst must not overlap x; unequal lengths panic. A token outside the row, a
// penalty that is not finite, a repetition not above 0 are refused and nothing is
// written.
//
// Error: three roundings in float64 and one to float32, at most 0.5000001 ULP of
// the larger of |y| and |x'|*2^-29; 16-bit outputs are that, rounded.
//
// Reference: reference.Ops, penalties.
func Penalties[E Element](dst, x []E, history []int64, repetition, frequency, presence float32) error {
	apart("Penalties", dst, x, true)
	if bad := badTokens("penalties", "history", history, len(x)); bad != nil {
		return bad
	}
	if bad := badPenalty(0, repetition, frequency, presence); bad != nil {
		return bad
	}
	s := scratches.Get().(*scratch)
	penalise(s, dst, x, history, float64(repetition), float64(frequency), float64(presence))
	scratches.Put(s)
	return nil
}

// PenaltiesRows is Penalties for a batch: the history of row i is
// history[offsets[i]:offsets[i+1]].
func PenaltiesRows[E Element](dst, x []E, history, offsets []int64, r Rows, p Penalty) error {
	stride, dstStride := r.check("PenaltiesRows", len(x), len(dst), true)
	apart("PenaltiesRows", dst, x, false)
	per("PenaltiesRows", "Repetition", p.Repetition, r.Count)
	per("PenaltiesRows", "Frequency", p.Frequency, r.Count)
	per("PenaltiesRows", "Presence", p.Presence, r.Count)
	if bad := badRagged("PenaltiesRows", "penalties", "history", history, offsets, r); bad != nil {
		return bad
	}
	for i := range max(len(p.Repetition), len(p.Frequency), len(p.Presence)) {
		if bad := badPenalty(i, of(p.Repetition, i, 1), of(p.Frequency, i, 0), of(p.Presence, i, 0)); bad != nil {
			return bad
		}
	}
	r.each(func(s *scratch, i int) {
		penalise(s, dst[i*dstStride:][:r.Vocab], x[i*stride:][:r.Vocab], history[offsets[i]:offsets[i+1]],
			float64(of(p.Repetition, i, 1)), float64(of(p.Frequency, i, 0)), float64(of(p.Presence, i, 0)))
	})
	return nil
}

func penalise[E Element](s *scratch, dst, x []E, history []int64, rep, freq, pres float64) {
	copy(dst, x)
	if rep == 1 && freq == 0 && pres == 0 {
		return
	}
	s.listed(history)
	var one [1]float32
	for a := 0; a < len(s.picks); {
		j, n := int(s.picks[a]>>32), 0
		for ; a < len(s.picks) && int(s.picks[a]>>32) == j; a++ {
			n++
		}
		y := float64(widen(block.Portable, x[j:j+1], one[:])[0])
		if y > 0 {
			y /= rep
		} else {
			y *= rep
		}
		if freq != 0 || pres != 0 {
			y = (y - float64(float64(n)*freq)) - pres
		}
		one[0] = canonical(y)
		narrow(block.Portable, dst[j:j+1], one[:])
	}
}

// listed sorts a list of tokens by token, then place, into picks.
func (s *scratch) listed(tokens []int64) {
	s.picks = s.picks[:0]
	for i, t := range tokens {
		s.picks = append(s.picks, uint64(t)<<32|uint64(uint32(i)))
	}
	slices.Sort(s.picks)
}

func badTokens(op, name string, tokens []int64, vocab int) *reference.Reject {
	for i, t := range tokens {
		if t < 0 || t >= int64(vocab) {
			return &reference.Reject{Op: op, Arg: name, Code: name + "_range", Value: fmt.Sprintf("%d at %d", t, i), Want: fmt.Sprintf("tokens in [0, %d)", vocab), Row: -1}
		}
	}
	return nil
}

// badRagged refuses lists whose tokens or offsets cannot be; it panics unless there
// is one offset more than rows.
func badRagged(function, op, name string, tokens, offsets []int64, r Rows) *reference.Reject {
	if len(offsets) != r.Count+1 {
		panic(fmt.Sprintf("optimized: %s: len(offsets)=%d, want Count+1=%d", function, len(offsets), r.Count+1))
	}
	if bad := badTokens(op, name, tokens, r.Vocab); bad != nil {
		return bad
	}
	before, total := int64(0), int64(len(tokens))
	for i, v := range offsets {
		if v < before || v > total || i == 0 && v != 0 || i == r.Count && v != total {
			return &reference.Reject{Op: op, Arg: "offsets", Code: "offsets_range", Value: fmt.Sprintf("%d at %d", v, i), Want: fmt.Sprintf("0 first, never falling, %d last", total), Row: -1}
		}
		before = v
	}
	return nil
}

func badPenalty(i int, repetition, frequency, presence float32) *reference.Reject {
	bad := func(name string, v float32, positive bool) *reference.Reject {
		if abs(v) <= math.MaxFloat32 && (!positive || v > 0) {
			return nil
		}
		want := "a finite number"
		if positive {
			want += " above 0"
		}
		return &reference.Reject{Op: "penalties", Arg: name, Code: name + "_range", Value: fmt.Sprint(v), Want: want, Row: i}
	}
	if r := bad("repetition", repetition, true); r != nil {
		return r
	}
	if r := bad("frequency", frequency, false); r != nil {
		return r
	}
	return bad("presence", presence, false)
}

// runPenalties answers a row of the table.
func runPenalties(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], c.Out[0], k)
	if err != nil {
		return err
	}
	history, offsets := integers(c.Arg("history")), integers(c.Arg("offsets"))
	p := Penalty{floats(c.Arg("repetition")), floats(c.Arg("frequency")), floats(c.Arg("presence"))}
	return byElement(c,
		func() error {
			return PenaltiesRows(elements[float32](c.Out[0]), elements[float32](c.In[0]), history, offsets, r, p)
		},
		func() error {
			return PenaltiesRows(elements[BF16](c.Out[0]), elements[BF16](c.In[0]), history, offsets, r, p)
		},
		func() error {
			return PenaltiesRows(elements[F16](c.Out[0]), elements[F16](c.In[0]), history, offsets, r, p)
		})
}
