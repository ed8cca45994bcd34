package outside

import (
	"sync/atomic"

	"github.com/seed-210c9500/assay/reference"
)

// wFinite says that a row has neither NaN nor an infinity.
func wFinite(x []float32) bool {
	for _, v := range x {
		if v != v || wIsInf(v, 0) {
			return false
		}
	}
	return true
}

// wDivided is y*d/T; a product that would underflow is divided first.
func wDivided(y, d, T float32) float32 {
	if p := float32(y * d); p > 1e-30 || p < -1e-30 {
		return float32(p / T)
	}
	return float32(y * float32(d/T))
}

func wBackwardScratch(c *reference.Call) error {
	y, dy, dx := c.In[0], c.In[1], c.Out[0]
	rows, vocab := y.Shape[0], y.Shape[1]
	for r := range rows {
		T := wParam(c, "temperature", r)
		if !wFinite(wLoad(y, r)) || !wFinite(wLoad(dy, r)) {
			nan := make([]float32, vocab)
			wFill(nan, wNaN)
			wStoreRow(dx, r, nan)
			continue
		}
		up := wLoad(dy, r) // in registers
		var s float32
		for j := range vocab {
			f := r*vocab + j
			dx.Put(f, float64(float32(float32(y.Get(f))*up[j])))
			s += float32(dx.Get(f))
		}
		for j := range vocab {
			f := r*vocab + j
			dx.Put(f, float64(wDivided(float32(y.Get(f)), float32(up[j]-s), T)))
		}
	}
	return nil
}

// wWorkspace is allocated once and grown. Nothing keeps two calls from having it
// at the same time.
var wWorkspace atomic.Pointer[[]float32]

func wBackwardShared(c *reference.Call) error {
	y, dy := c.In[0], c.In[1]
	rows, vocab := y.Shape[0], y.Shape[1]
	p := wWorkspace.Load()
	if p == nil || len(*p) < rows*vocab {
		grown := make([]float32, rows*vocab)
		p = &grown
		wWorkspace.Store(p)
	}
	products := (*p)[:rows*vocab]
	for r := range rows {
		up := wLoad(dy, r)
		for j, v := range wLoad(y, r) {
			products[r*vocab+j] = float32(v * up[j])
		}
	}
	for r := range rows {
		v, up, T := wLoad(y, r), wLoad(dy, r), wParam(c, "temperature", r)
		if !wFinite(v) || !wFinite(up) {
			wFill(v, wNaN)
			wStoreRow(c.Out[0], r, v)
			continue
		}
		var s float32
		for j := range v {
			s += products[r*vocab+j]
		}
		for j := range v {
			v[j] = wDivided(v[j], float32(up[j]-s), T)
		}
		wStoreRow(c.Out[0], r, v)
	}
	return nil
}
