package outside

import (
	"math"
	"sync"

	"github.com/seed-210c9500/assay/reference"
)

var wrongSoftmax = []Kernel{
	{Op: "softmax", DType: reference.F32, Run: wChecked(wTailNotRescaled),
		Bug: "online softmax: a new maximum in the partial last block of 1,024 does not rescale the sum"},
	{Op: "softmax", DType: reference.BF16, Run: wChecked(wTermsInStorage),
		Bug: "exponentials are rounded to bf16 before they are summed"},
	{Op: "softmax", DType: reference.F64, Run: wChecked(wSingleExp),
		Bug: "float64 kernel that calls the float32 exponential"},
	{Op: "softmax", DType: reference.F32, Run: wChecked(wCapturedTemperature), Source: "own; CUDA graphs freeze scalar kernel arguments",
		Bug: "after three calls of a shape the captured graph replays the third call's temperature"},
	{Op: "softmax_backward", DType: reference.F32, Run: wChecked(wBackwardScratch),
		Bug: "dx is the scratch of the products, so y is gone when dx is y"},
	{Op: "softmax_backward", DType: reference.F32, Run: wChecked(wBackwardShared),
		Bug: "products go through one buffer shared by all concurrent calls"},
}

// wTailNotRescaled keeps a running maximum and sum over blocks.
func wTailNotRescaled(c *reference.Call) error {
	const block = 1024
	for r := range c.In[0].Shape[0] {
		x, T := wLoad(c.In[0], r), wParam(c, "temperature", r)
		if wSpecialRow(c, r, x, T, false) {
			continue
		}
		m, s := -wInf, float32(0)
		at := 0
		for ; at+block <= len(x); at += block {
			if top, _, _ := wTop(x[at : at+block]); top > m {
				s = float32(s * wExp(wGap(m, top, T)))
				m = top
			}
			s = wAddTerms(s, x[at:at+block], m, T)
		}
		if at < len(x) { // the remainder loop
			top, _, _ := wTop(x[at:])
			m = max(m, top)
			s = wAddTerms(s, x[at:], m, T)
		}
		for j, v := range x {
			x[j] = float32(wExp(wGap(v, m, T)) / s)
		}
		wStoreRow(c.Out[0], r, x)
	}
	return nil
}

func wAddTerms(s float32, x []float32, m, T float32) float32 {
	for _, v := range x {
		if !wIsInf(v, -1) {
			s += wExp(wGap(v, m, T))
		}
	}
	return s
}

func wTermsInStorage(c *reference.Call) error {
	for r := range c.In[0].Shape[0] {
		x, T := wLoad(c.In[0], r), wParam(c, "temperature", r)
		if wSpecialRow(c, r, x, T, false) {
			continue
		}
		m, _, _ := wTop(x)
		t, _ := wTerms(x, m, T)
		var s float32
		for _, v := range t {
			s += float32(reference.BF16.Round(float64(v)))
		}
		for j := range t {
			t[j] = float32(t[j] / s)
		}
		wStoreRow(c.Out[0], r, t)
	}
	return nil
}

func wSingleExp(c *reference.Call) error {
	for r := range c.In[0].Shape[0] {
		x, T := c.In[0].Row(r, nil), c.Param("temperature", r)
		m, at, ok := math.Inf(-1), 0, true
		for j, v := range x {
			ok = ok && !math.IsNaN(v) && !math.IsInf(v, 1)
			if v > m {
				m, at = v, j
			}
		}
		y, s := make([]float64, len(x)), 0.0
		for j, v := range x {
			d := v - m
			if d != 0 && !math.IsInf(d, -1) {
				d /= T
			}
			y[j] = float64(wExp(float32(d)))
			s += y[j]
		}
		for j := range y {
			switch {
			case !ok || math.IsInf(m, -1):
				y[j] = math.NaN()
			case T == 0 && j == at:
				y[j] = 1
			case T == 0:
				y[j] = 0
			default:
				y[j] /= s
			}
		}
		c.Out[0].PutRow(r, y)
	}
	return nil
}

// wGraphs are the graphs captured so far, by shape.
var wGraphs = struct {
	sync.Mutex
	calls map[[2]int]int
	T     map[[2]int][]float32
}{calls: map[[2]int]int{}, T: map[[2]int][]float32{}}

func wCapturedTemperature(c *reference.Call) error {
	const warmup = 3
	shape := [2]int{c.In[0].Shape[0], c.In[0].Shape[1]}
	T := make([]float32, shape[0])
	for r := range T {
		T[r] = wParam(c, "temperature", r)
	}
	wGraphs.Lock()
	if wGraphs.calls[shape]++; wGraphs.calls[shape] == warmup {
		wGraphs.T[shape] = T
	} else if wGraphs.calls[shape] > warmup {
		T = wGraphs.T[shape]
	}
	wGraphs.Unlock()
	for r := range shape[0] {
		wStoreRow(c.Out[0], r, wSoftmax(wLoad(c.In[0], r), T[r]))
	}
	return nil
}
