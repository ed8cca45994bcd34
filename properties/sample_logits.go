package properties

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

var sampleLogitsLaws = []Law{
	// A search that answers V; a masked token at u = 0.
	law("token_has_mass", "the token drawn is one of the row's, and never a masked one", onDraws, nil, (*trial).tokenHasMass),
	// >= for >, u read as float32, (0, 1] for [0, 1).
	law("inverts_exactly", "on a row of equal logits token k is drawn from k/n up to the number before (k+1)/n", onDraws, nil, (*trial).invertsExactly),
	// A block found by one running sum, the token in it by another.
	law("grows_with_u", "a larger uniform never draws an earlier token", onDraws, nil, (*trial).growsWithU),
	// A temperature of 1.05 for 1, tails never drawn, 16-bit uniforms, the best one
	// time in ten, a nucleus nobody asked for.
	law("grid_counts", "N uniforms in a grid draw each token p_i*N times, but for one and the bound", onDraws, nil, (*trial).gridCounts),
	// The first or the last token never drawn.
	law("ends_of_u", "u = 0 draws the first token with mass, u -> 1 the last", onDraws, nil, (*trial).endsOfU),
	// Rows with T = 0 beside sampled ones still sampled.
	law("greedy_draw", "temperature 0 draws the argmax, lowest index, for any uniform", []string{"sample_logits", "sample_chain"}, nil, (*trial).greedyDraw),
	// The row's place in the batch as a counter; a global stream for mixed batches.
	law("seed_decides", "seed, request and step decide the token, wherever the row stands", onDraws, nil, (*trial).seedDecides),
	// A generator made anew from the seed in every step.
	law("streams_differ", "other seeds, requests or steps give other streams", onDraws, []string{"G10", "G30"}, (*trial).streamsDiffer),
	// A seed cut to 32 bits, words taken in another order.
	law("seed_is_philox", "a kernel of declared bits draws what Philox's uniform, injected, draws", onDraws, nil, (*trial).seedIsPhilox),
}

// asked is the case's first row with a distribution, n times, with uniforms for
// each; nil where the row is too long to repeat.
func (t *trial) asked(u []float64, limit int) (c *reference.Call, r int) {
	for _, r := range t.few(4) {
		x := t.row(r)
		if _, ok := regular(x); !ok || len(x) > limit {
			continue
		}
		c := remake(t.c.Call, slices.Repeat([]int{r}, len(u))...)
		t.inject(c, u...)
		unfiltered(c)
		return c, r
	}
	return nil, 0
}

// inject replaces seeds by uniforms.
func (t *trial) inject(c *reference.Call, u ...float64) {
	for _, name := range []string{"seed", "request", "step"} {
		c.In[c.Op.Input(name)] = reference.Tensor{}
	}
	give(c, "u", u...)
}

// unfiltered turns the filters of a chain off.
func unfiltered(c *reference.Call) {
	if c.Op.Output("kept") >= 0 {
		for _, name := range []string{"k", "p", "min_p"} {
			c.In[c.Op.Input(name)] = reference.Tensor{}
		}
	}
}

// keyed replaces uniforms by seeds, requests and steps.
func keyed(c *reference.Call, key [][3]uint64) {
	c.In[c.Op.Input("u")] = reference.Tensor{}
	for i, name := range []string{"seed", "request", "step"} {
		w := reference.NewTensor(reference.U64, len(key))
		for r := range key {
			w.SetBits(r, key[r][i])
		}
		c.In[c.Op.Input(name)] = w
	}
}

func (t *trial) tokenHasMass() {
	for r := range t.first.call.Out[0].Len() {
		t.spoke = true
		got := t.first.call.Out[0].Get(r)
		if x := t.row(r); !(got >= 0 && got < float64(len(x))) {
			t.failf(t.first, 0, r, "token %v of %d", got, len(x))
		} else if x[int(got)] == massless(t.c.Call.Op) {
			t.failf(t.first, 0, r, "token %v has no mass", got)
		}
	}
}

// invertsExactly gives the places of the case's finite logits, a power of two of
// them, the logit 0: every honest kernel has the same steps.
func (t *trial) invertsExactly() {
	rows := t.few(1)
	if len(rows) == 0 {
		return
	}
	x := t.row(rows[0])
	var places []int
	for i, v := range x {
		if v != massless(t.c.Call.Op) && len(places) < 64 {
			places = append(places, i)
		}
	}
	n := 1
	for n*2 <= len(places) {
		n *= 2
	}
	places = places[:n]
	if len(x) > 1<<10 || t.greedyRow(rows[0]) {
		return
	}
	var u []float64
	for k := range n {
		u = append(u, float64(k)/float64(n), float64(k+1)/float64(n)-0x1p-53)
	}
	c := remake(t.c.Call, slices.Repeat(rows, len(u))...)
	t.inject(c, u...)
	unfiltered(c)
	some := 0.0
	if ofMasses(c.Op) {
		some = 1
	}
	for i := range u {
		for j := range x {
			c.In[0].Put(i*len(x)+j, massless(c.Op))
		}
		for _, j := range places {
			c.In[0].Put(i*len(x)+j, some)
		}
	}
	if b, ok := t.again(c); ok {
		for i := range u {
			if got, want := b.call.Out[0].Get(i), places[i/2]; got != float64(want) {
				t.failf(b, 0, i, "u = %v of %d equal tokens draws %v, want %v", u[i], n, got, want)
			}
		}
	}
}

