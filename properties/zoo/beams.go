package zoo

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// extension is one more token on a hypothesis.
type extension struct {
	score       float64
	from, token int
}

// extend lists every extension of a beam, best first.
func (k working) extend(rows [][]float64, score []float64) []extension {
	var all []extension
	for b, x := range rows {
		w, ok := k.row(x, 1)
		for j := range x {
			e := extension{-inf, b, j}
			if !math.IsInf(score[b], -1) {
				if e.score = nan; ok {
					e.score = k.of(score[b] + k.logp(w, j))
				}
			}
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b extension) int { return byRank(a.score, b.score) })
	return all
}

func beamStep(k working, c *reference.Call) {
	var rows [][]float64
	var score []float64
	for b := range c.In[0].Shape[0] {
		rows, score = append(rows, c.In[0].Row(b, nil)), append(score, c.In[1].Get(b))
	}
	all := k.extend(rows, score)
	for n := range c.Out[0].Len() {
		c.Out[0].Put(n, all[n].score)
		c.Out[1].Put(n, float64(all[n].from))
		c.Out[2].Put(n, float64(all[n].token))
	}
}

// hypothesis is a sequence with the sum of its log-probabilities.
type hypothesis struct {
	tokens []int
	sum    float64
}

// endToken is -1 where there is none in the vocabulary.
func endToken(c *reference.Call) int {
	if e := c.Arg("eos"); !e.Absent() && e.Int(0) >= 0 && e.Int(0) < int64(c.In[0].Shape[0]) {
		return int(e.Int(0))
	}
	return -1
}

// norm is what the sum of a hypothesis of n tokens is divided by.
func norm(c *reference.Call, n int) float64 {
	a := c.Param("length_penalty", 0)
	if c.Pick("normalisation") == "gnmt" {
		return math.Pow((5+float64(n))/6, a)
	}
	return math.Pow(float64(n), a)
}

func beamSearch(k working, c *reference.Call) { answer(k, c, search{}.run(k, c)) }

// search is a beam search; its fields are what can be wrong with it.
type search struct {
	norm     func(c *reference.Call, n int) float64
	alive    func(h hypothesis, eos int) bool // an ended hypothesis goes on
	enough   func(done []hypothesis, width int) bool
	perBeam  bool // an equal share of the beam for each hypothesis
	allEqual bool // the first step fills the beam with its best
}

func (s search) run(k working, c *reference.Call) []hypothesis {
	start := make([]float64, c.In[1].Len())
	for i := range start {
		start[i] = c.In[1].Get(i)
	}
	live, done := []hypothesis{{}}, []hypothesis{}
	width, eos := int(c.Param("k", 0)), endToken(c)
	for n := 0; n < int(c.Param("max_len", 0)) && len(live) > 0; n++ {
		var rows [][]float64
		var score []float64
		for _, h := range live {
			x := start
			if n > 0 {
				x = c.In[0].Row(h.tokens[n-1], nil)
			}
			rows, score = append(rows, x), append(score, h.sum)
		}
		var next []hypothesis
		share := map[int]int{}
		taken := 0
		for _, e := range k.extend(rows, score) {
			if taken == width || math.IsInf(e.score, -1) {
				break
			}
			if share[e.from]++; s.perBeam && share[e.from] > max(1, width/len(live)) {
				continue
			}
			taken++
			h := hypothesis{append(slices.Clone(live[e.from].tokens), e.token), e.score}
			if e.token == eos && !(s.alive != nil && s.alive(h, eos)) {
				done = append(done, h)
			} else {
				next = append(next, h)
			}
			if s.allEqual && n == 0 {
				for taken < width {
					next, taken = append(next, next[0:min(1, len(next))]...), taken+1
				}
			}
		}
		live = next
		if s.enough != nil && s.enough(done, width) {
			break
		}
	}
	done = append(done, live...)
	f := s.norm
	if f == nil {
		f = norm
	}
	for i := range done {
		done[i].sum = k.of(done[i].sum / k.of(f(c, len(done[i].tokens))))
	}
	slices.SortStableFunc(done, func(a, b hypothesis) int { return byRank(a.sum, b.sum) })
	return done
}

// answer writes the best hypotheses.
func answer(k working, c *reference.Call, done []hypothesis) {
	for i := range c.Out[1].Len() {
		c.Out[1].PutInt(i, -1)
	}
	for i := range c.Out[0].Len() {
		c.Out[0].Put(i, -inf)
		c.Out[2].PutInt(i, 0)
		if i < len(done) {
			c.Out[0].Put(i, done[i].sum)
			c.Out[2].PutInt(i, int64(len(done[i].tokens)))
			for j, token := range done[i].tokens {
				c.Out[1].PutInt(i*c.Out[1].Shape[1]+j, int64(token))
			}
		}
	}
}
