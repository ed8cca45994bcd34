package zoo

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// argmax looks from the front, or lane by lane and then among the lanes' winners,
// or from the back, or sorts.
func argmax(k working, c *reference.Call, r int) {
	x := c.In[0].Row(r, nil)
	switch {
	case k.reciprocal:
		best := len(x) - 1
		for j := best - 1; j >= 0; j-- {
			if !outranks(x[best], x[j]) {
				best = j
			}
		}
		c.Out[0].PutInt(r, int64(best))
	case k.wide:
		c.Out[0].PutInt(r, int64(order(x)[0]))
	default:
		winner := make([]int, min(k.lanes, len(x)))
		for j, v := range x {
			l := j % len(winner)
			if j < len(winner) {
				winner[l] = j
			} else if outranks(v, x[winner[l]]) {
				winner[l] = j
			}
		}
		slices.Sort(winner)
		best := winner[0]
		for _, j := range winner {
			if outranks(x[j], x[best]) {
				best = j
			}
		}
		c.Out[0].PutInt(r, int64(best))
	}
}

// topK sorts, takes the best k times over, keeps a short sorted list, or takes all
// that outrank the k-th value and then of its equals the first.
func topK(k working, c *reference.Call, r int) {
	x, count := c.In[0].Row(r, nil), c.Out[0].Shape[1]
	rank := order(x)
	switch {
	case count == 0 || count > 40:
	case k.reciprocal:
		last := x[rank[count-1]]
		var above, equal []int
		for j, v := range x {
			if outranks(v, last) {
				above = append(above, j)
			} else if !outranks(last, v) {
				equal = append(equal, j)
			}
		}
		rank = append(above, equal[:count-len(above)]...)
		slices.SortStableFunc(rank, func(a, b int) int { return byRank(x[a], x[b]) })
	case k.wide:
		rank = nil
		for j, v := range x {
			at := len(rank)
			for at > 0 && outranks(v, x[rank[at-1]]) {
				at--
			}
			rank = slices.Insert(rank, at, j)
			rank = rank[:min(len(rank), count)]
		}
	case k.lanes > 1:
		taken := make([]bool, len(x))
		for n := range count {
			best := -1
			for j, v := range x {
				if !taken[j] && (best < 0 || outranks(v, x[best])) {
					best = j
				}
			}
			rank[n], taken[best] = best, true
		}
	}
	for n, j := range rank[:count] {
		c.Out[0].PutInt(r*count+n, int64(j))
		c.Out[1].Put(r*count+n, x[j])
	}
}

func penalties(k working, c *reference.Call, r int) {
	y := c.In[0].Row(r, nil)
	from, to := list(c, r)
	times := map[int]float64{}
	for i := from; i < to; i++ {
		times[int(c.In[1].Int(i))]++
	}
	rep, freq, pres := c.Param("repetition", r), c.Param("frequency", r), c.Param("presence", r)
	for j, n := range times {
		switch {
		case y[j] <= 0:
			y[j] = k.of(y[j] * rep)
		case k.reciprocal && k.of(1/rep) >= 0x1p-126 && !math.IsInf(k.of(1/rep), 1):
			y[j] = k.of(y[j] * k.of(1/rep))
		default:
			y[j] = k.of(y[j] / rep)
		}
		if k.lanes > 1 {
			y[j] = k.of(y[j] - k.of(k.of(n*freq)+pres))
		} else {
			y[j] = k.of(k.of(y[j]-k.of(n*freq)) - pres)
		}
	}
	c.Out[0].PutRow(r, y)
}

// logitBias adds the biases one after another, from the first or from the last.
func logitBias(k working, c *reference.Call, r int) {
	y := c.In[0].Row(r, nil)
	from, to := list(c, r)
	biases := map[int][]float64{}
	for i := from; i < to; i++ {
		j := int(c.In[1].Int(i))
		biases[j] = append(biases[j], c.Arg("bias").Get(i))
	}
	for j, b := range biases {
		if slices.Contains(b, -inf) {
			y[j] = -inf
			continue
		}
		if k.lanes > 1 {
			slices.Reverse(b)
		}
		for _, v := range b {
			y[j] = k.of(y[j] + v)
		}
	}
	c.Out[0].PutRow(r, y)
}

// banned masks the listed, entry by entry or token by token.
func banned(k working, c *reference.Call, r int) {
	y := c.In[0].Row(r, nil)
	if k.lanes > 1 {
		has := inList(c, r)
		for j := range y {
			if has[j] {
				y[j] = -inf
			}
		}
	} else {
		from, to := list(c, r)
		for i := to - 1; i >= from; i-- {
			y[c.In[1].Int(i)] = -inf
		}
	}
	c.Out[0].PutRow(r, y)
}
