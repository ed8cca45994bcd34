package properties

import (
	"fmt"
	"math"
	"slices"

	"github.com/aclements/go-moremath/mathx"

	"github.com/seed-210c9500/assay/reference"
)

// A sampler with a generator of its own can only be judged by how often it draws
// what. Three things are fixed beforehand:
//
//   - a false alarm: a test is repeated on fresh seeds, and only three values of p
//     below alpha in a row are a finding. Of a right sampler's 45 tests of a case
//     one fails with a chance below 5e-8;
//   - validity: bins of fewer than 10 expected draws are put together, and what the
//     contract leaves open of a bin's mass counts as explained;
//   - power: the urns are such that the usual mistakes move much mass. Of 100 runs
//     each, those missed are in the test of the samplers' zoo.
const (
	alpha    = 1e-3
	stages   = 3
	expected = 10
)

var frequencyLaws = []Law{
	// A temperature of 1.05, tails never drawn, the wrong neighbour in one draw of
	// fifty: with a generator of the kernel's own, out of reach of injected uniforms.
	heavy(law("draws_follow_p", "tokens are drawn as often as their mass says, by token, by mass, by lane", onDraws, []string{"G30"}, (*trial).drawsFollow)),
	// A stream that is used twice; a counter that moves on by half a block.
	heavy(law("draws_independent", "what one row or step draws says nothing about the next", onDraws, []string{"G30"}, (*trial).drawsIndependent)),
}

func heavy(l Law) Law {
	l.Heavy = true
	return l
}

// urn is a row to draw from, again and again.
type urn struct {
	says        string
	mass        []float64
	n           int
	word        int     // of seed, request, step: the one that tells the draws apart
	temperature float64 // 0: none given
	against     int     // 1 + the word that is one more in the second half, where the draws begin anew
}

// urns: half the mass in one token and half in many equal ones, so that a change
// of the temperature, or a cut tail, moves most; masses as of words, in no order;
// equal masses, not a power of two of them.
func urns() []urn {
	tail := make([]float64, 97)
	words := make([]float64, 61)
	even := make([]float64, 96)
	for i := range tail {
		tail[i] = 1
	}
	tail[37] = 96
	for i := range words {
		words[i*23%61] = 1 / float64(i+1)
	}
	for i := range even {
		even[i] = 1
	}
	deep := make([]float64, 1<<12)
	for i := range deep {
		deep[i] = 1
	}
	deep[1] = 1 << 12
	return []urn{
		{says: "one token against 96", mass: tail, n: 3072, word: 2},
		{says: "one token against 96, T = 0.75", mass: tail, n: 1024, word: 1, temperature: 0.75},
		{says: "masses as of words", mass: words, n: 2048, word: 1},
		{says: "96 equal tokens", mass: even, n: 1024, word: 0},
		{says: "one token against 4095", mass: deep, n: 64, word: 2},
	}
}

// frequent says that this case is one of those on which draws are counted: the
// first of its class, which quick effort keeps.
func (t *trial) frequent() bool {
	shape := t.c.Call.In[0].Shape
	return t.c.Note == "one seed, requests apart" && len(shape) == 2 && shape[1] <= 64
}

