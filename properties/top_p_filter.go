package properties

import (
	"math"
	"slices"
)

const (
	probsOut = iota
	keptOut
)

var topPFilterLaws = []Law{
	// Survivors written as 0.0 logits; ties resolved by the sort's whim.
	law("kept_is_a_prefix", "the kept tokens are the first in (value descending, index ascending) order, +0 outside", onFilters, nil, (*trial).prefix),
	// The crossing token dropped, or one too many kept; log-probabilities summed.
	law("nucleus_is_minimal", "by the kernel's own probabilities the mass before each kept token is at most p, and before the next it is above", onNucleus, nil, (*trial).minimal),
	// A search for the threshold that stops early.
	law("kept_grows_with_p", "a larger p keeps no fewer tokens", onNucleus, nil, (*trial).grows),
	// cumsum > 1 is never true: p = 1 keeps nothing, or drops a tail.
	law("p_one_is_softmax", "p = 1 keeps everything: every token above -Inf has probability unless it underflows", onNucleus, nil, (*trial).keepsAll),
	// p = 0 keeps nothing, or all that tie.
	law("p_zero_is_argmax", "p = 0 is one-hot at the lowest index of the maximum", onNucleus, nil, (*trial).keepsBest),
	// 1/V where a masked token is kept.
	law("masked_gets_nothing", "a logit of -Inf has exactly no probability", slices.Concat(onSoftmax, onFilters), nil, (*trial).maskedNothing),
}

// keptOf is how many tokens row r kept, when that is a number of tokens.
func (t *trial) keptOf(r int) (int, bool) {
	n, v := t.first.call.Out[keptOut].Get(r), t.c.Call.In[0].Shape[1]
	return int(n), n >= 1 && n <= float64(v) && n == math.Trunc(n)
}

func (t *trial) prefix() {
	t.eachRegular(16, func(r, base, best int, x []float64) {
		n, ok := t.keptOf(r)
		if !ok {
			t.failf(t.first, keptOut, r, "%v tokens kept of %d", t.first.call.Out[keptOut].Get(r), len(x))
			return
		}
		for at, j := range ranked(x) {
			y := t.first.call.Out[probsOut].Get(base + j)
			if at >= n && (y != 0 || math.Signbit(y)) {
				t.failf(t.first, probsOut, base+j, "token %d is number %d in order, %d are kept, and it has %v", j, at+1, n, y)
				return
			}
		}
	})
}

// withMass runs the kernel on some of the case's rows with a nucleus mass of the
// law's own; no rows where it may not.
func (t *trial) withMass(p float64) (rows []int, b *reply) {
	if rows = t.few(3); len(rows) == 0 {
		return nil, nil
	}
	c := remake(t.c.Call, rows...)
	give(c, "p", p)
	b, ok := t.again(c)
	if !ok {
		return nil, nil
	}
	return rows, b
}

// minimal runs the kernel with p = 1 for its own probabilities. They carry the
// rounding of the outputs, and the masses compared with p need not: by is both.
func (t *trial) minimal() {
	rows, b := t.withMass(1)
	for i, r := range rows {
		x, p := t.row(r), t.c.Call.Param("p", r)
		best, ok := regular(x)
		n, whole := t.keptOf(r)
		if !ok || !whole || p == 0 || p == 1 {
			continue
		}
		v := len(x)
		top := i*v + best
		y := b.truth().Out[probsOut].Get(top)
		by := 2 * (2*b.term(probsOut, top, "terms of the sum") + b.term(probsOut, top, "sum") + b.term(probsOut, top, "division")) / y
		by += b.call.DType().Unit() + float64(v)*b.term(probsOut, top, "smallest number") + 0x1p-40
		before, last := 0.0, 0.0
		order := ranked(x)
		for _, j := range order[:n] {
			before += last
			last = b.call.Out[probsOut].Get(i*v + j)
		}
		if before > p+by {
			t.failf(t.first, keptOut, r, "%d tokens kept, though %v lies before the last, above p = %v", n, before, p)
		}
		if n < v && before+last < p-by {
			t.failf(t.first, keptOut, r, "%d tokens kept, though they hold %v only, below p = %v", n, before+last, p)
		}
	}
}

func (t *trial) grows() {
	rows := t.few(4)
	if len(rows) == 0 {
		return
	}
	for _, up := range []bool{true, false} {
		c := remake(t.c.Call, rows...)
		p := make([]float64, len(rows))
		for i, r := range rows {
			if p[i] = t.c.Call.Param("p", r) / 2; up {
				p[i] += 0.5
			}
		}
		give(c, "p", p...)
		b, ok := t.again(c)
		if !ok {
			return
		}
		for i, r := range rows {
			was, got := t.first.call.Out[keptOut].Get(r), b.call.Out[keptOut].Get(i)
			if up && got < was && !b.inside(keptOut, i) || !up && got > was && !b.inside(keptOut, i) {
				t.failf(b, keptOut, i, "p = %v keeps %v, p = %v keeps %v", t.c.Call.Param("p", r), was, p[i], got)
			}
		}
	}
}

func (t *trial) keepsAll() {
	rows, b := t.withMass(1)
	for i, r := range rows {
		x := t.row(r)
		if _, ok := regular(x); !ok {
			continue
		}
		if n := b.call.Out[keptOut].Get(i); n != float64(len(x)) {
			t.failf(b, keptOut, i, "p = 1 keeps %v of %d", n, len(x))
		}
		for j := range x {
			if lo, _ := b.interval(probsOut, i*len(x)+j); lo > 0 && b.call.Out[probsOut].Get(i*len(x)+j) == 0 {
				t.failf(b, probsOut, i*len(x)+j, "p = 1 gives token %d nothing", j)
				return
			}
		}
	}
}

func (t *trial) keepsBest() {
	rows, b := t.withMass(0)
	for i, r := range rows {
		x := t.row(r)
		best, ok := regular(x)
		if !ok {
			continue
		}
		if n := b.call.Out[keptOut].Get(i); n != 1 {
			t.failf(b, keptOut, i, "p = 0 keeps %v", n)
		}
		for j := range x {
			want := 0.0
			if j == best {
				want = 1
			}
			got := b.call.Out[probsOut].Get(i*len(x) + j)
			lo, hi := b.interval(probsOut, i*len(x)+j)
			if want == 0 && got != 0 || want == 1 && !(got >= lo && got <= hi) {
				t.failf(b, probsOut, i*len(x)+j, "p = 0 gives token %d %v, and the maximum is at %d", j, got, best)
				return
			}
		}
	}
}

func (t *trial) maskedNothing() {
	t.eachRegular(64, func(r, base, best int, x []float64) {
		for j, v := range x {
			if y := t.first.call.Out[0].Get(base + j); math.IsInf(v, -1) && y != 0 {
				t.failf(t.first, 0, base+j, "a masked token has probability %v", y)
				return
			}
		}
	})
}
