package reference

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// -ln(-ln u) to 20 digits of 60 (mpmath 1.3), and its condition |u df/du|.
var gumbels = []struct{ u, value, c float64 }{
	{0.5, 0.36651292058166432701, 1.443},
	{1e-09, -3.0312570225841751796, 0.04825},
	{0.999999, 13.815510057935310092, 1.0e+6},
	{1.1102230246251565e-16, -3.6037789929704575071, 0.02722},
	{0.9999999999999999, 36.736800569677101344, 9.007e+15},
	{0.3678794411714423, -1.1711009840963588041e-16, 1.0},
	{0.75, 1.2458993237072381984, 3.476},
}

func TestGumbelNoise(t *testing.T) {
	worst := 0.0
	for _, g := range gumbels {
		used := math.Abs(gumbel(g.u)-g.value) / (4 * 0x1p-53 * (math.Abs(g.value) + g.c))
		if worst = max(worst, used); used > 1 {
			t.Errorf("gumbel(%v) = %v, want %v: error %.3g of the bound", g.u, gumbel(g.u), g.value, used)
		}
	}
	t.Logf("%d values, worst error %.3f of the bound", len(gumbels), worst)
}

// sample_gumbel where the keys' order is that of rationals: x = k ln 2 and u =
// 2^-a have the key ln(2^k/a) - ln ln 2.
func TestGumbelExactly(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	drawn := map[int]int{}
	for range 4000 {
		n := 1 + r.IntN(5)
		x, u, best := make([]float64, n), make([]float64, n), -1
		top, tied := new(big.Rat), false
		for i := range x {
			k, a := int64(r.IntN(9)), int64(1+r.IntN(30))
			x[i], u[i] = float64(k)*math.Ln2, math.Ldexp(1, -int(a))
			key := big.NewRat(1<<k, a)
			switch r.IntN(8) {
			case 0:
				x[i] = math.Inf(-1)
				continue
			case 1: // loses to every other
				u[i], key = 0, new(big.Rat)
			}
			switch cmp := key.Cmp(top); {
			case best < 0 || cmp > 0:
				best, top, tied = i, key, false
			case cmp == 0 && (x[i] != x[best] || u[i] != u[best]) && u[i] > 0:
				tied = true // but for rounding
			}
		}
		if best < 0 || tied {
			continue
		}
		c := answerOf(t, sampleGumbelOp, map[string]Tensor{"x": Of(F64, []int{1, n}, x...), "u": Of(F64, []int{1, n}, u...)}, nil)
		if got := int(c.Out[0].Get(0)); got != best {
			t.Fatalf("x = %v, u = %v: token %d, want %d", x, u, got, best)
		}
		drawn[best]++
	}
	if len(drawn) != 5 {
		t.Errorf("tokens drawn: %v, want each of 5", drawn)
	}
}
