package properties

import (
	"math"

	"slices"
)

var (
	onEntropies = []string{"entropy", "entropy_from_logits"}
	onScalable  = []string{"entropy", "kl", "js", "cross_entropy_pq", "mutual_information"}
	onUnits     = []string{"entropy", "entropy_from_logits", "kl", "kl_from_logits", "js", "cross_entropy_pq", "mutual_information"}
)

var entropyLaws = []Law{
	// A sign lost; -sum p log2 p called nats; p ln p of a p above 1.
	law("entropy_range", "an entropy is at least 0 and at most ln n over the n tokens that have mass", onEntropies, nil, (*trial).entropyRange),
	// ln V of the padded width, a reduction that stalls.
	law("uniform_entropy", "equal masses have the entropy ln V", onEntropies, nil, (*trial).uniformEntropy),
	// Clipping at 1e-9: the entropy of a sure row is V*2e-8.
	law("sure_entropy", "one token with all the mass has the entropy 0", onEntropies, nil, (*trial).sureEntropy),
	// A mass counted twice, or halved, where lanes meet.
	law("grouping", "splitting every mass in two adds ln 2 for each", []string{"entropy"}, nil, (*trial).grouping),
	// Nats called bits, the factor turned round, given to one term only.
	law("units", "bits are nats over ln 2", onUnits, nil, (*trial).inUnits),
	// Normalised though not asked, not normalised though asked.
	law("masses_scale", "twice the masses change the result as the formula says; normalised, not at all", onScalable, nil, (*trial).massesScale),
}

// support counts what has mass, and adds it up.
func support(p []float64) (n int, all float64) {
	for _, v := range p {
		if v > 0 {
			n++
			all += v
		}
	}
	return n, all
}

// entropyRange: unnormalised masses of total S have -sum p ln p <= S ln(n/S), and
// at least 0 where none exceeds 1.
func (t *trial) entropyRange() {
	c := t.c.Call
	unit := perUnit(c)
	if c.Op.Name == "entropy_from_logits" {
		t.eachRegular(16, func(r, _, _ int, x []float64) {
			n := 0
			for _, v := range x {
				if !math.IsInf(v, -1) {
					n++
				}
			}
			t.atLeast(t.first, 0, r, 0, 0, "a negative entropy")
			t.atMost(t.first, 0, r, math.Log(float64(n))/unit, 0x1p-50, "an entropy above ln V")
		})
		return
	}
	t.eachMasses(16, func(r int, p []float64) {
		n, all := support(p)
		if n == 0 {
			t.expect(t.first, 0, r, 0, 0, "no mass")
			return
		}
		most, low := all*math.Log(float64(n)/all), 0.0
		for _, v := range p {
			if v > 1 {
				low -= v * math.Log(v)
			}
		}
		near := 0x1p-46 * (math.Abs(most) + all)
		t.atMost(t.first, 0, r, most/unit, near, "an entropy above that of equal masses")
		t.atLeast(t.first, 0, r, low/unit, near, "an entropy too small for its masses")
	})
}

func (t *trial) uniformEntropy() {
	rows := t.few(1)
	if len(rows) == 0 || t.c.Call.In[0].Shape[1] == 0 {
		return
	}
	c := remake(t.c.Call, rows...)
	v := c.In[0].Shape[1]
	of := 0.5
	if c.Op.Name == "entropy" {
		of = c.DType().Round(1 / float64(v))
	} else if t.greedyAny(rows) {
		return
	}
	for i := range v {
		c.In[0].Put(i, of)
	}
	want := math.Log(float64(v))
	if c.Op.Name == "entropy" && c.Pick("normalise") != "yes" {
		want = -float64(v) * of * math.Log(of)
	}
	if b, ok := t.again(c); ok {
		t.expect(b, 0, 0, want/perUnit(c), 0x1p-46*want, "equal masses")
	}
}

func (t *trial) sureEntropy() {
	rows := t.few(1)
	if len(rows) == 0 {
		return
	}
	c := remake(t.c.Call, rows...)
	v := c.In[0].Shape[1]
	none, one := 0.0, 1.0
	if c.Op.Name == "entropy_from_logits" {
		none = math.Inf(-1)
	}
	for i := range v {
		c.In[0].Put(i, none)
	}
	c.In[0].Put(v*2/3, one)
	if b, ok := t.again(c); ok {
		t.expect(b, 0, 0, 0, 0, "a sure token")
	}
}

// grouping: -sum 2 (p/2) ln (p/2) is H + S ln 2.
func (t *trial) grouping() {
	rows := t.few(2)
	if len(rows) == 0 {
		return
	}
	v := t.c.Call.In[0].Shape[1]
	from := make([]int, 2*v)
	for i := range from {
		from[i] = i % v
	}
	c := columns(t.c.Call, rows, from)
	if !times(c.In[0], 0.5) {
		return
	}
	b, ok := t.again(c)
	if !ok {
		return
	}
	for r, at := range rows {
		if p, ok := massRow(t.c.Call, "p", at); ok {
			add := total(p) * math.Ln2 / perUnit(c)
			t.alike(0, t.first, at, b, r, func(h float64) float64 { return h + add }, false, "every mass in two halves")
		}
	}
}

// massesScale: doubling p, and q where there is one, doubles every term p ln(..)
// and takes 2 S ln 2 off where the logarithm's argument doubles (entropy,
// cross-entropy) or halves (mutual information).
func (t *trial) massesScale() {
	c := t.c.Call
	var rows []int
	for r := range min(c.In[0].Shape[0], 64) {
		rows = append(rows, r)
	}
	if len(rows) != c.In[0].Shape[0] || c.In[0].Len() == 0 || c.In[0].Len() > 1<<13 {
		return
	}
	changed := remake(c, rows...)
	for _, name := range []string{"p", "q", "joint"} {
		if a := changed.Arg(name); !a.Absent() && !times(a, 2) {
			return
		}
	}
	b, ok := t.again(changed)
	if !ok {
		return
	}
	shrinks := c.Op.Name == "entropy" || c.Op.Name == "cross_entropy_pq" || slices.Contains(onTables, c.Op.Name)
	for i := range b.call.Out[0].Len() {
		all, ok := t.mass(i)
		if !ok {
			continue
		}
		f := same
		if c.Pick("normalise") != "yes" {
			f = func(v float64) float64 {
				if v *= 2; shrinks {
					v -= 2 * all * math.Ln2 / perUnit(c)
				}
				return v
			}
		}
		t.alike(0, t.first, i, b, i, f, false, "twice the masses")
	}
}

// mass is the total behind the i-th result: of a row, or of a table.
func (t *trial) mass(i int) (all float64, ok bool) {
	c := t.c.Call
	if !slices.Contains(onTables, c.Op.Name) {
		all = total(t.row(i))
	} else {
		for r := range c.In[0].Shape[0] {
			all += total(t.row(r))
		}
	}
	return all, !math.IsNaN(all) && !math.IsInf(all, 0)
}
