package reference

import (
	"fmt"
	"math"
)

// masks are the arguments that attention_softmax and attention share. keys names
// the size of a row of scores.
func masks(keys string, scale any) []Arg {
	return []Arg{
		{Name: "scale", Says: "multiplies the scores", Unit: "1", DTypes: real64, PerRow: true, Optional: true, Default: scale, Domain: scaleDomain},
		{Name: "softcap", Says: "c: scores become c*tanh(score/c); 0 for none", Unit: "nats", DTypes: real64, PerRow: true, Default: 0.0, Domain: softcapDomain},
		{Name: "offset", Says: "causal: row i sees keys j <= i + offset", Unit: "keys", DTypes: []DType{I64}, Default: 0.0},
		{Name: "lengths", Says: "row i sees keys j < lengths[i]", Unit: "keys", Dims: rows, DTypes: []DType{I64, I32}, Optional: true, Domain: keyLengthsDomain},
		{Name: "bias", Says: "added to the scores; -Inf hides", Unit: "nats", Dims: []string{"rows", keys}, DTypes: floats, Optional: true},
	}
}

// causal is the choice between seeing every key and seeing those up to one's own.
var causal = map[string][]string{"mask": {"none", "causal"}}

func scaleDomain(c *Call) *Reject {
	t := c.Arg("scale")
	for i := range t.Len() {
		if v := t.Get(i); !(v > 0) || math.IsInf(v, 1) {
			return &Reject{Op: c.Op.Name, Arg: "scale", Code: "scale_range", Value: fmt.Sprint(v), Want: "a finite number above 0", Row: i}
		}
	}
	return nil
}

func softcapDomain(c *Call) *Reject {
	t := c.Arg("softcap")
	for i := range t.Len() {
		if v := t.Get(i); !(v >= 0) || math.IsInf(v, 1) {
			return &Reject{Op: c.Op.Name, Arg: "softcap", Code: "softcap_range", Value: fmt.Sprint(v), Want: "a finite number >= 0, 0 for none", Row: i}
		}
	}
	return nil
}

func keyLengthsDomain(c *Call) *Reject {
	t, keys := c.Arg("lengths"), int64(c.keys())
	for i := range t.Len() {
		if v := t.Int(i); v < 0 || v > keys {
			return &Reject{Op: c.Op.Name, Arg: "lengths", Code: "lengths_range", Value: fmt.Sprint(v), Want: fmt.Sprintf("a number of keys in [0, %d]", keys), Row: i}
		}
	}
	return nil
}

// keys is how many keys there are, seen or not.
func (c *Call) keys() int {
	if k := c.Arg("K"); !k.Absent() {
		return k.Shape[0]
	}
	return c.In[0].Shape[1]
}

// seen is how many keys row i sees, from the first on.
func (c *Call) seen(i int) int {
	n := int64(c.keys())
	if t := c.Arg("lengths"); !t.Absent() {
		n = min(n, t.Int(i))
	}
	if c.Pick("mask") == "causal" {
		if t := c.Arg("offset"); t.Absent() || t.Int(0) < n { // no sum that could overflow
			n = min(n, int64(i)+1+int64(c.Param("offset", 0)))
		}
	}
	return int(max(n, 0))
}

// scores are z_j = cap(scale*s_j) + bias_j of row i; -Inf where the key is
// hidden, whatever s_j and bias_j hold.
func (c *Call) scores(i int, s []float64) []float64 {
	z := make([]float64, len(s))
	for j, v := range c.exactScores(i, s) {
		z[j] = v.value()
	}
	return z
}

// exactScores are the scores in twice the precision. Capped ones need it: what is
// left of their differences is small beside the cap they all are near.
func (c *Call) exactScores(i int, s []float64) []double {
	z := make([]double, len(s))
	for j := range z {
		z[j].hi = math.Inf(-1)
	}
	bias, softcap, scale := c.Arg("bias"), c.Param("softcap", i), c.scale(i)
	for j := range c.seen(i) {
		b := 0.0
		if !bias.Absent() {
			if b = bias.Get(i*len(s) + j); math.IsInf(b, -1) {
				continue
			}
		}
		v := exactProduct(scale, s[j])
		if softcap > 0 {
			v = capped(v, softcap)
		}
		if z[j] = v.plus(double{b, 0}); !allFinite([]float64{v.hi, b, z[j].hi}) {
			z[j] = double{v.hi + b, 0}
		}
	}
	return z
}

