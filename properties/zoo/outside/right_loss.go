package outside

import (
	"math"

	"github.com/seed-210c9500/assay/reference"
)

var rightLoss = []Kernel{
	{Op: "cross_entropy", DType: reference.F32, Run: rCrossEntropy,
		How: "one sweep for the exponentials in 16 lanes and, in float64, the weighted gaps"},
	{Op: "cross_entropy_backward", DType: reference.F32, Run: rCrossEntropyBackward,
		How: "logits premultiplied by log2(e)/T, exp2, probability less one-hot"},
	{Op: "cross_entropy_soft", DType: reference.F32, Run: rCrossEntropySoft,
		How: "sum of q*gap and lse*sum of q, 16 lanes, an exponential that is off by what it may"},
	{Op: "token_logprobs", DType: reference.F32, Run: rTokenLogprobs,
		How: "tables for exp and ln, terms added largest first"},
}

// rLabels is what the cross-entropies read beside the logits.
type rLabels struct {
	c              *reference.Call
	label, skip, w reference.Tensor
}

func rLabelsOf(c *reference.Call) rLabels {
	return rLabels{c, c.Arg("label"), c.Arg("ignore_index"), c.Arg("weight")}
}

func (l *rLabels) ignored(i int) bool {
	return !l.skip.Absent() && l.label.Int(i) == l.skip.Int(0)
}

func (l *rLabels) weight(j int) float32 {
	if l.w.Absent() {
		return 1
	}
	return float32(l.w.Get(j))
}

// counted is the sum of the counted labels' weights.
func (l *rLabels) counted() (n float64) {
	for i := range l.label.Len() {
		if !l.ignored(i) {
			n += float64(l.weight(int(l.label.Int(i))))
		}
	}
	return n
}

// rTimes is w*v, 0 where w is, though v be infinite.
func rTimes(w, v float32) float32 {
	if w == 0 {
		return 0
	}
	return float32(w * v)
}

// rUnfit is the lse of a row without a distribution.
func rUnfit(m float32, kind int) float32 {
	if kind == rEmpty {
		return -rInf
	}
	return m
}

func rCrossEntropy(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	l := rLabelsOf(c)
	var total float64
	for i := range c.In[0].Shape[0] {
		x, T, e := rRow(c.In[0], i), float32(c.Param("temperature", i)), float32(c.Param("smoothing", i))
		m, _, kind := rScan(x)
		loss, lse := rNaN, rUnfit(m, kind)
		if kind == rRegular {
			var lane [16]float32
			var all, W float64 // gaps of finite sentinels leave float32 before a mean takes them back
			for j, v := range x {
				lane[j&15] += rExpCody(-rGap(m, v, T))
				if w := float64(l.weight(j)); e > 0 && w > 0 {
					W += w
					all += w * rGap64(m, v, T)
				}
			}
			ls := rLn(rSumLanes(lane[:], 16))
			lse = m/T + ls
			if !l.ignored(i) {
				t := int(l.label.Int(i))
				wide := 0.0
				if w := float32(l.weight(t) * (1 - e)); w > 0 {
					wide = float64(w) * (float64(ls) + rGap64(m, x[t], T))
				}
				if e > 0 {
					wide += float64(e) * (W*float64(ls) + all) / float64(len(x))
				}
				loss = float32(wide)
			}
		}
		if l.ignored(i) {
			loss = 0
		} else {
			total += float64(loss)
		}
		rSet(c.Out[1], i, loss)
		rSet(c.Out[2], i, lse)
	}
	switch c.Pick("reduction") {
	case "sum":
		rSet(c.Out[0], 0, float32(total))
	case "mean":
		rSet(c.Out[0], 0, float32(total/l.counted()))
	}
	return nil
}

// rGap64 is rGap, for those who take a part of it only.
func rGap64(m, x, T float32) float64 {
	if x == -rInf || m == x {
		return float64(m) - float64(x)
	}
	return (float64(m) - float64(x)) / float64(T)
}

