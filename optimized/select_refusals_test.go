package optimized

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// A refusal names the operation, the argument, its value and its row, and the
// form for one row returns 0 beside it.
func TestRefusalsOfSelections(t *testing.T) {
	x, y := jitter(20, 6), make([]float32, 20)
	u := ramp(20)
	u[7] = 1
	one := func(n int, err error) error {
		if n != 0 {
			t.Errorf("%d beside %v", n, err)
		}
		return err
	}
	two := func(n, m int, err error) error { return one(n|m, err) }
	for says, err := range map[string]error{
		"argmax: x is empty in row 0, want finite logits or -Inf, at least one of them finite (row_empty)":  one(Argmax([]float32{})),
		"top_k_filter: k is -1 in row 0, want a number of tokens >= 0, 0 for all (k_negative)":              one(TopKFilter(y, x, -1)),
		"top_p_filter: p is 1.5 in row 0, want a number in [0, 1] (p_range)":                                one(TopPFilter(y, x, 1.5)),
		"min_p_filter: min_p is 1.5 in row 0, want a number in [0, 1] (min_p_range)":                        one(MinPFilter(y, x, 1.5)),
		"penalties: history is 20 at 1, want tokens in [0, 20) (history_range)":                             Penalties(y, x, []int64{0, 20}, 1, 0, 0),
		"penalties: repetition is 0 in row 0, want a finite number above 0 (repetition_range)":              Penalties(y, x, nil, 0, 1, 2),
		"penalties: frequency is NaN in row 0, want a finite number (frequency_range)":                      Penalties(y, x, nil, 1, float32(math.NaN()), 2),
		"penalties: presence is +Inf in row 0, want a finite number (presence_range)":                       Penalties(y, x, nil, 1, 2, float32(math.Inf(1))),
		"logit_bias: token is -1 at 0, want tokens in [0, 20) (token_range)":                                LogitBias(y, x, []int64{-1}, []float32{0}),
		"banned: token is 20 at 0, want tokens in [0, 20) (token_range)":                                    Banned(y, x, []int64{20}),
		"sample_probs: u is 1 in row 0, want a number in [0, 1) (u_range)":                                  one(SampleProbs([]float32{0, 1}, 1)),
		"sample_gumbel: u is 1 in row 7, want a number in [0, 1) (u_range)":                                 one(SampleGumbel(x, u)),
		"sample_chain: temperature is -1 in row 0, want a number >= 0, +Inf allowed (temperature_negative)": two(SampleChain(x, 0.5, -1, 2, 0.25, 0.125)),
		"sample_chain: k is -2 in row 0, want a number of tokens >= 0, 0 for all (k_negative)":              two(SampleChain(x, 0.5, 1, -2, 0.25, 0.125)),
		"sample_chain: p is 2 in row 0, want a number in [0, 1] (p_range)":                                  two(SampleChain(x, 0.5, 1, 2, 2, 0.125)),
		"sample_chain: min_p is 2 in row 0, want a number in [0, 1] (min_p_range)":                          two(SampleChain(x, 0.5, 1, 2, 0.25, 2)),
		"sample_chain: u is 1 in row 0, want a number in [0, 1) (u_range)":                                  two(SampleChain(x, 1, 1, 2, 0.25, 0.125)),
	} {
		if err == nil || err.Error() != says {
			t.Errorf("%v, want %s", err, says)
		}
	}
	for _, v := range y {
		if v != 0 {
			t.Fatalf("a refused call wrote %v", v)
		}
	}
	if _, _, err := SampleChain(x, 0.5, 2, 2, 0.25, 0.125); err != nil {
		t.Errorf("a temperature above 1: %v", err)
	}
}

