package properties

import "math"

var mutualInformationLaws = []Law{
	// Rows and columns mixed up where a table is not square; a marginal of the
	// wrong axis.
	law("transposed", "a table and its transpose have the same information", onTables, nil, (*trial).transposed),
	// A product of counts in 32 bits; cancellation below 0; H(X) + H(Y) + H(XY).
	law("information_range", "information is at least 0 and at most either variable's entropy", onTables, nil, (*trial).informationRange),
	// Marginals from rounded sums, a cell without mass that counts.
	law("independent", "the product of two distributions holds no information", onTables, nil, (*trial).independent),
	// 0 ln 0, or a division by a marginal of 0.
	law("empty_cells", "an empty row and an empty column change nothing", onTables, nil, (*trial).emptyCells),
}

// table makes a call on another table.
func (t *trial) table(rows, cols int, cell func(i, j int) float64) (*reply, bool) {
	return t.again(with(t.c.Call, "joint", Matrix(t.c.Call.DType(), rows, cols, cell)))
}

// size of the table; 0 where it is too large for a law.
func (t *trial) size() (rows, cols int) {
	s := t.c.Call.In[0].Shape
	if s[0]*s[1] > 1<<13 {
		return 0, 0
	}
	return s[0], s[1]
}

func (t *trial) transposed() {
	n, m := t.size()
	if n*m == 0 {
		return
	}
	joint := t.c.Call.In[0]
	if b, ok := t.table(m, n, func(i, j int) float64 { return joint.Get(j*m + i) }); ok {
		t.alike(0, t.first, 0, b, 0, same, false, "transposed")
	}
}

// informationRange: with a total of S the information is S (I' - ln S), I' that of
// the distribution.
func (t *trial) informationRange() {
	n, m := t.size()
	all, ok := t.mass(0)
	if n*m == 0 || !ok || all == 0 {
		return
	}
	r, c := make([]float64, n), make([]float64, m)
	for i := range n {
		for j := range m {
			v := t.c.Call.In[0].Get(i*m+j) / all
			r[i] += v
			c[j] += v
		}
	}
	most, by, off := min(entropyOf(r), entropyOf(c)), 1.0, 0.0
	if t.c.Call.Pick("normalise") != "yes" {
		by, off = all, -all*math.Log(all)
	}
	unit, near := perUnit(t.c.Call), 0x1p-44*(by*(1+most)+math.Abs(off))
	t.atLeast(t.first, 0, 0, off/unit, near, "less than none")
	t.atMost(t.first, 0, 0, (by*most+off)/unit, near, "more than a variable has")
}

func (t *trial) independent() {
	if n, m := t.size(); n*m == 0 {
		return
	}
	// Powers of two that add up to 1: every sum is exact, in every type.
	row, col := []float64{1, 2, 4, 1, 8}, []float64{1, 1, 2, 4}
	cells := func(i, j int) float64 { return row[i] * col[j] / 128 }
	if b, ok := t.table(len(row), len(col), cells); ok {
		t.expect(b, 0, 0, 0, 0x1p-48, "a product of distributions")
	}
}

func (t *trial) emptyCells() {
	n, m := t.size()
	if n*m == 0 {
		return
	}
	joint := t.c.Call.In[0]
	b, ok := t.table(n+1, m+1, func(i, j int) float64 {
		if i == n/2 || j == m {
			return 0
		}
		if i > n/2 {
			i--
		}
		return joint.Get(i*m + j)
	})
	if ok {
		t.alike(0, t.first, 0, b, 0, same, false, "an empty row and column added")
	}
}
