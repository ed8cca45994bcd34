package properties

import (
	"math"
	"slices"
)

var softmaxLaws = []Law{
	// An epsilon added to the denominator, a tail left out of the sum.
	law("sums_to_one", "probabilities add up to 1 within the error of the sum alone", slices.Concat(onSoftmax, onFilters), nil, (*trial).sumsToOne),
	// A reciprocal that rounds up: a sure token of 1.0000001, and a negative loss.
	law("in_unit_interval", "every probability is in [0, 1]", slices.Concat(onSoftmax, onFilters), nil, (*trial).inUnitInterval),
	// A polynomial that falls where its pieces meet; a tail with another exp.
	law("order", "a larger logit has no smaller probability, equal ones have equal", slices.Concat(onSoftmax, onFilters), nil, (*trial).ordered),
	// Probabilities below 1e-6 flushed, an argument rounded to bf16: both drown in
	// the bound of a long sum.
	law("ratio", "probabilities stand to each other as the exponentials of their gap, whatever the sum", slices.Concat(onSoftmax, onFilters), nil, (*trial).ratios),
	// 1/T for T = 0; a greedy path that takes the last of equals.
	law("greedy", "temperature 0 is one-hot at the lowest index of the maximum", onSoftmax, nil, (*trial).greedy),
	// Small temperatures replaced by a floor, large ones by a ceiling.
	law("colder_is_sharper", "half the temperature gives the best token no less", onSoftmax, nil, (*trial).sharper),
}

// eachRegular visits at most n rows that have a distribution.
func (t *trial) eachRegular(n int, f func(r, base, best int, x []float64)) {
	shape := t.c.Call.In[0].Shape
	if shape[1] == 0 {
		return
	}
	for _, r := range spread(shape[0], n) {
		if x := t.row(r); t.finding == nil {
			if best, ok := regular(x); ok {
				t.spoke = true
				f(r, r*shape[1], best, x)
			}
		}
	}
}

// spread picks at most n of the rows.
func spread(rows, n int) []int {
	var at []int
	for i := range min(rows, n) {
		at = append(at, i*rows/min(rows, n))
	}
	return at
}

// greedyRow reports whether a row's temperature is 0.
func (t *trial) greedyRow(r int) bool {
	op := t.c.Call.Op
	return op.Input("temperature") >= 0 && t.c.Call.Param("temperature", r) == 0
}

// sumsToOne: the terms are the same above and below the line, so that what is
// left is the sum's rounding, the division's and the outputs'. Kernels that
// rescale a sum, or compute a term twice, err by the mean of the terms' errors
// twice.
func (t *trial) sumsToOne() {
	t.eachRegular(16, func(r, base, best int, x []float64) {
		a := t.first
		sum, top := 0.0, best+base
		for i := range x {
			sum += a.call.Out[0].Get(base + i)
		}
		p := a.truth().Out[0].Get(top)
		if !(p > 0) {
			return
		}
		if o := a.call.Op.Output("kept"); o >= 0 {
			p = a.call.Out[0].Get(top) // the nucleus the kernel chose
		}
		by := (2*a.term(0, top, "terms of the sum") + a.term(0, top, "sum") + a.term(0, top, "division")) / p
		by += float64(a.call.DType().Unit()) + float64(len(x))*(a.term(0, top, "smallest number")+0x1p-53)
		if d := math.Abs(sum - 1); !(d <= by) {
			t.failf(a, 0, top, "row %d adds up to %v: off by %.3g, allowed %.3g", r, sum, d, by)
		}
	})
}

func (t *trial) inUnitInterval() {
	t.eachRegular(64, func(r, base, best int, x []float64) {
		for i := range x {
			y := t.first.call.Out[0].Get(base + i)
			over := 0.0
			if t.k.Level != "tight" && y > 1 { // exp2 of a rounding left over may exceed 1
				over = 4 * (t.k.Acc.Unit() + t.c.Call.DType().Unit())
			}
			if !(y >= 0 && y <= 1+over) {
				t.failf(t.first, 0, base+i, "a probability of %v", y)
				return
			}
		}
	})
}