// Shapes that cannot be panic, say why, and write nothing.
func TestShapesOfSelections(t *testing.T) {
	x, y := jitter(20, 4), make([]float32, 20)
	before := bitsOf(x)
	r := Rows{Count: 2, Vocab: 10}
	n1, n2, n3 := make([]int64, 1), make([]int64, 2), make([]int64, 3)
	u1, u2 := ramp(1), ramp(2)
	f3 := make([]float32, 3)
	accept := func(token, draft []int64, u, v []float64) func() {
		return func() { _ = SpeculativeAcceptRows(token, nil, x, x, draft, u, v, r) }
	}
	beam := func(n int, parent, token []int64, score []float32) func() {
		return func() { _ = BeamStep(make([]float32, n), parent, token, x, score, r) }
	}
	chain := func(token []int64, u []float64, c Chain) func() {
		return func() { _ = SampleChainRows(token, nil, x, u, r, c) }
	}
	penalties := func(p Penalty) func() { return func() { _ = PenaltiesRows(y, x, nil, n3, r, p) } }
	for says, f := range map[string]func(){
		"ArgmaxRows: len(token)=1, want Count=2":                                                          func() { _ = ArgmaxRows(n1, x, r) },
		"TopK: len(index)=21, len(value)=0, want one number of at most len(x)=20":                         func() { TopK(make([]int64, 21), nil, x) },
		"TopK: len(index)=2, len(value)=3":                                                                func() { TopK(n2, f3, x) },
		"TopKRows: k=11, want 0 to Vocab=10":                                                              func() { TopKRows(make([]int64, 22), nil, x, r, 11) },
		"TopKRows: len(index)=3, len(value)=0, want Count*k=6":                                            func() { TopKRows(n3, nil, x, r, 3) },
		"TopKRows: len(index)=2, len(value)=3, want Count*k=2":                                            func() { TopKRows(n2, f3, x, r, 1) },
		"TopKFilter: len(dst)=19, want len(x)=20":                                                         func() { _, _ = TopKFilter(y[:19], x, 1) },
		"TopKFilter: dst and x overlap":                                                                   func() { _, _ = TopKFilter(x, x, 1) },
		"TopKFilterRows: dst and x overlap":                                                               func() { _ = TopKFilterRows(x, nil, x, r, 1) },
		"TopKFilterRows: len(k)=3, want 1 or 2":                                                           func() { _ = TopKFilterRows(y, nil, x, r, n3...) },
		"TopKFilterRows: len(kept)=3, want Count=2":                                                       func() { _ = TopKFilterRows(y, n3, x, r) },
		"MinPFilter: dst and x overlap":                                                                   func() { _, _ = MinPFilter(x, x, 0.5) },
		"MinPFilterRows: dst and x overlap":                                                               func() { _ = MinPFilterRows(x, nil, x, r, 0.5) },
		"MinPFilterRows: len(minP)=3, want 1 or 2":                                                        func() { _ = MinPFilterRows(y, nil, x, r, f3...) },
		"MinPFilterRows: len(kept)=3, want Count=2":                                                       func() { _ = MinPFilterRows(y, n3, x, r) },
		"SampleProbsRows: len(token)=2, len(u)=1, want Count=2":                                           func() { _ = SampleProbsRows(n2, x, u1, r) },
		"SampleLogitsRows: len(temperature)=3, want 1 or 2":                                               func() { _ = SampleLogitsRows(n2, x, u2, r, f3...) },
		"Penalties: dst and x overlap":                                                                    func() { _ = Penalties(x, x, nil, 1, 0, 0) },
		"PenaltiesRows: dst and x overlap":                                                                func() { _ = PenaltiesRows(x, x, nil, n3, r, Penalty{}) },
		"PenaltiesRows: len(offsets)=1, want Count+1=3":                                                   func() { _ = PenaltiesRows(y, x, nil, n1, r, Penalty{}) },
		"PenaltiesRows: len(Repetition)=3, want 1 or 2":                                                   penalties(Penalty{Repetition: f3}),
		"PenaltiesRows: len(Frequency)=3, want 1 or 2":                                                    penalties(Penalty{Frequency: f3}),
		"PenaltiesRows: len(Presence)=3, want 1 or 2":                                                     penalties(Penalty{Presence: f3}),
		"LogitBias: dst and x overlap":                                                                    func() { _ = LogitBias(x, x, nil, nil) },
		"LogitBias: len(token)=1, len(bias)=0":                                                            func() { _ = LogitBias(y, x, n1, nil) },
		"LogitBiasRows: dst and x overlap":                                                                func() { _ = LogitBiasRows(x, x, nil, n3, nil, r) },
		"LogitBiasRows: len(token)=1, len(bias)=0":                                                        func() { _ = LogitBiasRows(y, x, n1, n3, nil, r) },
		"LogitBiasRows: len(offsets)=2, want Count+1=3":                                                   func() { _ = LogitBiasRows(y, x, nil, n2, nil, r) },
		"Banned: dst and x overlap":                                                                       func() { _ = Banned(x, x, nil) },
		"BannedRows: dst and x overlap":                                                                   func() { _ = BannedRows(x, x, nil, n3, r) },
		"BannedRows: len(offsets)=2, want Count+1=3":                                                      func() { _ = BannedRows(y, x, nil, n2, r) },
		"SampleGumbel: len(u)=19, want len(x)=20":                                                         func() { _, _ = SampleGumbel(x, ramp(19)) },
		"SampleGumbelRows: len(token)=1, len(u)=20, want Count=2":                                         func() { _ = SampleGumbelRows(n1, x, ramp(20), r) },
		"SampleGumbelRows: len(token)=2, len(u)=2, want Count=2, Count*Vocab=20":                          func() { _ = SampleGumbelRows(n2, x, u2, r) },
		"SampleChainRows: len(token)=1, len(u)=2, want Count=2":                                           chain(n1, u2, Chain{}),
		"SampleChainRows: len(token)=2, len(u)=1, want Count=2":                                           chain(n2, u1, Chain{}),
		"SampleChainRows: len(Temperature)=3, want 1 or 2":                                                chain(n2, u2, Chain{Temperature: f3}),
		"SampleChainRows: len(K)=3, want 1 or 2":                                                          chain(n2, u2, Chain{K: n3}),
		"SampleChainRows: len(P)=3, want 1 or 2":                                                          chain(n2, u2, Chain{P: f3}),
		"SampleChainRows: len(MinP)=3, want 1 or 2":                                                       chain(n2, u2, Chain{MinP: f3}),
		"SpeculativeAccept: len(q)=3, want len(p)=20":                                                     func() { _, _, _ = SpeculativeAccept(x, x[:3], 0, 0, 0) },
		"SpeculativeAcceptRows: len(token)=1, len(draft)=2":                                               accept(n1, n2, u2, u2),
		"SpeculativeAcceptRows: len(token)=2, len(draft)=1":                                               accept(n2, n1, u2, u2),
		"SpeculativeAcceptRows: len(token)=2, len(draft)=2, len(u)=1, len(u2)=2":                          accept(n2, n2, u1, u2),
		"SpeculativeAcceptRows: len(token)=2, len(draft)=2, len(u)=2, len(u2)=1":                          accept(n2, n2, u2, u1),
		"BeamStep: len(score)=3, want Count=2":                                                            beam(2, n2, n2, f3),
		"BeamStep: len(best)=0, len(parent)=0, len(token)=0":                                              beam(0, nil, nil, f3[:2]),
		"BeamStep: len(best)=2, len(parent)=1, len(token)=2":                                              beam(2, n1, n2, f3[:2]),
		"BeamStep: len(best)=2, len(parent)=2, len(token)=3":                                              beam(2, n2, n3, f3[:2]),
		"BeamStep: len(best)=21, len(parent)=21, len(token)=21, want one number from 1 to Count*Vocab=20": beam(21, make([]int64, 21), make([]int64, 21), f3[:2]),
		"AttentionSoftmaxRows: len(Length)=1":                                                             func() { _ = AttentionSoftmaxRows(y, x, r, Mask[float32]{Length: []int64{1}}) },
		"AttentionSoftmaxRows: len(Bias)=19":                                                              func() { _ = AttentionSoftmaxRows(y, x, r, Mask[float32]{Bias: x[:19]}) },
		"Attention: len(v)=3": func() {
			_ = Attention(y, nil, x, x, x[:3], Heads{Queries: 2, Keys: 2, DK: 10, DV: 10}, Mask[float32]{})
		},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.HasPrefix(got, "optimized: ") || !strings.Contains(got, says) {
					t.Errorf("%q, want %q", got, says)
				}
			}()
			f()
		}()
		if !slices.Equal(bitsOf(x), before) || slices.ContainsFunc(y, func(v float32) bool { return v != 0 }) {
			t.Fatalf("%s: something was written", says)
		}
	}
	for _, v := range slices.Concat(n1, n2, n3) {
		if v != 0 {
			t.Fatalf("something was written: %v %v %v", n1, n2, n3)
		}
	}
}
