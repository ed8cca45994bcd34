package properties

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// recipe is a float32 softmax family in replaceable pieces: right ones for the
// kernels that must not be accused, a wrong one for each bug that must be seen.
type recipe struct {
	max  func(x []float32) float32
	exp  func(x, m, T float32) float32 // exp((x-m)/T)
	sum  func(t []float32) float32
	out  func(p float32) float32
	at   func(label int) int // where the label's logit is read
	last func(n int) int     // how many elements are written
}

func sound() recipe {
	return recipe{
		max:  func(x []float32) float32 { return slices.Max(x) },
		exp:  func(x, m, T float32) float32 { return float32(math.Exp(float64((x - m) / T))) },
		sum:  sequential,
		out:  func(p float32) float32 { return p },
		at:   func(label int) int { return label },
		last: func(n int) int { return n },
	}
}

func sequential(t []float32) (s float32) {
	for _, v := range t {
		s += v
	}
	return s
}

func lanes(t []float32) float32 {
	var l [8]float32
	for i, v := range t {
		l[i%8] += v
	}
	return sequential(l[:])
}

func inDouble(t []float32) float32 {
	s := 0.0
	for _, v := range t {
		s += float64(v)
	}
	return float32(s)
}

// large says that the rounding of m*log2 e / T is no longer small: a kernel that
// scales first must then subtract first.
func large(m, T float32) bool { return math.Abs(float64(m))*math.Log2E > 1<<16*float64(T) }

// exp2fma is exp2(fma(x, log2 e / T, -m*log2 e / T)), as flash kernels have it.
func exp2fma(x, m, T float32) float32 {
	if large(m, T) {
		x, m = x-m, 0
	}
	a := float32(math.Log2E) / T
	return float32(math.Exp2(float64(float32(math.FMA(float64(x), float64(a), -float64(float32(m*a)))))))
}

// exp2scaled rounds both products first: its error grows with |x|.
func exp2scaled(x, m, T float32) float32 {
	if large(m, T) {
		x, m = x-m, 0
	}
	a := float32(math.Log2E) / T
	return float32(math.Exp2(float64(float32(x*a) - float32(m*a))))
}

// rescaled sums as an online kernel does: the sum so far is scaled whenever a
// block raises the maximum.
func rescaled(r recipe, x []float32, T float32) (t []float32, m, s float32) {
	m = float32(math.Inf(-1))
	for lo := 0; lo < len(x); lo += 256 {
		block := x[lo:min(lo+256, len(x))]
		bm := max(m, slices.Max(block))
		if math.IsInf(float64(bm), -1) {
			continue
		}
		if !math.IsInf(float64(m), -1) {
			s *= r.exp(m, bm, T)
		}
		m = bm
		for _, v := range block {
			s += r.exp(v, m, T)
		}
	}
	for _, v := range x {
		t = append(t, r.exp(v, m, T))
	}
	return t, m, s
}

// terms of one row; special says that the row has no distribution.
func (k *specimen) terms(x []float32, T float32) (t []float32, m, s float32, special bool) {
	for _, v := range x {
		if v != v {
			return nil, v, v, true
		}
	}
	if slices.Contains(x, float32(math.Inf(1))) {
		return nil, float32(math.Inf(1)), 0, true
	}
	if slices.Max(x) == float32(math.Inf(-1)) {
		return nil, slices.Max(x), 0, true
	}
	if math.IsInf(float64(T), 1) {
		y := make([]float32, len(x))
		for i, v := range x {
			if math.IsInf(float64(v), -1) {
				y[i] = v
			}
		}
		x, T = y, 1
	}
	if k.online {
		t, m, s = rescaled(k.recipe, x, T)
		return t, m, s, false
	}
	m = k.max(x)
	for _, v := range x {
		t = append(t, k.exp(v, m, T))
	}
	return t, m, k.sum(t), false
}

// specimen answers the four operations in float32 by its recipe.
type specimen struct {
	recipe
	online bool
	spoil  func(c *reference.Call, run func() error) error // does wrong around the call
}

func (k *specimen) variants() []*reference.Variant {
	var rows []*reference.Variant
	for op, run := range map[string]func(*reference.Call) error{
		"softmax": k.softmax, "cross_entropy": k.crossEntropy, "top_p_filter": k.topP, "sample_logits": k.sample,
	} {
		body := run
		rows = append(rows, &reference.Variant{Op: op, Name: "test", DTypes: []reference.DType{reference.F32, reference.BF16, reference.F16},
			Contract: reference.DefaultContract(reference.F32), Run: func(c *reference.Call) error {
				checked := func() error {
					if err := c.Check(); err != nil {
						return err
					}
					return body(c)
				}
				if k.spoil != nil {
					return k.spoil(c, checked)
				}
				return checked()
			}})
	}
	return rows
}

func (k *specimen) impl() Implementation { return Table("test", k.variants()) }

