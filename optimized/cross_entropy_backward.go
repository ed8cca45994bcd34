package optimized

import (
	"fmt"
	"math"

	"github.com/seed-210c9500/assay/optimized/internal/block"
	"github.com/seed-210c9500/assay/reference"
)

// Upstream is what a loss's gradient is multiplied by.
type Upstream struct {
	G    []float32 // none (1), one, or one per row
	Mean bool      // the loss was the mean over the counted rows: divide by their number, or their labels' weights
}

// CrossEntropyBackward sets dx to the gradient of CrossEntropy(x, label) with
// respect to x, softmax(x) - [i = label], and returns the loss and lse.
//
// The label's own p - 1 is minus the mass of the others, without cancellation. A
// row with NaN or +Inf, or of -Inf alone, has a gradient of canonical NaN. One logit
// gives exactly 0. A label outside the row is refused and nothing is written.
//
// dx may be x itself; other overlap, and unequal lengths, panic.
//
// Error: at most 10 units of 2^-24 of every element, 3.28 seen (dx = 2.9945734e-14,
// V = 4097); with smoothing, of the parts it is the difference of. 16-bit outputs
// are that, rounded.
//
// Reference: reference.Ops, cross_entropy_backward.
func CrossEntropyBackward[E Element](dx, x []E, label int) (loss, lse float32, err error) {
	if len(dx) != len(x) {
		panic(fmt.Sprintf("optimized: CrossEntropyBackward: len(dx)=%d, want len(x)=%d", len(dx), len(x)))
	}
	if overlap(dx, x) {
		panic("optimized: CrossEntropyBackward: dx and x overlap without being the same slice")
	}
	if bad := badOneLabel("cross_entropy_backward", label, len(x)); bad != nil {
		return 0, 0, bad
	}
	var l Loss
	s := scratches.Get().(*scratch)
	loss, lse = backwardRow(&l, best, s, dx, x, int64(label), 0, 1, 1, nil)
	scratches.Put(s)
	return loss, lse, nil
}

// CrossEntropyBackwardRows is the gradient of CrossEntropyRows' losses, each times
// its g:
//
//	dx_i = g/T * ((w_t(1-e) + e*W)*p_i - w_t(1-e)*[i = t] - e*w_i/V)
//
// with W the mean of the class weights, and the forward pass beside it: loss and
// lse hold one number per row; either may be nil. A row whose label is ignored has a
// gradient of exactly 0 whatever it holds. Refusals are CrossEntropyRows'.
func CrossEntropyBackwardRows[E Element](dx []E, loss, lse []float32, x []E, label []int64, r Rows, l Loss, up Upstream) error {
	const op = "CrossEntropyBackwardRows"
	stride, dstStride := r.check(op, len(x), len(dx), true)
	onePerRow(op, "label", len(label), r)
	if len(loss) > 0 {
		onePerRow(op, "loss", len(loss), r)
	}
	if len(lse) > 0 {
		onePerRow(op, "lse", len(lse), r)
	}
	per(op, "G", up.G, r.Count)
	sameRows(op, dx, x, dstStride, stride)
	if bad := l.check(label, r); bad != nil {
		bad.Op = "cross_entropy_backward"
		return bad
	}
	scale := 1.0
	if up.Mean {
		var weights lanes
		for i, t := range label {
			if !l.ignored(t) {
				weights.add(i, l.weight(int(t)))
			}
		}
		scale = weights.sum()
	}
	var shares []float64 // w_i/V
	mean := 1.0
	if len(l.Weight) > 0 {
		var all lanes
		for i, w := range l.Weight {
			shares = append(shares, float64(w)/float64(r.Vocab))
			all.add(i, shares[i])
		}
		mean = all.sum()
	}
	isa := r.On.use()
	r.each(func(s *scratch, i int) {
		g := float64(of(up.G, i, 1)) / scale
		v, z := backwardRow(&l, isa, s, dx[i*dstStride:][:r.Vocab], x[i*stride:][:r.Vocab], label[i], i, g, mean, shares)
		if len(loss) > 0 {
			loss[i] = v
		}
		if len(lse) > 0 {
			lse[i] = z
		}
	})
	return nil
}