// capped is c*tanh(v/c).
func capped(v double, c float64) double {
	q := v.over(c)
	sign := math.Copysign(1, v.hi)
	a := double{sign * q.hi, sign * q.lo}
	var t double
	switch {
	case math.IsNaN(v.hi):
		return double{v.hi, 0}
	case a.hi > 40 || math.IsInf(v.hi, 0):
		t = double{1, 0}
	case a.hi < 0x1p-10: // a - a^3/3 + 2a^5/15 - 17a^7/315
		w := a.times(a)
		t = a.plus(a.times(w).times(double{-1, 0}.over(3).plus(w.times(double{2, 0}.over(15).plus(w.times(double{-17. / 315, 0}))))))
	default:
		m, k := expDouble(double{-2 * a.hi, -2 * a.lo})
		e := m.ldexp(k)
		t = double{1, 0}.minus(e).divided(double{1, 0}.plus(e))
	}
	return t.times(double{sign * c, 0})
}

// scale is row i's, 1/sqrt(d_k) of attention where none is given.
func (c *Call) scale(i int) float64 {
	if t := c.Arg("scale"); !t.Absent() {
		return t.At(i)
	}
	if k := c.Arg("K"); !k.Absent() {
		return 1 / math.Sqrt(float64(k.Shape[1]))
	}
	return 1
}

// weights is the softmax of scores, and their lse: no weight where there is no key
// to see.
func (c *Call) weights(z []double) (w []float64, lse float64) {
	values := make([]float64, len(z))
	for j, v := range z {
		values[j] = v.value()
	}
	r := newRow(values, 1, c.DType())
	if r.kind != regular {
		if lse, _ = r.logsumexp(); r.kind == allMasked || r.kind == empty {
			return make([]float64, len(z)), lse
		}
		return r.softmax(), lse
	}
	l := newLogRow(z, c.DType() == F64)
	_, lse = l.logs()
	return l.probabilities(), lse
}

// scoreError analyses row i of scores z as a kernel of contract k may have them,
// made from raw scores s that are themselves off by given (in nats, nil for not at
// all). Unless tight and neither capped nor biased, a score is rounded as it is
// formed, so its error grows with its size. Scores so low that nothing of them is
// left, such as a finite mask's, do not count.
func (c *Call) scoreError(i int, s, z, given []float64, k Contract) *rowError {
	r := newRow(append([]float64{}, z...), 1, c.DType())
	for j, v := range r.x {
		if d := r.max - v; d > 800 && d > math.Abs(v)/100 {
			r.x[j] = math.Inf(-1)
		}
	}
	p := r.softmax()
	e := newRowError(&r, p, k, c.DType())
	softcap, scale := c.Param("softcap", i), c.scale(i)
	formed := k.Level != "tight" || softcap > 0 || !c.Arg("bias").Absent()
	extra := 0.0
	for j, v := range r.x {
		if math.IsInf(v, -1) {
			continue
		}
		by := 2 * e.row.gap(j) // the scale's product, as a temperature's quotient
		if raw := math.Abs(scale * s[j]); formed {
			by += 3 * raw
			if softcap > 0 {
				capped := math.Abs(softcap * math.Tanh(raw/softcap))
				by += (2*k.ExpULP + 4) * capped
				raw = capped
			}
			if !c.Arg("bias").Absent() {
				by += 2*raw + 2*math.Abs(v)
			}
		}
		if given != nil {
			by += given[j] / e.u
		}
		extra = max(extra, by)
	}
	if scale != 1 || formed || given != nil {
		e.score += extra + 4*F64.Unit()/e.u*extra
		if k.FlushIn {
			e.score += scale * max(c.DType().MinNormal(), k.Acc.MinNormal()) / e.u
		}
		e.exact = e.exact && (extra == 0 || e.n == 1)
	}
	return e
}
