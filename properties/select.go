package properties

import "math"

var selectionLaws = []Law{
	// A search that starts at 0, a compare that NaN passes, the last of equals.
	law("largest_first", "no value of the row is larger than the one found, none before it equal; NaN is larger than every number", []string{"argmax"}, nil, (*trial).largestFirst),
	// A tail not looked at, an index given twice, a value from another place.
	law("ranks_whole", "the values found are those at their indices, descending, equals by index; nothing left out is larger", []string{"top_k"}, nil, (*trial).ranksWhole),
	// Another path for another k, which resolves ties in another way.
	law("fewer_is_a_prefix", "fewer of the largest are the first of more", []string{"top_k"}, nil, (*trial).fewer),
	// A lane that is not compared, an index of the block for that of the row.
	law("turned_round", "a row turned round has its largest, turned round", []string{"argmax", "top_k"}, nil, (*trial).turnedRound),
}

// outranks reports whether a comes before b in value: NaN before every number.
func outranks(a, b float64) bool { return a > b || math.IsNaN(a) && !math.IsNaN(b) }

func (t *trial) largestFirst() {
	out := t.first.call.Out[0]
	for r := range out.Len() {
		x, got := t.row(r), out.Get(r)
		t.spoke = true
		if !(got >= 0 && got < float64(len(x))) {
			t.failf(t.first, 0, r, "index %v of %d", got, len(x))
			return
		}
		for j, v := range x {
			if best := x[int(got)]; outranks(v, best) || j < int(got) && !outranks(best, v) && t.k.Ties != "any" {
				t.failf(t.first, 0, r, "index %v holds %v, and index %d holds %v", got, best, j, v)
				return
			}
		}
	}
}

func (t *trial) ranksWhole() {
	index, value := t.first.call.Out[0], t.first.call.Out[1]
	k := index.Shape[1]
	for r := range index.Shape[0] {
		x, taken := t.row(r), map[int]bool{}
		t.spoke = true
		for n := range k {
			flat := r*k + n
			got := index.Get(flat)
			if !(got >= 0 && got < float64(len(x))) || taken[int(got)] {
				t.failf(t.first, 0, flat, "index %v of %d, or for the second time", got, len(x))
				return
			}
			j := int(got)
			taken[j] = true
			if v := value.Get(flat); v != x[j] && !(math.IsNaN(v) && math.IsNaN(x[j])) {
				t.failf(t.first, 1, flat, "the value is %v, and index %d holds %v", v, j, x[j])
				return
			}
			if n == 0 {
				continue
			}
			before := int(index.Get(flat - 1))
			if outranks(x[j], x[before]) || !outranks(x[before], x[j]) && before > j && t.k.Ties != "any" {
				t.failf(t.first, 0, flat, "index %d (%v) after index %d (%v)", j, x[j], before, x[before])
				return
			}
		}
		if k == 0 {
			continue
		}
		last := int(index.Get(r*k + k - 1))
		for j, v := range x {
			if !taken[j] && (outranks(v, x[last]) || !outranks(x[last], v) && j < last && t.k.Ties != "any") {
				t.failf(t.first, 0, r*k+k-1, "index %d holds %v and is left out, index %d with %v is not", j, v, last, x[last])
				return
			}
		}
	}
}

func (t *trial) fewer() {
	rows := t.few(3)
	k := t.first.call.Out[0].Shape[1]
	for _, fewer := range []int{1, k / 2, k - 1} {
		if fewer < 1 || fewer >= k || len(rows) == 0 {
			continue
		}
		c := remake(t.c.Call, rows...)
		give(c, "k", float64(fewer))
		c = again(c, named(c)) // outputs of the new size
		b, ok := t.again(c)
		if !ok {
			return
		}
		for i, r := range rows {
			for n := range fewer {
				if was, got := t.first.call.Out[0].Get(r*k+n), b.call.Out[0].Get(i*fewer+n); was != got && t.k.Ties != "any" {
					t.failf(b, 0, i*fewer+n, "number %d of %d is index %v, of %d index %v", n, fewer, got, k, was)
				}
				t.alike(1, t.first, r*k+n, b, i*fewer+n, same, true, "fewer asked for")
			}
		}
	}
}

func (t *trial) turnedRound() {
	rows := t.few(3)
	if len(rows) == 0 {
		return
	}
	v := t.c.Call.In[0].Shape[1]
	from := make([]int, v)
	for i := range from {
		from[i] = v - 1 - i
	}
	b, ok := t.again(columns(t.c.Call, rows, from))
	if !ok {
		return
	}
	each := b.call.Out[0].Len() / len(rows)
	for i, r := range rows {
		x := t.row(r)
		for n := range each {
			was, got := t.first.call.Out[0].Get(r*each+n), b.call.Out[0].Get(i*each+n)
			if !(got >= 0 && got < float64(v) && was >= 0 && was < float64(v)) {
				continue // another law's
			}
			p, q := x[int(was)], x[v-1-int(got)]
			if outranks(p, q) || outranks(q, p) {
				t.failf(b, 0, i*each+n, "turned round it is index %v, which holds %v; before it was %v", got, q, p)
				return
			}
		}
	}
}
