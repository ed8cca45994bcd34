package outside

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var rightAttention = []Kernel{
	{Op: "attention_softmax", DType: reference.F16, Run: rAttentionSoftmax,
		How: "scores capped and biased in float32, tanh by series or expm1"},
	{Op: "attention", DType: reference.F32, Run: func(c *reference.Call) error { return rFlash(c, 16, false) },
		How: "one pass over tiles of 16 keys with running maximum, sum and output"},
	{Op: "attention", DType: reference.BF16, Contract: "acc=bf16", Run: func(c *reference.Call) error { return rFlash(c, 8, true) },
		How: "tiles of 8 keys, weights rounded to bf16 before they meet the values, float32 accumulators"},
}

// rMask is what scores are made with.
type rMask struct {
	c              *reference.Call
	keys           int
	lengths, bias  reference.Tensor
	scale, softcap float32
}

func rMaskOf(c *reference.Call, i, keys int, scale float64) rMask {
	m := rMask{c: c, keys: keys, lengths: c.Arg("lengths"), bias: c.Arg("bias")}
	if t := c.Arg("scale"); !t.Absent() {
		scale = t.At(i)
	}
	m.scale, m.softcap = float32(scale), float32(c.Param("softcap", i))
	return m
}

// seen is how many keys row i sees.
func (m *rMask) seen(i int) int {
	n := int64(m.keys)
	if !m.lengths.Absent() {
		n = min(n, m.lengths.Int(i))
	}
	if m.c.Pick("mask") == "causal" {
		offset := int64(0)
		if t := m.c.Arg("offset"); !t.Absent() {
			offset = t.Int(0)
		}
		if offset < n {
			n = min(n, int64(i)+1+offset)
		}
	}
	return int(max(n, 0))
}

// score is row i's score of key j, raw being the product of query and key; hidden
// says that a bias hides it.
func (m *rMask) score(i, j int, raw func() float64) (z float64, hidden bool) {
	b := float32(0)
	if !m.bias.Absent() {
		if b = float32(m.bias.Get(i*m.keys + j)); b == -rInf {
			return 0, true
		}
	}
	s := raw()
	v := float32(m.scale * float32(s))
	if m.softcap > 0 {
		if a := rAbs(v) / m.softcap; !(a < 0x1p-13) { // below, the cap changes no digit
			v = float32(math.Copysign(float64(float32(m.softcap*rTanh(a))), float64(v)))
		}
	}
	if w := v + b; !rBad(w) || m.softcap > 0 {
		return float64(w), false
	}
	return float64(m.scale)*s + float64(b), false // beyond float32, or not a number after all
}

// rNoWeights reads a row of scores: their maximum, and whether all is decided by
// what they hold: weights of NaN, or none at all.
func rNoWeights(z []float64) (m float64, kind int) {
	m, kind = math.Inf(-1), rMasked
	for _, v := range z {
		switch {
		case math.IsNaN(v):
			return v, rUndefined
		case v > m:
			m, kind = v, rRegular
		}
	}
	if math.IsInf(m, 1) {
		kind = rInfinite
	}
	return m, kind
}

func rAttentionSoftmax(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	n := c.In[0].Shape[1]
	for i := range c.In[0].Shape[0] {
		mask, z := rMaskOf(c, i, n, 1), make([]float64, n)
		seen := mask.seen(i)
		for j := range z {
			hidden := j >= seen
			if !hidden {
				z[j], hidden = mask.score(i, j, func() float64 { return c.In[0].Get(i*n + j) })
			}
			if hidden {
				z[j] = math.Inf(-1)
			}
		}
		m, kind := rNoWeights(z)
		y := make([]float32, n)
		for j, v := range z {
			switch kind {
			case rRegular:
				y[j] = rExpCody(float32(v - m))
			case rInfinite, rUndefined:
				y[j] = rNaN
			}
		}
		if kind == rRegular {
			S := rSumLanes(y, 8)
			for j, e := range y {
				y[j] = e / S
			}
		}
		rStore(c.Out[0], i, y)
	}
	return nil
}

// rDot is the product of two rows with four accumulators; one that leaves the
// range of float32 is formed in float64.
func rDot(q, k []float32) float64 {
	var a [4]float32
	for n := range q {
		a[n&3] += float32(q[n] * k[n])
	}
	s := (a[0] + a[1]) + (a[2] + a[3])
	if !rBad(s) {
		return float64(s)
	}
	var wide float64
	for n := range q {
		wide += float64(q[n]) * float64(k[n])
	}
	return wide
}

func rFlash(c *reference.Call, tile int, narrow bool) error {
	if err := c.Check(); err != nil {
		return err
	}
	keys, dk, dv := c.In[1].Shape[0], c.In[1].Shape[1], c.In[2].Shape[1]
	K, V := make([][]float32, keys), make([][]float32, keys)
	for j := range K {
		K[j], V[j] = rRow(c.In[1], j), rRow(c.In[2], j)
	}
	for i := range c.In[0].Shape[0] {
		q, mask := rRow(c.In[0], i), rMaskOf(c, i, keys, 1/math.Sqrt(float64(dk)))
		o, l, m := make([]float32, dv), float32(0), math.Inf(-1)
		bad, seen := rRegular, mask.seen(i)
		for lo := 0; lo < seen; lo += tile {
			var z []float64
			var at []int
			for j := lo; j < min(lo+tile, seen); j++ {
				if v, hidden := mask.score(i, j, func() float64 { return rDot(q, K[j]) }); !hidden {
					z, at = append(z, v), append(at, j)
				}
			}
			top, kind := rNoWeights(z)
			if kind > bad && kind != rMasked {
				bad = kind
			}
			if bad != rRegular || kind == rMasked {
				continue
			}
			if top > m {
				shrink := rExpCody(float32(m - top))
				l = float32(l * shrink)
				for n := range o {
					o[n] = float32(o[n] * shrink)
				}
				m = top
			}
			for n, j := range at {
				p := rExpCody(float32(z[n] - m))
				l += p
				if narrow {
					p = rBF16(p)
				}
				for d := range o {
					o[d] += rTimes(p, V[j][d])
				}
			}
		}
		lse := float32(m + float64(rLn(l)))
		switch bad {
		case rInfinite:
			lse = rInf
		case rUndefined:
			lse = rNaN
		}
		if l == 0 && bad == rRegular {
			lse = -rInf
		}
		for d, v := range o {
			switch {
			case bad != rRegular:
				o[d] = rNaN
			case l > 0:
				o[d] = v / l
			}
		}
		rStore(c.Out[0], i, o)
		rSet(c.Out[1], i, lse)
	}
	return nil
}
