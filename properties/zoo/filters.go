package zoo

import "github.com/seed-210c9500/assay/reference"

// keepFirst writes a softmax over the first n of a row by rank.
func (k working) keepFirst(c *reference.Call, r, n int) {
	x := c.In[0].Row(r, nil)
	c.Out[1].PutInt(r, int64(n))
	c.Out[0].PutRow(r, k.probabilities(among(x, order(x)[:n]), 1))
}

// irregular answers a row without a distribution, and says whether it was one.
func irregular(c *reference.Call, r int) bool {
	x := c.In[0].Row(r, nil)
	if _, ok := regular(x); ok {
		return false
	}
	c.Out[0].PutRow(r, full(len(x), nan))
	c.Out[1].PutInt(r, 0)
	return true
}

func topP(k working, c *reference.Call, r int) {
	if !irregular(c, r) {
		x := c.In[0].Row(r, nil)
		k.keepFirst(c, r, k.nucleus(k.probabilities(x, 1), order(x), c.Param("p", r)))
	}
}

// nucleus walks the sorted tokens, or halves the interval of the count and adds
// the masses above it in index order, as a radix or threshold search does.
func (k working) nucleus(y []float64, order []int, p float64) int {
	if p == 1 {
		return len(order)
	}
	if k.lanes == 1 {
		cum := 0.0
		for n, j := range order {
			if n > 0 && cum > p {
				return n
			}
			if cum += y[j]; !k.wide {
				cum = k.of(cum)
			}
		}
		return len(order)
	}
	low, high := 1, len(order)
	for low < high {
		mid := (low + high) / 2
		in := make([]float64, len(y))
		for _, j := range order[:mid] {
			in[j] = y[j]
		}
		if k.sum(in) > p {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low
}

// limit is how many of n tokens top-k keeps.
func limit(c *reference.Call, r, n int) int {
	if k := c.Param("k", r); k > 0 && k < float64(n) {
		return int(k)
	}
	return n
}

func topKFilter(k working, c *reference.Call, r int) {
	if !irregular(c, r) {
		k.keepFirst(c, r, limit(c, r, c.In[0].Shape[1]))
	}
}

func minP(k working, c *reference.Call, r int) {
	if irregular(c, r) {
		return
	}
	x := c.In[0].Row(r, nil)
	n := len(x)
	if p := c.Param("min_p", r); p > 0 {
		n = k.aboveShare(x, 1, order(x), p)
	}
	k.keepFirst(c, r, n)
}

// aboveShare is how many of the kept, by rank, have min_p of the largest; both
// sides are divided by the sum where the style has lanes.
func (k working) aboveShare(x []float64, T float64, kept []int, share float64) int {
	w, _ := k.row(x, T)
	for n, j := range kept {
		if k.lanes > 1 {
			if k.ratio(w.t[j], w.S) < k.of(share*k.ratio(w.t[w.best], w.S)) {
				return n
			}
		} else if w.t[j] < share {
			return n
		}
	}
	return len(kept)
}
