package zoo

import "math"

// terms is what a kernel knows of a row of logits that has a distribution.
type terms struct {
	t    []float64 // exp((x_i - m)/T)
	m, T float64
	S    float64 // the sum of t
	rest float64 // the sum without one largest term
	x    []float64
	best int // the lowest index of the largest logit
}

// row works out a row; false where there is no distribution: NaN, +Inf, or -Inf
// alone.
func (k working) row(x []float64, T float64) (*terms, bool) {
	if k.slip.read != nil {
		x = k.slip.read(append([]float64(nil), x...))
	}
	best, ok := regular(x)
	if !ok {
		return nil, false
	}
	r := &terms{t: make([]float64, len(x)), m: x[best], T: T, S: 1, x: x, best: best}
	if T == 0 {
		r.t[best] = 1
		return r, true
	}
	if k.slip.max != nil {
		r.m = k.of(k.slip.max(x))
	}
	for i, v := range x {
		r.t[i] = k.exp(v, r.m, T)
		if k.slip.term != nil {
			r.t[i] = k.slip.term(i, r.t[i])
		}
	}
	added := r.t
	if k.slip.sum != nil {
		added = k.slip.sum(r.t)
	}
	if k.online {
		r.S, r.rest = k.running(x, T)
	} else {
		r.S = k.sum(added)
		was := r.t[best]
		r.t[best] = 0
		r.rest = k.sum(added)
		r.t[best] = was
	}
	if k.slip.total != nil {
		r.S = k.of(k.slip.total(r.S))
	}
	return r, true
}

// running sums in one pass: the sum so far is scaled whenever the maximum grows.
// others is the sum without the largest term.
func (k working) running(x []float64, T float64) (sum, others float64) {
	m := math.Inf(-1)
	for _, v := range x {
		if v <= m || math.IsInf(v, -1) {
			if !math.IsInf(m, -1) {
				e := k.exp(v, m, T)
				sum, others = k.of(sum+e), k.of(others+e)
			}
			continue
		}
		if sum > 0 {
			if k.slip.steps != nil {
				sum = k.of(k.slip.steps(sum, m, v))
			} else {
				sum = k.of(sum * k.exp(m, v, T))
			}
		}
		others, m = sum, v
		sum = k.of(sum + 1)
	}
	return sum, others
}

// probabilities of a row, NaN where there is no distribution.
func (k working) probabilities(x []float64, T float64) []float64 {
	r, ok := k.row(x, T)
	if !ok {
		return full(len(x), nan)
	}
	return k.shares(r)
}

func (k working) shares(r *terms) []float64 {
	y := make([]float64, len(r.t))
	for i, v := range r.t {
		y[i] = k.ratio(v, r.S)
		if k.slip.prob != nil {
			y[i] = k.of(k.slip.prob(i, len(y), y[i]))
		}
	}
	return y
}

// lnS is ln S of the row: from the rest, which keeps what a dominant logit would
// swallow, or from the sum.
func (k working) lnS(r *terms) float64 {
	switch {
	case k.slip.ln != nil:
		return k.of(k.slip.ln(r.S))
	case k.level == "tight":
		return k.of(math.Log1p(r.rest))
	}
	return k.of(math.Log(r.S))
}

// lse is ln sum exp(x/T).
func (k working) lse(r *terms) float64 { return k.of(k.of(r.m/r.T) + k.lnS(r)) }

// gap is (m - x_j)/T.
func (k working) gap(r *terms, j int) float64 {
	d := k.of(r.m - r.x[j])
	if d == 0 || math.IsInf(d, 1) {
		return d
	}
	return k.of(d / k.of(r.T))
}

// logp is the log-probability of token j.
func (k working) logp(r *terms, j int) float64 {
	if k.level == "tight" || k.slip.max != nil {
		return -k.of(k.gap(r, j) + k.lnS(r))
	}
	return k.of(k.of(r.x[j]/r.T) - k.lse(r))
}

// Rows without softmax.

// softmax of a row whose maximum is finite, at temperature 1.
func (k working) softmax(z []float64) []float64 { return k.probabilities(z, 1) }

// lnSum is ln sum exp(z), -Inf of nothing.
func (k working) lnSum(z []float64) float64 {
	r, ok := k.row(z, 1)
	if !ok {
		return maximum(z)
	}
	return k.lse(r)
}

func (k working) logSoftmax(z []float64) []float64 {
	y, l := make([]float64, len(z)), k.lnSum(z)
	for i, v := range z {
		y[i] = k.of(v - l)
	}
	return y
}
