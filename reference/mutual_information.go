package reference

import "math"

var mutualInformationOp = &Op{
	Name: "mutual_information", Formula: "I = sum_ij p_ij ln(p_ij / (r_i c_j)), r and c the sums of rows and columns",
	In: []Arg{
		withDomain(Arg{Name: "joint", Says: "joint distribution, or counts with normalise=yes", Unit: "1", Dims: matrix, DTypes: floats}, massDomain("joint")),
	},
	Out: []Arg{
		{Name: "mi", Says: "mutual information", Unit: "nats or bits", DTypes: real64, Judge: Bounded},
	},
	Choices: distributionChoices(),
	Ref:     mutualInformation, Bound: mutualInformationBound, Edges: mutualInformationEdges,
	Shapes: []Dims{{"rows": 16, "vocab": 16}, {"rows": 256, "vocab": 256}, {"rows": 1000, "vocab": 1000}},
	Work:   func(d Dims) (int64, int64) { n := size(d); return 40 * n, 4 * n },
	Cites:  []string{"Shannon 1948", "Cover, Thomas: Elements of information theory, 2006, ch. 2.3"},
}

// mutual_information of a joint table p: the divergence of p from the product of
// its marginals r_i = sum_j p_ij and c_j = sum_i p_ij. With normalise=yes the
// table is first divided by its total, so that it may hold counts (exact in
// float32 below 2^24); otherwise it is taken as given. A cell of 0 contributes
// exactly 0; a table with NaN or +Inf has NaN, an empty one 0.
//
// Counts are not multiplied: a product of two marginals around 46341 leaves 32-bit
// integers.
func mutualInformation(c *Call) error {
	p, bad := c.joint()
	if bad != nil {
		return bad
	}
	if !allFinite(p) {
		c.Out[0].Put(0, math.NaN())
		return nil
	}
	if c.Pick("normalise") == "yes" {
		c.Out[0].Put(0, c.dependence()/c.unit())
		return nil
	}
	r, col := c.marginals(p)
	var s sum
	for f, v := range p {
		if v > 0 {
			s.add(v * logCell(v, r[f/len(col)], col[f%len(col)]))
		}
	}
	c.Out[0].Put(0, s.value()/c.unit())
	return nil
}

// dependence is the information in the shares of the table: as in shares, the
// division by the total is put off and r_i c_j - p_ij added to each term.
func (c *Call) dependence() float64 {
	n := c.In[0].Shape[1]
	all := make([]float64, c.In[0].Len())
	for i := range all {
		all[i] = c.In[0].Get(i)
	}
	p := newShares(all)
	rows, cols := make([]sum, c.In[0].Shape[0]), make([]sum, n)
	for f, v := range p.v {
		rows[f/n].add(v)
		cols[f%n].add(v)
	}
	var s sum
	for f, v := range p.v {
		r, col := rows[f/n].double(), cols[f%n].double()
		if r.hi < col.hi {
			r, col = col, r
		}
		if v > 0 && r.hi/p.total.hi*col.hi < 0x1p-900 { // the product loses digits, and counts for nothing beside v
			s.add(v*(logOf(v)-logOf(r.hi)-logOf(col.hi)+logOf(p.total.hi)) - v)
			continue
		}
		s.add(excessOver(v, r.divided(p.total).times(col)))
	}
	return s.value() / p.total.value()
}

// joint is the table, row after row, divided by its total where chosen.
func (c *Call) joint() ([]float64, *Reject) {
	p := make([]float64, c.In[0].Len())
	for i := range p {
		p[i] = c.In[0].Get(i)
	}
	if c.Pick("normalise") == "yes" {
		all := added(p)
		if all == 0 {
			return nil, &Reject{Op: c.Op.Name, Arg: "joint", Code: "joint_total", Value: "0 in total", Want: "some mass to normalise", Row: -1}
		}
		for i := range p {
			p[i] /= all
		}
	}
	return p, nil
}

