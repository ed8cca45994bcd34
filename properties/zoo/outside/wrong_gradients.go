package outside

import "github.com/seed-210c9500/assay/reference"

var wrongGradients = []Kernel{
	{Op: "cross_entropy_backward", DType: reference.BF16, Run: wChecked(wGradientInStorage),
		Bug: "probabilities are rounded to bf16 before the target is subtracted: a sure label's gradient is 0"},
	{Op: "cross_entropy_backward", DType: reference.F32, Run: wChecked(wLossAfterGradient),
		Bug: "in place, the loss reads the label's logit after the gradient has overwritten it"},
	{Op: "cross_entropy_backward", DType: reference.F16, Run: wChecked(wNegativeIgnored),
		Bug: "only negative labels are ignored: a padding id of 0 or more as ignore_index counts"},
}

// wGradient is how a variant of cross_entropy_backward differs.
type wGradient struct {
	ignored   func(c *reference.Call, r int) bool
	rounded   reference.DType // what probabilities are rounded to, 0 for nothing
	lossAfter bool
}

// wGradients is cross_entropy_backward.
func wGradients(c *reference.Call, g wGradient) {
	var count float32
	for r := range c.In[0].Shape[0] {
		if !g.ignored(c, r) {
			count += wWeight(c, int(c.Arg("label").Int(r)))
		}
	}
	for r := range c.In[0].Shape[0] {
		x := wLoad(c.In[0], r)
		lse := wLimit(x)
		if m, _, ok := wTop(x); ok {
			top, ls := wLse(x, m, wParam(c, "temperature", r))
			lse = float32(top + ls)
		}
		if g.ignored(c, r) {
			wStoreRow(c.Out[0], r, make([]float32, len(x)))
			wStore(c.Out[1], r, 0)
			wStore(c.Out[2], r, lse)
			continue
		}
		dx := wRowGradient(c, r, x, g)
		if c.Pick("reduction") == "mean" {
			for j := range dx {
				dx[j] = float32(dx[j] / count)
			}
		}
		wStoreRow(c.Out[0], r, dx)
		if t := int(c.Arg("label").Int(r)); g.lossAfter {
			x[t] = float32(c.In[0].Get(r*len(x) + t))
		}
		loss, _ := wRowLoss(c, r, x, false)
		if g.lossAfter { // lse was kept
			loss = wLossFrom(c, r, x, lse)
		}
		wStore(c.Out[1], r, loss)
		wStore(c.Out[2], r, lse)
	}
}

// wLossFrom is a row's loss from an lse that is known.
func wLossFrom(c *reference.Call, r int, x []float32, lse float32) float32 {
	if wIsInf(lse, 0) || lse != lse {
		return wNaN
	}
	T, e, t := wParam(c, "temperature", r), wParam(c, "smoothing", r), int(c.Arg("label").Int(r))
	loss := wPart(float32(float32(1-e)*wWeight(c, t)), float32(lse-wOver(x[t], T)))
	if e > 0 {
		var all float32
		for j, v := range x {
			all += wPart(wWeight(c, j), float32(lse-wOver(v, T)))
		}
		loss += float32(e * float32(all/float32(len(x))))
	}
	return loss
}

// wRowGradient is one row's gradient before the mean.
func wRowGradient(c *reference.Call, r int, x []float32, g wGradient) []float32 {
	T, e, t := wParam(c, "temperature", r), wParam(c, "smoothing", r), int(c.Arg("label").Int(r))
	p := wSoftmax(x, T)
	var mean float32
	for j := range x {
		mean += wWeight(c, j)
	}
	mean = float32(mean / float32(len(x)))
	a := float32(float32(1-e) * wWeight(c, t))
	scale := float32(wParam(c, "g", r) / T)
	for j := range p {
		if g.rounded != 0 {
			p[j] = float32(g.rounded.Round(float64(p[j])))
		}
		target := float32(float32(e*wWeight(c, j)) / float32(len(x)))
		d := float32(p[j] * a)
		if j == t {
			d = float32(a * float32(p[j]-1))
		}
		if e > 0 {
			d += float32(float32(e*mean)*p[j]) - target
		}
		p[j] = float32(scale * d)
	}
	return p
}

func wGradientInStorage(c *reference.Call) error {
	wGradients(c, wGradient{ignored: wIgnored, rounded: reference.BF16})
	return nil
}

func wLossAfterGradient(c *reference.Call) error {
	wGradients(c, wGradient{ignored: wIgnored, lossAfter: true})
	return nil
}

func wNegativeIgnored(c *reference.Call) error {
	wGradients(c, wGradient{ignored: func(c *reference.Call, r int) bool { return c.Arg("label").Int(r) < 0 }})
	return nil
}
