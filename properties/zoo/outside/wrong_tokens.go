package outside

import "github.com/seed-210c9500/assay/reference"

var wrongTokens = []Kernel{
	{Op: "perplexity", DType: reference.F32, Run: wChecked(wMeanOfMeans),
		Bug: "the mean of the means of windows of 512 tokens, though the last counts fewer"},
	{Op: "bits_per_byte", DType: reference.F32, Run: wChecked(wBytesInt32),
		Bug: "the number of bytes is cast to a 32-bit integer: corpora of 2 GiB and more"},
	{Op: "kl_penalty", DType: reference.F32, Run: wChecked(wClippedRatio),
		Bug: "the log-ratio is clipped to [-20, 20] before the estimators"},
}

func wCounts(c *reference.Call, i int) bool {
	m := c.Arg("mask")
	return m.Absent() || m.Int(i) != 0
}

func wMeanOfMeans(c *reference.Call) error {
	const window = 512
	n := c.In[0].Len()
	var all, windows float32
	for at := 0; at < n; at += window {
		var s, counted float32
		for i := at; i < min(at+window, n); i++ {
			if wCounts(c, i) {
				s += float32(c.In[0].Get(i))
				counted++
			}
		}
		if counted > 0 {
			all += float32(s / counted)
			windows++
		}
	}
	mean := float32(all / windows)
	wStore(c.Out[0], 0, wExp(mean))
	wStore(c.Out[1], 0, mean)
	return nil
}

func wBytesInt32(c *reference.Call) error {
	var s float32
	counted := 0
	for i := range c.In[0].Len() {
		if wCounts(c, i) {
			s += float32(c.In[0].Get(i))
			counted++
		}
	}
	bytes := int32(c.Arg("bytes").Int(0))
	bits := float32(float32(s/0.6931472) / float32(bytes))
	if counted == 0 {
		bits = wNaN
	}
	wStore(c.Out[0], 0, bits)
	return nil
}

func wClippedRatio(c *reference.Call) error {
	var all, counted float32
	for i := range c.In[0].Len() {
		if !wCounts(c, i) {
			wStore(c.Out[0], i, 0)
			wStore(c.Out[2], i, 0)
			continue
		}
		r := float32(float32(c.In[1].Get(i)) - float32(c.In[0].Get(i)))
		switch { // NaN passes
		case r > 20:
			r = 20
		case r < -20:
			r = -20
		}
		v, g := -r, float32(1)
		switch c.Pick("estimator") {
		case "k1":
			if r != r {
				g = r
			}
		case "k2":
			v, g = float32(float32(r*r)/2), -r
		default:
			e := wExp(r)
			v, g = float32(float32(e-1)-r), float32(1-e)
		}
		wStore(c.Out[0], i, v)
		wStore(c.Out[2], i, g)
		all += v
		counted++
	}
	wStore(c.Out[1], 0, float32(all/counted))
	return nil
}