func (c *Call) marginals(p []float64) (rows, cols []float64) {
	n := c.In[0].Shape[1]
	rows, cols = make([]float64, c.In[0].Shape[0]), make([]float64, n)
	at := make([]sum, n)
	for i := range rows {
		var s sum
		for j := range n {
			s.add(p[i*n+j])
			at[j].add(p[i*n+j])
		}
		rows[i] = s.value()
	}
	for j := range at {
		cols[j] = at[j].value()
	}
	return rows, cols
}

// logCell is ln(p/(r c)) for p > 0, near 1 from the difference p - r c.
func logCell(p, r, c float64) float64 {
	e := r * c
	switch x := p / e; {
	case e < 0x1p-1000 || e > 0x1p1000 || x > 0x1p1000:
		return logOf(p) - logOf(r) - logOf(c)
	case x <= 0.5 || x >= 2:
		return logOf(x)
	}
	d := math.FMA(-r, c, p)
	return math.Log1p(d / e)
}

// mutualInformationBound: absolute. As kl's, three logarithms a cell, with the
// sums that the marginals are; unless tight H(r) + H(c) - H(p) is open, and a
// cell's product r_i c_j may be formed.
func mutualInformationBound(c, ref *Call, k Contract, out int) Bounds {
	p, _ := c.joint()
	if !allFinite(p) {
		return exactly(ref.Out[0])
	}
	r, col := c.marginals(p)
	n := len(col)
	var b massBound
	sr, sc := make([]float64, len(r)), make([]float64, n)
	column := make([]float64, len(r))
	for i := range sr {
		sr[i] = k.spread(p[i*n : (i+1)*n])
	}
	for j := range sc {
		for i := range column {
			column[i] = p[i*n+j]
		}
		sc[j] = k.spread(column)
	}
	for f, v := range p {
		if v == 0 {
			continue
		}
		i, j := f/n, f%n
		l := logCell(v, r[i], col[j])
		logs := math.Abs(logOf(v)) + math.Abs(logOf(r[i])) + math.Abs(logOf(col[j]))
		size := math.Abs(v * l)
		if k.Level != "tight" {
			size = v * logs
		}
		b.term(size, v*(2*k.LnULP*logs+4*math.Abs(l)+6+sr[i]+sc[j]))
		b.moved += v * (math.Abs(l) + 3)
		b.vanish(k, size+v, c.In[0].Get(f), c.DType())
	}
	terms := b.terms(c, k, p)
	return bounded(ref.Out[0], c.Out[0].DType, k, func(int) []Term { return terms })
}

// table declares an edge of a joint table of two columns.
func tableEdge(name, says string, want Answer, cells ...float64) Edge {
	return Edge{Name: name, Says: says, Want: map[string]Answer{"ieee": want},
		Make: func(op *Op, d DType) *Call {
			return op.NewCall(map[string]Tensor{"joint": Of(d, []int{len(cells) / 2, 2}, cells...)}, nil)
		}}
}

var mutualInformationEdges = []Edge{
	tableEdge("independent", "independent: exactly 0", values(0), 0.25, 0.25, 0.25, 0.25),
	tableEdge("deterministic", "one decides the other: its entropy, ln 2", values(math.Ln2), 0.5, 0, 0, 0.5),
	tableEdge("deterministic_bits", "1 bit", values(1), 0.5, 0, 0, 0.5).choosing("unit", "bits"),
	tableEdge("counts", "counts, normalised", values(math.Ln2), 64, 0, 0, 64).choosing("normalise", "yes"),
	tableEdge("large_counts", "counts whose products leave 31 bits", values(math.Ln2), 46592, 0, 0, 46592).choosing("normalise", "yes"),
	tableEdge("constant", "a variable that never changes: 0", values(0), 0.5, 0, 0.5, 0),
	tableEdge("zero_row", "a row without mass contributes 0", values(math.Ln2), 0.5, 0, 0, 0.5, 0, 0),
	tableEdge("empty", "no cells: 0", values(0)),
	tableEdge("normalised_zero", "no mass to normalise: refused", refused("joint_total"), 0, 0).choosing("normalise", "yes"),
	tableEdge("nan", "NaN: NaN", values(nan), nan, 1),
	tableEdge("infinite", "+Inf: NaN", values(nan), inf, 1),
	tableEdge("negative", "a negative mass: refused", refused("joint_negative"), 1, -1),
}
