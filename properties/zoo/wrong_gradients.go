package zoo

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// gradient is softmax_backward from another sum.
func gradient(f func(k working, y, dy []float64) float64) func(*reference.Call) error {
	return func(c *reference.Call) error {
		if _, err := c.Truth(); err != nil {
			return err
		}
		k := right.on(c)
		y, dy := c.In[0].Clone(), c.In[1].Clone()
		specials(c)
		v := y.Shape[1]
		for r := range y.Shape[0] {
			p, up, T := y.Row(r, nil), dy.Row(r, nil), c.Param("temperature", r)
			if !finite(p) || !finite(up) || math.IsInf(T, 0) {
				continue
			}
			s := f(k, p, up)
			for i := range p {
				c.Out[0].Put(r*v+i, k.of(k.of(p[i]*k.of(up[i]-s))/k.of(T)))
			}
		}
		return nil
	}
}

// dot is sum y dy over the first n.
func dot(k working, y, dy []float64, n int) float64 {
	return k.sumOf(n, func(i int) float64 { return k.of(y[i] * dy[i]) })
}

var wrongGradients = []planted{
	{law: "gradients_cancel", bug: "the mean of dy for the sum of y dy", op: "softmax_backward", run: gradient(func(k working, y, dy []float64) float64 {
		return k.of(k.sum(dy) / float64(len(dy)))
	})},
	{law: "bound", bug: "no gradient at all", op: "softmax_backward", from: "huggingface/candle#3569", rows: "SM-33", run: output(0, func(_ *reference.Call, _ int, v float64) float64 { return 0 * v })},
	{law: "bound", bug: "the sum of y dy skips the tail", op: "softmax_backward", run: gradient(func(k working, y, dy []float64) float64 {
		if len(y) < 8 {
			return dot(k, y, dy, len(y))
		}
		return dot(k, y, dy, tail(len(y)))
	})},
	{law: "bound", bug: "the sum of y dy in bfloat16", op: "softmax_backward", run: gradient(func(k working, y, dy []float64) float64 {
		return reference.BF16.Round(dot(k, y, dy, len(y)))
	})},
	{law: "bound", bug: "the upstream clipped at 100", op: "softmax_backward", run: input("dy", func(_ *reference.Call, _ int, v float64) float64 { return max(-100, min(100, v)) })},
	{law: "bound", bug: "reads y after writing over it", op: "softmax_backward", from: "fetchai/ledger#1580", rows: "GR-01", run: func(c *reference.Call) error {
		if _, err := c.Truth(); err != nil {
			return err
		}
		k := right.on(c)
		v := c.In[0].Shape[1]
		truth, _ := c.Truth()
		for r := range c.In[0].Shape[0] {
			for i := range v {
				y, dy := c.In[0].Row(r, nil), c.In[1].Row(r, nil) // the row as it is by now
				d := truth.Out[0].Get(r*v + i)
				if finite(y) && finite(dy) && !math.IsInf(c.Param("temperature", r), 0) {
					d = k.of(k.of(y[i]*k.of(dy[i]-dot(k, y, dy, v))) / k.of(c.Param("temperature", r)))
				}
				c.Out[0].Put(r*v+i, d)
			}
		}
		return nil
	}},
	{law: "bound", bug: "the upstream of the first row for all", op: "cross_entropy_backward", from: "linkedin/Liger-Kernel#1298", rows: "CE-03", run: asking(func(c *reference.Call) {
		first := c.Param("g", 0)
		each(c, "g", func(float64) float64 { return first })
	})},
	{law: "bound", bug: "the mean of the means of two halves", op: "cross_entropy", from: "huggingface/transformers#35203", rows: "CE-13", run: answering(func(c *reference.Call) {
		n := c.In[0].Shape[0]
		if c.Pick("reduction") != "mean" || n < 2 {
			return
		}
		var sum, count [2]float64
		for r := range n {
			if half := r * 2 / n; !skipped(c, r) {
				sum[half] += c.Out[lossOut].Get(r)
				count[half] += classWeight(c, int(c.Arg("label").Int(r)))
			}
		}
		if count[0] > 0 && count[1] > 0 {
			c.Out[reducedOut].Put(0, (sum[0]/count[0]+sum[1]/count[1])/2)
		}
	})},
	{law: "bound", bug: "the raw logits whatever the temperature", op: "token_logprobs", from: "ollama/ollama#16196", rows: "PP-11", run: param("temperature", func(v float64) float64 {
		if v == 0 {
			return v
		}
		return 1
	})},
	{law: "bound", bug: "x - lse although tight is declared", op: "log_softmax", from: "ml-explore/mlx#4169", rows: "LS-05", run: func(c *reference.Call) error {
		if _, err := c.Truth(); err != nil {
			return err
		}
		k := right.on(c)
		k.eachLogits(c, func(r int, w *terms) {
			for j := range w.x {
				c.Out[0].Put(r*len(w.x)+j, k.of(k.of(w.x[j]/w.T)-k.lse(w)))
			}
		})
		return nil
	}},
	{law: "bound", bug: "a masked token keeps -Inf in a row with NaN", op: "log_softmax", from: "mindspore-ai/mindspore#378", rows: "SM-32", run: rowsOf(func(_ *reference.Call, _ int, x, y []float64) {
		for i, v := range x {
			if math.IsInf(v, -1) {
				y[i] = v
			}
		}
	})},
	{law: "bound", bug: "-Inf less -Inf in a row of them", op: "logsumexp", from: "rmcgibbo/logsumexp#2", rows: "LS-03", run: output(0, func(_ *reference.Call, _ int, v float64) float64 {
		if math.IsInf(v, -1) {
			return nan
		}
		return v
	})},
	{law: "bound", bug: "+Inf less +Inf", op: "logsumexp", from: "ml-explore/mlx#576", rows: "LS-04", run: output(0, func(_ *reference.Call, _ int, v float64) float64 {
		if math.IsInf(v, 1) {
			return nan
		}
		return v
	})},
}
