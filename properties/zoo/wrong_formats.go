package zoo

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// encoded writes a 16-bit softmax by another conversion of a float32's bits.
func encoded(f func(bits uint32) uint16) func(*reference.Call) error {
	return func(c *reference.Call) error {
		if _, err := c.Truth(); err != nil {
			return err
		}
		k := right.on(c)
		for r := range c.In[0].Shape[0] {
			v := c.In[0].Shape[1]
			for i, p := range k.probabilities(c.In[0].Row(r, nil), c.Param("temperature", r)) {
				c.Out[0].SetBits(r*v+i, uint64(f(math.Float32bits(float32(p)))))
			}
		}
		return nil
	}
}

var wrongFormats = []planted{
	{law: "bound", bug: "bfloat16 by truncation", op: "softmax", from: "stillwater-sc/universal#1134", rows: "BF-01", dtype: reference.BF16, run: encoded(func(b uint32) uint16 { return uint16(b >> 16) })},
	{law: "bound", bug: "NaN rounded to infinity", op: "softmax", from: "groonga/groonga#2961", rows: "BF-02", dtype: reference.BF16, run: encoded(func(b uint32) uint16 {
		if b&math.MaxInt32 > 0x7f800000 { // as a payload in the low bits comes out
			return 0x7f80
		}
		return uint16((b + 0x7fff + b>>16&1) >> 16)
	})},
	{law: "bound", bug: "bfloat16 taken for float16", op: "softmax", from: "ROCm/MISA#179", rows: "BF-03", dtype: reference.BF16, run: input("x", func(_ *reference.Call, _ int, v float64) float64 { return reference.F16.Round(v) })},
	{law: "bound", bug: "float16 logits divided before the maximum is subtracted", op: "softmax", from: "vllm-project/vllm#890", rows: "TP-17", dtype: reference.F16, run: func(c *reference.Call) error {
		if _, err := c.Truth(); err != nil {
			return err
		}
		for r := range c.In[0].Shape[0] {
			x, T := c.In[0].Row(r, nil), c.Param("temperature", r)
			if T > 0 && !math.IsInf(T, 1) {
				for i := range x {
					x[i] = reference.F16.Round(x[i] / T)
				}
				T = 1
			}
			c.Out[0].PutRow(r, right.on(c).probabilities(x, T))
		}
		return nil
	}},
	{law: "bound", bug: "a sum in float16", op: "log_softmax", from: "pytorch/pytorch#158310", rows: "LS-07", dtype: reference.F16, run: style{name: "half", level: "backward-stable", lanes: 1, slip: slip{total: reference.F16.Round}}.run},

	{law: "bound", bug: "the whole batch for a row", op: "softmax", from: "microsoft/onnxruntime#4288", rows: "SM-23", run: rowwise(func(c *reference.Call, r int, x []float64) {
		var all []float64
		for i := range c.In[0].Len() {
			all = append(all, c.In[0].Get(i))
		}
		if y := right.on(c).probabilities(all, max(c.Param("temperature", r), 0x1p-40)); len(y) > 0 && !math.IsNaN(y[0]) {
			c.Out[0].PutRow(r, y[r*len(x):][:len(x)])
		}
	})},
	{law: "bound", bug: "an axis of length one", op: "softmax", from: "microsoft/onnxruntime#15949", rows: "SM-24", run: rowsOf(func(_ *reference.Call, _ int, _, y []float64) {
		for i := range y {
			y[i] = 1 + 0*y[i]
		}
	})},
	{law: "bound", bug: "the last tile keeps the raw logits", op: "softmax", from: "tenstorrent/tt-metal#51278", rows: "SM-30", run: rowsOf(func(c *reference.Call, r int, x, y []float64) {
		if _, ok := regular(x); !ok || c.Param("temperature", r) == 0 || math.IsInf(c.Param("temperature", r), 0) {
			return
		}
		last := max(len(x)-1, 0) / 32 * 32
		for i := last; i < len(x); i++ {
			y[i] *= math.Exp(maximum(x) / c.Param("temperature", r))
		}
		rescale(y, 1/total(y))
	})},
	{law: "bound", bug: "NaN in the tail dropped", op: "softmax", from: "ohdearquant/lattice#371", rows: "SM-20", run: style{name: "tail", level: "backward-stable", lanes: 8, slip: slip{read: func(x []float64) []float64 {
		for i := tail(len(x)); i < len(x); i++ {
			if math.IsNaN(x[i]) {
				x[i] = -inf
			}
		}
		return x
	}}}.run, declares: "level=backward-stable"},
	{law: "row_alone", bug: "the sum starts from the row before", op: "softmax", from: "ggml-org/llama.cpp#26385", rows: "SM-16", run: rowsOf(func(c *reference.Call, r int, x, y []float64) {
		if r > 0 && len(x) > 0 && len(x) < 32 {
			rescale(y, 1/(1+0x1p-12))
		}
	})},
}