// open is how far apart, in mass, the kernel's and the exact steps of a row may
// lie.
func (t *trial) open(r int) float64 {
	if t.c.Call.Op.Output("kept") < 0 {
		return t.first.term(0, r, "cumulative mass")
	}
	c := remake(t.c.Call, r) // without the filters more is added up
	t.inject(c, 0.5)
	unfiltered(c)
	one := &reply{call: c, k: t.k, sheet: t.first.sheet}
	one.call.Out[1].Put(0, float64(len(t.row(r))))
	return one.term(0, 0, "cumulative mass")
}

// steps are the exact running masses before each token of a row, and 1.
func (t *trial) steps(r int) []float64 {
	row := remake(t.c.Call, r)
	if ofMasses(row.Op) {
		return runningShares(t.row(r))
	}
	soft, err := reference.ByName("softmax")
	if err != nil {
		return nil
	}
	s, err := soft.NewCall(map[string]reference.Tensor{"x": row.In[0], "temperature": row.Arg("temperature")}, nil).Truth()
	if err != nil {
		return nil
	}
	cdf := []float64{0}
	for _, p := range s.Out[0].Row(0, nil) {
		cdf = append(cdf, cdf[len(cdf)-1]+p)
	}
	return cdf
}

// runningShares are the running masses of a row of masses, as shares of their sum.
func runningShares(p []float64) []float64 {
	total := 0.0
	for _, v := range p {
		total += v
	}
	cdf := []float64{0}
	for _, v := range p {
		cdf = append(cdf, cdf[len(cdf)-1]+v/total)
	}
	return cdf
}

func (t *trial) growsWithU() {
	u := make([]float64, 33)
	for k := range u {
		u[k] = float64(k) / 33
	}
	c, r := t.asked(u, 1<<12)
	if c == nil {
		return
	}
	b, ok := t.again(c)
	if !ok {
		return
	}
	cdf, open := t.steps(r), t.open(r)
	for i := 1; i < len(u); i++ {
		was, got := b.call.Out[0].Get(i-1), b.call.Out[0].Get(i)
		if !(was >= 0 && got >= 0 && was < float64(len(cdf)-1) && got < was) {
			continue
		}
		if mass := cdf[int(was)] - cdf[int(got)+1]; mass > 2*open || t.k.Bits != "" {
			t.failf(b, 0, i, "u = %v draws %v, u = %v draws %v", u[i-1], was, u[i], got)
		}
	}
}

func (t *trial) gridCounts() {
	v := t.c.Call.In[0].Shape[1]
	if v > 256 || v < 2 {
		return
	}
	u := make([]float64, 4*v)
	for k := range u {
		u[k] = (float64(k) + 0.5) / float64(len(u))
	}
	c, r := t.asked(u, 256)
	if c == nil || t.greedyRow(r) {
		return
	}
	b, ok := t.again(c)
	if !ok {
		return
	}
	cdf, open, count := t.steps(r), t.open(r), make([]int, v)
	for i := range u {
		if got := b.call.Out[0].Get(i); got >= 0 && got < float64(v) {
			count[int(got)]++
		}
	}
	n := float64(len(u))
	for j, have := range count {
		want := n * (cdf[j+1] - cdf[j])
		if by := 1 + 2*n*open + 1e-9; math.Abs(float64(have)-want) > by {
			t.failf(b, 0, -1, "token %d drawn %d times by %v uniforms of a grid, want %.3f within %.3f", j, have, n, want, by)
			return
		}
	}
}

func (t *trial) endsOfU() {
	c, r := t.asked([]float64{0, 1 - 0x1p-53}, 1<<16)
	if c == nil || t.greedyRow(r) {
		return
	}
	b, ok := t.again(c)
	if !ok {
		return
	}
	cdf, open := t.steps(r), t.open(r)
	for i := range 2 {
		if got := b.call.Out[0].Get(i); got >= 0 && got < float64(len(cdf)-1) {
			passed := cdf[int(got)]
			if i == 1 {
				passed = cdf[len(cdf)-1] - cdf[int(got)+1]
			}
			if passed > open+0x1p-50 {
				t.failf(b, 0, i, "u = %v draws token %v and passes over a mass of %.3g", c.Arg("u").Get(i), got, passed)
			}
		}
	}
}

func (t *trial) greedyDraw() {
	c, r := t.asked([]float64{0, 0.5, 1 - 0x1p-53}, 1<<16)
	if c == nil {
		return
	}
	give(c, "temperature", 0, 0, 0)
	b, ok := t.again(c)
	if !ok {
		return
	}
	x := t.row(r)
	best, _ := regular(x)
	for i := range 3 {
		got := b.call.Out[0].Get(i)
		if got != float64(best) && !(t.k.Ties == "any" && got >= 0 && got < float64(len(x)) && x[int(got)] == x[best]) {
			t.failf(b, 0, i, "temperature 0 draws token %v, and the maximum is at %d", got, best)
		}
	}
}
