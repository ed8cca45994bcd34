package outside

import (
	"math"
	"sort"

	"github.com/seed-210c9500/assay/reference"
)

var wrongCalibration = []Kernel{
	{Op: "ece", DType: reference.F32, Contract: "level=tight", Run: wChecked(wRoundedEdges),
		Bug: "declares tight and rounds conf*B to float32 before ceil: the float32 just above 0.1 falls in bin 0"},
	{Op: "brier", DType: reference.F16, Run: wChecked(wSquaresInStorage),
		Bug: "difference and square are rounded to f16 before they are added"},
	{Op: "temperature_fit", DType: reference.F32, Run: wChecked(wLastBatchDropped),
		Bug: "fits whole batches of 64 rows: what is left of more than 64 is dropped"},
}

// wBins are the bins of samples, equal width ones from the rounded product.
func wBins(c *reference.Call) []int {
	n, bins := c.In[0].Len(), int(c.Param("bins", 0))
	at, order := make([]int, n), make([]int, n)
	for i := range at {
		order[i] = i
		product := float32(float32(c.In[0].Get(i)) * float32(bins))
		at[i] = min(max(int(math.Ceil(float64(product)))-1, 0), bins-1)
	}
	if c.Pick("scheme") == "equal_mass" {
		sort.SliceStable(order, func(a, b int) bool { return c.In[0].Get(order[a]) < c.In[0].Get(order[b]) })
		for rank, i := range order {
			at[i] = int(int64(rank) * int64(bins) / int64(n))
		}
	}
	return at
}

func wRoundedEdges(c *reference.Call) error {
	bins, n := int(c.Param("bins", 0)), c.In[0].Len()
	count, off := make([]float64, bins), make([]float64, bins)
	for i, b := range wBins(c) {
		count[b]++
		off[b] += float64(c.In[1].Int(i)) - c.In[0].Get(i)
	}
	var total, worst float64
	for b := range off {
		if count[b] == 0 {
			continue
		}
		gap := math.Abs(off[b]) / count[b]
		worst = max(worst, gap)
		if c.Pick("norm") == "l2" {
			gap *= gap
		}
		total += count[b] / float64(n) * gap
	}
	switch c.Pick("norm") {
	case "l2":
		total = math.Sqrt(total)
	case "max":
		total = worst
	}
	if n == 0 {
		total, worst = math.NaN(), math.NaN()
	}
	wStore(c.Out[0], 0, float32(total))
	wStore(c.Out[1], 0, float32(worst))
	return nil
}

func wSquaresInStorage(c *reference.Call) error {
	var s float64
	n := c.In[0].Len()
	for i := range n {
		d := reference.F16.Round(c.In[0].Get(i) - float64(c.In[1].Int(i)))
		s += reference.F16.Round(d * d)
	}
	wStore(c.Out[0], 0, float32(s/float64(n)))
	return nil
}

func wLastBatchDropped(c *reference.Call) error {
	rows, labels := wFitRows(c)
	T, side := 1.0, 0
	const coldest, hottest, batch = 0.01, 100.0, 64
	if n := len(rows); n > batch {
		rows = rows[:n-n%batch]
	}
	low, high := wSlope(rows, labels, hottest), wSlope(rows, labels, coldest)
	switch {
	case len(rows) == 0:
		T = math.NaN()
	case low == 0 && high == 0:
	case low >= 0:
		T, side = hottest, 1
	case high <= 0:
		T, side = coldest, -1
	default:
		a, b := 1/hottest, 1/coldest
		for range 100 {
			if mid := (a + b) / 2; wSlope(rows, labels, 1/mid) < 0 {
				a = mid
			} else {
				b = mid
			}
		}
		T = 1 / b
	}
	var nll float64
	for i, x := range rows {
		m, s := wMass(x, T, func(float64) float64 { return 1 })
		nll += (m-x[labels[i]])/T + math.Log(s)
	}
	wStore(c.Out[0], 0, float32(T))
	wStore(c.Out[1], 0, float32(nll/float64(len(rows))))
	wStoreInt(c.Out[2], 0, side)
	return nil
}

// wFitRows are the rows that count.
func wFitRows(c *reference.Call) (rows [][]float64, labels []int) {
	for r := range c.In[0].Shape[0] {
		if !wIgnored(c, r) {
			rows = append(rows, c.In[0].Row(r, nil))
			labels = append(labels, int(c.Arg("label").Int(r)))
		}
	}
	return rows, labels
}

// wMass is the maximum m of a row and sum exp(-(m-x)/T) f(m-x).
func wMass(x []float64, T float64, f func(d float64) float64) (m, s float64) {
	m = math.Inf(-1)
	for _, v := range x {
		m = max(m, v)
	}
	for _, v := range x {
		if t := math.Exp(-(m - v) / T); t > 0 {
			s += t * f(m-v)
		}
	}
	return m, s
}

// wSlope is the derivative of the summed loss in 1/T.
func wSlope(rows [][]float64, labels []int, T float64) (s float64) {
	for i, x := range rows {
		m, mass := wMass(x, T, func(float64) float64 { return 1 })
		_, first := wMass(x, T, func(d float64) float64 { return d })
		s += m - x[labels[i]] - first/mass
	}
	return s
}
