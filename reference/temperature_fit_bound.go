package reference

import (
	"fmt"
	"math"
)

// temperatureFitBound judges by what is minimised, not by where: a kernel that
// sees losses with an error e cannot tell temperatures apart whose true losses
// differ by less than 2e, so every T whose loss is within 2e of the best is
// right. The loss is convex in 1/T: these make an interval. Where all gaps are 0
// nothing is rounded, and T = 1 is exact.
func temperatureFitBound(c, ref *Call, k Contract, out int) Bounds {
	b := exactly(ref.Out[out])
	f := c.fitRows()
	if len(f.rows) == 0 || f.flat() && out != 1 {
		return b
	}
	f.T, f.side = ref.Out[0].Get(0), int(ref.Out[2].Int(0))
	d := c.Out[0].DType
	e := f.lossError(k, c.DType())
	best := f.nll(f.T)
	far := func(T float64) bool { return f.nll(T)-best > 2*e }
	terms := []Term{{"losses", "2e, e = mean over rows of the error of a loss, and of their sum", 2 * e}}
	switch out {
	case 0:
		cold, hot := f.reach(coldest, d, far), f.reach(hottest, d, far)
		b.Lo[0], b.Hi[0] = cold*(1-4*d.Unit()), hot*(1+4*d.Unit())
		terms = []Term{{"temperatures", fmt.Sprintf("all whose loss is within 2e of the best, e = %.3g", e), max(hot-f.T, f.T-cold)}}
	case 1:
		b.widen(0, 3*e, c.Out[1].DType, k)
		terms = append([]Term{{"losses", "3e: a temperature within 2e of the best, its loss seen with an error e", 3 * e}}, k.lastTerms(best, c.Out[1].DType)...)
	case 2:
		b.Lo[0], b.Hi[0] = float64(min(f.side, 0)), float64(max(f.side, 0))
		if !far(coldest) {
			b.Lo[0] = -1
		}
		if !far(hottest) {
			b.Hi[0] = 1
		}
	}
	b.Terms = func(int) []Term { return terms }
	return b
}

// flat says that no temperature changes the loss: the logits of each row that are
// above -Inf are equal.
func (f *fit) flat() bool {
	for i := range f.rows {
		r := &f.rows[i]
		for _, v := range r.x {
			if v != r.max && !math.IsInf(v, -1) {
				return false
			}
		}
	}
	return true
}

// reach is the temperature farthest towards end that is not far, to within a
// rounding of type d.
func (f *fit) reach(end float64, d DType, far func(float64) bool) float64 {
	if !far(end) {
		return end
	}
	near := f.T
	for range 60 {
		if math.Abs(end-near) <= d.Unit()*near {
			break
		}
		mid := math.Sqrt(near) * math.Sqrt(end)
		if far(mid) {
			end = mid
		} else {
			near = mid
		}
	}
	return end
}

// lossError is the error of the mean loss at the best temperature.
func (f *fit) lossError(k Contract, in DType) float64 {
	u := k.Acc.Unit()
	var all float64
	losses := make([]float64, len(f.rows))
	for i := range f.rows {
		r := &f.rows[i]
		r.T = f.T
		e := newRowError(r, r.softmax(), k, in)
		ls, gap := r.logSum(), r.gap(f.label[i])
		losses[i] = ls + gap
		moved := e.rest
		if k.Level != "tight" {
			moved = 1
			all += u * (2*k.LnULP + 2*(ls+2*math.Abs(r.max)/r.T) + 2*math.Abs(r.x[f.label[i]])/r.T)
		}
		all += u * (e.perGap()*e.D + moved*(2*k.ExpULP+e.sum+2) + e.all + 2*k.LnULP*ls + 6*(ls+gap))
	}
	n := float64(len(f.rows))
	return all/n + u*(k.spread(losses)+3)*f.nll(f.T)
}