// rBase2 are logits times log2(e)/T, each rounded, and the largest of them.
func rBase2(x []float32, m, T float32) (z []float32, top float32) {
	z = make([]float32, len(x))
	a := float32(math.Log2E / float64(T))
	if !rTame(T) || rIsInf(float32(m*a)) {
		for j, v := range x {
			z[j] = -float32(rGap(m, v, T) * math.Log2E)
		}
		return z, 0
	}
	for j, v := range x {
		z[j] = float32(v * a)
	}
	return z, float32(m * a)
}

func rCrossEntropyBackward(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	l := rLabelsOf(c)
	scale := 1.0
	if c.Pick("reduction") == "mean" {
		scale = 1 / l.counted()
	}
	for i := range c.In[0].Shape[0] {
		x, T, e := rRow(c.In[0], i), float32(c.Param("temperature", i)), float32(c.Param("smoothing", i))
		m, _, kind := rScan(x)
		loss, lse := rNaN, rUnfit(m, kind)
		skip := l.ignored(i)
		if kind == rRegular {
			z, top := rBase2(x, m, T)
			p := make([]float32, len(x))
			for j, v := range z {
				p[j] = rExp2(v - top)
			}
			S := rSumLanes(p, 4)
			ls := float32(rLog2(S) * math.Ln2)
			lse = m/T + ls
			if !skip {
				loss = rLossGradient(&l, x, p, int(l.label.Int(i)), m, T, e, ls, S, c.Param("g", i)*scale/float64(T))
			}
		}
		switch {
		case skip:
			loss = 0
			clear(x)
		case kind != rRegular:
			for j := range x {
				x[j] = rNaN
			}
		}
		rStore(c.Out[0], i, x)
		rSet(c.Out[1], i, loss)
		rSet(c.Out[2], i, lse)
	}
	return nil
}

// rLossGradient turns the logits x into their gradient, given exponentials p and
// their sum S, and returns the loss.
func rLossGradient(l *rLabels, x, p []float32, t int, m, T, e, ls, S float32, f float64) float32 {
	a := float32(l.weight(t) * (1 - e))
	n := float32(len(x))
	wide := 0.0
	if a > 0 {
		wide = float64(a) * (float64(ls) + rGap64(m, x[t], T))
	}
	w := make([]float32, len(x))
	for j := range w {
		w[j] = l.weight(j) / n
	}
	W := rSumPairs(w)
	for j, v := range x {
		if e > 0 && w[j] > 0 {
			wide += float64(e) * float64(w[j]) * (float64(ls) + rGap64(m, v, T))
		}
		q := p[j] / S
		hot := float32(0)
		if j == t {
			hot = 1
		}
		d := float32(a * (q - hot))
		if e > 0 {
			d += float32(e * (float32(W*q) - w[j]))
		}
		x[j] = float32(f * float64(d))
	}
	return float32(wide)
}

func rCrossEntropySoft(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		x, q := rRow(c.In[0], i), rRow(c.In[1], i)
		m, _, kind := rScan(x)
		loss := rNaN
		switch {
		case kind == rEmpty:
			loss = 0
		case kind == rRegular && rFinite(q):
			part := make([]float32, len(x))
			for j, v := range x {
				d := rGap(m, v, 1)
				x[j], part[j] = rExpSkewed(-d), rTimes(q[j], d)
			}
			ls := rLn(rSumLanes(x, 16))
			loss = rSumLanes(part, 16) + float32(ls*rSumLanes(q, 16))
		}
		rSet(c.Out[0], i, loss)
	}
	return nil
}

func rTokenLogprobs(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	for i := range c.In[0].Shape[0] {
		x, T := rRow(c.In[0], i), float32(c.Param("temperature", i))
		m, _, kind := rScan(x)
		lp := rNaN
		if kind == rRegular {
			gap := rGap(m, x[c.Arg("label").Int(i)], T)
			for j, v := range x {
				x[j] = rExpTable(-rGap(m, v, T))
			}
			lp = 0 - (gap + rLnTable(rSumDescending(x)))
		}
		rSet(c.Out[0], i, lp)
	}
	return nil
}