func row32(t reference.Tensor, r int) []float32 {
	var x []float32
	for _, v := range t.Row(r, nil) {
		x = append(x, float32(v))
	}
	return x
}

func (k *specimen) put(t reference.Tensor, r int, y []float32) {
	for i, v := range y[:k.last(len(y))] {
		t.Put(r*t.Shape[1]+i, float64(v))
	}
}

func full(n int, v float32) []float32 { return slices.Repeat([]float32{v}, n) }

func (k *specimen) softmax(c *reference.Call) error {
	for r := range c.In[0].Shape[0] {
		if x := row32(c.In[0], r); len(x) > 0 {
			k.put(c.Out[0], r, k.probabilities(x, float32(c.Param("temperature", r))))
		}
	}
	return nil
}

func (k *specimen) probabilities(x []float32, T float32) []float32 {
	if T == 0 {
		if _, _, _, special := k.terms(x, 1); !special {
			y := full(len(x), 0)
			y[slices.Index(x, slices.Max(x))] = 1
			return y
		}
	}
	t, _, s, special := k.terms(x, T)
	if special {
		return full(len(x), float32(math.NaN()))
	}
	for i := range t {
		t[i] = k.out(t[i] / s)
	}
	return t
}

func (k *specimen) crossEntropy(c *reference.Call) error {
	label, weight, skip := c.Arg("label"), c.Arg("weight"), c.Arg("ignore_index")
	var total, count float64
	for r := range c.In[0].Shape[0] {
		x, T := row32(c.In[0], r), float32(c.Param("temperature", r))
		_, m, s, special := k.terms(x, T)
		lse := float64(m/T) + math.Log(float64(s))
		if special {
			lse = float64(m)
		}
		c.Out[2].Put(r, lse)
		if !skip.Absent() && skip.Int(0) == label.Int(r) {
			c.Out[1].Put(r, 0)
			continue
		}
		l := int(label.Int(r))
		w, e := 1.0, c.Param("smoothing", r)
		if !weight.Absent() {
			w = weight.Get(l)
		}
		loss := w * (1 - e) * (lse - float64(x[max(k.at(l), 0)]/T))
		if e > 0 {
			for i, v := range x {
				wi := 1.0
				if !weight.Absent() {
					wi = weight.Get(i)
				}
				loss += e / float64(len(x)) * wi * (lse - float64(v/T))
			}
		}
		if special {
			loss = math.NaN()
		}
		c.Out[1].Put(r, loss)
		total += loss
		count += w
	}
	switch c.Pick("reduction") {
	case "mean":
		c.Out[0].Put(0, total/count)
	case "sum":
		c.Out[0].Put(0, total)
	}
	return nil
}

func byValue(x []float32) []int {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case x[a] > x[b]:
			return -1
		case x[a] < x[b]:
			return 1
		}
		return a - b
	})
	return order
}

func (k *specimen) topP(c *reference.Call) error {
	for r := range c.In[0].Shape[0] {
		x := row32(c.In[0], r)
		if len(x) == 0 {
			c.Out[1].PutInt(r, 0)
			continue
		}
		t, _, s, special := k.terms(x, 1)
		if special {
			k.put(c.Out[0], r, full(len(x), float32(math.NaN())))
			c.Out[1].PutInt(r, 0)
			continue
		}
		order, top := byValue(x), c.Param("p", r)
		n, before := 0, 0.0
		for n < len(order) && (top == 1 || before <= top*float64(s)) {
			before += float64(t[order[n]])
			n++
		}
		y, kept := full(len(x), 0), []float32{}
		for _, j := range order[:n] {
			kept = append(kept, t[j])
		}
		mass := k.sum(kept)
		for _, j := range order[:n] {
			y[j] = k.out(t[j] / mass)
		}
		k.put(c.Out[0], r, y)
		c.Out[1].PutInt(r, int64(n))
	}
	return nil
}

func (k *specimen) sample(c *reference.Call) error {
	for r := range c.In[0].Shape[0] {
		x := row32(c.In[0], r)
		if len(x) == 0 {
			return &reference.Reject{Op: "sample_logits", Arg: "x", Code: "row", Row: r}
		}
		if _, _, _, special := k.terms(x, 1); special {
			return &reference.Reject{Op: "sample_logits", Arg: "x", Code: "row", Row: r}
		}
	}
	for r := range c.In[0].Shape[0] {
		x, T := row32(c.In[0], r), float32(c.Param("temperature", r))
		if T == 0 {
			c.Out[0].PutInt(r, int64(slices.Index(x, slices.Max(x))))
			continue
		}
		t, _, _, _ := k.terms(x, T)
		var total, cdf float64
		for _, v := range t {
			total += float64(v)
		}
		token := 0
		for i, v := range t {
			if v == 0 {
				continue
			}
			token = i
			if cdf += float64(v); cdf > c.Uniform(r)*total {
				break
			}
		}
		c.Out[0].PutInt(r, int64(token))
	}
	return nil
}
