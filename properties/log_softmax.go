package properties

import "math"

var (
	onLogProbs  = []string{"log_softmax"}
	onLogSums   = []string{"logsumexp"}
	onGathered  = []string{"token_logprobs"}
	onDoublable = []string{"log_softmax", "logsumexp", "token_logprobs", "entropy_from_logits", "kl_from_logits"}
)

var logSoftmaxLaws = []Law{
	// A small term lost beside a sure token; a normaliser of another row.
	law("exponentials_sum_to_one", "the exponentials of a row's log-probabilities add up to 1", onLogProbs, nil, (*trial).exponentials),
	// ln of a clipped or underflown probability; a normaliser added to a large
	// magnitude and rounded away.
	law("log_gaps", "log-probabilities differ as the logits do, over T", onLogProbs, nil, (*trial).logGaps),
	// ln(1 + 2^-23) for a sure token: a negative loss.
	law("at_most_zero", "no log-probability is above 0", []string{"log_softmax", "token_logprobs"}, nil, (*trial).atMostZero),
	// An epsilon in the logarithm, a sum that saturates.
	law("doubled", "every logit twice: ln 2 more in the sum, in the entropy, less in each log-probability", onDoublable, nil, (*trial).doubled),
	// A logit that the maximum sees and the sum does not, or the reverse.
	law("lse_grows", "a raised logit raises lse, by no more than itself over T", onLogSums, nil, (*trial).lseGrows),
	// m added back before the division by T, or not at all.
	law("lse_between", "lse lies between max/T and max/T + ln V", onLogSums, nil, (*trial).lseBetween),
	// The neighbour's logit gathered: an offset, a stride, an index of 16 bits.
	law("every_token", "the probabilities of all tokens of a row add up to 1, in the order of the logits", onGathered, nil, (*trial).everyToken),
}

func (t *trial) exponentials() {
	t.eachRegular(8, func(r, base, best int, x []float64) {
		sum, by := 0.0, float64(len(x))*0x1p-50
		for i := range x {
			p := math.Exp(t.first.call.Out[0].Get(base + i))
			if sum += p; p > 0 {
				by += p * t.first.slack(0, base+i)
			}
		}
		if d := math.Abs(sum - 1); d > math.Expm1(by) || math.IsNaN(d) {
			t.failf(t.first, 0, base+best, "the exponentials of row %d add up to %v, allowed 1 +- %.3g", r, sum, by)
		}
	})
}

// logGaps leaves out the error of ln S, which a row's elements share.
func (t *trial) logGaps() {
	own := func(flat int) float64 {
		term := t.first.terms(0, flat)
		return term("gap and difference") + term("output rounding") + term("smallest number")
	}
	t.eachRegular(6, func(r, base, best int, x []float64) {
		T := t.c.Call.Param("temperature", r)
		if t.greedyRow(r) || len(x) < 2 {
			return
		}
		y := t.first.call.Out[0]
		top, topBy := y.Get(base+best), own(base+best)
		for _, i := range spread(len(x), 48) {
			want := (x[best] - x[i]) / T
			if i == best || math.IsInf(want, 0) || math.IsNaN(want) || want > t.c.Call.DType().Max()/4 {
				continue
			}
			by := own(base+i) + topBy + 0x1p-49*(want+math.Abs(top))
			if d := math.Abs(top - y.Get(base+i) - want); !(d <= by) {
				t.failf(t.first, 0, base+i, "logits %v and %v at T = %v are %v apart, their log-probabilities %v: off by %.3g, allowed %.3g",
					x[best], x[i], T, want, top-y.Get(base+i), d, by)
				return
			}
		}
	})
}

func (t *trial) atMostZero() {
	out := t.first.call.Out[0]
	each := max(out.Len()/max(t.c.Call.In[0].Shape[0], 1), 1)
	t.eachRegular(64, func(r, base, best int, x []float64) {
		for i := r * each; i < (r+1)*each; i++ {
			y, by := out.Get(i), 0.0
			if y <= 0 {
				continue
			}
			if t.k.Level != "tight" {
				by = t.first.slack(0, i)
			}
			if !(y <= by) {
				t.failf(t.first, 0, i, "a log-probability of %v", y)
				return
			}
		}
	})
}

// more is what a second copy of every logit adds to an output.
var more = map[string]float64{"logsumexp": math.Ln2, "entropy_from_logits": math.Ln2, "log_softmax": -math.Ln2, "token_logprobs": -math.Ln2}

