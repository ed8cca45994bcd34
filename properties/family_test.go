package properties

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// The family: correct kernels that differ as kernels in the field do, in the
// order of their sums, in how they form an exponential, in where they round.
// No law may accuse one of them.

type float interface{ ~float32 | ~float64 }

// style is one way of computing a row.
type style struct {
	name       string
	level      string
	online     bool // one pass in blocks, the sum rescaled as the maximum grows
	lanes      int  // running sums side by side
	wide       bool // the sum in float64
	exp2       bool // exp2(fma(x, log2e/T, -m*log2e/T))
	reciprocal bool // multiplied by 1/S
}

var styles = []style{
	{name: "sequential", level: "tight", lanes: 1},
	{name: "lanes", level: "tight", lanes: 8},
	{name: "online", level: "tight", lanes: 1, online: true},
	{name: "wide", level: "tight", lanes: 1, wide: true},
	{name: "exp2", level: "backward-stable", lanes: 8, exp2: true},
	{name: "reciprocal", level: "tight", lanes: 16, reciprocal: true},
}

func (s style) contract(d reference.DType) reference.Contract {
	k := reference.DefaultContract(d)
	k.Level = s.level
	return k
}

// kernel is something a law is tried on.
type kernel struct {
	name     string
	contract func(reference.DType) reference.Contract
	run      func(*reference.Call) error
}

// family are the correct kernels of an operation.
func family(op string) []kernel {
	if dense := denseFamily(op); dense != nil {
		return dense
	}
	if all := statisticsFamily(op); all != nil {
		return all
	}
	var all []kernel
	for _, s := range styles {
		k := kernel{name: s.name, contract: s.contract}
		switch op {
		case "softmax":
			k.run = s.softmax
		case "cross_entropy":
			k.run = s.crossEntropy
		case "top_p_filter":
			k.run = s.topP
		case "sample_logits":
			k.run = s.sample
		default:
			k.run = s.selection(op)
		}
		all = append(all, k)
	}
	return all
}

// masses are a row's terms exp((x-m)/T), their sum and the sum of all but one
// of the largest; ok is false for a row without a distribution.
func (s style) masses(x []float64, T float64, d reference.DType) (t []float64, S, rest float64, best int, ok bool) {
	best = 0
	for i, v := range x {
		if math.IsNaN(v) {
			return nil, 0, 0, 0, false
		}
		if v > x[best] {
			best = i
		}
	}
	if len(x) == 0 || math.IsInf(x[best], 0) {
		return nil, 0, 0, 0, false
	}
	t = make([]float64, len(x))
	if T == 0 {
		t[best] = 1
		return t, 1, 0, best, true
	}
	if d == reference.F64 {
		S, rest = terms[float64](s, x, T, best, t)
	} else {
		S, rest = terms[float32](s, x, T, best, t)
	}
	return t, S, rest, best, true
}

func terms[F float](s style, x []float64, T float64, best int, t []float64) (S, rest float64) {
	m := F(x[best])
	exp := func(v, from F) F {
		d := v - from
		switch {
		case d == 0:
			return 1
		case math.IsInf(float64(v), -1):
			return 0
		case math.IsInf(T, 1):
			return 1
		}
		if a := F(math.Log2E) / F(T); s.exp2 && !math.IsInf(float64(v*a), 0) && !math.IsInf(float64(from*a), 0) {
			return F(math.Exp2(float64(F(math.FMA(float64(v), float64(a), -float64(F(from*a)))))))
		} else if s.exp2 && !math.IsInf(float64(a), 0) {
			return F(math.Exp2(float64(F(d * a))))
		}
		return F(math.Exp(float64(d / F(T))))
	}
	for i, v := range x {
		t[i] = float64(exp(F(v), m))
	}
	if s.online {
		running, sum, others := F(math.Inf(-1)), F(0), F(0)
		for _, v := range x {
			if F(v) > running {
				if sum > 0 {
					sum *= exp(running, F(v))
				}
				others, running = sum, F(v)
				sum += 1
				continue
			}
			e := exp(F(v), running)
			sum += e
			others += e
		}
		return float64(sum), float64(others)
	}
	return add[F](s, t, -1), add[F](s, t, best)
}

// add sums a row's terms but one, in the style's order.
func add[F float](s style, t []float64, but int) float64 {
	lane, wide := make([]F, s.lanes), 0.0
	for i, v := range t {
		if i != but {
			lane[i%s.lanes] += F(v)
			wide += v
		}
	}
	if s.wide {
		return wide
	}
	var sum F
	for _, v := range lane {
		sum += v
	}
	return float64(sum)
}

func (s style) divide(v, S float64, d reference.DType) float64 {
	switch {
	case d == reference.F64 && s.reciprocal:
		return v * (1 / S)
	case d == reference.F64:
		return v / S
	case s.reciprocal:
		return float64(float32(v) * float32(1/S))
	}
	return float64(float32(v) / float32(S))
}

func (s style) probabilities(x []float64, T float64, d reference.DType) []float64 {
	t, S, _, _, ok := s.masses(x, T, d)
	if !ok {
		return fill(len(x), math.NaN())
	}
	for i, v := range t {
		t[i] = s.divide(v, S, d)
	}
	return t
}

func (s style) softmax(c *reference.Call) error {
	if _, err := c.Truth(); err != nil {
		return err
	}
	for r := range c.In[0].Shape[0] {
		c.Out[0].PutRow(r, s.probabilities(c.In[0].Row(r, nil), c.Param("temperature", r), c.DType()))
	}
	return nil
}

