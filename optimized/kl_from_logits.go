package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// KLFromLogits is the divergence, in nats, of softmax(x) from softmax(y). A token
// that x masks contributes only to y's total; one that y masks and x does not gives
// +Inf. A row of either with NaN or +Inf, or of -Inf alone, gives canonical NaN, rows
// without logits 0. Unequal lengths panic.
//
// Error: at most 4 units of 2^-24 of sum_i p_i |ln p_i - ln q_i|; below 2^-8, of the
// divergence itself or of 2^-20, whichever is larger: what is left of the error of
// ln S, squared. 2.80 seen (22.263353 bits, V = 2).
//
// Reference: reference.Ops, kl_from_logits.
func KLFromLogits[E Element](x, y []E) (kl float32) {
	if len(y) != len(x) {
		panic(fmt.Sprintf("optimized: KLFromLogits: len(y)=%d, want len(x)=%d", len(y), len(x)))
	}
	return canonical(klOfLogits(best, x, y))
}

// KLFromLogitsRows is KLFromLogits for a batch, in nats, or in bits: the rows of x
// and y are Stride apart, kl holds one number per row.
func KLFromLogitsRows[E Element](kl []float32, x, y []E, bits bool, r Rows) {
	stride, _ := r.check("KLFromLogitsRows", len(x), 0, false)
	r.check("KLFromLogitsRows", len(y), 0, false)
	onePerRow("KLFromLogitsRows", "kl", len(kl), r)
	isa, unit := r.On.use(), unitOf(bits)
	r.each(func(_ *scratch, i int) {
		kl[i] = canonical(klOfLogits(isa, x[i*stride:][:r.Vocab], y[i*stride:][:r.Vocab]) / unit)
	})
}

// klOfLogits takes, with the terms T_x of x and the maxima m,
//
//	A/S_x + (ln S_y - ln S_x),  A = sum T_x*RN(RN(x-m_x) - RN(y-m_y))
//
// An A that leaves float32 is added up again in units of 2^64.
// A divergence that comes out below 2^-8 is computed again as a sum of terms
// that are at least 0, T_x*g(d) in float32 with g(d) = e^-d - 1 + d and d = ln p -
// ln q in float64. Where d is below -40, and where x masks, what is left of the
// term is q: the others of x's terms that are 0 are less than 2^-69 of it.
func klOfLogits[E Element](isa block.ISA, x, y []E) float64 {
	s, t := scratches.Get().(*scratch), scratches.Get().(*scratch)
	defer scratches.Put(s)
	defer scratches.Put(t)
	var p, q row[E]
	p.scan(isa, s, x, 1)
	q.scanAhead(isa, t, y, 1)
	switch {
	case p.kind == empty:
		return 0
	case p.kind != regular || q.kind != regular:
		return math.NaN()
	}
	_, lq := q.logSumExp(1)
	infinite := false
	top := p.max
	if p.shift {
		top = 0 // it is run on x - m_x
	}
	for c := range p.chunks {
		lo, hi := q.bounds(c)
		other := widen(isa, y[lo:hi], q.buf[:])
		if q.max < 0x1p102 { // no gap in y leaves float32
			p.beside(c, func(x []float32, ch *chunk, lanes *block.Pair) {
				block.Ratios(isa, x, other, ch.n, &p.s, ch.mag, top, q.max, lanes)
			})
		} else {
			gapsTo(&p, &q, c, other, 1)
		}
		if q.chunks[c].mag < 0x7f800000 {
			continue // nothing is masked
		}
		for i, w := range other {
			infinite = infinite || w < -math.MaxFloat32 && p.value(lo+i) >= -math.MaxFloat32
		}
	}
	if infinite {
		return math.Inf(1)
	}
	p.total()
	lp := p.logSum()
	v := p.innerSum(false)/p.S + (lq - lp)
	if math.IsInf(v, 1) {
		for c := range p.chunks {
			lo, hi := q.bounds(c)
			gapsTo(&p, &q, c, widen(isa, y[lo:hi], q.buf[:]), 0x1p-64)
		}
		v = p.innerSum(false)/p.S*0x1p64 + (lq - lp)
	}
	if !(v < 0x1p-8) {
		return v
	}
	return klNear(&p, &q, y, lp-lq, lq)
}

// klNear is the sum of T_x*g(d), and of the q of the terms where d is below -40.
// between is ln S_x - ln S_y.
func klNear[E Element](p, q *row[E], y []E, between, lq float64) float64 {
	var left lanes
	k := [4]float64{float64(p.max), float64(q.max), between}
	for c := range p.chunks {
		lo, hi := q.bounds(c)
		g, t := q.part[:hi-lo], p.part[:hi-lo]
		other := widen(p.isa, y[lo:hi], q.buf[:])
		block.Apply(p.isa, block.ExcessNear, g, widen(p.isa, p.x[lo:hi], p.buf[:]), other, &k)
		p.terms(c, t)
		if _, mag := block.Scan(p.isa, g); mag > 0x7f800000 { // NaN where d is not near 0
			for i, v := range g {
				if v == v {
					continue
				}
				g[i] = 0
				d := (float64(p.value(lo+i)) - k[0]) - (float64(other[i]) - k[1]) - between
				switch {
				case d >= -40 && t[i] > 0:
					g[i] = float32(excess(d))
				case d < -40 && other[i] >= -math.MaxFloat32:
					left.add(lo+i, exp(float64(other[i])-k[1]-lq))
				}
			}
		}
		block.Apply(p.isa, block.Product, t, t, g, nil)
		block.Fold(t, p.pair.Weighed())
		p.chunks[c].inner = block.Tree(p.isa, p.pair.Weighed(), len(t))
	}
	return p.innerSum(false)/p.S + left.sum()
}

// gapsTo adds up a chunk of A, times a power of two: a term times the gap in y may
// leave float32, whose largest number is 2^128, where the divergence does not.
func gapsTo[E Element](p, q *row[E], c int, other []float32, by float32) {
	lo, _ := q.bounds(c)
	p.inner(c, func(i int, t, _ float32) float32 {
		if e := other[i-lo] - q.max; e >= -math.MaxFloat32 {
			return float32(t * float32(float32((p.value(i)-p.max)-e)*by))
		}
		return float32(float64(float64(t)*float64(by)) * (float64(q.max) - float64(other[i-lo]))) // the gap leaves float32
	})
}

// runKLFromLogits answers a row of the table.
func runKLFromLogits(c *reference.Call, k Kernels) error {
	bits := c.Pick("unit") == "bits"
	return onPairs(c, k, func(v []float32, r Rows) error {
		return byElement(c,
			func() error {
				KLFromLogitsRows(v, elements[float32](c.In[0]), elements[float32](c.In[1]), bits, r)
				return nil
			},
			func() error {
				KLFromLogitsRows(v, elements[BF16](c.In[0]), elements[BF16](c.In[1]), bits, r)
				return nil
			},
			func() error {
				KLFromLogitsRows(v, elements[F16](c.In[0]), elements[F16](c.In[1]), bits, r)
				return nil
			})
	})
}
