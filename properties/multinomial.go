package properties

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// onOtherRows are operations whose rows have nothing to do with each other and
// hold other things than logits.
var onOtherRows = []string{"multinomial_logpmf", "multinomial_counts", "bayes_posterior", "bayes_update", "bayes_odds",
	"monte_carlo", "bootstrap_ci", "worst_case", "pass_at_k"}

var multinomialLaws = []Law{
	// n! left out, or the coefficient of a permutation kept where there is none.
	law("one_draw_is_ln_p", "a single draw of an outcome has the outcome's own log-probability", onCounts, nil, (*trial).oneDraw),
	// lgamma(n) for lgamma(n+1): every factor wrong by one.
	law("all_counts_sum", "the probabilities of all ways to count n draws add up to the n-th power of the masses' total", onCounts, nil, (*trial).allCounts),
	// 0 times ln 0.
	law("absent_outcome", "an outcome of any mass, 0 included, that did not occur changes nothing", []string{"multinomial_logpmf"}, nil, (*trial).absentOutcome),
	// A draw that falls past the end is dropped; counts started at 1.
	law("counts_total", "a row counts as many draws as were asked for, none of them negative", onDrawnCounts, nil, (*trial).countsTotal),
	// A search that lands on a step of no width, at u = 0 or past the end.
	law("counted_has_mass", "an outcome without mass is never counted", onDrawnCounts, nil, (*trial).countedHasMass),
	// A total that overflows, or falls to 0, before it is divided by.
	law("mass_scale", "masses multiplied by a power of two draw the same", onDrawnCounts, nil, (*trial).massScale),
	// A generator started anew from n, or asked for n uniforms in another order.
	law("one_more_draw", "one draw more adds one to one outcome", onDrawnCounts, nil, (*trial).oneMoreDraw),
}

// near asks for a known value of an element, to within its bound.
func (t *trial) near(b *reply, out, flat int, want float64, says string) {
	got := b.call.Out[out].Get(flat)
	if t.spoke = true; got == want || math.IsNaN(got) && math.IsNaN(want) {
		return
	}
	slack := b.slack(out, flat)
	if math.IsNaN(slack) {
		return
	}
	d := b.call.Out[out].DType
	by := slack*(1+0x1p-20) + (2*d.Unit()+0x1p-48)*math.Abs(want) + d.MinSubnormal()
	if !(math.Abs(got-want) <= by) {
		t.failf(b, out, flat, "%s: %v, want %v", says, got, want)
	}
}

func (t *trial) oneDraw() {
	for _, r := range t.few(2) {
		p := t.row(r)
		for _, j := range spread(len(p), 3) {
			c := remake(t.c.Call, r)
			for i := range p {
				c.In[1].PutInt(i, 0)
			}
			c.In[1].PutInt(j, 1)
			if b, ok := t.again(c); ok {
				t.near(b, 0, 0, ln(p[j]), "one draw of an outcome")
			}
		}
	}
}

// allCounts looks at the first three outcomes only.
func (t *trial) allCounts() {
	const draws = 3
	for _, r := range t.few(1) {
		v := min(t.c.Call.In[0].Shape[1], 3)
		from := make([]int, v)
		total := 0.0
		for j := range from {
			from[j] = j
			total += t.row(r)[j]
		}
		ways := compositions(draws, v)
		c := columns(t.c.Call, slices.Repeat([]int{r}, len(ways)), from)
		for i, way := range ways {
			for j, n := range way {
				c.In[1].PutInt(i*v+j, int64(n))
			}
		}
		b, ok := t.again(c)
		if !ok {
			return
		}
		sum, by := 0.0, 0.0
		for i := range ways {
			p := math.Exp(b.call.Out[0].Get(i))
			sum += p
			if s := b.slack(0, i); p > 0 {
				by += p * math.Expm1(s)
			}
		}
		want := math.Pow(total, draws)
		if d := math.Abs(sum - want); d > 2*by+0x1p-22*want {
			t.failf(b, 0, -1, "the probabilities of all counts of %d draws add up to %v, want %v", draws, sum, want)
		}
	}
}

// compositions are all ways to write n as a sum of k numbers in order.
func compositions(n, k int) (ways [][]int) {
	if k == 1 {
		return [][]int{{n}}
	}
	for first := range n + 1 {
		for _, rest := range compositions(n-first, k-1) {
			ways = append(ways, append([]int{first}, rest...))
		}
	}
	return ways
}

func (t *trial) absentOutcome() {
	rows := t.few(2)
	if len(rows) == 0 {
		return
	}
	v := t.c.Call.In[0].Shape[1]
	from := make([]int, v+2)
	for i := range from {
		from[i] = i
	}
	from[v], from[v+1] = -1, -1
	for _, mass := range []float64{0, 0.5} {
		c := columns(t.c.Call, rows, from)
		for r := range rows {
			c.In[0].Put(r*len(from)+v, mass)
		}
		if b, ok := t.again(c); ok {
			for i, r := range rows {
				t.alike(0, t.first, r, b, i, same, false, "an outcome that did not occur appended")
			}
		}
	}
}

func (t *trial) countsTotal() {
	v := t.c.Call.In[0].Shape[1]
	for r := range t.c.Call.In[0].Shape[0] {
		t.spoke = true
		sum := 0.0
		for j := range v {
			n := t.first.call.Out[0].Get(r*v + j)
			if sum += n; n < 0 {
				t.failf(t.first, 0, r*v+j, "a count of %v", n)
			}
		}
		if want := t.drawsOf(t.c.Call, r); sum != want && v > 0 {
			t.failf(t.first, 0, r*v, "row %d counts %v draws of %v", r, sum, want)
		}
	}
}

func (t *trial) drawsOf(c *reference.Call, r int) float64 { return c.Arg("n").At(r) }

func (t *trial) countedHasMass() {
	for i := range t.c.Call.In[0].Len() {
		t.spoke = true
		if n := t.first.call.Out[0].Get(i); n != 0 && t.c.Call.In[0].Get(i) == 0 {
			t.failf(t.first, 0, i, "an outcome without mass was drawn %v times", n)
		}
	}
}

func (t *trial) massScale() {
	rows := t.few(3)
	for _, by := range []float64{0x1p-70, 0x1p70} {
		c := remake(t.c.Call, rows...)
		if len(rows) == 0 || !times(c.In[0], by) {
			continue
		}
		if b, ok := t.again(c); ok {
			t.sameRows(b, rows, nil, 0, false, "masses scaled")
		}
	}
}

func (t *trial) oneMoreDraw() {
	rows := t.few(2)
	if len(rows) == 0 {
		return
	}
	n := make([]float64, len(rows))
	for i, r := range rows {
		n[i] = t.drawsOf(t.c.Call, r) + 1
	}
	c := remake(t.c.Call, rows...)
	give(c, "n", n...)
	b, ok := t.again(c)
	if !ok {
		return
	}
	v := c.In[0].Shape[1]
	for i, r := range rows {
		for j := range v {
			was, got := t.first.call.Out[0].Get(r*v+j), b.call.Out[0].Get(i*v+j)
			if got < was || got > was+1 {
				t.failf(b, 0, i*v+j, "one draw more: counted %v before, %v after", was, got)
			}
		}
	}
}