// ordered: subtraction, scaling, division and rounding to the output all keep
// order, so that only the exponential's own error may break it, and that of the
// argument where blocks have maxima of their own. Equal logits likewise; at the
// maximum, where the argument is 0, a tight kernel has nothing to err by.
func (t *trial) ordered() {
	t.eachRegular(8, func(r, base, best int, x []float64) {
		if t.greedyRow(r) {
			return
		}
		order := ranked(x)
		y := func(j int) float64 { return t.first.call.Out[0].Get(base + j) }
		if t.c.Call.Op.Output("kept") >= 0 {
			order = order[:min(len(order), int(max(0, t.first.call.Out[1].Get(r))))]
		}
		for n := 1; n < len(order); n++ {
			i, j := order[n-1], order[n]
			if math.IsInf(x[j], -1) {
				return
			}
			low, high := y(i), y(j)
			if high <= low && (x[i] != x[j] || high == low) {
				continue
			}
			by := t.shapeError(base+i) + t.shapeError(base+j)
			if x[i] == x[j] && (t.k.Bits != "" || x[i] == x[best] && t.k.Level == "tight") {
				by = 0
			}
			if !(math.Abs(high-low) <= by) {
				t.failf(t.first, 0, base+j, "logits %v and %v got %v and %v", x[i], x[j], low, high)
				return
			}
		}
	})
}

// shapeError is what an element may err by on its own: argument, exponential,
// one product, output. The sum has no part in it.
func (t *trial) shapeError(flat int) float64 {
	term := t.first.terms(0, flat)
	return term("argument") + term("exp") + 2*term("division")/3 + term("output rounding") + term("smallest number")
}

func (t *trial) ratios() {
	t.eachRegular(8, func(r, base, best int, x []float64) {
		if t.greedyRow(r) {
			return
		}
		y := t.first.call.Out[0]
		p, yBest := t.exact(base+best), y.Get(base+best)
		if !(p > 0) || !(yBest > 0) {
			return
		}
		slackBest := t.shapeError(base+best) / p
		near := max(t.k.Acc.Unit()*t.k.ExpULP, t.c.Call.DType().Unit()) // below what any bound allows: saves taking one apart
		for j := range x {
			got, want := y.Get(base+j), t.exact(base+j)/p*yBest
			d := math.Abs(got - want)
			if d <= near*want || got == 0 && t.outside(r, j) {
				continue
			}
			by := t.shapeError(base+j) + want*slackBest + 0x1p-50*want
			if d > by*(1+slackBest) {
				t.failf(t.first, 0, base+j, "probabilities %v and %v of logits %v and %v: their ratio is off by %.3g of itself, allowed %.3g", got, yBest, x[j], x[best], d/want, by/want)
				return
			}
		}
	})
}

// exact is the exact probability of an element given what the kernel chose to
// keep: the middle of its interval.
func (t *trial) exact(flat int) float64 {
	if t.first.call.Op.Output("kept") < 0 {
		return t.first.truth().Out[0].Get(flat)
	}
	lo, hi := t.first.interval(0, flat)
	return (lo + hi) / 2
}

// outside reports whether a token is outside the nucleus that was kept.
func (t *trial) outside(r, j int) bool {
	if t.first.call.Op.Output("kept") < 0 {
		return false
	}
	lo, hi := t.first.interval(0, r*t.c.Call.In[0].Shape[1]+j)
	return lo == 0 && hi == 0
}

func (t *trial) greedy() {
	rows := t.few(3)
	if len(rows) == 0 {
		return
	}
	c := remake(t.c.Call, rows...)
	give(c, "temperature", 0)
	b, ok := t.again(c)
	if !ok {
		return
	}
	for r, at := range rows {
		x := t.row(at)
		best, ok := regular(x)
		for i := range x {
			want := 0.0
			if i == best {
				want = 1
			}
			flat := r*len(x) + i
			got := b.call.Out[0].Get(flat)
			if got == want || !ok || t.k.Ties == "any" && x[i] == x[best] && (got == 0 || got == 1) {
				continue
			}
			t.failf(b, 0, flat, "at temperature 0 token %d has %v, and the maximum is at %d", i, got, best)
		}
	}
}

func (t *trial) sharper() {
	rows := t.few(3)
	if len(rows) == 0 {
		return
	}
	c := remake(t.c.Call, rows...)
	T := make([]float64, len(rows))
	for i, r := range rows {
		T[i] = t.c.Call.Param("temperature", r) / 2
	}
	give(c, "temperature", T...)
	b, ok := t.again(c)
	if !ok {
		return
	}
	for r, at := range rows {
		x := t.row(at)
		best, ok := regular(x)
		if !ok || T[r] == 0 {
			continue
		}
		i, j := at*len(x)+best, r*len(x)+best
		was, got := t.first.call.Out[0].Get(i), b.call.Out[0].Get(j)
		if slack := t.first.slack(0, i) + b.slack(0, j); got < was-slack {
			t.failf(b, 0, j, "the best token has %v at half the temperature, %v before", got, was)
		}
	}
}
