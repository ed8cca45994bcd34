package gen

import "math"

// formulas are the kernels; block/formula.go says what each is for.
var formulas = []formula{
	{name: "total", rows: 1, sum: true, watch: []int{0}, value: func(b *body) value { return b.in(0) }},
	{name: "dot", rows: 2, sum: true, watch: []int{0, 1}, signed: true, value: func(b *body) value { return b.mul(b.in(0), b.in(1)) }},
	{name: "softLoss", rows: 2, sum: true, watch: []int{1}, value: func(b *body) value {
		q := b.in(1)
		v := b.mul(q, b.add(b.sub(b.k(0), b.in(0)), b.k(1)))
		return b.only(b.gt(q, b.c(0)), v)
	}},
	{name: "entropy", rows: 1, sum: true, watch: []int{0}, value: func(b *body) value {
		p := b.share(b.in(0), 0)
		zero := b.c(0)
		v := b.sub(zero, b.mul(p, b.ln(p)))
		return b.only(b.gt(p, zero), v)
	}},
	{name: "cross", rows: 2, sum: true, watch: []int{0, 1}, value: func(b *body) value {
		p, q := b.share(b.in(0), 0), b.share(b.in(1), 1)
		zero := b.c(0)
		v := b.sub(zero, b.mul(p, b.ln(q)))
		v = b.pick(b.gt(q, zero), v, b.c(math.Inf(1)))
		return b.only(b.gt(p, zero), v)
	}},
	{name: "kl", rows: 2, sum: true, watch: []int{0, 1}, value: func(b *body) value {
		p, q := b.share(b.in(0), 0), b.share(b.in(1), 1)
		zero := b.c(0)
		v := b.mul(p, b.ratio(p, q, b.sub(p, q)))
		v = b.pick(b.gt(q, zero), v, b.c(math.Inf(1)))
		return b.only(b.gt(p, zero), v)
	}},
	{name: "js", rows: 2, sum: true, watch: []int{0, 1}, value: func(b *body) value {
		p, q := b.share(b.in(0), 0), b.share(b.in(1), 1)
		beta, rest, zero := b.k(2), b.k(3), b.c(0)
		bp, rq := b.mul(beta, p), b.mul(rest, q)
		m := b.add(bp, rq)
		v := b.mul(bp, b.ratio(p, m, b.mul(rest, b.sub(p, q))))
		v = b.only(b.gt(bp, zero), v)
		w := b.mul(rq, b.ratio(q, m, b.mul(beta, b.sub(q, p))))
		return b.add(v, b.only(b.gt(rq, zero), w))
	}},
	{name: "affine", rows: 1, value: func(b *body) value { return b.sub(b.mul(b.k(0), b.in(0)), b.k(1)) }},
	{name: "slope", rows: 2, value: func(b *body) value {
		return b.share(b.mul(b.in(0), b.sub(b.in(1), b.k(0))), 1)
	}},
	{name: "excess", rows: 2, value: func(b *body) value {
		d := b.sub(b.sub(b.sub(b.in(0), b.k(0)), b.sub(b.in(1), b.k(1))), b.k(2))
		one, v := b.c(1), value(-1)
		for n := 16; n >= 3; n-- {
			w := d
			if v >= 0 {
				w = b.mul(b.add(one, v), d)
			}
			v = b.mul(w, b.c(-1/float64(n)))
		}
		e := b.mul(b.mul(b.mul(d, d), b.c(0.5)), b.add(one, v))
		end := b.c(math.Nextafter(0.5, 1))
		return b.pick(b.both(b.gt(end, d), b.gt(d, b.c(-math.Nextafter(0.5, 1)))), e, b.c(math.NaN()))
	}},
	{name: "product", rows: 2, single: true, value: func(b *body) value { return b.mul(b.in(0), b.in(1)) }},
	{name: "logProb", rows: 1, single: true, value: func(b *body) value {
		return b.sub(b.mul(b.sub(b.in(0), b.k(0)), b.k(1)), b.k(2))
	}},
}