func (t *trial) doubled() {
	rows := t.few(2)
	if len(rows) == 0 || t.greedyAny(rows) {
		return
	}
	v := t.c.Call.In[0].Shape[1]
	from := make([]int, 2*v)
	for i := range from {
		from[i] = i % v
	}
	b, ok := t.again(columns(t.c.Call, rows, from))
	if !ok {
		return
	}
	add := more[t.c.Call.Op.Name] / perUnit(t.c.Call)
	plus := func(y float64) float64 { return y + add }
	for r, at := range rows {
		if _, ok := regular(t.row(at)); !ok {
			continue
		}
		if len(b.call.Out[0].Shape) == 1 {
			t.alike(0, t.first, at, b, r, plus, false, "every logit twice")
			continue
		}
		for i := range v {
			t.alike(0, t.first, at*v+i, b, r*2*v+i, plus, false, "every logit twice")
		}
	}
}

func (t *trial) greedyAny(rows []int) bool {
	for _, r := range rows {
		if t.greedyRow(r) {
			return true
		}
	}
	return false
}

func (t *trial) lseGrows() {
	rows := t.few(3)
	if len(rows) == 0 {
		return
	}
	c := remake(t.c.Call, rows...)
	v := c.In[0].Shape[1]
	raised := make([]float64, len(rows))
	for r, at := range rows {
		i := r*v + (at*7+v/2)%v
		was := c.In[0].Get(i)
		if math.IsInf(was, 0) || math.IsNaN(was) || math.Abs(was) > c.DType().Max()/4 {
			continue
		}
		c.In[0].Put(i, was+2)
		raised[r] = c.In[0].Get(i) - was
	}
	b, ok := t.again(c)
	if !ok {
		return
	}
	for r, at := range rows {
		was, got := t.first.call.Out[0].Get(at), b.call.Out[0].Get(r)
		by := t.first.slack(0, at) + b.slack(0, r)
		most := raised[r] / t.c.Call.Param("temperature", at)
		if d := got - was; !math.IsNaN(d) && !math.IsNaN(by) && (d < -by || d > most+by+0x1p-50*math.Abs(got)) {
			t.failf(b, 0, r, "a logit raised by %v moves lse from %v to %v", raised[r], was, got)
		}
	}
}

func (t *trial) lseBetween() {
	for _, r := range spread(t.c.Call.In[0].Shape[0], 16) {
		x := t.row(r)
		best, ok := regular(x)
		if !ok || t.finding != nil {
			continue
		}
		low := x[best] / t.c.Call.Param("temperature", r)
		near := 0x1p-50 * math.Abs(low)
		t.atLeast(t.first, 0, r, low, near, "lse below max/T")
		t.atMost(t.first, 0, r, low+math.Log(float64(len(x))), near, "lse above max/T + ln V")
	}
}

func (t *trial) everyToken() {
	shape := t.c.Call.In[0].Shape
	if shape[0] == 0 || shape[1] > 300 {
		return
	}
	at := shape[0] / 2
	x := t.row(at)
	if _, ok := regular(x); !ok {
		return
	}
	rows, labels := make([]int, len(x)), make([]float64, len(x))
	for i := range x {
		rows[i], labels[i] = at, float64(i)
	}
	c := remake(t.c.Call, rows...)
	give(c, "label", labels...)
	b, ok := t.again(c)
	if !ok {
		return
	}
	sum, by := 0.0, 0x1p-44
	for i := range x {
		p := math.Exp(b.call.Out[0].Get(i))
		if sum += p; p > 0 {
			by += p * b.slack(0, i)
		}
	}
	if d := math.Abs(sum - 1); d > math.Expm1(by) || math.IsNaN(d) {
		t.failf(b, 0, 0, "the probabilities of all tokens add up to %v, allowed 1 +- %.3g", sum, by)
	}
	order := ranked(x)
	for n := 1; n < len(order); n++ {
		i, j := order[n-1], order[n]
		high, low := b.call.Out[0].Get(i), b.call.Out[0].Get(j)
		if slack := b.slack(0, i) + b.slack(0, j); low > high+slack {
			t.failf(b, 0, j, "tokens %d and %d with logits %v and %v have log-probabilities %v and %v", i, j, x[i], x[j], high, low)
		}
	}
}
