package properties

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// ragged names the size of an operation's lists, of which every row has one; "" for
// an operation without.
func ragged(op *reference.Op) string {
	for i := 1; i < len(op.In); i++ {
		if isOffsets(&op.In[i]) {
			return op.In[i-1].Dims[0]
		}
	}
	return ""
}

// isOffsets reports whether an input says where each row's list begins.
func isOffsets(a *reference.Arg) bool { return slices.Equal(a.Dims, []string{"rows+1"}) }

// list is where a row's list lies.
func list(c *reference.Call, row int) (from, to int) {
	at := c.Arg("offsets")
	return int(at.Int(row)), int(at.Int(row + 1))
}

// listed are the places of the given rows' elements, row after row. Offsets that
// fall or lead outside have none.
func listed(c *reference.Call, rows []int) []int {
	var places []int
	for _, r := range rows {
		from, to := list(c, r)
		for i := max(from, 0); i < min(to, c.In[1].Len()); i++ {
			places = append(places, i)
		}
	}
	return places
}

// offsetsOf are the offsets of the given rows' lists, one after another.
func offsetsOf(c *reference.Call, rows []int) reference.Tensor {
	t := reference.NewTensor(reference.I64, len(rows)+1)
	n := 0
	for i, r := range rows {
		n += len(listed(c, []int{r}))
		t.PutInt(i+1, int64(n))
	}
	return t
}

// relisted is the call with every row's list made anew from places in the old ones.
func relisted(c *reference.Call, places func(from, to int) []int) *reference.Call {
	n := remake(c, everyRow(c)...)
	var all []int
	at := reference.NewTensor(reference.I64, c.In[0].Shape[0]+1)
	for r := range c.In[0].Shape[0] {
		all = append(all, places(list(c, r))...)
		at.PutInt(r+1, int64(len(all)))
	}
	for i := range c.Op.In {
		switch a := &c.Op.In[i]; {
		case isOffsets(a):
			n.In[i] = at
		case len(a.Dims) > 0 && a.Dims[0] == ragged(c.Op):
			n.In[i] = gather(c.In[i], all)
		}
	}
	return n
}

// subsetOfLists is subset for a call with lists: some of its rows, or some of the
// lists' elements.
func subsetOfLists(c *reference.Call, dim string, keep []int) *reference.Call {
	if dim == "rows" {
		return again(c, named(remake(c, keep...)))
	}
	return again(c, named(relisted(c, func(from, to int) []int {
		lo, _ := slices.BinarySearch(keep, from)
		hi, _ := slices.BinarySearch(keep, to)
		return keep[lo:max(lo, hi)]
	})))
}

// everyRow lists a call's rows.
func everyRow(c *reference.Call) []int {
	rows := make([]int, c.In[0].Shape[0])
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// ofMasses reports whether an operation draws from masses, not from logits.
func ofMasses(op *reference.Op) bool { return slices.Contains(onWeights, op.Name) }

// massless is what a token without mass has.
func massless(op *reference.Op) float64 {
	if ofMasses(op) {
		return 0
	}
	return math.Inf(-1)
}
