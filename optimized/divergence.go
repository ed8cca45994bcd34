package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// Masses says how rows of masses are read and what a result is measured in. The
// zero value: as given, in nats.
type Masses struct {
	Normalise bool // divide each row by its total first; a total of 0 is refused
	Bits      bool
}

// Entropy is -sum_i p[i] ln p[i] of one row of masses p >= 0, taken as given, in
// nats. p[i] = 0 contributes exactly 0: a one-hot row has the entropy 0. NaN or +Inf
// give canonical NaN, a negative mass is refused.
//
// Error of this and of the operations on two rows: the rounding to float32, and
// 2^-48 of the size of the terms; all else is float64, over 256 lanes. Normalise
// rounds each share: 2^-52 more, which a row with all but 2^-29 of its mass in one
// place may notice.
//
// Reference: reference.Ops, entropy.
func Entropy[E Element](p []E) (h float32, err error) {
	return onOne("entropy", p, p, Masses{}, 0, entropyTerm)
}

// EntropyRows is Entropy for a batch: h holds one number per row. Nothing is
// written if any row is refused.
func EntropyRows[E Element](h []float32, p []E, r Rows, m Masses) error {
	return onRows("entropy", h, p, p, r, m, nil, entropyTerm)
}

// KL is the divergence sum_i p[i] ln(p[i]/q[i]) of one pair of rows, in nats. p[i] = 0
// contributes exactly 0; p[i] > 0 with q[i] = 0 gives +Inf. The rest is as with
// Entropy; unequal lengths panic.
//
// Reference: reference.Ops, kl.
func KL[E Element](p, q []E) (kl float32, err error) {
	return onOne("kl", p, q, Masses{}, 0, klTerm)
}

// KLRows is KL for a batch; the rows of p and q are Stride apart.
func KLRows[E Element](kl []float32, p, q []E, r Rows, m Masses) error {
	return onRows("kl", kl, p, q, r, m, nil, klTerm)
}

// CrossEntropyPQ is -sum_i p[i] ln q[i] of one pair of rows, in nats: see KL.
//
// Reference: reference.Ops, cross_entropy_pq.
func CrossEntropyPQ[E Element](p, q []E) (h float32, err error) {
	return onOne("cross_entropy_pq", p, q, Masses{}, 0, crossTerm)
}

// CrossEntropyPQRows is CrossEntropyPQ for a batch.
func CrossEntropyPQRows[E Element](h []float32, p, q []E, r Rows, m Masses) error {
	return onRows("cross_entropy_pq", h, p, q, r, m, nil, crossTerm)
}

// JS is the Jensen-Shannon divergence beta KL(p||m) + (1-beta) KL(q||m) from the
// mixture m = beta p + (1-beta) q, in nats: exactly 0 at beta 0 and 1. beta outside
// [0, 1] is refused. The rest is as with KL.
//
// Reference: reference.Ops, js.
func JS[E Element](p, q []E, beta float32) (js float32, err error) {
	if bad := badUnit("js", "beta", 0, beta); bad != nil {
		return 0, bad
	}
	return onOne("js", p, q, Masses{}, float64(beta), jsTerm)
}

// JSRows is JS for a batch, with one beta for all rows, one per row, or none (1/2).
func JSRows[E Element](js []float32, p, q []E, r Rows, m Masses, beta ...float32) error {
	per("JSRows", "beta", beta, r.Count)
	for i, b := range beta {
		if bad := badUnit("js", "beta", i, b); bad != nil {
			return bad
		}
	}
	return onRows("js", js, p, q, r, m, beta, jsTerm)
}

func entropyTerm(p, _, _ float64) float64 {
	if p == 0 {
		return 0
	}
	return 0 - float64(p*ln(p))
}

func klTerm(p, q, _ float64) float64 {
	switch {
	case p == 0:
		return 0
	case q == 0:
		return math.Inf(1)
	}
	return float64(p * lnRatio(p, q))
}

func crossTerm(p, q, _ float64) float64 {
	switch {
	case p == 0:
		return 0
	case q == 0:
		return math.Inf(1)
	}
	return 0 - float64(p*ln(q))
}

// jsTerm takes both logarithms from the difference p - q: ln(p/m) is
// 2 atanh((1-beta)(p-q)/(p+m)) where it is small.
func jsTerm(p, q, beta float64) (v float64) {
	rest := 1 - beta
	m := float64(beta*p) + float64(rest*q)
	if w := float64(beta * p); w > 0 {
		v += float64(w * lnShare(p, m, float64(rest*(p-q))))
	}
	if w := float64(rest * q); w > 0 {
		v += float64(w * lnShare(q, m, float64(beta*(q-p))))
	}
	return v
}

// lnShare is ln(p/m), given d = p - m.
func lnShare(p, m, d float64) float64 {
	if p > 0.71*m && p < 1.41*m {
		return lnNear(d / (p + m))
	}
	return ln(p / m)
}

// massRow is one row: its sum of terms, or what is wrong with it.
func massRow[E Element](op string, s *scratch, p, q []E, i int, m Masses, beta float64, term func(p, q, beta float64) float64) (float64, *reference.Reject) {
	var totals [2]lanes
	var bad *reference.Reject
	finite := true
	pieces(s, p, q, func(lo int, p, q []float32) {
		for j := range p {
			for side, v := range [2]float32{p[j], q[j]} {
				if v < 0 && bad == nil {
					bad = &reference.Reject{Op: op, Arg: [2]string{"p", "q"}[side], Want: "masses >= 0", Row: i}
					bad.Code, bad.Value = bad.Arg+"_negative", fmt.Sprint(v)
				}
				finite = finite && v <= math.MaxFloat32
				if m.Normalise {
					totals[side].add(lo+j, float64(v))
				}
			}
		}
	})
	if bad != nil {
		return 0, bad
	}
	a, b := 1.0, 1.0
	if m.Normalise {
		a, b = totals[0].sum(), totals[1].sum()
		for side, v := range [2]float64{a, b} {
			if v == 0 {
				arg := [2]string{"p", "q"}[side]
				return 0, &reference.Reject{Op: op, Arg: arg, Code: arg + "_total", Value: "0 in total", Want: "some mass to normalise", Row: i}
			}
		}
	}
	if !finite {
		return math.NaN(), nil
	}
	var l lanes
	pieces(s, p, q, func(lo int, p, q []float32) {
		for j := range p {
			l.add(lo+j, term(float64(p[j])/a, float64(q[j])/b, beta))
		}
	})
	return l.sum() / unitOf(m.Bits), nil
}

func onOne[E Element](op string, p, q []E, m Masses, beta float64, term func(p, q, beta float64) float64) (float32, error) {
	if len(p) != len(q) {
		panic(fmt.Sprintf("optimized: %s: len(q)=%d, want len(p)=%d", op, len(q), len(p)))
	}
	s := scratches.Get().(*scratch)
	v, bad := massRow(op, s, p, q, 0, m, beta, term)
	scratches.Put(s)
	if bad != nil {
		return 0, bad
	}
	return canonical(v), nil
}

func onRows[E Element](op string, dst []float32, p, q []E, r Rows, m Masses, beta []float32, term func(p, q, beta float64) float64) error {
	stride, _ := r.check(op, len(p), 0, false)
	r.check(op, len(q), 0, false)
	onePerRow(op, "dst", len(dst), r)
	return r.numbers(dst, func(s *scratch, i int) (float64, *reference.Reject) {
		return massRow(op, s, p[i*stride:][:r.Vocab], q[i*stride:][:r.Vocab], i, m, float64(of(beta, i, 0.5)), term)
	})
}