// urn asks for an urn's draws at a stage's seeds.
func (t *trial) urn(u *urn, stage int) *reference.Call {
	op, d := t.c.Call.Op, t.c.Call.DType()
	temperature := u.temperature
	if temperature == 0 {
		temperature = 1
	}
	row := make([]float64, len(u.mass))
	for i, m := range u.mass {
		row[i] = m
		if !ofMasses(op) {
			row[i] = temperature * math.Log(m)
		}
	}
	x := reference.NewTensor(d, u.n, len(row))
	for i, v := range row {
		x.Put(i, v)
	}
	for all, done := contents(x), len(contents(x))/u.n; done < len(all); done *= 2 {
		copy(all[done:], all[:done])
	}
	c := op.NewCall(map[string]reference.Tensor{op.In[0].Name: x}, nil)
	if u.temperature != 0 {
		give(c, "temperature", u.temperature)
	}
	draw := NewDraw(uint64(stage), t.c.ID, u.says, fmt.Sprint(u.word, u.against))
	base := [3]uint64{draw.Uint64() >> 12 &^ 63, draw.Uint64() >> 12 &^ 63, draw.Uint64() >> 44 &^ 63} // pairs fall alike in every stage
	keys := make([][3]uint64, u.n)
	for i := range keys {
		keys[i] = base
		if u.against > 0 && i >= u.n/2 {
			keys[i][u.against-1]++
			keys[i][u.word] += uint64(i - u.n/2)
			continue
		}
		keys[i][u.word] += uint64(i)
	}
	keyed(c, keys)
	return c
}

// shares are the exact chances of the tokens of a call's first row, and how far
// the contract lets the mass of any set of them be off.
func (t *trial) shares(c *reference.Call) (p []float64, open float64) {
	one := &trial{ctx: t.ctx, k: t.k, c: t.c, first: t.first}
	one.c.Call = remake(c, 0)
	cdf := one.steps(0)
	for i := 1; i < len(cdf); i++ {
		p = append(p, cdf[i]-cdf[i-1])
	}
	one.inject(one.c.Call, 0.5)
	a := &reply{call: one.c.Call, k: t.k, sheet: t.first.sheet}
	if c.Op.Output("kept") >= 0 {
		a.call.Out[1].Put(0, float64(len(p)))
	}
	return p, a.term(0, 0, "cumulative mass")
}

// drawn are the tokens an urn's call was answered with; nil where it was refused,
// or where one is no token, which is another law's matter.
func (t *trial) drawn(u *urn, stage int) (a *reply, tokens []int) {
	a, ok := t.again(t.urn(u, stage))
	if !ok {
		return nil, nil
	}
	for i := range u.n {
		got := a.call.Out[0].Get(i)
		if !(got >= 0 && got < float64(len(u.mass))) {
			return nil, nil
		}
		tokens = append(tokens, int(got))
	}
	return a, tokens
}

func (t *trial) drawsFollow() {
	if !t.frequent() {
		return
	}
	for _, u := range urns() {
		if u.temperature != 0 && ofMasses(t.c.Call.Op) {
			continue
		}
		t.thrice(&u, func(tokens []int, p []float64, open float64) []test {
			best := slices.Index(p, slices.Max(p))
			return []test{
				frequencies("token", tokens, p, open, func(i int) int { return i }),
				frequencies("power of two of the mass", tokens, p, open, func(i int) int { return int(math.Floor(-math.Log2(p[i]) + 0.5)) }),
				frequencies("distance from the likeliest", tokens, p, open, func(i int) int { return max(-1, min(i-best, 2)) }),
				frequencies("lane of 8", tokens, p, open, func(i int) int { return i % 8 }),
			}
		})
	}
}

// drawsIndependent pairs each draw from four equal tokens with a later one, and
// with the draw of another stream that a sum of the words would confuse with it.
func (t *trial) drawsIndependent() {
	if !t.frequent() {
		return
	}
	names := []string{"seed", "request", "step"}
	for word := range names {
		u := urn{says: "4 equal tokens, each of the next " + names[word], mass: []float64{1, 1, 1, 1}, n: 2048, word: word}
		t.thrice(&u, func(tokens []int, p []float64, open float64) (tests []test) {
			for _, lag := range []int{1, 2, 32} {
				for _, from := range []int{0, lag} {
					a, b := partners(tokens[from:], lag)
					tests = append(tests, pairs(fmt.Sprintf("pair of draws %d apart, from the %d-th", lag, from), a, b, p, open))
				}
			}
			return tests
		})
	}
	for _, other := range [][2]int{{0, 1}, {0, 2}, {1, 2}} {
		u := urn{says: "4 equal tokens", mass: []float64{1, 1, 1, 1}, n: 2048, word: other[1], against: other[0] + 1}
		half := u.n / 2
		t.thrice(&u, func(tokens []int, p []float64, open float64) []test {
			return []test{pairs(fmt.Sprintf("pair of a %s and the %s before, of the next %s", names[other[1]], names[other[1]], names[other[0]]),
				tokens[1:half], tokens[half:len(tokens)-1], p, open)}
		})
	}
}

