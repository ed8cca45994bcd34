package outside

import (
	"reflect"
	"sync"

	"github.com/seed-210c9500/assay/reference"
)

var wrongLogs = []Kernel{
	{Op: "log_softmax", DType: reference.F32, Run: wChecked(wMaximumKept),
		Bug: "the running maximum is not reset between rows: a row far below an earlier one underflows"},
	{Op: "log_softmax", DType: reference.F16, Run: wChecked(wLseInStorage),
		Bug: "logsumexp is rounded to f16 before the logits are taken from it"},
	{Op: "logsumexp", DType: reference.F32, Run: wChecked(wTermsCutOff),
		Bug: "terms more than 12 below the maximum are skipped, however many there are"},
	{Op: "logsumexp", DType: reference.F32, Contract: "sum=tree", Run: wChecked(wNoTree),
		Bug: "declares a balanced sum and adds one term after another"},
	{Op: "logsumexp", DType: reference.BF16, Run: wChecked(wLseByAddress),
		Bug: "caches the result by the buffer's address: new logits in the same buffer get the old one"},
	{Op: "token_logprobs", DType: reference.BF16, Run: wChecked(wZeroPadding),
		Bug: "lanes beyond the vocabulary, when it is no multiple of 128, load 0 and not -Inf"},
}

func wMaximumKept(c *reference.Call) error {
	m := -wInf
	for r := range c.In[0].Shape[0] {
		x, T := wLoad(c.In[0], r), wParam(c, "temperature", r)
		if wSpecialRow(c, r, x, T, true) {
			continue
		}
		for _, v := range x {
			m = max(m, v)
		}
		_, s := wTerms(x, m, T)
		ls := wLn(s)
		for j, v := range x {
			x[j] = float32(wGap(v, m, T) - ls)
		}
		wStoreRow(c.Out[0], r, x)
	}
	return nil
}

func wLseInStorage(c *reference.Call) error {
	for r := range c.In[0].Shape[0] {
		x, T := wLoad(c.In[0], r), wParam(c, "temperature", r)
		if wSpecialRow(c, r, x, T, true) {
			continue
		}
		m, _, _ := wTop(x)
		top, rest := wLse(x, m, T)
		lse := float32(reference.F16.Round(float64(float32(top + rest))))
		for j, v := range x {
			x[j] = float32(wOver(v, T) - lse)
		}
		wStoreRow(c.Out[0], r, x)
	}
	return nil
}

// wEachLse stores what f makes of every row that has a maximum.
func wEachLse(c *reference.Call, f func(r int, x []float32, m, T float32) float32) {
	for r := range c.In[0].Shape[0] {
		x := wLoad(c.In[0], r)
		m, _, ok := wTop(x)
		if !ok {
			wStore(c.Out[0], r, wLimit(x))
			continue
		}
		wStore(c.Out[0], r, f(r, x, m, wParam(c, "temperature", r)))
	}
}

func wTermsCutOff(c *reference.Call) error {
	wEachLse(c, func(_ int, x []float32, m, T float32) float32 {
		var s float32
		for _, v := range x {
			if d := wGap(v, m, T); d > -12 {
				s += wExp(d)
			}
		}
		return float32(wOver(m, T) + wLn(s))
	})
	return nil
}

func wNoTree(c *reference.Call) error {
	wEachLse(c, func(_ int, x []float32, m, T float32) float32 {
		top, rest := wLse(x, m, T)
		return float32(top + rest)
	})
	return nil
}

// wBuffer identifies a buffer of logits by where it lies.
type wBuffer struct {
	base       uintptr
	at, n, off int
	T          float32
}

var wKnownLse = struct {
	sync.Mutex
	rows map[wBuffer]float32
}{rows: map[wBuffer]float32{}}

func wLseByAddress(c *reference.Call) error {
	base := reflect.ValueOf(c.In[0].Data).Pointer()
	wKnownLse.Lock()
	defer wKnownLse.Unlock()
	if len(wKnownLse.rows) > 1<<14 {
		clear(wKnownLse.rows)
	}
	wEachLse(c, func(r int, x []float32, m, T float32) float32 {
		key := wBuffer{base, r, len(x), c.In[0].Off, T}
		lse, known := wKnownLse.rows[key]
		if !known {
			top, rest := wLse(x, m, T)
			lse = float32(top + rest)
			wKnownLse.rows[key] = lse
		}
		return lse
	})
	return nil
}

func wZeroPadding(c *reference.Call) error {
	const lanes = 128
	for r := range c.In[0].Shape[0] {
		x, T := wLoad(c.In[0], r), wParam(c, "temperature", r)
		if _, _, ok := wTop(x); !ok {
			wStore(c.Out[0], r, wNaN)
			continue
		}
		target := x[c.Arg("label").Int(r)]
		for len(x)%lanes != 0 {
			x = append(x, 0)
		}
		m, _, _ := wTop(x)
		_, rest := wLse(x, m, T)
		wStore(c.Out[0], r, float32(wGap(target, m, T)-rest))
	}
	return nil
}
