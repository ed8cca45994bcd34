package outside

import (
	"math"
	"sort"

	"github.com/seed-210c9500/assay/reference"
)

var (
	wInf = float32(math.Inf(1))
	wNaN = float32(math.NaN())
)

// wLoad widens row r of a matrix into the kernels' working type.
func wLoad(t reference.Tensor, r int) []float32 {
	x := make([]float32, t.Shape[1])
	for j, v := range t.Row(r, nil) {
		x[j] = float32(v)
	}
	return x
}

// wStore stores an element of an output that may be absent.
func wStore(t reference.Tensor, flat int, v float32) {
	if !t.Absent() {
		t.Put(flat, float64(v))
	}
}

// wStoreInt is wStore for integers.
func wStoreInt(t reference.Tensor, flat, v int) {
	if !t.Absent() {
		t.PutInt(flat, int64(v))
	}
}

func wStoreRow(t reference.Tensor, r int, y []float32) {
	for j, v := range y {
		wStore(t, r*len(y)+j, v)
	}
}

func wExp(v float32) float32 { return float32(math.Exp(float64(v))) }
func wLn(v float32) float32  { return float32(math.Log(float64(v))) }

func wIsInf(v float32, sign int) bool { return math.IsInf(float64(v), sign) }

// wTop is the largest value of a row and its lowest index; ok says that the row
// has a softmax: something finite in it, and neither NaN nor +Inf.
func wTop(x []float32) (m float32, at int, ok bool) {
	m, ok = -wInf, true
	for j, v := range x {
		if v != v || wIsInf(v, 1) {
			ok = false
		}
		if v > m {
			m, at = v, j
		}
	}
	return m, at, ok && !wIsInf(m, -1)
}

// wLimit is the logsumexp of a row that wTop turns down.
func wLimit(x []float32) float32 {
	m := -wInf
	for _, v := range x {
		if v != v {
			return wNaN
		}
		m = max(m, v)
	}
	return m
}

// wGap is (x-m)/T <= 0, with the limits at T = +Inf.
func wGap(x, m, T float32) float32 {
	d := float32(x - m)
	if d == 0 || wIsInf(d, -1) {
		return d
	}
	return float32(d / T)
}

// wOver is x/T; at T = +Inf what is finite is 0 and -Inf stays.
func wOver(x, T float32) float32 {
	if wIsInf(T, 1) && wIsInf(x, -1) {
		return x
	}
	return float32(x / T)
}

// wTerms are exp((x-m)/T) and their sum.
func wTerms(x []float32, m, T float32) (t []float32, s float32) {
	t = make([]float32, len(x))
	for j, v := range x {
		t[j] = wExp(wGap(v, m, T))
		s += t[j]
	}
	return t, s
}

// wSoftmax is a row's softmax, without a mistake.
func wSoftmax(x []float32, T float32) []float32 {
	y := make([]float32, len(x))
	m, at, ok := wTop(x)
	switch {
	case !ok:
		wFill(y, wNaN)
	case T == 0:
		y[at] = 1
	default:
		t, s := wTerms(x, m, T)
		for j := range y {
			y[j] = float32(t[j] / s)
		}
	}
	return y
}

// wSpecialRow stores what softmax (log: log_softmax) is where no sum is needed.
func wSpecialRow(c *reference.Call, r int, x []float32, T float32, log bool) bool {
	_, at, ok := wTop(x)
	y := make([]float32, len(x))
	switch {
	case len(x) == 0:
		return true
	case !ok:
		wFill(y, wNaN)
	case T == 0 && log:
		wFill(y, -wInf)
		y[at] = 0
	case T == 0:
		y[at] = 1
	default:
		return false
	}
	wStoreRow(c.Out[0], r, y)
	return true
}

func wFill(y []float32, v float32) {
	for j := range y {
		y[j] = v
	}
}

// wLse is the logsumexp of x/T for a row with a softmax, as m/T and the rest.
func wLse(x []float32, m, T float32) (top, rest float32) {
	_, s := wTerms(x, m, T)
	return wOver(m, T), wLn(s)
}

// wRanked are the indices of a row: NaN first, value descending, index ascending.
func wRanked(x []float32) []int {
	order := make([]int, len(x))
	for j := range order {
		order[j] = j
	}
	sort.SliceStable(order, func(a, b int) bool {
		u, v := x[order[a]], x[order[b]]
		return u > v || u != u && v == v
	})
	return order
}

// wUnfit refuses a call with a row that no token can be drawn from.
func wUnfit(c *reference.Call) error {
	for r := range c.In[0].Shape[0] {
		if _, _, ok := wTop(wLoad(c.In[0], r)); !ok {
			_, err := c.Truth()
			return err
		}
	}
	return nil
}

// wParam is a parameter in the working type.
func wParam(c *reference.Call, name string, r int) float32 { return float32(c.Param(name, r)) }

// wWord is a 64-bit parameter, 0 where it is absent.
func wWord(c *reference.Call, name string, r int) uint64 {
	switch t := c.Arg(name); {
	case t.Absent():
		return 0
	case len(t.Shape) == 0:
		return t.Bits(0)
	default:
		return t.Bits(r)
	}
}

// wChecked runs the checks every kernel shares before its body.
func wChecked(body func(*reference.Call) error) func(*reference.Call) error {
	return func(c *reference.Call) error {
		if err := c.Check(); err != nil {
			return err
		}
		return body(c)
	}
}
