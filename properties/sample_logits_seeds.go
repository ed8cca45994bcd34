package properties

import (
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// seeded is the case's first row, once for each key; nil for a long one, whose
// steps are so close that a sum in another order may draw the next token.
func (t *trial) seeded(keys [][3]uint64) *reference.Call {
	for _, r := range t.few(4) {
		x := t.row(r)
		if _, ok := regular(x); !ok || len(x) > 1<<8 {
			continue
		}
		c := remake(t.c.Call, slices.Repeat([]int{r}, len(keys))...)
		keyed(c, keys)
		return c
	}
	return nil
}

func (t *trial) seedDecides() {
	keys := [][3]uint64{{11, 0, 0}, {12, 3, 1}, {11, 1 << 40, 7}, {1 << 63, 0, 2}, {0, 0, 0}}
	c := t.seeded(keys)
	if c == nil {
		return
	}
	b, ok := t.again(c)
	if !ok {
		return
	}
	for _, order := range [][]int{{4, 3, 2, 1, 0}, {2}, {0, 0, 1, 1, 3, 3, 3}} {
		moved := make([][3]uint64, len(order))
		for i, r := range order {
			moved[i] = keys[r]
		}
		c := t.seeded(moved)
		again, ok := t.again(c)
		if !ok {
			return
		}
		for i, r := range order {
			was, got := b.call.Out[0].Get(r), again.call.Out[0].Get(i)
			if was != got {
				t.failf(again, 0, i, "(seed, request, step) = %v drew %v in a batch of %d, %v in one of %d", keys[r], was, len(keys), got, len(order))
			}
		}
	}
}

// streamsDiffer draws 48 tokens from 16 equal logits, twice, with one of the
// three words changed: a right kernel repeats itself with a chance of 2^-192.
func (t *trial) streamsDiffer() {
	rows := t.few(1)
	if len(rows) == 0 || t.row(rows[0]) == nil {
		return
	}
	const n = 48
	flat := Matrix(t.c.Call.DType(), n, 16, func(_, _ int) float64 { return 1 })
	draw := func(word int, other uint64) (*reply, bool) {
		keys := make([][3]uint64, n)
		for i := range keys {
			keys[i] = [3]uint64{21, 4, uint64(i)}
			if word == 2 {
				keys[i] = [3]uint64{21, uint64(i), 4}
			}
			keys[i][word] += other
		}
		c := t.c.Call.Op.NewCall(map[string]reference.Tensor{t.c.Call.Op.In[0].Name: flat}, nil)
		keyed(c, keys)
		return t.again(c)
	}
	for word, name := range []string{"seed", "request", "step"} {
		for _, other := range []uint64{1, 1 << 20, 1 << 32} {
			if word == 2 && other > 1<<31 {
				continue
			}
			a, ok := draw(word, 0)
			if !ok {
				return
			}
			b, ok := draw(word, other)
			if !ok {
				return
			}
			equal, constant := true, true
			for i := range n {
				equal = equal && a.call.Out[0].Get(i) == b.call.Out[0].Get(i)
				constant = constant && a.call.Out[0].Get(i) == a.call.Out[0].Get(0)
			}
			switch {
			case constant:
				t.failf(a, 0, 0, "%d draws from 16 equal tokens, each of another step or request, are all one token", n)
			case equal:
				t.failf(b, 0, 0, "%d draws are the same when the %s grows by %d", n, name, other)
			}
		}
	}
}

func (t *trial) seedIsPhilox() {
	if t.k.Bits == "" {
		return
	}
	keys := [][3]uint64{{3, 9, 1}, {1<<40 + 3, 9, 1}, {3, 1<<40 + 9, 1}, {3, 9, 1<<31 + 1}, {0, 0, 0}}
	c := t.seeded(keys)
	if c == nil {
		return
	}
	a, ok := t.again(c)
	if !ok {
		return
	}
	u := make([]float64, len(keys))
	for i, k := range keys {
		u[i] = reference.PhiloxUniform(k[0], k[1], uint32(k[2]))
	}
	c = t.seeded(keys)
	t.inject(c, u...)
	if b, ok := t.again(c); ok {
		for i, k := range keys {
			if was, got := a.call.Out[0].Get(i), b.call.Out[0].Get(i); was != got {
				t.failf(a, 0, i, "(seed, request, step) = %v draws %v; Philox's uniform %v, injected, draws %v", k, was, u[i], got)
			}
		}
	}
}
