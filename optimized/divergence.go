package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/optimized/internal/block"
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
	return onOne("entropy", p, p, Masses{}, 0, block.Entropy)
}

// EntropyRows is Entropy for a batch: h holds one number per row. Nothing is
// written if any row is refused.
func EntropyRows[E Element](h []float32, p []E, r Rows, m Masses) error {
	return onRows("entropy", h, p, p, r, m, nil, block.Entropy)
}

// KL is the divergence sum_i p[i] ln(p[i]/q[i]) of one pair of rows, in nats. p[i] = 0
// contributes exactly 0; p[i] > 0 with q[i] = 0 gives +Inf. The rest is as with
// Entropy; unequal lengths panic.
//
// Reference: reference.Ops, kl.
func KL[E Element](p, q []E) (kl float32, err error) {
	return onOne("kl", p, q, Masses{}, 0, block.KL)
}

// KLRows is KL for a batch; the rows of p and q are Stride apart.
func KLRows[E Element](kl []float32, p, q []E, r Rows, m Masses) error {
	return onRows("kl", kl, p, q, r, m, nil, block.KL)
}

// CrossEntropyPQ is -sum_i p[i] ln q[i] of one pair of rows, in nats: see KL.
//
// Reference: reference.Ops, cross_entropy_pq.
func CrossEntropyPQ[E Element](p, q []E) (h float32, err error) {
	return onOne("cross_entropy_pq", p, q, Masses{}, 0, block.Cross)
}

// CrossEntropyPQRows is CrossEntropyPQ for a batch.
func CrossEntropyPQRows[E Element](h []float32, p, q []E, r Rows, m Masses) error {
	return onRows("cross_entropy_pq", h, p, q, r, m, nil, block.Cross)
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
	return onOne("js", p, q, Masses{}, float64(beta), block.JS)
}

// JSRows is JS for a batch, with one beta for all rows, one per row, or none (1/2).
func JSRows[E Element](js []float32, p, q []E, r Rows, m Masses, beta ...float32) error {
	per("JSRows", "beta", beta, r.Count)
	for i, b := range beta {
		if bad := badUnit("js", "beta", i, b); bad != nil {
			return bad
		}
	}
	return onRows("js", js, p, q, r, m, beta, block.JS)
}

// massRow is one row: its sum, or what is wrong with it. The kernels know masses by
// their bits: those of finite numbers of at least 0, -0 aside, lie below +Inf's.
func massRow[E Element](isa block.ISA, op string, s *scratch, p, q []E, i int, m Masses, beta float64, of block.Sum) (float64, *reference.Reject) {
	k := [4]float64{1, 1, beta, 1 - beta}
	if m.Normalise {
		var mag uint32
		k[0], mag = sumOf(isa, block.Total, s, p, p, &k)
		if of != block.Entropy {
			var bits uint32
			k[1], bits = sumOf(isa, block.Total, s, q, q, &k)
			mag = max(mag, bits)
		}
		bad, undefined := judge(isa, op, s, p, q, i, mag)
		for side, v := range k[:2] {
			if v == 0 && bad == nil {
				arg := [2]string{"p", "q"}[side]
				bad = &reference.Reject{Op: op, Arg: arg, Code: arg + "_total", Value: "0 in total", Want: "some mass to normalise", Row: i}
			}
		}
		if bad != nil || undefined {
			return math.NaN(), bad
		}
	}
	v, mag := sumOf(isa, of, s, p, q, &k)
	if bad, undefined := judge(isa, op, s, p, q, i, mag); bad != nil || undefined {
		return math.NaN(), bad
	}
	return v / unitOf(m.Bits), nil
}

// sumOf is a sum over two rows, in the lanes and their tree, with the largest bits.
func sumOf[E Element](isa block.ISA, of block.Sum, s *scratch, p, q []E, k *[4]float64) (v float64, mag uint32) {
	var l lanes
	pieces(isa, s, p, q, func(_ int, p, q []float32) {
		mag = max(mag, block.AddUp(isa, of, p, q, k, (*[block.Lanes]float64)(&l)))
	})
	return l.sum(), mag
}

// judge looks closer at two rows whose largest bits are not those of a mass: one is
// below 0, or not finite.
func judge[E Element](isa block.ISA, op string, s *scratch, p, q []E, i int, mag uint32) (bad *reference.Reject, undefined bool) {
	if mag < 0x7f800000 {
		return nil, false
	}
	pieces(isa, s, p, q, func(_ int, p, q []float32) {
		for j := range p {
			for side, v := range [2]float32{p[j], q[j]} {
				if v < 0 && bad == nil {
					bad = &reference.Reject{Op: op, Arg: [2]string{"p", "q"}[side], Want: "masses >= 0", Row: i}
					bad.Code, bad.Value = bad.Arg+"_negative", fmt.Sprint(v)
				}
				undefined = undefined || !(v <= math.MaxFloat32)
			}
		}
	})
	return bad, undefined
}

func onOne[E Element](op string, p, q []E, m Masses, beta float64, of block.Sum) (float32, error) {
	if len(p) != len(q) {
		panic(fmt.Sprintf("optimized: %s: len(q)=%d, want len(p)=%d", op, len(q), len(p)))
	}
	s := scratches.Get().(*scratch)
	v, bad := massRow(best, op, s, p, q, 0, m, beta, of)
	scratches.Put(s)
	if bad != nil {
		return 0, bad
	}
	return canonical(v), nil
}

func onRows[E Element](op string, dst []float32, p, q []E, r Rows, m Masses, beta []float32, kind block.Sum) error {
	stride, _ := r.check(op, len(p), 0, false)
	r.check(op, len(q), 0, false)
	onePerRow(op, "dst", len(dst), r)
	isa := r.On.use()
	return r.numbers(dst, func(s *scratch, i int) (float64, *reference.Reject) {
		return massRow(isa, op, s, p[i*stride:][:r.Vocab], q[i*stride:][:r.Vocab], i, m, float64(of(beta, i, 0.5)), kind)
	})
}
