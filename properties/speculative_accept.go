package properties

import (
	"math"
	"slices"
)

var speculativeLaws = []Law{
	// A rejection answered by the draft, a residual of q - p, a draw from p.
	law("draft_or_residual", "an accepted token is the draft; another has more mass in p than in q, where any token has", []string{"speculative_accept"}, nil, (*trial).draftOrResidual),
	// q/p for p/q, u > for u <.
	law("accepts_below", "a draft with p >= q is accepted for any u, any with mass for u = 0, and for half of a u for which it was", []string{"speculative_accept"}, nil, (*trial).acceptsBelow),
	// The residual drawn from p, or not normalised: what stands is no longer p.
	law("stands_as_p", "over drafts from q and a grid of uniforms what stands is distributed as p", []string{"speculative_accept"}, nil, (*trial).standsAsP),
}

func (t *trial) draftOrResidual() {
	c := t.c.Call
	for r := range c.In[0].Shape[0] {
		p, q := c.In[0].Row(r, nil), c.In[1].Row(r, nil)
		token, accepted := t.first.call.Out[0].Get(r), t.first.call.Out[1].Get(r)
		t.spoke = true
		if !(token >= 0 && token < float64(len(p))) || accepted != 0 && accepted != 1 {
			t.failf(t.first, 0, r, "token %v, accepted %v", token, accepted)
			return
		}
		if d := c.In[2].Int(r); accepted == 1 && token != float64(d) {
			t.failf(t.first, 0, r, "draft %d is accepted and token %v stands", d, token)
			return
		}
		some := false
		for j := range p {
			some = some || p[j] > q[j]
		}
		if j := int(token); accepted == 0 && some && !(p[j] > q[j]) {
			t.failf(t.first, 0, r, "rejected, and token %d stands, which has %v in p and %v in q", j, p[j], q[j])
			return
		}
	}
}

func (t *trial) acceptsBelow() {
	rows := t.few(16)
	if len(rows) == 0 {
		return
	}
	for _, at := range []string{"half", "zero", "near one"} {
		c := remake(t.c.Call, rows...)
		u := make([]float64, len(rows))
		for i := range rows {
			switch at {
			case "half":
				u[i] = c.In[3].Get(i) / 2
			case "near one":
				u[i] = 1 - 0x1p-20
			}
		}
		give(c, "u", u...)
		b, ok := t.again(c)
		if !ok {
			return
		}
		for i, r := range rows {
			v, d := c.In[0].Shape[1], int(c.In[2].Int(i))
			p, q := c.In[0].Get(i*v+d), c.In[1].Get(i*v+d)
			must := p > 0 && (at == "zero" || at == "near one" && p >= q || at == "half" && t.first.call.Out[1].Get(r) == 1)
			if must && b.call.Out[1].Get(i) != 1 && !b.inside(1, i) {
				t.failf(b, 1, i, "u = %v rejects a draft of p = %v, q = %v", u[i], p, q)
			}
		}
	}
}

// standsAsP asks, for a short row, every draft with a grid of uniforms, and the
// residual with a grid of the second ones.
func (t *trial) standsAsP() {
	const grid, fine = 32, 128
	rows := t.few(2)
	if len(rows) == 0 {
		return
	}
	r := rows[len(rows)-1]
	p, q := t.row(r), t.c.Call.In[1].Row(r, nil)
	v, total, other := len(p), 0.0, 0.0
	reject := -1
	for j := range v {
		total, other = total+p[j], other+q[j]
		if p[j] < q[j]*0.99 {
			reject = j
		}
	}
	if v > 16 || !(math.Abs(total-other) <= 1e-6*total) || total < 64*t.k.Acc.MinNormal() {
		return
	}
	n := v * grid
	c := remake(t.c.Call, slices.Repeat([]int{r}, n+fine)...)
	u, u2, draft := make([]float64, n+fine), make([]float64, n+fine), c.In[2]
	for i := range n + fine {
		u[i], u2[i] = (float64(i%grid)+0.5)/grid, 0.5
		if draft.PutInt(i, int64(i/grid)%int64(v)); i >= n {
			u[i], u2[i] = 1-0x1p-20, (float64(i-n)+0.5)/fine
			draft.PutInt(i, int64(max(reject, 0)))
		}
	}
	give(c, "u", u...)
	give(c, "u2", u2...)
	b, ok := t.again(c)
	if !ok {
		return
	}
	rejected, have := 0.0, make([]float64, v)
	for j := range v {
		accepted := 0.0
		for i := range grid {
			accepted += b.call.Out[1].Get(j*grid + i)
		}
		have[j] = q[j] / total * accepted / grid
		rejected += q[j] / total * (1 - accepted/grid)
	}
	for i := n; reject >= 0 && i < n+fine; i++ {
		if got := b.call.Out[0].Get(i); got >= 0 && got < float64(v) {
			have[int(got)] += rejected / fine
		}
	}
	for j := range v {
		by := (q[j]/total+1)/grid + 2*rejected/fine + 1e-6 + 4*float64(v)*t.k.Acc.Unit()
		if want := p[j] / total; reject >= 0 && math.Abs(have[j]-want) > by {
			t.failf(b, 0, -1, "token %d stands with %.4f, p gives it %.4f; the grids allow %.4f", j, have[j], want, by)
			return
		}
	}
}
