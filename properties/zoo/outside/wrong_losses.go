package outside

import "github.com/seed-210c9500/assay/reference"

var wrongLosses = []Kernel{
	{Op: "cross_entropy", DType: reference.F32, Run: wChecked(wGridOfRows), Source: "own; grid limits as in ml-explore/mlx issue 2267",
		Bug: "one block a row on a grid dimension of 65,535: the rows after those are never visited"},
	{Op: "cross_entropy", DType: reference.BF16, Run: wChecked(wSmoothOthers),
		Bug: "smoothing spreads e/(V-1) over the other classes, not e/V over all"},
	{Op: "cross_entropy_soft", DType: reference.F16, Run: wChecked(wTargetsSumToOne),
		Bug: "lse - sum q_i x_i: takes for granted that the targets add up to 1"},
}

func wIgnored(c *reference.Call, r int) bool {
	skip := c.Arg("ignore_index")
	return !skip.Absent() && skip.Int(0) == c.Arg("label").Int(r)
}

func wWeight(c *reference.Call, j int) float32 {
	if w := c.Arg("weight"); !w.Absent() {
		return float32(w.Get(j))
	}
	return 1
}

// wPart is w*v, nothing where w is 0.
func wPart(w, v float32) float32 {
	if w == 0 {
		return 0
	}
	return float32(w * v)
}

// wRowLoss is a counted row's loss and lse. others says that smoothing leaves
// the label out.
func wRowLoss(c *reference.Call, r int, x []float32, others bool) (loss, lse float32) {
	m, _, ok := wTop(x)
	if !ok {
		return wNaN, wLimit(x)
	}
	T, e, t := wParam(c, "temperature", r), wParam(c, "smoothing", r), int(c.Arg("label").Int(r))
	top, ls := wLse(x, m, T)
	loss = wPart(float32(float32(1-e)*wWeight(c, t)), float32(ls-wGap(x[t], m, T)))
	if e > 0 {
		var all float32
		n := len(x)
		for j, v := range x {
			if others && j == t {
				continue
			}
			all += wPart(wWeight(c, j), float32(ls-wGap(v, m, T)))
		}
		if others {
			n = max(n-1, 1)
		}
		loss += float32(e * float32(all/float32(n)))
	}
	return loss, float32(top + ls)
}

// wLosses is cross_entropy over the first rows rows.
func wLosses(c *reference.Call, rows int, others bool) {
	var total, count float32
	for r := range c.In[0].Shape[0] {
		if !wIgnored(c, r) {
			count += wWeight(c, int(c.Arg("label").Int(r)))
		}
	}
	for r := range rows {
		x := wLoad(c.In[0], r)
		if wIgnored(c, r) {
			lse := wLimit(x)
			if m, _, ok := wTop(x); ok {
				top, ls := wLse(x, m, wParam(c, "temperature", r))
				lse = float32(top + ls)
			}
			wStore(c.Out[1], r, 0)
			wStore(c.Out[2], r, lse)
			continue
		}
		loss, lse := wRowLoss(c, r, x, others)
		wStore(c.Out[1], r, loss)
		wStore(c.Out[2], r, lse)
		total += loss
	}
	switch c.Pick("reduction") {
	case "sum":
		wStore(c.Out[0], 0, total)
	case "mean":
		wStore(c.Out[0], 0, float32(total/count))
	}
}

func wGridOfRows(c *reference.Call) error {
	wLosses(c, min(c.In[0].Shape[0], 65535), false)
	return nil
}

func wSmoothOthers(c *reference.Call) error {
	wLosses(c, c.In[0].Shape[0], true)
	return nil
}

func wTargetsSumToOne(c *reference.Call) error {
	for r := range c.In[0].Shape[0] {
		x, q := wLoad(c.In[0], r), wLoad(c.In[1], r)
		m, _, ok := wTop(x)
		switch {
		case len(x) == 0:
			wStore(c.Out[0], r, 0)
			continue
		case !ok || !wFinite(q):
			wStore(c.Out[0], r, wNaN)
			continue
		}
		top, ls := wLse(x, m, 1)
		var dot float32
		for j, v := range x {
			dot += wPart(q[j], v)
		}
		wStore(c.Out[0], r, float32(float32(top+ls)-dot))
	}
	return nil
}
