package reference

import (
	"math"
	"testing"
)

// wrong is a mistake: it changes what a right kernel is asked, or what it answers.
type wrong struct {
	name   string
	before func(c *Call)      // nil: nothing
	after  func(c, ask *Call) // nil: nothing
}

func result(f func(v float64) float64) func(c, ask *Call) {
	return func(c, _ *Call) {
		for o := range c.Out {
			for i := range c.Out[o].Len() {
				c.Out[o].Put(i, f(c.Out[o].Get(i)))
			}
		}
	}
}

// input changes every element of an input.
func input(name string, f func(v float64) float64) func(c *Call) {
	return func(c *Call) {
		t := c.Arg(name).Clone()
		for i := range t.Len() {
			t.Put(i, f(t.Get(i)))
		}
		c.In[c.Op.Input(name)] = t
	}
}

// last changes the last element of an input: an element lost, or counted twice.
func last(name string, v float64) func(c *Call) {
	return func(c *Call) {
		t := c.Arg(name).Clone()
		t.Put(t.Len()-1, v)
		c.In[c.Op.Input(name)] = t
	}
}

func ignoring(name string) func(c *Call) {
	return func(c *Call) { c.In[c.Op.Input(name)] = Tensor{} }
}

func swapped(c *Call) { c.In[0], c.In[1] = c.In[1], c.In[0] }

// clipped is the snippet that makes logarithms safe.
func clipped(v float64) float64 { return min(max(v, 1e-9), 1) }

// rounded16 keeps results in bfloat16.
var rounded16 = wrong{"results rounded to bfloat16", nil, result(BF16.Round)}

var (
	inBits    = wrong{"in bits", nil, result(func(v float64) float64 { return v / math.Ln2 })}
	negated   = wrong{"minus sign lost", nil, result(func(v float64) float64 { return -v })}
	truncated = wrong{"truncated to 16 bits of fraction", nil, result(func(v float64) float64 {
		return math.Float64frombits(math.Float64bits(v) &^ (1<<36 - 1))
	})}
	noT      = wrong{"temperature ignored", ignoring("temperature"), nil}
	lastLost = wrong{"last logit lost", last("x", math.Inf(-1)), nil}
)

var wrongs = map[string][]wrong{
	"log_softmax": {rounded16, noT, {"ln of a softmax in float32", nil, result(func(v float64) float64 { return math.Log(F32.Round(math.Exp(v))) })}, lastLost},
	"logsumexp":   {rounded16, noT, lastLost, inBits},
	"token_logprobs": {rounded16, noT, negated, {"the next token's", func(c *Call) {
		c.In[1] = labels(math.Mod(c.In[1].Get(0)+1, float64(c.In[0].Shape[1])))
	}, nil}},
	"cross_entropy_soft":  {rounded16, negated, inBits, {"last target lost", last("q", 0), nil}},
	"entropy_from_logits": {rounded16, noT, inBits, lastLost},
	"kl_from_logits":      {rounded16, negated, inBits, {"the divergence the other way", swapped, nil}},
	"softmax_backward": {truncated, negated, noT, {"the sum left out", nil, func(c, ask *Call) {
		for i := range c.Out[0].Len() {
			c.Out[0].Put(i, ask.In[0].Get(i)*ask.In[1].Get(i))
		}
	}}},
	"cross_entropy_backward": {truncated, noT, {"g ignored", ignoring("g"), nil}, {"smoothing ignored", ignoring("smoothing"), nil}},
	"entropy":                {rounded16, inBits, {"clipped at 1e-9", input("p", clipped), nil}, {"last mass lost", last("p", 0), nil}},
	"kl":                     {rounded16, inBits, {"clipped at 1e-9", func(c *Call) { input("p", clipped)(c); input("q", clipped)(c) }, nil}, {"the divergence the other way", swapped, nil}},
	"cross_entropy_pq":       {rounded16, negated, inBits, {"p and q exchanged", swapped, nil}},
	"js": {rounded16, inBits, {"without the mixture's halves", nil, result(func(v float64) float64 { return 2 * v })},
		{"p against q", nil, func(c, ask *Call) {
			c.Out[0].Put(0, truthOfKL(ask))
		}}},
	"mutual_information": {rounded16, inBits, {"the joint entropy instead", nil, func(c, ask *Call) {
		p := ask.In[0].Clone()
		p.Shape, p.Stride = []int{1, p.Len()}, []int{p.Len(), 1}
		h, _ := entropyOp.NewCall(map[string]Tensor{"p": p}, nil).Truth()
		c.Out[0].Put(0, h.Out[0].Get(0))
	}}, {"last cell lost", last("joint", 0), nil}},
	"sequence_logprob": {rounded16, {"length off by one", func(c *Call) { c.In[1] = labels(c.In[1].Get(0) - 1) }, nil}, {"padding counted", func(c *Call) { c.In[1] = labels(float64(c.In[0].Shape[1])) }, nil}},
	"perplexity":       {rounded16, {"minus sign lost", input("nll", func(v float64) float64 { return -v }), nil}, {"base 2", input("nll", func(v float64) float64 { return v * math.Ln2 }), nil}},
	"bits_per_token":   {rounded16, {"in nats", nil, result(func(v float64) float64 { return v * math.Ln2 })}, {"last token lost", last("nll", 0), nil}},
	"bits_per_byte":    {rounded16, {"in nats", nil, result(func(v float64) float64 { return v * math.Ln2 })}, {"per token", func(c *Call) { c.In[c.Op.Input("bytes")] = Scalar(I64, float64(c.In[0].Len())) }, nil}},
	"kl_penalty":       {rounded16, negated, {"policy and reference exchanged", swapped, nil}},
}

