package reference

import "math"

// kind sorts rows of logits by what may be done with them.
type kind uint8

const (
	regular   kind = iota // a finite maximum
	empty                 // no logits at all
	allMasked             // every logit is -Inf
	infinite              // +Inf among them, and no NaN
	undefined             // NaN among them
)

// row is what bodies and bounds share about one row of logits.
type row struct {
	x      []float64
	kind   kind
	max    float64
	argmax int // lowest index of the largest value; with NaN, of the first NaN
	T      float64
	wide   bool // float64 inputs: exponentials take a two-part argument
}

func newRow(x []float64, T float64, d DType) row {
	r := row{x: x, T: T, max: math.Inf(-1), wide: d == F64}
	for i, v := range x {
		if math.IsNaN(v) {
			r.kind, r.max, r.argmax = undefined, v, i
			return r
		}
		if v > r.max {
			r.max, r.argmax = v, i
		}
	}
	switch {
	case len(x) == 0:
		r.kind = empty
	case math.IsInf(r.max, -1):
		r.kind = allMasked
	case math.IsInf(r.max, 1):
		r.kind = infinite
	}
	return r
}

// perLogit is a value for every logit: NaN throughout where the row has no
// softmax; the limits at T = 0, atArgmax there and elsewhere at the others; else
// what store stores.
func (r *row) perLogit(atArgmax, elsewhere float64, store func(y []float64)) []float64 {
	y := make([]float64, len(r.x))
	switch {
	case r.kind == empty:
	case r.kind != regular:
		fill(y, math.NaN())
	case r.T == 0:
		fill(y, elsewhere)
		y[r.argmax] = atArgmax
	default:
		store(y)
	}
	return y
}

func fill(y []float64, v float64) {
	for j := range y {
		y[j] = v
	}
}

// gap is d_i = (max - x_i)/T >= 0, +Inf for a masked logit. T = +Inf makes
// every finite logit equal.
func (r *row) gap(i int) float64 {
	d := r.max - r.x[i]
	switch {
	case d == 0 || math.IsInf(d, 1):
		return d
	case math.IsInf(r.T, 1):
		return 0
	}
	return d / r.T
}

// term is exp(-gap_i): 1 at the maximum.
func (r *row) term(i int) float64 {
	d := r.gap(i)
	if !r.wide || d == 0 || math.IsInf(d, 0) {
		return math.Exp(-d)
	}
	hi, lo := twoSum(r.max, -r.x[i])
	q := double{hi, lo}.over(r.T)
	return expWide(-q.hi, -q.lo)
}

// terms are exp(-gap_i) for a regular row, with their sum S >= 1.
func (r *row) terms() (t []float64, S float64) {
	t = make([]float64, len(r.x))
	var s sum
	for i := range t {
		t[i] = r.term(i)
		s.add(t[i])
	}
	return t, s.value()
}

// logSum is ln S = ln(1 + sum of all terms but one of the largest): the one is
// left out so that the logarithm of a sure token does not round to 0.
func (r *row) logSum() float64 {
	var rest sum
	for i := range r.x {
		if i != r.argmax {
			rest.add(r.term(i))
		}
	}
	return math.Log1p(rest.value())
}

// eachRow analyses every row of the call's logits, the first input.
func eachRow(c *Call, f func(i int, r row)) {
	x := c.In[0]
	for i := range x.Shape[0] {
		T := 1.0
		if c.Op.Input("temperature") >= 0 {
			T = c.Param("temperature", i)
		}
		f(i, newRow(x.Row(i, nil), T, x.DType))
	}
}

// logsumexp is ln sum exp(x/T), and that minus max/T: at least 0.
func (r *row) logsumexp() (lse, logSum float64) {
	switch {
	case r.kind == empty || r.kind == allMasked:
		return math.Inf(-1), math.NaN()
	case r.kind == infinite:
		return math.Inf(1), math.NaN()
	case r.kind == undefined:
		return math.NaN(), math.NaN()
	}
	logSum = r.logSum()
	return r.max/r.T + logSum, logSum
}
