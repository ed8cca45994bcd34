package zoo

import (
	"math"
	"slices"
	"sync"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

// Hard says that a wrong kernel passes the usual test: allclose(rtol=1e-3,
// atol=1e-5) against the reference on rows of 1,024 normal logits, or of the
// masses made of them. False of an operation that has no vocabulary.
func (k *Kernel) Hard() bool {
	u := usual(k.Op, k.DTypes[0])
	if u == nil {
		return false
	}
	got := copied(u.call)
	if k.Run(got) != nil {
		return false
	}
	for o, t := range got.Out {
		for i := range t.Len() {
			if !t.Absent() && !close(t.Get(i), u.want.Out[o].Get(i)) {
				return false
			}
		}
	}
	return true
}

func close(got, want float64) bool {
	if math.IsNaN(want) || math.IsInf(want, 0) {
		return got == want || math.IsNaN(got) && math.IsNaN(want)
	}
	return math.Abs(got-want) <= 1e-5+1e-3*math.Abs(want)
}

// question is a call with the reference's answer.
type question struct{ call, want *reference.Call }

// questions are those of the usual test, by operation and element type; nil of an
// operation without a vocabulary.
var questions sync.Map

func usual(name string, d reference.DType) *question {
	key := name + " " + d.String()
	if q, ok := questions.Load(key); ok {
		return q.(*question)
	}
	var q *question
	if op, err := reference.ByName(name); err == nil {
		if c := ordinary(op, d); c != nil {
			if want, err := c.Truth(); err == nil {
				q = &question{c, want}
			}
		}
	}
	questions.Store(key, q)
	return q
}

// ordinary is a call on rows of 1,024 normal logits, of the masses made of them,
// or of as many keys.
func ordinary(op *reference.Op, d reference.DType) *reference.Call {
	const rows, vocab = 16, 1024
	draw := properties.NewDraw(1, "usual", op.Name)
	in := map[string]reference.Tensor{}
	seen, at := false, 0.0
	for i := range op.In {
		a := &op.In[i]
		t := a.Type(d)
		matrix := slices.Equal(a.Dims, []string{"rows", "vocab"})
		seen = seen || matrix || a.Name == "Q"
		switch {
		case matrix && a.Name == "u":
			in[a.Name] = properties.Matrix(t, rows, vocab, func(_, _ int) float64 { return draw.Float() })
		case a.Name == "u" || a.Name == "u2":
			in[a.Name] = vector(t, rows, draw.Float)
		case matrix && a.Name == "bias" || a.Optional && !matrix:
		case matrix && !t.Float():
			in[a.Name] = properties.Matrix(t, rows, vocab, func(_, _ int) float64 { return float64(draw.Intn(3)) })
		case matrix && a.Unit == "nats" || matrix && a.Name == "score" || matrix && a.Name == "dy":
			in[a.Name] = properties.Matrix(t, rows, vocab, func(_, _ int) float64 { return draw.Normal() })
		case matrix:
			in[a.Name] = masses(draw, t, rows, vocab)
		case len(a.Dims) == 3:
			in[a.Name] = likelihoods(draw, t, rows, 3, vocab)
		case a.Name == "K" || a.Name == "V":
			in[a.Name] = properties.Matrix(t, vocab, 64, func(_, _ int) float64 { return draw.Normal() })
		case a.Name == "Q":
			in[a.Name] = properties.Matrix(t, rows, 64, func(_, _ int) float64 { return draw.Normal() })
		case a.Name == "label" || a.Name == "draft":
			in[a.Name] = vector(t, rows, func() float64 { return float64(draw.Intn(vocab)) })
		case a.Name == "offsets":
			in[a.Name] = vector(t, rows+1, func() float64 { at += 3; return at - 3 })
		case a.Name == "history" || a.Name == "tokens":
			in[a.Name] = vector(t, 3*rows, func() float64 { return float64(draw.Intn(vocab)) })
		case a.Name == "n":
			in[a.Name] = reference.Scalar(t, 100)
		case a.Name == "k":
			in[a.Name] = reference.Scalar(t, 8)
		case a.Name == "p" || a.Name == "min_p":
			in[a.Name] = reference.Scalar(t, 0.1)
		case a.Name == "g" || a.Name == "score":
			in[a.Name] = vector(t, rows, draw.Float)
		case a.Name == "seed":
			in[a.Name] = reference.Scalar(t, 7)
		}
	}
	if !seen {
		return nil
	}
	c := op.NewCall(in, nil)
	if c.Check() != nil {
		return nil
	}
	return c
}

func vector(d reference.DType, n int, f func() float64) reference.Tensor {
	t := reference.NewTensor(d, n)
	for i := range n {
		t.Put(i, f())
	}
	return t
}

// masses are the softmax of normal logits.
func masses(draw *properties.Draw, d reference.DType, rows, vocab int) reference.Tensor {
	t := reference.NewTensor(d, rows, vocab)
	for r := range rows {
		x := make([]float64, vocab)
		for i := range x {
			x[i] = math.Exp(draw.Normal())
		}
		all := total(x)
		for i := range x {
			x[i] /= all
		}
		t.PutRow(r, x)
	}
	return t
}

func likelihoods(draw *properties.Draw, d reference.DType, rows, steps, vocab int) reference.Tensor {
	t := reference.NewTensor(d, rows, steps, vocab)
	for i := range t.Len() {
		t.Put(i, draw.Float())
	}
	return t
}