// backwardRow is one row: the forward pass, which keeps its terms, or, since smoothing
// reads x once more, its terms again; each becomes a probability and a gradient
// where it stands. Nothing of x is read after the same place of dx is written.
func backwardRow[E Element](l *Loss, isa block.ISA, s *scratch, dx, x []E, label int64, i int, g, mean float64, shares []float64) (loss, lse float32) {
	var r row[E]
	if of(l.Smoothing, i, 0) == 0 {
		r.keepFor(s, dx)
	}
	exact, lse := r.loss(isa, s, x, label, l, i)
	temperature := of(l.Temperature, i, 1)
	switch {
	case l.ignored(label), r.kind == empty, r.kind == regular && temperature > math.MaxFloat32:
		clear(dx)
		return canonical(exact), lse
	case r.kind != regular:
		_, nan := constants[E]()
		for j := range dx {
			dx[j] = nan
		}
		return canonical(exact), lse
	}
	t, e, V := int(label), float64(of(l.Smoothing, i, 0)), float64(len(x))
	f := float64(g * r.s.Inv)
	a := float64(l.weight(t) * (1 - e))
	slope := float64(f * (a + float64(e*mean))) // of p
	other := float64(a * r.others(t))
	inv := float64(float32(1 / r.S))
	k := [4]float64{slope, float64(f * float64(e*(1/V)))}
	for c := range r.chunks {
		lo, hi := r.bounds(c)
		p, wide := any(dx[lo:hi]).([]float32)
		if !wide {
			p = r.part[:hi-lo]
		}
		if r.keep != nil {
			p = r.keep[lo:hi]
		} else {
			r.terms(c, p)
		}
		block.Mul(isa, p, p, r.divide(c, p, inv))
		var own float32
		if lo <= t && t < hi {
			own = p[t-lo]
		}
		switch {
		case e > 0 && shares != nil:
			for j, v := range p {
				p[j] = float32(float64(slope*float64(v)) - float64(f*float64(e*shares[lo+j])))
			}
		case e > 0 || slope != 1:
			block.Apply(isa, block.Affine, p, p, nil, &k)
		}
		if lo <= t && t < hi {
			share := 0.0
			if e > 0 {
				share = 1 / V
			}
			if e > 0 && shares != nil {
				share = shares[t]
			}
			p[t-lo] = float32(float64(f*(float64(float64(e*mean)*float64(own))-other)) - float64(f*float64(e*share)))
		}
		if !wide {
			narrow(isa, dx[lo:hi], p)
		}
	}
	return canonical(exact), lse
}

// others is 1 - p of the label t: the mass of all the others.
func (r *row[E]) others(t int) float64 {
	if r.Q >= 0 && t == r.at {
		return r.Q / r.S
	}
	c := t / block.Chunk
	ch := &r.chunks[c]
	d := int(ch.n - r.n)
	if ch.far || d < -256 {
		return 1
	}
	v := r.own
	if r.shift {
		v -= r.max
	}
	return (r.S - float64(float64(block.Term(v, ch.n, &r.s))*pow2(d))) / r.S
}

// runCrossEntropyBackward answers a row of the table.
func runCrossEntropyBackward(c *reference.Call, k Kernels) error {
	r, err := batch(c.In[0], c.Out[0], k)
	if err != nil {
		return err
	}
	label := integers(c.Arg("label"))
	l := lossOf(c)
	up := Upstream{G: floats(c.Arg("g")), Mean: c.Pick("reduction") == "mean"}
	loss, lse := make([]float32, r.Count), make([]float32, r.Count)
	err = byElement(c,
		func() error { return gradientRows[float32](c, loss, lse, label, r, l, up) },
		func() error { return gradientRows[BF16](c, loss, lse, label, r, l, up) },
		func() error { return gradientRows[F16](c, loss, lse, label, r, l, up) })
	return putFloats(c.Out[2], lse, putFloats(c.Out[1], loss, err))
}

func gradientRows[E Element](c *reference.Call, loss, lse []float32, label []int64, r Rows, l Loss, up Upstream) error {
	return CrossEntropyBackwardRows(elements[E](c.Out[0]), loss, lse, elements[E](c.In[0]), label, r, l, up)
}
