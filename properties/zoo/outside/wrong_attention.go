package outside

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var wrongAttention = []Kernel{
	{Op: "attention_softmax", DType: reference.F32, Run: wChecked(wFiniteMask),
		Bug: "a bias of -Inf becomes the lowest finite number: rows with every key so hidden come out uniform"},
	{Op: "attention", DType: reference.F32, Run: wChecked(wHiddenBlock), Source: "own; the like in flashinfer-ai/flashinfer pull request 4401",
		Bug: "online softmax over 64 keys: leading blocks all hidden by the bias make -Inf minus -Inf, NaN"},
}

// wSeen is how many of n keys row i sees.
func wSeen(c *reference.Call, i, n int) int {
	seen := int64(n)
	if t := c.Arg("lengths"); !t.Absent() {
		seen = min(seen, t.Int(i))
	}
	if c.Pick("mask") == "causal" {
		offset := int64(0)
		if t := c.Arg("offset"); !t.Absent() {
			offset = t.Int(0)
		}
		if offset < seen {
			seen = min(seen, int64(i)+1+offset)
		}
	}
	return int(max(seen, 0))
}

// wScore is c*tanh(scale*s/c), or scale*s where there is no cap.
func wScore(c *reference.Call, i int, scale, s float32) float32 {
	v := float32(scale * s)
	if most := wParam(c, "softcap", i); most > 0 {
		v = float32(most * float32(math.Tanh(float64(float32(v/most)))))
	}
	return v
}

func wFiniteMask(c *reference.Call) error {
	x, bias := c.In[0], c.Arg("bias")
	rows, keys := x.Shape[0], x.Shape[1]
	for i := range rows {
		s, y := wLoad(x, i), make([]float32, keys)
		seen := wSeen(c, i, keys)
		z := s[:seen]
		for j := range z {
			z[j] = wScore(c, i, wParam(c, "scale", i), z[j])
			if !bias.Absent() {
				z[j] += float32(math.Max(bias.Get(i*keys+j), -math.MaxFloat32))
			}
		}
		m, _, ok := wTop(z)
		switch {
		case ok:
			copy(y, wSoftmax(z, 1))
		case seen > 0 && !wIsInf(m, -1) || wLimit(z) != wLimit(z):
			wFill(y, wNaN)
		}
		wStoreRow(c.Out[0], i, y)
	}
	return nil
}

// wDot is the raw score of query i with key j.
func wDot(q, k []float32) (s float32) {
	for n := range q {
		s += float32(q[n] * k[n])
	}
	return s
}

// wHiddenBlock keeps maximum m, mass l and the weighted values o of the keys so
// far.
func wHiddenBlock(c *reference.Call) error {
	const block = 64
	V, bias := c.In[2], c.Arg("bias")
	keys, width := V.Shape[0], V.Shape[1]
	for i := range c.In[0].Shape[0] {
		q := wLoad(c.In[0], i)
		scale := float32(1 / math.Sqrt(float64(len(q))))
		if !c.Arg("scale").Absent() {
			scale = wParam(c, "scale", i)
		}
		m, l, o := -wInf, float32(0), make([]float32, width)
		seen := wSeen(c, i, keys)
		bad, limit := false, -wInf
		for from := 0; from < seen; from += block {
			z := make([]float32, min(block, seen-from))
			for j := range z {
				if !bias.Absent() {
					if z[j] = float32(bias.Get(i*keys + from + j)); wIsInf(z[j], -1) {
						continue
					}
				}
				z[j] += wScore(c, i, scale, wDot(q, wLoad(c.In[1], from+j)))
				if z[j] != z[j] || wIsInf(z[j], 1) {
					bad = true
					limit = z[j] + max(limit, 0)
				}
			}
			top := m
			for _, v := range z {
				top = max(top, v)
			}
			shrink := wExp(float32(m - top))
			l = float32(l * shrink)
			for n := range o {
				o[n] = float32(o[n] * shrink)
			}
			for j, v := range z {
				p := wExp(float32(v - top))
				l += p
				if p == 0 {
					continue
				}
				for n, w := range wLoad(V, from+j) {
					o[n] += float32(p * w)
				}
			}
			m = top
		}
		lse := float32(m + wLn(l))
		switch {
		case bad:
			wFill(o, wNaN)
			lse = limit
		case wIsInf(m, -1): // no key at all
			clear(o)
			lse = -wInf
		default:
			for n := range o {
				o[n] = float32(o[n] / l)
			}
		}
		wStoreRow(c.Out[0], i, o)
		wStore(c.Out[1], i, lse)
	}
	return nil
}
