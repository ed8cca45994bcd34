package reference

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestBayesUpdateKernels(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 16))
	var cases []*Call
	for _, vocab := range []int{1, 2, 9, 300} {
		for range 20 {
			steps := 1 + r.IntN(8)
			p, q := make([]float64, vocab), make([]float64, vocab*steps)
			for i := range p {
				p[i] = math.Exp(2 * r.NormFloat64())
			}
			for i := range q {
				q[i] = math.Exp(r.NormFloat64() - 1)
			}
			cases = append(cases, bayesUpdateOp.NewCall(map[string]Tensor{"prior": Of(F32, []int{1, vocab}, p...), "likelihood": Of(F32, []int{1, steps, vocab}, q...)}, nil))
		}
	}
	// step by step; keep says which steps are used.
	stepwise := func(add func([]f32) f32, keep func(t int) bool) func(*Call) {
		return func(c *Call) {
			p, q := column(c.In[0], 0), column(c.In[1], 0)
			l := f32(0)
			for t := 0; t < c.In[1].Shape[1]; t++ {
				if !keep(t) {
					continue
				}
				for i := range p {
					p[i] *= q[t*len(p)+i]
				}
				S := add(p)
				for i := range p {
					p[i] /= S
				}
				l += roundedLn(S)
			}
			storeRow(c.Out[0], 0, p...)
			storeRow(c.Out[1], 0, l)
		}
	}
	logs := func(soft func([]f32) []f32) func(*Call) {
		return func(c *Call) {
			p, q := column(c.In[0], 0), column(c.In[1], 0)
			for i := range p {
				p[i] = roundedLn(p[i])
				for t := range c.In[1].Shape[1] {
					p[i] += roundedLn(q[t*len(p)+i])
				}
			}
			storeRow(c.Out[0], 0, soft(p)...)
			storeRow(c.Out[1], 0, lse32(p))
		}
	}
	all := func(int) bool { return true }
	judgeKernels(t, bayesUpdateOp, cases, []kernel{
		{"step by step", false, stepwise(sum32, all)},
		{"pairwise", false, stepwise(pairwise32, all)},
		{"logarithms", false, logs(softmax32)},
		{"logarithms to base 2", false, logs(softmaxExp2)},
		{"last step left out", true, func(c *Call) {
			n := c.In[1].Shape[1]
			stepwise(sum32, func(t int) bool { return t+1 < n })(c)
		}},
		{"prior forgotten at each step", true, func(c *Call) {
			q := column(c.In[1], 0)
			p := q[len(q)-c.In[0].Len():]
			S := sum32(p)
			for i := range p {
				p[i] /= S
			}
			storeRow(c.Out[0], 0, p...)
			storeRow(c.Out[1], 0, roundedLn(S))
		}},
		{"evidence of the last step alone", true, func(c *Call) {
			stepwise(sum32, all)(c)
			storeRow(c.Out[1], 0, f32(math.Exp(c.Out[1].Get(0))))
		}},
	})
}

func TestBayesOddsKernels(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 14))
	var cases []*Call
	for range 200 {
		ratio := make([]float64, r.IntN(20))
		for i := range ratio {
			ratio[i] = math.Exp(r.NormFloat64())
		}
		in := odds(math.Exp(r.NormFloat64()), ratio...)
		cases = append(cases, bayesOddsOp.NewCall(map[string]Tensor{"prior_odds": retype(in["prior_odds"], F32), "ratio": retype(in["ratio"], F32)}, nil))
	}
	with := func(f func(x []f32) (o, p f32)) func(*Call) {
		return func(c *Call) {
			o, p := f(append(column(c.In[0], 0), column(c.In[1], 0)...))
			storeRow(c.Out[0], 0, o)
			storeRow(c.Out[1], 0, p)
		}
	}
	product := func(x []f32) f32 {
		o := f32(1)
		for _, v := range x {
			o *= v
		}
		return o
	}
	judgeKernels(t, bayesOddsOp, cases, []kernel{
		{"product", false, with(func(x []f32) (f32, f32) { o := product(x); return o, o / (1 + o) })},
		{"backwards", false, with(func(x []f32) (f32, f32) { slices.Reverse(x); o := product(x); return o, 1 / (1 + 1/o) })},
		{"logarithms", false, with(func(x []f32) (f32, f32) {
			var l f32
			for _, v := range x {
				l += roundedLn(v)
			}
			return roundedExp(l), 1 / (1 + roundedExp(-l))
		})},
		{"float64", false, with(func(x []f32) (f32, f32) {
			o := 1.0
			for _, v := range x {
				o *= float64(v)
			}
			return f32(o), f32(o / (1 + o))
		})},
		{"odds for probability", true, with(func(x []f32) (f32, f32) { o := product(x); return o, o })},
		{"prior left out", true, with(func(x []f32) (f32, f32) { o := product(x[1:]); return o, o / (1 + o) })},
		{"probabilities multiplied", true, with(func(x []f32) (f32, f32) {
			p := f32(1)
			for _, v := range x {
				p *= v / (1 + v)
			}
			return p / (1 - p), p
		})},
	})
}
