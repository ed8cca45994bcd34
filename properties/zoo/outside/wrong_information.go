package outside

import "github.com/seed-210c9500/assay/reference"

var wrongInformation = []Kernel{
	{Op: "entropy", DType: reference.BF16, Run: wChecked(wTotalInStorage),
		Bug: "a row to be normalised is totalled in bf16, which stops growing"},
	{Op: "entropy_from_logits", DType: reference.F32, Contract: "level=tight", Run: wChecked(wEntropyCancels),
		Bug: "declares tight and takes the entropy as lse - sum p_i x_i, which cancels in sure rows"},
	{Op: "kl_from_logits", DType: reference.BF16, Run: wChecked(wMaximumOfTheOther),
		Bug: "log-softmax of y subtracts the maximum of x: overflows where y lies far above x"},
	{Op: "js", DType: reference.F32, Run: wChecked(wSkewSwapped),
		Bug: "beta weighs the divergence of q and 1-beta that of p; the same at 1/2"},
	{Op: "mutual_information", DType: reference.F32, Run: wChecked(wTableStrides),
		Bug: "a cell is read at i + j*rows: the transpose of a square table, nonsense of another"},
}

// wUnit divides nats into the unit chosen.
func wUnit(c *reference.Call, v float32) float32 {
	if c.Pick("unit") == "bits" {
		return float32(v / 0.6931472)
	}
	return v
}

// wNoMass refuses a call that would divide by a total of 0.
func wNoMass(c *reference.Call) error {
	if c.Pick("normalise") != "yes" {
		return nil
	}
	_, err := c.Truth()
	return err
}

func wTotal(p []float32) (s float32) {
	for _, v := range p {
		s += v
	}
	return s
}

func wTotalInStorage(c *reference.Call) error {
	if err := wNoMass(c); err != nil {
		return err
	}
	for r := range c.In[0].Shape[0] {
		p := wLoad(c.In[0], r)
		if !wFinite(p) {
			wStore(c.Out[0], r, wNaN)
			continue
		}
		total := float32(1)
		if c.Pick("normalise") == "yes" {
			total = 0
			for _, v := range p {
				total = float32(reference.BF16.Round(float64(float32(total + v))))
			}
		}
		var h float32
		for _, v := range p {
			if v = float32(v / total); v > 0 {
				h -= float32(v * wLn(v))
			}
		}
		wStore(c.Out[0], r, wUnit(c, h))
	}
	return nil
}

func wEntropyCancels(c *reference.Call) error {
	for r := range c.In[0].Shape[0] {
		x, T := wLoad(c.In[0], r), wParam(c, "temperature", r)
		m, _, ok := wTop(x)
		switch {
		case len(x) == 0 || ok && T == 0:
			wStore(c.Out[0], r, 0)
			continue
		case !ok:
			wStore(c.Out[0], r, wNaN)
			continue
		}
		t, s := wTerms(x, m, T)
		var dot float32
		for j, v := range t {
			if v > 0 {
				dot += float32(float32(v/s) * wOver(x[j], T))
			}
		}
		lse := float32(wOver(m, T) + wLn(s))
		wStore(c.Out[0], r, wUnit(c, float32(lse-dot)))
	}
	return nil
}

func wMaximumOfTheOther(c *reference.Call) error {
	for r := range c.In[0].Shape[0] {
		x, y := wLoad(c.In[0], r), wLoad(c.In[1], r)
		m, _, okX := wTop(x)
		_, _, okY := wTop(y)
		if !okX || !okY {
			if len(x) > 0 {
				wStore(c.Out[0], r, wNaN)
			} else {
				wStore(c.Out[0], r, 0)
			}
			continue
		}
		p, sx := wTerms(x, m, 1)
		_, sy := wTerms(y, m, 1)
		lx, ly := wLn(sx), wLn(sy)
		var kl float32
		for j := range x {
			if wIsInf(x[j], -1) {
				continue
			}
			if wIsInf(y[j], -1) {
				kl = wInf
				break
			}
			lp, lq := float32(float32(x[j]-m)-lx), float32(float32(y[j]-m)-ly)
			kl += wPart(float32(p[j]/sx), float32(lp-lq))
		}
		wStore(c.Out[0], r, wUnit(c, kl))
	}
	return nil
}

func wSkewSwapped(c *reference.Call) error {
	if err := wNoMass(c); err != nil {
		return err
	}
	for r := range c.In[0].Shape[0] {
		p, q, beta := wLoad(c.In[0], r), wLoad(c.In[1], r), wParam(c, "beta", r)
		if !wFinite(p) || !wFinite(q) {
			wStore(c.Out[0], r, wNaN)
			continue
		}
		tp, tq := float32(1), float32(1)
		if c.Pick("normalise") == "yes" {
			tp, tq = wTotal(p), wTotal(q)
		}
		var v float32
		for j := range p {
			a, b := float32(p[j]/tp), float32(q[j]/tq)
			m := float32(float32(beta*a) + float32(float32(1-beta)*b))
			if m == 0 {
				continue
			}
			v += wPart(float32(1-beta), wPart(a, float32(wLn(a)-wLn(m))))
			v += wPart(beta, wPart(b, float32(wLn(b)-wLn(m))))
		}
		wStore(c.Out[0], r, wUnit(c, v))
	}
	return nil
}

func wTableStrides(c *reference.Call) error {
	if err := wNoMass(c); err != nil {
		return err
	}
	rows, cols := c.In[0].Shape[0], c.In[0].Shape[1]
	p := make([]float32, rows*cols)
	for f := range p {
		p[f] = float32(c.In[0].Get(f))
	}
	if !wFinite(p) {
		wStore(c.Out[0], 0, wNaN)
		return nil
	}
	if c.Pick("normalise") == "yes" {
		total := wTotal(p)
		for f := range p {
			p[f] = float32(p[f] / total)
		}
	}
	a, b := make([]float32, rows), make([]float32, cols)
	for i := range a {
		for j := range b {
			a[i] += p[i+j*rows]
			b[j] += p[i+j*rows]
		}
	}
	var v float32
	for i := range a {
		for j := range b {
			cell := p[i+j*rows]
			if cell > 0 {
				v += float32(cell * float32(float32(wLn(cell)-wLn(a[i]))-wLn(b[j])))
			}
		}
	}
	wStore(c.Out[0], 0, wUnit(c, v))
	return nil
}
