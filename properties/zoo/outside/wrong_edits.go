package outside

import "github.com/seed-210c9500/assay/reference"

var wrongEdits = []Kernel{
	{Op: "penalties", DType: reference.F32, Run: wChecked(wCountsInBytes),
		Bug: "occurrences are counted in 8 bits: a token said 256 times was never said"},
	{Op: "logit_bias", DType: reference.BF16, Run: wChecked(wBiasByBias),
		Bug: "a token listed more than once is rounded to bf16 after every bias"},
	{Op: "banned", DType: reference.F16, Run: wChecked(wSortedBans),
		Bug: "walks list and vocabulary side by side: tokens of a list that is not ascending are missed"},
}

// wListed is where row r's list lies.
func wListed(c *reference.Call, r int) (from, to int) {
	t := c.Arg("offsets")
	return int(t.Int(r)), int(t.Int(r + 1))
}

func wCountsInBytes(c *reference.Call) error {
	vocab := c.In[0].Shape[1]
	for r := range c.In[0].Shape[0] {
		x, seen := wLoad(c.In[0], r), make([]uint8, vocab)
		for at, end := wListed(c, r); at < end; at++ {
			seen[c.Arg("history").Int(at)]++
		}
		rep, freq, pres := wParam(c, "repetition", r), wParam(c, "frequency", r), wParam(c, "presence", r)
		for j, n := range seen {
			if n == 0 {
				continue
			}
			v := x[j]
			if v > 0 {
				v = float32(v / rep)
			} else {
				v = float32(v * rep)
			}
			x[j] = float32(float32(v-float32(float32(n)*freq)) - pres)
		}
		wStoreRow(c.Out[0], r, x)
	}
	return nil
}

func wBiasByBias(c *reference.Call) error {
	for r := range c.In[0].Shape[0] {
		x := wLoad(c.In[0], r)
		barred := map[int]bool{}
		for at, end := wListed(c, r); at < end; at++ {
			j, b := c.Arg("token").Int(at), float32(c.Arg("bias").Get(at))
			barred[int(j)] = barred[int(j)] || wIsInf(b, -1)
			x[j] = float32(reference.BF16.Round(float64(float32(x[j] + b))))
		}
		for j, yes := range barred {
			if yes {
				x[j] = -wInf
			}
		}
		wStoreRow(c.Out[0], r, x)
	}
	return nil
}

func wSortedBans(c *reference.Call) error {
	list := c.Arg("token")
	for r := range c.In[0].Shape[0] {
		x := wLoad(c.In[0], r)
		at, end := wListed(c, r)
		for j := range x {
			for at < end && int(list.Int(at)) < j {
				at++
			}
			if at < end && int(list.Int(at)) == j {
				x[j] = -wInf
			}
		}
		wStoreRow(c.Out[0], r, x)
	}
	return nil
}
