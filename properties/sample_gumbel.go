package properties

import "math"

var sampleGumbelLaws = []Law{
	// ln u for -ln(-ln u), the smallest key for the largest.
	law("gumbel_of_equals", "of equal logits the one with the largest uniform is drawn", []string{"sample_gumbel"}, nil, (*trial).gumbelOfEquals),
	// u = 0 clamped to a small number, which an ordinary draw can be.
	law("gumbel_zero_loses", "a token with u = 0 is not drawn while another has mass and u > 0", []string{"sample_gumbel"}, nil, (*trial).gumbelZero),
	// Noise that is not monotone, logits that are not added to it.
	law("gumbel_winner_stays", "the token drawn is drawn still when its uniform grows, or its logit", []string{"sample_gumbel"}, nil, (*trial).gumbelWinner),
}

func (t *trial) gumbelOfEquals() {
	rows := t.few(3)
	if len(rows) == 0 {
		return
	}
	c := remake(t.c.Call, rows...)
	v := c.In[0].Shape[1]
	for i := range c.In[0].Len() {
		if !math.IsInf(c.In[0].Get(i), -1) {
			c.In[0].Put(i, -2)
		}
		c.In[1].Put(i, float64((i%v*7+3)%(v+2)+1)/float64(v+4))
	}
	b, ok := t.again(c)
	if !ok {
		return
	}
	for i := range rows {
		if got := b.call.Out[0].Get(i); !b.inside(0, i) {
			t.failf(b, 0, i, "token %v drawn, whose uniform is not the largest, among equal logits", got)
		}
	}
}

// drawnTokens are the tokens the kernel drew, where they are tokens.
func (t *trial) drawnTokens(rows []int) (token []int, ok bool) {
	for _, r := range rows {
		got := t.first.call.Out[0].Get(r)
		if !(got >= 0 && got < float64(t.c.Call.In[0].Shape[1])) {
			return nil, false
		}
		token = append(token, int(got))
	}
	return token, len(rows) > 0
}

func (t *trial) gumbelZero() {
	rows := t.few(3)
	token, ok := t.drawnTokens(rows)
	if !ok {
		return
	}
	c := remake(t.c.Call, rows...)
	v := c.In[0].Shape[1]
	for i, j := range token {
		c.In[1].Put(i*v+j, 0)
	}
	b, ok := t.again(c)
	if !ok {
		return
	}
	for i, j := range token {
		others := false
		for n := range v {
			others = others || n != j && !math.IsInf(c.In[0].Get(i*v+n), -1) && c.In[1].Get(i*v+n) > 0x1p-60
		}
		if got := b.call.Out[0].Get(i); others && got == float64(j) {
			t.failf(b, 0, i, "token %d has u = 0 and is drawn, while others have mass and uniforms", j)
		}
	}
}

func (t *trial) gumbelWinner() {
	rows := t.few(3)
	token, ok := t.drawnTokens(rows)
	if !ok {
		return
	}
	for _, logit := range []bool{false, true} {
		c := remake(t.c.Call, rows...)
		v := c.In[0].Shape[1]
		for i, j := range token {
			at := i*v + j
			if x := c.In[0].Get(at); logit && x+4 != x && c.DType().Round(x+4) > x+2 && x+4 < c.DType().Max() {
				c.In[0].Put(at, x+4)
			} else if u := c.In[1].Get(at); !logit && u < 1-0x1p-10 {
				c.In[1].Put(at, (1+u)/2)
			}
		}
		b, ok := t.again(c)
		if !ok {
			return
		}
		for i, j := range token {
			if got := b.call.Out[0].Get(i); got != float64(j) && !b.inside(0, i) {
				t.failf(b, 0, i, "token %d was drawn; with a larger uniform or logit token %v is", j, got)
			}
		}
	}
}
