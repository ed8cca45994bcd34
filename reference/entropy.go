package reference

import "math"

var entropyOp = &Op{
	Name: "entropy", Formula: "H = -sum_i p_i ln p_i, over ln 2 for bits",
	In: []Arg{withDomain(masses("p", "distribution"), massDomain("p"))},
	Out: []Arg{
		{Name: "H", Says: "entropy of each row", Unit: "nats or bits", Dims: rows, DTypes: real64, Judge: Bounded},
	},
	Choices: distributionChoices(),
	Ref:     entropy, Bound: entropyBound, Edges: entropyEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 20 * n, 4 * n },
	Cites: []string{"Shannon: A mathematical theory of communication, 1948"},
}

var entropyFromLogitsOp = &Op{
	Name: "entropy_from_logits", Formula: "H = ln S + sum_i p_i gap_i, p = softmax(x/T), gap_i = (m-x_i)/T",
	In: []Arg{logits(), temperature(true)},
	Out: []Arg{
		{Name: "H", Says: "entropy of each row", Unit: "nats or bits", Dims: rows, DTypes: real64, Judge: Bounded},
	},
	Choices: map[string][]string{"unit": {"nats", "bits"}},
	Ref:     entropyFromLogits, Bound: entropyFromLogitsBound, Edges: entropyFromLogitsEdges,
	Shapes: rowShapes, Work: func(d Dims) (int64, int64) { n := size(d); return 24 * n, 4 * n },
	Cites: []string{"Shannon 1948", "Blanchard, Higham, Higham 2021 (log-sum-exp)"},
}

// distributionChoices are those of every operation on rows of masses: the unit
// of the result, and whether each row is first divided by its total.
func distributionChoices() map[string][]string {
	return map[string][]string{"unit": {"nats", "bits"}, "normalise": {"no", "yes"}}
}

// unit divides nats into the unit chosen.
func (c *Call) unit() float64 {
	if c.Pick("unit") == "bits" {
		return math.Ln2
	}
	return 1
}

// distributions are row i of the inputs named, divided by their totals where
// that is chosen. A total that is 0 is refused.
func (c *Call) distributions(i int, names ...string) (rows [][]float64, bad *Reject) {
	for _, name := range names {
		p := c.Arg(name).Row(i, nil)
		if c.Pick("normalise") == "yes" {
			all := added(p)
			if all == 0 {
				return nil, &Reject{Op: c.Op.Name, Arg: name, Code: name + "_total", Value: "0 in total", Want: "some mass to normalise", Row: i}
			}
			for j := range p {
				p[j] /= all
			}
		}
		rows = append(rows, p)
	}
	return rows, nil
}

// rowsOf runs f on every row of the inputs named and stores what it returns, in
// the unit chosen: NaN where a row holds NaN or +Inf. Nothing is written if a
// row is refused.
func (c *Call) rowsOf(f func(i int, p [][]float64) float64, names ...string) error {
	n := c.In[0].Shape[0]
	v := make([]float64, n)
	for i := range n {
		p, bad := c.distributions(i, names...)
		if bad != nil {
			return bad
		}
		v[i] = math.NaN()
		if c.finiteRow(i, names...) {
			v[i] = f(i, p) / c.unit()
		}
	}
	for i := range n {
		c.Out[0].Put(i, v[i])
	}
	return nil
}

func (c *Call) finiteRow(i int, names ...string) bool {
	for _, name := range names {
		if !allFinite(c.Arg(name).Row(i, nil)) {
			return false
		}
	}
	return true
}

// entropy: H = -sum_i p_i ln p_i of each row. p is taken as given unless
// normalise is yes. p_i = 0 contributes exactly 0, so a one-hot row has the
// entropy 0.
//
// The snippet that clips p to [1e-9, 1] first gives a one-hot row of 50,000 an
// entropy of 0.001 nats. The entropy of [.97, .01, .01, .01], sometimes quoted as about
// 0.22 bits, is 0.2419.
func entropy(c *Call) error {
	return c.rowsOf(func(i int, p [][]float64) float64 {
		if c.Pick("normalise") == "yes" {
			s := c.shares(i, "p")
			return s.crossEntropy(&s)
		}
		var h sum
		for _, v := range p[0] {
			h.add(surprisal(v, v))
		}
		return h.value()
	}, "p")
}