// partners pairs tokens that are lag apart, each with one other: counts of pairs
// that share a token do not vary as independent ones do.
func partners(tokens []int, lag int) (a, b []int) {
	for i := 0; i+lag < len(tokens); i++ {
		if i/lag%2 == 0 {
			a, b = append(a, tokens[i]), append(b, tokens[i+lag])
		}
	}
	return a, b
}

// pairs tests that a token says nothing about its partner.
func pairs(by string, a, b []int, p []float64, open float64) test {
	both, square := make([]int, len(a)), make([]float64, len(p)*len(p))
	for i := range both {
		both[i] = len(p)*a[i] + b[i]
	}
	for i := range square {
		square[i] = p[i/len(p)] * p[i%len(p)]
	}
	return frequencies(by, both, square, 2*open, func(i int) int { return i })
}

// test is a count of draws against their chances.
type test struct {
	by  string
	p   float64 // the chance of counts as far off, or farther
	far string  // the bin that is off most
}

// thrice tests an urn's draws, and those that fail again on fresh seeds.
func (t *trial) thrice(u *urn, tests func(tokens []int, p []float64, open float64) []test) {
	suspects := map[string]int{}
	for stage := range stages {
		a, tokens := t.drawn(u, stage)
		if tokens == nil {
			return
		}
		p, open := t.shares(a.call)
		left := false
		for _, f := range tests(tokens, p, open) {
			if suspects[f.by] != stage || f.p >= alpha {
				continue
			}
			suspects[f.by]++
			left = true
			if stage == stages-1 {
				t.failf(a, 0, -1, "%s, %d draws: the counts by %s are off, with a chance below %g three times over, now %.2g: %s", u.says, len(tokens), f.by, alpha, f.p, f.far)
				return
			}
		}
		if !left {
			return
		}
	}
}

// frequencies is Pearson's test of the tokens drawn against their chances p, in
// bins. A difference that open explains is none. Small bins are put together with
// the next.
func frequencies(by string, tokens []int, p []float64, open float64, bin func(token int) int) test {
	first, last := 0, 0
	for i := range p {
		if b := bin(i); i == 0 || b < first {
			first = b
		}
		last = max(last, bin(i))
	}
	want, have := make([]float64, last-first+1), make([]float64, last-first+1)
	n := float64(len(tokens))
	for i, v := range p {
		want[bin(i)-first] += n * v
	}
	for _, i := range tokens {
		have[bin(i)-first]++
	}
	var w, h []float64
	var sumW, sumH float64
	for i := range want {
		sumW, sumH = sumW+want[i], sumH+have[i]
		if sumW >= expected {
			w, h = append(w, sumW), append(h, sumH)
			sumW, sumH = 0, 0
		}
	}
	if len(w) == 0 {
		return test{by: by, p: 1}
	}
	w[len(w)-1] += sumW
	h[len(h)-1] += sumH
	f := test{by: by, p: 1}
	x, worst := 0.0, 0.0
	for i := range w {
		d := max(0, math.Abs(h[i]-w[i])-n*open)
		x += d * d / w[i]
		if d*d/w[i] > worst {
			worst = d * d / w[i]
			f.far = fmt.Sprintf("bin %d of %d has %v, expected %.1f", i, len(w), h[i], w[i])
		}
	}
	if len(w) > 1 {
		f.p = mathx.GammaIncComp(float64(len(w)-1)/2, x/2)
	}
	return f
}
