package zoo

import (
	"maps"
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// What kernels read off a call.

var (
	nan = math.NaN()
	inf = math.Inf(1)
)

// copied is the same call with inputs and outputs of its own.
func copied(c *reference.Call) *reference.Call {
	in := map[string]reference.Tensor{}
	for i, t := range c.In {
		if !t.Absent() {
			in[c.Op.In[i].Name] = t.Clone()
		}
	}
	choice := map[string]string{}
	maps.Copy(choice, c.Choice)
	return c.Op.NewCall(in, choice)
}

// give sets an argument by name: one value for all rows, or one each.
func give(c *reference.Call, name string, v ...float64) {
	i := c.Op.Input(name)
	a := &c.Op.In[i]
	if len(v) == 1 && !slices.Contains(a.Dims, "rows") {
		c.In[i] = reference.Scalar(a.Type(c.DType()), v[0])
		return
	}
	c.In[i] = reference.Vector(a.Type(c.DType()), v...)
}

// words are a row's seed, request and step, 0 where absent.
func words(c *reference.Call, r int) (w [3]uint64) {
	for i, name := range []string{"seed", "request", "step"} {
		if t := c.Arg(name); !t.Absent() {
			w[i] = t.Bits(min(r, t.Len()-1))
		}
	}
	return w
}

// list is where a row's list starts and ends.
func list(c *reference.Call, r int) (from, to int) {
	at := c.Arg("offsets")
	return int(at.Int(r)), int(at.Int(r + 1))
}

// inList marks the tokens of a row's list.
func inList(c *reference.Call, r int) map[int]bool {
	from, to := list(c, r)
	has := map[int]bool{}
	for i := from; i < to; i++ {
		has[int(c.In[1].Int(i))] = true
	}
	return has
}

// skipped says that a row's label counts nowhere.
func skipped(c *reference.Call, r int) bool {
	skip := c.Arg("ignore_index")
	return !skip.Absent() && c.Arg("label").Int(r) == skip.Int(0)
}

// classWeight is the weight of a class.
func classWeight(c *reference.Call, j int) float64 {
	if w := c.Arg("weight"); !w.Absent() {
		return w.Get(j)
	}
	return 1
}

// counts says whether a token counts.
func counts(c *reference.Call, i int) bool {
	mask := c.Arg("mask")
	return mask.Absent() || mask.Int(i) != 0
}

// counted is how many tokens count.
func counted(c *reference.Call) (n float64) {
	for i := range c.In[0].Len() {
		if counts(c, i) {
			n++
		}
	}
	return n
}

// nats is what a nat is in the unit asked for.
func nats(c *reference.Call) float64 {
	if c.Pick("unit") == "bits" {
		return math.Ln2
	}
	return 1
}

// regular says that a row has a distribution, and where its maximum is.
func regular(x []float64) (best int, ok bool) {
	for i, v := range x {
		if math.IsNaN(v) {
			return i, false
		}
		if v > x[best] {
			best = i
		}
	}
	return best, len(x) > 0 && !math.IsInf(x[best], 0)
}

// maximum is NaN where there is one, -Inf of nothing.
func maximum(x []float64) float64 {
	m := math.Inf(-1)
	for _, v := range x {
		m = max(m, v)
	}
	return m
}

func total(p []float64) (s float64) {
	for _, v := range p {
		s += v
	}
	return s
}

func full(n int, v float64) []float64 { return slices.Repeat([]float64{v}, n) }

func finite(x []float64) bool {
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// order is a row's indices by rank: NaN first, then descending, equals by index.
func order(x []float64) []int {
	at := make([]int, len(x))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int { return byRank(x[a], x[b]) })
	return at
}

func byRank(a, b float64) int {
	switch {
	case outranks(a, b):
		return -1
	case outranks(b, a):
		return 1
	}
	return 0
}

func outranks(a, b float64) bool { return a > b || math.IsNaN(a) && !math.IsNaN(b) }

// among is a row with all but the kept masked.
func among(x []float64, kept []int) []float64 {
	y := full(len(x), -inf)
	for _, j := range kept {
		y[j] = x[j]
	}
	return y
}
