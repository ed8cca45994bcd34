package outside

import (
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

var rightCalibration = []Kernel{
	{Op: "ece", DType: reference.F32, Run: rECE,
		How: "Neumaier sums of confidence and counts of hits per bin, gaps from their difference"},
	{Op: "brier", DType: reference.F16, Run: rBrier,
		How: "squares by FMA in 16 lanes"},
	{Op: "temperature_fit", DType: reference.F32, Run: rTemperatureFit,
		How: "Newton steps in 1/T between bounds that close in, float64 inside"},
}

// rBins puts every sample into its bin.
func rBins(c *reference.Call, conf []float32, bins int) []int {
	at := make([]int, len(conf))
	if c.Pick("scheme") == "equal_mass" {
		order := make([]int, len(conf))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int {
			switch {
			case conf[a] < conf[b]:
				return -1
			case conf[a] > conf[b]:
				return 1
			}
			return 0
		})
		for r, i := range order {
			at[i] = int(int64(r) * int64(bins) / int64(len(conf)))
		}
		return at
	}
	for i, v := range conf { // 24 bits times 21: the product is exact
		at[i] = max(0, int(math.Ceil(float64(v)*float64(bins)))-1)
	}
	return at
}

func rECE(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	bins, conf := int(c.Param("bins", 0)), rFlat(c.In[0])
	if len(conf) == 0 {
		c.Out[0].Put(0, math.NaN())
		rSet(c.Out[1], 0, rNaN)
		return nil
	}
	members, right := make([][]float32, bins), make([]int, bins)
	for i, b := range rBins(c, conf, bins) {
		members[b] = append(members[b], conf[i])
		right[b] += int(c.In[1].Int(i))
	}
	var total, worst float32
	all := float32(len(conf))
	for b, v := range members {
		if len(v) == 0 {
			continue
		}
		n := float32(len(v))
		gap := rAbs(float32(right[b])-rSumNeumaier(v)) / n
		worst = max(worst, gap)
		if c.Pick("norm") == "l2" {
			gap = float32(gap * gap)
		}
		total += float32(n / all * gap)
	}
	switch c.Pick("norm") {
	case "l2":
		total = float32(math.Sqrt(float64(total)))
	case "max":
		total = worst
	}
	rSet(c.Out[0], 0, total)
	rSet(c.Out[1], 0, worst)
	return nil
}

func rBrier(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	var lane [16]float32
	for i, v := range rFlat(c.In[0]) {
		d := v - float32(c.In[1].Int(i))
		lane[i&15] = rFMA(d, d, lane[i&15])
	}
	rSet(c.Out[0], 0, rSumLanes(lane[:], 16)/float32(c.In[0].Len()))
	return nil
}

// rFitRow is one counted row: gaps from its maximum, and the label's.
type rFitRow struct {
	gap   []float64
	label float64
}

// rSlope is the derivative of the summed loss in 1/T, and its own derivative.
func rSlope(rows []rFitRow, beta float64) (slope, curve float64) {
	for _, r := range rows {
		var s, first, second float64
		for _, d := range r.gap {
			if e := math.Exp(-d * beta); e > 0 {
				s += e
				first += e * d
				second += e * d * d
			}
		}
		mean := first / s
		slope += r.label - mean
		curve += second/s - mean*mean
	}
	return slope, curve
}

func rTemperatureFit(c *reference.Call) error {
	if err := c.Check(); err != nil {
		return err
	}
	label := rLabelsOf(c)
	var rows []rFitRow
	for i := range c.In[0].Shape[0] {
		if label.ignored(i) {
			continue
		}
		x := rRow(c.In[0], i)
		m, _, _ := rScan(x)
		r := rFitRow{label: float64(m) - float64(x[label.label.Int(i)])}
		for _, v := range x {
			r.gap = append(r.gap, float64(m)-float64(v))
		}
		rows = append(rows, r)
	}
	T, side := rBestTemperature(rows)
	nll := 0.0
	for _, r := range rows {
		var s float64
		for _, d := range r.gap {
			s += math.Exp(-d / T)
		}
		nll += r.label/T + math.Log(s)
	}
	c.Out[0].Put(0, T)
	rSet(c.Out[1], 0, float32(nll/float64(len(rows))))
	if !c.Out[2].Absent() {
		c.Out[2].PutInt(0, int64(side))
	}
	return nil
}

func rBestTemperature(rows []rFitRow) (T float64, side int) {
	if len(rows) == 0 {
		return math.NaN(), 0
	}
	lo, hi := 0.01, 100.0
	at, _ := rSlope(rows, lo)
	end, _ := rSlope(rows, hi)
	switch {
	case at == 0 && end == 0:
		return 1, 0
	case at >= 0:
		return 100, 1
	case end <= 0:
		return 0.01, -1
	}
	beta := 1.0
	for range 200 {
		slope, curve := rSlope(rows, beta)
		if slope == 0 {
			break
		}
		if slope < 0 {
			lo = beta
		} else {
			hi = beta
		}
		next := beta - slope/curve
		if !(next > lo && next < hi) {
			next = lo + (hi-lo)/2
		}
		if math.Abs(next-beta) <= 0x1p-50*beta {
			break
		}
		beta = next
	}
	return 1 / beta, 0
}