func (s style) crossEntropy(c *reference.Call) error {
	if _, err := c.Truth(); err != nil {
		return err
	}
	label, skip, weight := c.Arg("label"), c.Arg("ignore_index"), c.Arg("weight")
	w := func(j int) float64 {
		if weight.Absent() {
			return 1
		}
		return weight.Get(j)
	}
	var total, count float64
	narrow := func(v float64) float64 {
		if c.DType() == reference.F64 {
			return v
		}
		return float64(float32(v))
	}
	for r := range c.In[0].Shape[0] {
		x, T := c.In[0].Row(r, nil), c.Param("temperature", r)
		_, S, rest, best, ok := s.masses(x, T, c.DType())
		lse := math.NaN()
		if ok {
			ls := narrow(math.Log1p(rest))
			if s.level != "tight" {
				ls = narrow(math.Log(S))
			}
			lse = narrow(narrow(x[best]/T) + ls)
			if s.level == "tight" {
				rest = ls
			}
		} else if top := maximum(x); math.IsInf(top, 0) {
			lse = top
		}
		if !c.Out[2].Absent() {
			c.Out[2].Put(r, lse)
		}
		t := label.Int(r)
		if !skip.Absent() && t == skip.Int(0) {
			c.Out[1].Put(r, 0)
			continue
		}
		one := func(j int) float64 {
			if s.level == "tight" {
				d := narrow(x[best] - x[j])
				if d == 0 || math.IsInf(d, 1) {
					return narrow(rest + d)
				}
				return narrow(rest + narrow(d/T))
			}
			return narrow(lse - narrow(x[j]/T))
		}
		loss := math.NaN()
		if ok {
			e := c.Param("smoothing", r)
			loss = narrow(w(int(t)) * one(int(t)))
			if e > 0 {
				var all float64
				for j := range x {
					all = narrow(all + narrow(w(j)*one(j)))
				}
				loss = narrow(narrow((1-e)*loss) + narrow(e*all/float64(len(x))))
			}
		}
		c.Out[1].Put(r, loss)
		total = narrow(total + loss)
		count += w(int(t))
	}
	if !c.Out[0].Absent() {
		if c.Pick("reduction") == "mean" {
			total /= count
		}
		c.Out[0].Put(0, total)
	}
	return nil
}

// maximum is NaN where there is one.
func maximum(x []float64) float64 {
	m := math.Inf(-1)
	for _, v := range x {
		m = max(m, v)
	}
	return m
}

func (s style) topP(c *reference.Call) error {
	if _, err := c.Truth(); err != nil {
		return err
	}
	for r := range c.In[0].Shape[0] {
		x, p := c.In[0].Row(r, nil), c.Param("p", r)
		y := s.probabilities(x, 1, c.DType())
		if len(x) == 0 || math.IsNaN(y[0]) {
			c.Out[0].PutRow(r, y)
			c.Out[1].Put(r, 0)
			continue
		}
		order := ranked(x)
		n := s.nucleus(y, order, p, c.DType())
		kept := fill(len(x), math.Inf(-1))
		for _, j := range order[:n] {
			kept[j] = x[j]
		}
		c.Out[0].PutRow(r, s.probabilities(kept, 1, c.DType()))
		c.Out[1].Put(r, float64(n))
	}
	return nil
}

// nucleus walks the sorted tokens, or halves the interval of the count and adds
// the masses above it in index order, as a radix or threshold search does.
func (s style) nucleus(y []float64, order []int, p float64, d reference.DType) int {
	if p == 1 {
		return len(order)
	}
	if s.lanes == 1 {
		cum := 0.0
		for n, j := range order {
			if n > 0 && cum > p {
				return n
			}
			cum += y[j]
			if d != reference.F64 && !s.wide {
				cum = float64(float32(cum))
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
		before := add[float32](s, in, -1)
		if d == reference.F64 {
			before = add[float64](s, in, -1)
		}
		if before > p {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low
}

func (s style) sample(c *reference.Call) error {
	if _, err := c.Truth(); err != nil {
		return err
	}
	for r := range c.In[0].Shape[0] {
		x := c.In[0].Row(r, nil)
		t, _, _, best, _ := s.masses(x, c.Param("temperature", r), c.DType())
		c.Out[0].Put(r, float64(s.invert(t, best, c.Uniform(r), c.DType())))
	}
	return nil
}

// invert finds the first token whose running mass exceeds u*total: token by
// token in the working type, or block by block and then inside.
func (s style) invert(t []float64, last int, u float64, d reference.DType) int {
	run := func(t []float64) []float64 {
		cum, at := make([]float64, len(t)), 0.0
		for i, v := range t {
			if at += v; d != reference.F64 && !s.wide {
				at = float64(float32(at))
			}
			cum[i] = at
		}
		return cum
	}
	block := len(t)
	if s.lanes > 1 {
		block = 64
	}
	var parts [][]float64
	sums := []float64{}
	for i := 0; i < len(t); i += block {
		parts = append(parts, run(t[i:min(i+block, len(t))]))
		sums = append(sums, parts[len(parts)-1][len(parts[len(parts)-1])-1])
	}
	above := run(sums)
	goal := u * above[len(above)-1]
	for b, part := range parts {
		before := 0.0
		if b > 0 {
			before = above[b-1]
		}
		for i, v := range part {
			if t[b*block+i] == 0 {
				continue
			}
			if before+v > goal {
				return b*block + i
			}
			last = b*block + i
		}
	}
	return last
}
