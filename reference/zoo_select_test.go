package reference

import (
	"math"
	"math/rand/v2"
	"slices"
)

type path = func(x []float32) ([]float32, float32, float32)

// trial is one operation: cases of it, an honestSelections kernel made on top of any path
// to the probabilities, and wrong kernels, each a change to an honestSelections answer.
type trial struct {
	op    *Op
	in    func(r *rand.Rand, class string, vocab int) map[string]Tensor
	run   func(c *Call, row int, p path)
	wrong map[string]func(c *Call)
}

// keptOf are the k largest by value and index, without a reference to help.
func keptOf(x []float32, k int) []int {
	order := ranked(widened(x))
	return order[:min(max(k, 1), len(order))]
}

func keepOnly(x []float32, kept []int) []float32 {
	y := make([]float32, len(x))
	for i := range y {
		y[i] = float32(math.Inf(-1))
	}
	for _, j := range kept {
		y[j] = x[j]
	}
	return y
}

func probabilities(p path, x []float32) []float32 {
	t, S, _ := p(x)
	for i := range t {
		t[i] /= S
	}
	return t
}

func filterTo(c *Call, i int, p path, x []float32, kept []int) {
	put32(c.Out[0], i, probabilities(p, keepOnly(x, kept)))
	c.Out[1].PutInt(i, int64(len(kept)))
}

func invert32(p []float32, u float64) int {
	var total, cdf float32
	for _, v := range p {
		total += v
	}
	limit, last := float32(u)*total, 0
	for j, v := range p {
		if v == 0 {
			continue
		}
		if cdf += v; cdf > limit {
			return j
		}
		last = j
	}
	return last
}

func scaleOut(o int, f float64) func(c *Call) {
	return func(c *Call) {
		for i := range c.Out[o].Len() {
			c.Out[o].Put(i, c.Out[o].Get(i)*f)
		}
	}
}

func shiftOut(o int, by float64) func(c *Call) {
	return func(c *Call) {
		for i := range c.Out[o].Len() {
			c.Out[o].Put(i, c.Out[o].Get(i)+by)
		}
	}
}

// unmaskOut puts something where there is exactly nothing.
func unmaskOut(c *Call) {
	for i := range c.Out[0].Len() {
		if c.Out[0].Get(i) == 0 {
			c.Out[0].Put(i, 0x1p-20)
		}
	}
}

func swapOut(o int) func(c *Call) {
	return func(c *Call) {
		if n := c.Out[o].Len(); n > 1 {
			a, b := c.Out[o].Get(0), c.Out[o].Get(n-1)
			c.Out[o].Put(0, b)
			c.Out[o].Put(n-1, a)
		}
	}
}

func withU(r *rand.Rand, in map[string]Tensor) map[string]Tensor {
	in["u"] = Vector(F64, r.Float64(), r.Float64())
	return in
}

var filterWrong = map[string]func(*Call){"one too many": shiftOut(1, 1), "not renormalised": scaleOut(0, 0.99), "0.01% off": scaleOut(0, 1.0001), "leaks": unmaskOut}

