package zoo

import (
	"fmt"
	"sync"
	"time"

	"github.com/seed-210c9500/assay/reference"
)

// Kernels that compute right and behave wrong: in memory, between calls, beside
// each other.

// around does something about the right kernel's call.
func around(f func(c *reference.Call, run func() error) error) func(*reference.Call) error {
	return func(c *reference.Call) error { return f(c, func() error { return right.run(c) }) }
}

// behind does something once the right kernel has answered.
func behind(f func(c *reference.Call)) func(*reference.Call) error {
	return around(func(c *reference.Call, run func() error) error {
		err := run()
		if err == nil {
			f(c)
		}
		return err
	})
}

func data32(t reference.Tensor) []float32 {
	data, _ := t.Data.([]float32)
	return data
}

// scratch is memory that all calls share.
var scratch = make([]float32, 1<<17)

// shared computes from logits that lie in shared scratch meanwhile.
func shared(c *reference.Call, run func() error) error {
	x := c.In[0]
	if data32(x) == nil || x.Len() > len(scratch) {
		return run()
	}
	for i := range x.Len() {
		scratch[i] = float32(x.Get(i))
	}
	time.Sleep(time.Microsecond)
	own := x.Clone()
	for i := range own.Len() {
		own.Put(i, float64(scratch[i]))
	}
	c.In[0] = own
	defer func() { c.In[0] = x }()
	return run()
}

// cached are the answers of an earlier call with the same memory.
var cached sync.Map

func cache(c *reference.Call, run func() error) error {
	data := data32(c.In[0])
	if len(data) == 0 || c.In[0].Len() == 0 {
		return run()
	}
	key := fmt.Sprintf("%p %d %v %v", &data[0], c.In[0].Off, c.In[0].Shape, c.In[0].Stride)
	if old, ok := cached.Load(key); ok {
		for o, t := range old.([]reference.Tensor) {
			for i := range t.Len() {
				c.Out[o].SetBits(i, t.Bits(i))
			}
		}
		return nil
	}
	err := run()
	if err == nil {
		var kept []reference.Tensor
		for _, t := range c.Out {
			kept = append(kept, t.Clone())
		}
		cached.Store(key, kept)
	}
	return err
}

// contiguous reads rows as if no gap lay between them, from the start of memory
// where off is false.
func contiguous(name string, off bool) func(*reference.Call) error {
	return around(func(c *reference.Call, run func() error) error {
		i := c.Op.Input(name)
		t := c.In[i]
		read := t
		if !off {
			read.Off = 0
		}
		if len(t.Shape) == 2 && len(read.Stride) == 2 {
			read.Stride = []int{t.Shape[1], 1}
		}
		c.In[i] = read.Clone()
		defer func() { c.In[i] = t }()
		return run()
	})
}

var conduct = []planted{
	{law: "red-zone", bug: "writes one element past the end", op: "softmax", from: "ggml-org/llama.cpp#10301", rows: "SM-31", run: behind(func(c *reference.Call) {
		if y := c.Out[0]; y.Len() > 0 {
			if end := y.Offset(y.Len()-1) + 1; end < len(data32(y)) {
				data32(y)[end] = 0
			}
		}
	})},
	{law: "red-zone", bug: "rows packed whatever the stride", op: "softmax", run: behind(func(c *reference.Call) {
		if y := c.Out[0]; len(data32(y)) > 0 && y.Len() > 0 && y.Shape[0] > 1 && y.Stride[0] > y.Shape[1] {
			data32(y)[y.Off+y.Shape[1]] = 0
		}
	})},
	{law: "layout", bug: "the input's row stride ignored", op: "softmax", from: "ml-explore/mlx#657", rows: "SM-11,SM-12", run: contiguous("x", true)},
	{law: "layout", bug: "labels read from the start of memory", op: "cross_entropy", from: "pytorch/pytorch#67167", rows: "CE-12", run: contiguous("label", false)},
	{law: "red-zone", bug: "values packed whatever the stride", op: "top_k", from: "pytorch/pytorch#62940", rows: "AM-09", run: behind(func(c *reference.Call) {
		y := c.Out[1]
		if data := data32(y); len(data) > 0 && len(y.Shape) == 2 && y.Shape[0] > 1 && y.Stride[0] > y.Shape[1] {
			for i := range y.Len() {
				data[y.Off+i] = float32(y.Get(i))
			}
		}
	})},
	{law: "input-unchanged", bug: "leaves the exponentials in its input", rows: "M24", op: "softmax", run: behind(func(c *reference.Call) {
		if x := c.In[0]; len(data32(x)) > 0 && x.Len() > 0 {
			data32(x)[x.Off]++
		}
	})},
	{law: "repeat", bug: "answers by the address of its input", op: "softmax", run: around(cache)},
	{law: "concurrent", bug: "one scratch for all calls", op: "softmax", from: "flashinfer-ai/flashinfer#4692", rows: "SM-34", run: around(shared)},
	{law: "concurrent", bug: "one generator for all calls", op: "sample_logits", from: "pytorch/pytorch#3794", rows: "MN-15", run: around(shared)},
	{law: "bound", bug: "reads the row as it is written", op: "log_softmax", run: around(func(c *reference.Call, run func() error) error {
		inPlace := len(data32(c.In[0])) > 0 && len(data32(c.Out[0])) > 0 && &data32(c.In[0])[0] == &data32(c.Out[0])[0]
		err := run()
		if n := c.In[0].Len(); err == nil && inPlace && n > 1 {
			c.Out[0].Put(n-1, c.Out[0].Get(n-1)+c.Out[0].Get(0))
		}
		return err
	})},
}