// surprisal is -w ln q, 0 where w is.
func surprisal(w, q float64) float64 {
	if w == 0 {
		return 0
	}
	return -w*logOf(q) + 0
}

// entropyBound: absolute. Each term w*ln p errs by a few roundings of itself, and
// the sum as sums do.
func entropyBound(c, ref *Call, k Contract, out int) Bounds {
	return bounded(ref.Out[0], c.Out[0].DType, k, func(i int) []Term {
		if !c.finiteRow(i, "p") {
			return nil
		}
		rows, _ := c.distributions(i, "p")
		var b massBound
		for j, v := range rows[0] {
			if v > 0 {
				l := math.Abs(logOf(v))
				b.term(v*l, v*(2*k.LnULP+3)*l)
				b.vanish(k, v*l, c.In[0].Get(i*len(rows[0])+j), c.DType())
				b.moved += v * (l + 1)
			}
		}
		return b.terms(c, k, rows[0])
	})
}

// entropy_from_logits: H = ln S + sum_i p_i gap_i of softmax(x/T): all parts are
// at least 0 and nothing cancels, so the entropy of a nearly sure row is right to
// its last digits. T = 0 gives 0, T = +Inf ln n over what is not masked. A row
// with NaN, +Inf or nothing but -Inf has NaN; one without logits 0.
func entropyFromLogits(c *Call) error {
	eachRow(c, func(i int, r row) { c.Out[0].Put(i, r.entropy()/c.unit()) })
	return nil
}

func (r *row) entropy() float64 {
	switch {
	case r.kind == empty:
		return 0
	case r.kind != regular:
		return math.NaN()
	case r.T == 0:
		return 0
	}
	t, S := r.terms()
	var a sum
	for j, v := range t {
		a.add(part(v, r.gap(j)))
	}
	return r.logSum() + a.value()/S
}

// entropyFromLogitsBound: that of ln S, and of each gap under its probability. A
// kernel that is not tight may compute -sum p ln p, or lse - sum p x.
func entropyFromLogitsBound(c, ref *Call, k Contract, out int) Bounds {
	all := make([][]Term, c.In[0].Shape[0])
	eachRow(c, func(i int, r row) {
		if r.kind != regular || r.T == 0 {
			return
		}
		all[i] = r.entropyTerms(k, c.DType())
		u := k.Acc.Unit()
		all[i] = append(all[i], Term{"result", "4u*H", 4 * u * ref.Out[0].Get(i) * c.unit()})
		for j := range all[i] {
			all[i][j].Value /= c.unit()
		}
	})
	return bounded(ref.Out[0], c.Out[0].DType, k, func(i int) []Term { return all[i] })
}

func (r *row) entropyTerms(k Contract, in DType) []Term {
	e, ls, u := newRowError(r, r.softmax(), k, in), r.logSum(), k.Acc.Unit()
	sizes := make([]float64, len(r.x))
	var parts, lost float64
	for j, p := range e.p {
		if p == 0 {
			continue
		}
		d := r.gap(j)
		sizes[j] = p * d
		parts += p * d * (e.relative(j) + u*(e.perGap()+2))
		if k.Level != "tight" {
			l := d + ls
			parts += p * (e.relative(j)*(1+ls+math.Abs(r.x[j])/r.T) + u*(2*k.LnULP+2)*l)
			sizes[j] = p * (l + math.Abs(r.x[j])/r.T)
		}
		lost += min(p, 2*k.tiny(k.Acc)) * (d + 1)
	}
	t := e.logSumTerms(ls)
	if k.Level != "tight" {
		t = e.lseTerms(ls)
	}
	return append(t, Term{"probabilities and gaps", "sum p_i gap_i (relative bound of p_i + c*u); |ln p_i| and |x_i|/T more unless tight", parts},
		k.sumTerm("p_i gap_i", sizes), Term{"underflow", "terms that may vanish", lost})
}
