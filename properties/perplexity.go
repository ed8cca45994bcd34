package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var onTexts = []string{"perplexity", "bits_per_token", "bits_per_byte"}

var tokenLaws = []Law{
	// NaN times a mask of 0; the mean over all tokens; a sentinel added in.
	law("uncounted_tokens", "tokens masked out, whatever they hold, change nothing", onTokens, nil, (*trial).uncounted),
	// exp(mean log p), base 2, ln V of the padded vocabulary.
	law("uniform_model", "a model without a clue has the perplexity V, and log2 V bits a token", onTexts, nil, (*trial).uniformModel),
	// A mean of means over unequal windows, the last one's length for all.
	law("pieces_add_up", "two pieces of a text, by their counted tokens, give the whole", onTexts, nil, (*trial).pieces),
	// exp of the sum, or of the mean in bits.
	law("perplexity_of_mean", "the perplexity is exp of the mean it is returned with", []string{"perplexity"}, nil, (*trial).ofMean),
	// A running state that a text's length changes.
	law("text_twice", "a text twice over has the same mean", onTexts, nil, (*trial).textTwice),
}

// isCounted says that token i counts.
func isCounted(c *reference.Call, i int) bool {
	mask := c.Arg("mask")
	return mask.Absent() || mask.Int(i) != 0
}

func countedOf(c *reference.Call) (n float64) {
	for i := range c.In[0].Len() {
		if isCounted(c, i) {
			n++
		}
	}
	return n
}

// uncounted puts a masked token after every token.
func (t *trial) uncounted() {
	n := t.c.Call.In[0].Len()
	if n == 0 || n > 1<<12 {
		return
	}
	var twice []int
	for i := range n {
		twice = append(twice, i, i)
	}
	c := remake(t.c.Call, twice...)
	mask := reference.NewTensor(reference.I64, 2*n)
	for i, at := range twice {
		if i%2 == 0 && isCounted(t.c.Call, at) {
			mask.PutInt(i, 1)
		} else if i%2 == 1 {
			for _, name := range []string{"nll", "lp", "lq"} {
				if a := c.Arg(name); !a.Absent() {
					a.Put(i, []float64{nan, 1, inf}[at%3])
				}
			}
		}
	}
	b, ok := t.again(with(c, "mask", mask))
	if !ok {
		return
	}
	for o, out := range b.call.Out {
		if out.Absent() || t.first.call.Out[o].Absent() {
			continue
		}
		if len(out.Shape) == 0 {
			t.alike(o, t.first, 0, b, 0, same, false, "masked tokens between")
			continue
		}
		for i, at := range twice {
			if i%2 == 0 {
				t.alike(o, t.first, at, b, i, same, true, "masked tokens between")
			} else if out.Get(i) != 0 {
				t.failf(b, o, i, "a masked token has %v", out.Get(i))
			}
		}
	}
}

func (t *trial) uniformModel() {
	c := t.c.Call
	n := c.In[0].Len()
	if n == 0 || n > 1<<13 || countedOf(c) == 0 {
		return
	}
	const vocab = 50257
	of := c.DType().Round(math.Log(vocab))
	changed := with(c, "nll", reference.Vector(c.DType(), fill(n, of)...))
	want := of / math.Ln2
	switch c.Op.Name {
	case "perplexity":
		want = math.Exp(of)
	case "bits_per_byte":
		want *= countedOf(c) / float64(c.Arg("bytes").Int(0))
	}
	if b, ok := t.again(changed); ok {
		t.expect(b, 0, 0, want, 0x1p-48*want, "a uniform model")
	}
}

// pieces compares sums: bits a token and the mean weigh by their tokens, bits a
// byte of the same text add up.
func (t *trial) pieces() {
	c := t.c.Call
	n := c.In[0].Len()
	if n < 2 || n > 1<<12 || math.IsInf(t.first.truth().Out[0].Get(0), 0) || math.IsNaN(t.first.truth().Out[0].Get(0)) {
		return
	}
	out := 0
	if c.Op.Name == "perplexity" {
		if out = 1; t.first.call.Out[1].Absent() {
			return
		}
	}
	all := countedOf(c)
	want, by := 0.0, 0.0
	for _, part := range [][2]int{{0, n / 3}, {n / 3, n}} {
		var rows []int
		for i := part[0]; i < part[1]; i++ {
			rows = append(rows, i)
		}
		piece := remake(c, rows...)
		weight := countedOf(piece) / all
		if weight == 0 {
			continue
		}
		if c.Op.Name == "bits_per_byte" {
			weight = 1
		}
		b, ok := t.again(piece)
		if !ok {
			return
		}
		want += weight * b.call.Out[out].Get(0)
		by += weight * b.slack(out, 0)
	}
	t.expect(t.first, out, 0, want, by+0x1p-48*math.Abs(want), "two pieces")
}

func (t *trial) ofMean() {
	if a := t.first; !a.call.Out[1].Absent() {
		mean := a.call.Out[1].Get(0)
		want := math.Exp(mean)
		t.expect(a, 0, 0, want, want*(math.Expm1(a.slack(1, 0))+0x1p-50*(1+math.Abs(mean))), "exp of the mean")
	}
}

func (t *trial) textTwice() {
	n := t.c.Call.In[0].Len()
	if n == 0 || n > 1<<12 {
		return
	}
	var twice []int
	for i := range 2 * n {
		twice = append(twice, i%n)
	}
	c := remake(t.c.Call, twice...)
	if a := c.Arg("bytes"); !a.Absent() {
		a.PutInt(0, 2*a.Int(0))
	}
	b, ok := t.again(c)
	if !ok {
		return
	}
	for o := range b.call.Out {
		if !b.call.Out[o].Absent() && !t.first.call.Out[o].Absent() {
			t.alike(o, t.first, 0, b, 0, same, false, "the text twice")
		}
	}
}
