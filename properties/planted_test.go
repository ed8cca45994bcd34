package properties

import (
	"math"
	"slices"
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

// planted is a wrong kernel and the law that must name it.
type planted struct {
	law, bug, op string
	bits         string
	run          func(*reference.Call) error
}

var right = styles[0]

// rowsOf is the right softmax or nucleus with each row's result changed.
func rowsOf(change func(c *reference.Call, r int, x, y []float64)) func(*reference.Call) error {
	return func(c *reference.Call) error {
		if err := family(c.Op.Name)[0].run(c); err != nil {
			return err
		}
		for r := range c.In[0].Shape[0] {
			x, y := c.In[0].Row(r, nil), c.Out[0].Row(r, nil)
			change(c, r, x, y)
			c.Out[0].PutRow(r, y)
		}
		return nil
	}
}

// asking is the right kernel of a call that was changed first.
func asking(change func(c *reference.Call)) func(*reference.Call) error {
	return func(c *reference.Call) error {
		changed := remake(c, all(c)...)
		change(changed)
		err := family(c.Op.Name)[0].run(changed)
		for o := range c.Out {
			for i := range c.Out[o].Len() {
				if !c.Out[o].Absent() {
					c.Out[o].SetBits(i, changed.Out[o].Bits(i))
				}
			}
		}
		return err
	}
}

// each gives a parameter another value in every row.
func each(c *reference.Call, name string, f func(v float64) float64) {
	v := make([]float64, c.In[0].Shape[0])
	for r := range v {
		if name == "u" {
			v[r] = f(c.Uniform(r))
		} else {
			v[r] = f(c.Param(name, r))
		}
	}
	give(c, name, v...)
}

func drawn(f func(u float64) float64) func(*reference.Call) error {
	return asking(func(c *reference.Call) {
		each(c, "u", f)
		for _, name := range []string{"seed", "request", "step"} {
			c.In[c.Op.Input(name)] = reference.Tensor{}
		}
	})
}

func reseeded(f func(w [3]uint64, r int) [3]uint64) func(*reference.Call) error {
	return asking(func(c *reference.Call) {
		if c.Arg("seed").Absent() {
			return
		}
		keys := make([][3]uint64, c.In[0].Shape[0])
		for r := range keys {
			for i, name := range []string{"seed", "request", "step"} {
				if t := c.Arg(name); !t.Absent() {
					keys[r][i] = t.Bits(min(r, t.Len()-1))
				}
			}
			keys[r] = f(keys[r], r)
		}
		keyed(c, keys)
	})
}

func losses(change func(c *reference.Call, r int, loss float64) float64) func(*reference.Call) error {
	return func(c *reference.Call) error {
		if err := right.crossEntropy(c); err != nil {
			return err
		}
		for r := range c.Out[lossOut].Len() {
			c.Out[lossOut].Put(r, change(c, r, c.Out[lossOut].Get(r)))
		}
		return nil
	}
}

// rescale multiplies all of a row.
func rescale(y []float64, by float64) {
	for i := range y {
		y[i] *= by
	}
}

var wrong = []planted{
	{law: "shift", bug: "the maximum starts at 0", op: "softmax", run: rowsOf(func(c *reference.Call, r int, x, y []float64) {
		if m := maximum(x); m < -100 {
			rescale(y, nan)
		}
	})},
	{law: "row_alone", bug: "another exp for batches of one", op: "softmax", run: rowsOf(func(c *reference.Call, r int, x, y []float64) {
		if c.In[0].Shape[0] == 1 {
			for i := range y {
				y[i] *= 1 + 1e-3*float64(i%2)
			}
		}
	})},
	{law: "neighbours", bug: "NaN leaks into the row after", op: "softmax", run: rowsOf(func(c *reference.Call, r int, x, y []float64) {
		if r > 0 && math.IsNaN(c.In[0].Get((r-1)*len(x))) {
			rescale(y, nan)
		}
	})},
	{law: "padding", bug: "a path for 8n+3 that rounds to bf16", op: "softmax", run: rowsOf(func(c *reference.Call, r int, x, y []float64) {
		for i := range y {
			if len(x)%8 == 3 {
				y[i] = reference.BF16.Round(y[i])
			}
		}
	})},
	{law: "permutation", bug: "the sum skips the last of 8n+1", op: "softmax", run: rowsOf(func(c *reference.Call, r int, x, y []float64) {
		if n := len(x); n%8 == 1 && n > 1 && y[n-1] < 1 {
			rescale(y, 1/(1-y[n-1]))
		}
	})},
	{law: "temperature", bug: "divided by T twice", op: "softmax", run: asking(func(c *reference.Call) { each(c, "temperature", func(t float64) float64 { return t * t }) })},
	{law: "sums_to_one", bug: "1e-6 added to the sum", op: "softmax", run: rowsOf(func(c *reference.Call, r int, x, y []float64) {
		if m := maximum(y); m > 0 {
			rescale(y, (1/m)/(1/m+1e-6))
		}
	})},
	{law: "in_unit_interval", bug: "a reciprocal rounded up", op: "softmax", run: rowsOf(func(c *reference.Call, r int, x, y []float64) { rescale(y, 1+0x1p-23) })},
	{law: "order", bug: "an exp that jumps at multiples of ln 2", op: "softmax", run: rowsOf(func(c *reference.Call, r int, x, y []float64) {
		for i, m := 0, maximum(x); i < len(x); i++ {
			if d := (m - x[i]) / math.Ln2; d > 0.5 && d-math.Floor(d) > 0.5 {
				y[i] *= 1 + 120*0x1p-24
			}
		}
	})},
	{law: "ratio", bug: "an exp good to 20 bits only", op: "softmax", run: rowsOf(func(c *reference.Call, r int, x, y []float64) {
		for i, m := 0, maximum(x); i < len(x); i++ {
			if x[i] < m && c.Param("temperature", r) != 0 {
				y[i] *= 1 + 0x1p-18*float64(i%3-1)
			}
		}
	})},
	{law: "greedy", bug: "T = 0 becomes 1e-8", op: "softmax", run: asking(func(c *reference.Call) { each(c, "temperature", func(t float64) float64 { return max(t, 1e-8) }) })},
	{law: "colder_is_sharper", bug: "T below 0.4 ignored", op: "softmax", run: asking(func(c *reference.Call) {
		each(c, "temperature", func(t float64) float64 {
			if t < 0.4 && t > 0 {
				return 1
			}
			return t
		})
	})},
	{law: "masked_gets_nothing", bug: "-Inf becomes -1e4", op: "softmax", run: asking(func(c *reference.Call) {
		for i := range c.In[0].Len() {
			c.In[0].Put(i, max(c.In[0].Get(i), -1e4))
		}
	})},
	{law: "loss_not_negative", bug: "ln S of a sum short by a unit", op: "cross_entropy", run: losses(func(c *reference.Call, r int, loss float64) float64 { return loss - 0x1p-23 })},
	{law: "loss_from_lse", bug: "lse saved before the maximum is added", op: "cross_entropy", run: func(c *reference.Call) error {
		err := right.crossEntropy(c)
		for r := range c.Out[lseOut].Len() {
			c.Out[lseOut].Put(r, c.Out[lseOut].Get(r)-maximum(c.In[0].Row(r, nil)))
		}
		return err
	}},
	{law: "reductions_agree", bug: "the mean over all rows", op: "cross_entropy", run: func(c *reference.Call) error {
		err := right.crossEntropy(c)
		if c.Pick("reduction") == "mean" && err == nil {
			counted := 0.0
			for r := range c.In[0].Shape[0] {
				if !skipped(c, r) {
					counted += weightOf(c, r)
				}
			}
			c.Out[0].Put(0, c.Out[0].Get(0)*counted/float64(c.In[0].Shape[0]))
		}
		return err
	}},
	{law: "ignored_rows", bug: "NaN times a mask of 0", op: "cross_entropy", run: losses(func(c *reference.Call, r int, loss float64) float64 {
		if skipped(c, r) {
			return maximum(c.In[0].Row(r, nil)) * 0
		}
		return loss
	})},
	{law: "any_ignore_index", bug: "only a negative index ignores", op: "cross_entropy", run: asking(func(c *reference.Call) {
		if t := c.Arg("ignore_index"); !t.Absent() && t.Int(0) >= 0 && t.Int(0) < int64(c.In[0].Shape[1]) {
			c.In[c.Op.Input("ignore_index")] = reference.Tensor{}
		}
	})},
	{law: "smoothing_is_linear", bug: "(1-e)/V for e/V", op: "cross_entropy", run: asking(func(c *reference.Call) {
		each(c, "smoothing", func(e float64) float64 {
			if e > 0 && e < 1 {
				return 1 - e
			}
			return e
		})
	})},
	{law: "weights_scale", bug: "the weighted mean over the rows' number", op: "cross_entropy", run: func(c *reference.Call) error {
		err := right.crossEntropy(c)
		if c.Pick("reduction") == "mean" && err == nil {
			n, w := 0.0, 0.0
			for r := range c.In[0].Shape[0] {
				if !skipped(c, r) {
					n, w = n+1, w+weightOf(c, r)
				}
			}
			c.Out[0].Put(0, c.Out[0].Get(0)*w/n)
		}
		return err
	}},
	{law: "uniform_loss", bug: "a running sum that stalls at 256", op: "cross_entropy", run: losses(func(c *reference.Call, r int, loss float64) float64 {
		if v := float64(c.In[0].Shape[1]); loss > math.Log(256) && v > 256 {
			return loss - math.Log(v/256)
		}
		return loss
	})},
	{law: "kept_is_a_prefix", bug: "ties to the higher index", op: "top_p_filter", run: func(c *reference.Call) error {
		turned := columns(c, all(c), backwards(c))
		err := right.topP(turned)
		for r := range c.In[0].Shape[0] {
			y := turned.Out[0].Row(r, nil)
			for i := range len(y) / 2 {
				y[i], y[len(y)-1-i] = y[len(y)-1-i], y[i]
			}
			c.Out[0].PutRow(r, y)
			c.Out[1].Put(r, turned.Out[1].Get(r))
		}
		return err
	}},
	{law: "nucleus_is_minimal", bug: "the crossing token dropped", op: "top_p_filter", run: keeping(func(n, v int, p float64) int {
		if p > 0 && p < 1 {
			return max(1, n-1)
		}
		return n
	})},
	{law: "kept_grows_with_p", bug: "a p below 0.3 means no filter", op: "top_p_filter", run: asking(func(c *reference.Call) {
		each(c, "p", func(p float64) float64 {
			if p < 0.3 && p > 0 {
				return 1
			}
			return p
		})
	})},
	{law: "p_one_is_softmax", bug: "p = 1 drops the least", op: "top_p_filter", run: keeping(func(n, v int, p float64) int {
		if p == 1 {
			return max(1, n-1)
		}
		return n
	})},
	{law: "p_zero_is_argmax", bug: "p = 0 keeps two", op: "top_p_filter", run: keeping(func(n, v int, p float64) int {
		if p == 0 {
			return min(2, v)
		}
		return n
	})},
	{law: "token_has_mass", bug: "u = 0 draws token 0", op: "sample_logits", run: func(c *reference.Call) error {
		err := right.sample(c)
		for r := range c.Out[0].Len() {
			if c.Uniform(r) == 0 && err == nil {
				c.Out[0].Put(r, 0)
			}
		}
		return err
	}},
	{law: "inverts_exactly", bug: ">= for >", op: "sample_logits", run: drawn(func(u float64) float64 { return max(0, u-0x1p-53) })},
	{law: "grows_with_u", bug: "the upper half turned round", op: "sample_logits", run: drawn(func(u float64) float64 {
		if u > 0.5 {
			return 1.5 - u
		}
		return u
	})},
	{law: "grid_counts", bug: "a temperature of 1.05", op: "sample_logits", run: asking(func(c *reference.Call) { each(c, "temperature", func(t float64) float64 { return 1.05 * t }) })},
	{law: "ends_of_u", bug: "uniforms kept off the ends", op: "sample_logits", run: drawn(func(u float64) float64 { return min(max(u, 1e-3), 1-1e-3) })},
	{law: "greedy_draw", bug: "T = 0 becomes 0.1", op: "sample_logits", run: asking(func(c *reference.Call) { each(c, "temperature", func(t float64) float64 { return max(t, 0.1) }) })},
	{law: "seed_decides", bug: "the row's place is in the key", op: "sample_logits", run: reseeded(func(w [3]uint64, r int) [3]uint64 { w[1] += uint64(r) << 50; return w })},
	{law: "streams_differ", bug: "the step is not in the key", op: "sample_logits", run: reseeded(func(w [3]uint64, r int) [3]uint64 { w[2] = 0; return w })},
	{law: "seed_is_philox", bug: "a seed of 32 bits", op: "sample_logits", bits: "draft", run: reseeded(func(w [3]uint64, r int) [3]uint64 { w[0] = uint64(uint32(w[0])); return w })},
}

func backwards(c *reference.Call) []int {
	from := make([]int, c.In[0].Shape[1])
	for i := range from {
		from[i] = len(from) - 1 - i
	}
	return from
}

// keeping is the right nucleus with another number of tokens kept.
func keeping(f func(n, v int, p float64) int) func(*reference.Call) error {
	return func(c *reference.Call) error {
		if err := right.topP(c); err != nil {
			return err
		}
		for r := range c.In[0].Shape[0] {
			x := c.In[0].Row(r, nil)
			if _, ok := regular(x); !ok {
				continue
			}
			n := f(int(c.Out[1].Get(r)), len(x), c.Param("p", r))
			kept := fill(len(x), -inf)
			for _, j := range ranked(x)[:n] {
				kept[j] = x[j]
			}
			c.Out[0].PutRow(r, right.probabilities(kept, 1, c.DType()))
			c.Out[1].Put(r, float64(n))
		}
		return nil
	}
}

// Every law fires on the kernel planted for it.
func TestLawsCatchThePlanted(t *testing.T) {
	size := 1200
	heard := map[string]bool{}
	for _, p := range slices.Concat(wrong, wrongDense, wrongSelections, statisticsWrong, estimatesWrong) {
		heard[p.law] = true
		t.Run(p.law, func(t *testing.T) {
			op, err := reference.ByName(p.op)
			if err != nil {
				t.Fatal(err)
			}
			d := reference.F32
			contract := right.contract(d)
			contract.Bits = p.bits
			by, cases, refuted := map[string]int{}, 0, 0
			var says *Finding
			for _, c := range makeAll(op, d, size, 1) {
				if says != nil && !sweep {
					break
				}
				if c.Call.In[0].Len() > 20000 {
					continue
				}
				cases++
				got := remake(c.Call, all(c.Call)...)
				if p.run(got) == nil && bounded(got, contract) != "" {
					refuted++
				}
				for _, f := range hear(t, c, kernel{run: p.run}, contract, Laws) {
					if by[f.Law]++; f.Law == p.law && says == nil {
						says = f
					}
				}
			}
			if says == nil {
				t.Fatalf("%s: not caught; others: %v, bound: %d of %d", p.bug, by, refuted, cases)
			}
			t.Logf("%s: %s %q: %s; all: %v; bound: %d of %d cases", p.bug, says.Class, says.Note, says.Says, by, refuted, cases)
		})
	}
	for _, l := range Laws {
		if !heard[l.Name] {
			t.Errorf("law %s has no wrong kernel", l.Name)
		}
	}
}
