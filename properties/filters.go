package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var filterLaws = []Law{
	// k = 0 that keeps nothing, k above V that reads past the end, all that tie kept.
	law("kept_counts_k", "k tokens are kept, all where k is 0 or more than there are", []string{"top_k_filter"}, nil, (*trial).keptCounts),
	// Another path for another k.
	law("kept_grows_with_k", "a larger k keeps the same tokens and more", []string{"top_k_filter"}, nil, (*trial).keptGrows),
	// min_p compared with the probability, not with a share of the largest; > for >=.
	law("share_of_the_largest", "by the kernel's own probabilities a token is kept where it has min_p of the largest or more", []string{"min_p_filter"}, nil, (*trial).shareOfLargest),
	// A threshold in logits rounded the wrong way.
	law("kept_falls_with_min_p", "a larger min_p keeps no more tokens", []string{"min_p_filter"}, nil, (*trial).keptFalls),
	// min_p = 1 that drops the best token too, min_p = 0 that drops masked ones.
	law("ends_of_min_p", "min_p = 1 keeps what equals the largest, min_p = 0 everything", []string{"min_p_filter"}, nil, (*trial).endsOfMinP),
}

func (t *trial) keptCounts() {
	v := t.c.Call.In[0].Shape[1]
	t.eachRegular(64, func(r, base, best int, x []float64) {
		k := t.c.Call.Param("k", r)
		if k == 0 || k > float64(v) {
			k = float64(v)
		}
		if got := t.first.call.Out[keptOut].Get(r); got != k {
			t.failf(t.first, keptOut, r, "%v tokens kept of %d, want %v", got, v, k)
		}
	})
	rows := t.few(3)
	if len(rows) == 0 {
		return
	}
	var at [3]*reply
	for i, k := range []float64{0, float64(v), 1 << 30} {
		c := remake(t.c.Call, rows...)
		give(c, "k", k)
		b, ok := t.again(c)
		if !ok {
			return
		}
		at[i] = b
	}
	for flat := range at[0].call.Out[0].Len() {
		t.alike(0, at[0], flat, at[1], flat, same, true, "k = V for k = 0")
		t.alike(0, at[0], flat, at[2], flat, same, true, "k above V for k = 0")
	}
}

func (t *trial) keptGrows() {
	rows := t.few(3)
	if len(rows) == 0 {
		return
	}
	v := t.c.Call.In[0].Shape[1]
	c := remake(t.c.Call, rows...)
	k := reference.NewTensor(c.Arg("k").DType, len(rows))
	if c.Arg("k").Absent() {
		return
	}
	for i, r := range rows {
		k.PutInt(i, int64(t.c.Call.Param("k", r))+1)
		if t.c.Call.Param("k", r) == 0 {
			k.PutInt(i, 0)
		}
	}
	c.In[c.Op.Input("k")] = k
	b, ok := t.again(c)
	if !ok {
		return
	}
	for i, r := range rows {
		for j := range v {
			was, got := t.first.call.Out[0].Get(r*v+j), b.call.Out[0].Get(i*v+j)
			lo, _ := b.interval(0, i*v+j)
			if was > 0 && got == 0 && lo > 0 {
				t.failf(b, 0, i*v+j, "token %d is kept with k = %v and not with %d", j, t.c.Call.Param("k", r), k.Int(i))
				return
			}
		}
		if was, got := t.first.call.Out[keptOut].Get(r), b.call.Out[keptOut].Get(i); got < was {
			t.failf(b, keptOut, i, "k = %d keeps %v, k = %v keeps %v", k.Int(i), got, t.c.Call.Param("k", r), was)
		}
	}
}

// plain runs the kernel with a parameter that turns its filter off.
func (t *trial) plain(rows []int, name string, off float64) (*reply, bool) {
	c := remake(t.c.Call, rows...)
	give(c, name, off)
	return t.again(c)
}

// shareOfLargest compares with the probabilities of min_p = 0. They carry the
// output's rounding and their own errors; what is compared inside need not.
func (t *trial) shareOfLargest() {
	rows := t.few(3)
	if len(rows) == 0 {
		return
	}
	b, ok := t.plain(rows, "min_p", 0)
	if !ok {
		return
	}
	for i, r := range rows {
		x, share := t.row(r), t.c.Call.Param("min_p", r)
		best, ok := regular(x)
		n, whole := t.keptOf(r)
		top := b.call.Out[0].Get(i*len(x) + best)
		if !ok || !whole || share == 0 || !(top > 0) {
			continue
		}
		order := ranked(x)
		for at, j := range order {
			y := b.call.Out[0].Get(i*len(x) + j)
			by := 4*(t.c.Call.DType().Unit()+t.k.Acc.Unit()*(3+t.k.ExpULP))*share + 2*b.slack(0, i*len(x)+j)/top
			by += 4 * t.k.Acc.Unit() * (math.Abs(math.Log(share)) + math.Abs(x[best])) * share // compared as logits, formed by scaling first
			if math.IsNaN(by) {
				break
			}
			if got := y / top; at < n && got < share-by || at >= n && got > share+by {
				t.failf(t.first, keptOut, r, "%d tokens kept by min_p = %v; number %d in order has %v of the largest", n, share, at+1, got)
				break
			}
		}
	}
}

func (t *trial) keptFalls() {
	rows := t.few(4)
	if len(rows) == 0 {
		return
	}
	for _, by := range []float64{0.5, 2} {
		c := remake(t.c.Call, rows...)
		s := make([]float64, len(rows))
		for i, r := range rows {
			s[i] = min(1, t.c.Call.Param("min_p", r)*by)
		}
		give(c, "min_p", s...)
		b, ok := t.again(c)
		if !ok {
			return
		}
		for i, r := range rows {
			was, got := t.first.call.Out[keptOut].Get(r), b.call.Out[keptOut].Get(i)
			if (by > 1 && got > was || by < 1 && got < was) && !b.inside(keptOut, i) {
				t.failf(b, keptOut, i, "min_p = %v keeps %v, min_p = %v keeps %v", t.c.Call.Param("min_p", r), was, s[i], got)
			}
		}
	}
}

func (t *trial) endsOfMinP() {
	rows := t.few(3)
	if len(rows) == 0 {
		return
	}
	for _, share := range []float64{0, 1} {
		b, ok := t.plain(rows, "min_p", share)
		if !ok {
			return
		}
		for i, r := range rows {
			x := t.row(r)
			best, ok := regular(x)
			if !ok {
				continue
			}
			want := float64(len(x))
			if share == 1 {
				want = 0
				for _, v := range x {
					if v == x[best] {
						want++
					}
				}
			}
			if got := b.call.Out[keptOut].Get(i); got != want && !b.inside(keptOut, i) {
				t.failf(b, keptOut, i, "min_p = %v keeps %v, want %v", share, got, want)
			}
		}
	}
}