var trials = []trial{
	{op: topKFilterOp,
		in: func(r *rand.Rand, class string, vocab int) map[string]Tensor {
			return map[string]Tensor{"x": drawRows(r, class, 2, vocab), "k": Scalar(I64, float64(1+r.IntN(vocab)))}
		},
		run: func(c *Call, i int, p path) {
			x := floatRow(c.In[0], i)
			filterTo(c, i, p, x, keptOf(x, int(c.Param("k", i))))
		}, wrong: filterWrong},
	{op: minPFilterOp,
		in: func(r *rand.Rand, class string, vocab int) map[string]Tensor {
			x := drawRows(r, class, 2, vocab)
			row := newRow(x.Row(0, nil), 1, F32) // the very ratio of a token: kernels differ
			minP := row.term(r.IntN(vocab))
			if minP == 0 {
				minP = 0.25
			}
			return map[string]Tensor{"x": x, "min_p": Scalar(F32, minP)}
		},
		run: func(c *Call, i int, p path) {
			x, minP := floatRow(c.In[0], i), float32(c.Param("min_p", i))
			probs := probabilities(p, x)
			least := minP * slices.Max(probs)
			n := 0
			for _, v := range probs {
				if v >= least {
					n++
				}
			}
			filterTo(c, i, p, x, keptOf(x, n))
		}, wrong: filterWrong},
	{op: sampleChainOp,
		in: func(r *rand.Rand, class string, vocab int) map[string]Tensor {
			return withU(r, map[string]Tensor{"x": drawRows(r, class, 2, vocab), "k": Scalar(I64, float64(r.IntN(vocab+1))), "temperature": Scalar(F32, 0.25+r.Float64()),
				"p": Scalar(F32, 0.5+r.Float64()/2), "min_p": Scalar(F32, 0.01*r.Float64())})
		},
		run: func(c *Call, i int, p path) {
			x := floatRow(c.In[0], i)
			scaled := make([]float32, len(x))
			for j := range x {
				scaled[j] = x[j] / float32(c.Param("temperature", i))
			}
			order := keptOf(x, c.keep(i, len(x)))
			probs := probabilities(p, keepOnly(scaled, order))
			var before float32
			kept := order[:0:0]
			for _, j := range order {
				if before > float32(c.Param("p", i)) || probs[j] < float32(c.Param("min_p", i))*probs[order[0]] {
					break
				}
				before += probs[j]
				kept = append(kept, j)
			}
			c.Out[0].PutInt(i, int64(invert32(probabilities(p, keepOnly(scaled, kept)), c.Uniform(i))))
			c.Out[1].PutInt(i, int64(len(kept)))
		}, wrong: map[string]func(*Call){"next token": shiftOut(0, 1), "one fewer kept": shiftOut(1, -1), "always the first": scaleOut(0, 0)}},
	{op: attentionSoftmaxOp,
		in: func(r *rand.Rand, class string, vocab int) map[string]Tensor {
			return map[string]Tensor{"x": drawRows(r, class, 2, vocab), "scale": Scalar(F32, 0.125), "softcap": Scalar(F32, float64(r.IntN(2)*20)), "lengths": Vector(I64, float64(vocab), float64(1+r.IntN(vocab)))}
		},
		run: func(c *Call, i int, p path) {
			n := c.seen(i)
			z := floatRow(c.In[0], i)[:n]
			for j := range z {
				if z[j] *= float32(c.scale(i)); c.Param("softcap", i) > 0 {
					cap := float32(c.Param("softcap", i))
					z[j] = cap * float32(math.Tanh(float64(z[j]/cap)))
				}
			}
			y := make([]float32, c.keys())
			if slices.Max(z) > float32(math.Inf(-1)) {
				copy(y, probabilities(p, z))
			}
			put32(c.Out[0], i, y)
		}, wrong: map[string]func(*Call){"0.01% off": scaleOut(0, 1.0001), "leaks": unmaskOut, "swapped": swapOut(0)}},
	{op: beamStepOp,
		in: func(r *rand.Rand, class string, vocab int) map[string]Tensor {
			return map[string]Tensor{"x": drawRows(r, class, 2, vocab), "score": Vector(F32, -3*r.Float64(), -3*r.Float64()), "k": Scalar(I64, float64(1+r.IntN(5)))}
		},
		run: func(c *Call, i int, p path) {
			if i > 0 {
				return
			}
			var scores []float32
			for b := range c.In[0].Shape[0] {
				x := floatRow(c.In[0], b)
				_, S, m := p(x)
				for _, v := range x {
					scores = append(scores, float32(c.In[1].Get(b))+((v-m)-log32(S)))
				}
			}
			for n, j := range ranked(widened(scores))[:c.Out[0].Len()] {
				c.Out[0].Put(n, float64(scores[j]))
				c.Out[1].PutInt(n, int64(j/c.In[0].Shape[1]))
				c.Out[2].PutInt(n, int64(j%c.In[0].Shape[1]))
			}
		}, wrong: map[string]func(*Call){"score forgotten": shiftOut(0, 0.5), "token off by one": shiftOut(2, 1), "one candidate again and again": func(c *Call) {
			for o := range c.Out {
				for i := range c.Out[o].Len() {
					c.Out[o].Put(i, c.Out[o].Get(0))
				}
			}
		}, "parent swapped": func(c *Call) {
			for i := range c.Out[1].Len() {
				c.Out[1].Put(i, 1-c.Out[1].Get(i))
			}
		}}},
	{op: attentionOp, in: attentionCase, run: attention32, wrong: map[string]func(*Call){"0.1% off": scaleOut(0, 1.001), "lse in bits": scaleOut(1, math.Log2E), "swapped": swapOut(0)}},
}