func truthOfKL(ask *Call) float64 {
	c := klOp.NewCall(map[string]Tensor{"p": ask.In[0], "q": ask.In[1]}, nil)
	truth, _ := c.Truth()
	return truth.Out[0].Get(0)
}

// Wrong kernels fall outside the widest contract's bound on some case.
func TestWrongKernels(t *testing.T) {
	for _, name := range denseOps() {
		op, _ := ByName(name)
		if len(wrongs[name]) < 3 {
			t.Errorf("%s has %d wrong kernels, want 3 or more", name, len(wrongs[name]))
		}
		for _, w := range wrongs[name] {
			caught, cases := 0, 0
			for _, c := range denseCases(op, F32) {
				if c.In[0].Len() > 1000 {
					continue
				}
				truth := truthOf(t, c)
				ask := *c
				ask.In = append([]Tensor{}, c.In...)
				if w.before != nil {
					w.before(&ask)
				}
				answer := truthOf(t, &ask)
				for o := range c.Out {
					for i := range c.Out[o].Len() {
						c.Out[o].Put(i, answer.Out[o].Get(i))
					}
				}
				if w.after != nil {
					w.after(c, &ask)
				}
				cases++
				if e, _ := overBound(c, truth, DefaultContract(F32)); e > 1 {
					caught++
				}
			}
			if caught == 0 {
				t.Errorf("%s: %q passes all %d cases", name, w.name, cases)
			}
			t.Logf("%s: %s: %d of %d", name, w.name, caught, cases)
		}
	}
}

// The worked numbers of the texts, and where they are wrong. The bins of the
// calibration error that lose a confidence of 1 are in
// TestTextbookECELosesConfidenceOne.
func TestWorkedNumbers(t *testing.T) {
	bits := map[string]string{"unit": "bits"}
	row := func(v ...float64) Tensor { return Of(F64, []int{1, len(v)}, v...) }
	first := func(op *Op, in map[string]Tensor, choice map[string]string) float64 {
		return truthOf(t, op.NewCall(in, choice)).Out[0].Get(0)
	}
	logits := func(p float64) map[string]Tensor {
		return map[string]Tensor{"x": row(math.Log(p), math.Log(1-p)), "label": labels(0)}
	}
	uniform := first(tokenLogprobsOp, map[string]Tensor{"x": row(make([]float64, 50)...), "label": labels(7)}, nil)
	for _, k := range []struct {
		says          string
		got, want, by float64
	}{
		{"P(correct) = 0.9: -ln 0.9 = 0.105", first(crossEntropyOp, logits(0.9), nil), 0.105, 4e-4},
		{"P(correct) = 0.01: -ln 0.01 = 4.6", first(crossEntropyOp, logits(0.01), nil), 4.6, 6e-3},
		{"the same of distributions, 0.105", first(crossEntropyPQOp, map[string]Tensor{"p": row(1, 0), "q": row(0.9, 0.1)}, nil), 0.105, 4e-4},
		{"the same of distributions, 4.6", first(crossEntropyPQOp, map[string]Tensor{"p": row(1, 0), "q": row(0.01, 0.99)}, nil), 4.6, 6e-3},
		{"P = 0.9 is a perplexity of 1/0.9", first(perplexityOp, map[string]Tensor{"nll": Vector(F64, -math.Log(0.9))}, nil), 1 / 0.9, 1e-12},
		{"uniform over 4: 2 bits", first(entropyOp, map[string]Tensor{"p": row(0.25, 0.25, 0.25, 0.25)}, bits), 2, 0},
		{"[.97, .01, .01, .01]: 0.2419 bits, not 0.22", first(entropyOp, map[string]Tensor{"p": row(0.97, 0.01, 0.01, 0.01)}, bits), 0.24194, 5e-6},
		{"50 equal options: perplexity 50", first(perplexityOp, map[string]Tensor{"nll": Vector(F64, -uniform, -uniform)}, nil), 50, 1e-13},
	} {
		if math.Abs(k.got-k.want) > k.by {
			t.Errorf("%s: got %v", k.says, k.got)
		}
	}
}

// The texts' entropy and kl_divergence clip at 1e-9, as if that made them safe: a
// one-hot distribution of 50,000 tokens gets an entropy, and an impossible one a
// finite divergence.
func TestTextbookClips(t *testing.T) {
	clip := func(v float64) float64 { return min(max(v, 1e-9), 1) }
	one := make([]float64, 50000)
	one[7] = 1
	clipped := 0.0
	for _, v := range one {
		clipped -= clip(v) * math.Log(clip(v))
	}
	row := func(v ...float64) Tensor { return Of(F64, []int{1, len(v)}, v...) }
	if got := truthOf(t, entropyOp.NewCall(map[string]Tensor{"p": row(one...)}, nil)).Out[0].Get(0); got != 0 || math.Abs(clipped-0.001036) > 1e-6 {
		t.Errorf("one-hot of 50,000: entropy %v, want 0; clipped %v, known to be 0.001", got, clipped)
	}
	p, q, kl := []float64{1, 0}, []float64{0, 1}, 0.0
	for i := range p {
		kl += clip(p[i]) * math.Log(clip(p[i])/clip(q[i]))
	}
	if got := truthOf(t, klOp.NewCall(map[string]Tensor{"p": row(p...), "q": row(q...)}, nil)).Out[0].Get(0); !math.IsInf(got, 1) || math.Abs(kl-20.723) > 1e-3 {
		t.Errorf("disjoint: kl %v, want +Inf; clipped %v, known to be 20.7", got, kl)
	}
}
