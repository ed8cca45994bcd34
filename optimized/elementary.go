package optimized

import (
	"math"

	"github.com/seed-210c9500/assay/optimized/internal/block"
)

// Elementary functions in float64 from + - * / alone, every product rounded
// before it is added: the same bits on every processor, far below the rounding
// of a float32 result.

// ln and lnRatio are the logarithms that the vector kernels take too.
func ln(v float64) float64 { return block.Ln(v) }

func lnRatio(p, q float64) float64 { return block.LnRatio(p, q) }

// exp is e^x, 0 below -745.2 and +Inf above 709.8: at most 2 units of 2^-53 of
// itself where it is normal, 1.53 seen (x = 0x1.714679f4ae816p-02).
func exp(x float64) float64 {
	switch {
	case x != x:
		return x
	case x > 709.8:
		return math.Inf(1)
	case x < -745.2:
		return 0
	}
	const magic = 0x1.8p52
	n := float64(x*0x1.71547652b82fep0) + magic - magic
	r := x - float64(n*ln2High) - float64(n*ln2Low)
	p := 1.0
	for i := 14; i >= 1; i-- {
		p = 1 + float64(float64(p*r)*inverse[i])
	}
	half := int(n) / 2
	return float64(p * pow2(half) * pow2(int(n)-half))
}

// inverse are the factors of its series.
var inverse = [...]float64{0, 1, 1. / 2, 1. / 3, 1. / 4, 1. / 5, 1. / 6, 1. / 7, 1. / 8, 1. / 9, 1. / 10, 1. / 11, 1. / 12, 1. / 13, 1. / 14}

// excess is e^-d - 1 + d >= 0, by its series where |d| <= 1/2.
func excess(d float64) float64 {
	if d > 0.5 || d < -0.5 {
		return exp(-d) - 1 + d
	}
	return block.ExcessSeries(d)
}

// power is b^a for b >= 0 with the exceptional values of IEEE 754's pow: relative
// error 2^-52*(2 + |a ln b|), 0.83 of it seen (b = 0x1.d81ad5b39e932p+11, a =
// 0x1.fc964d83a8972p+00).
func power(b, a float64) float64 {
	switch {
	case a == 0 || b == 1:
		return 1
	case b == 0 && a > 0:
		return 0
	case b == 0:
		return math.Inf(1)
	}
	return exp(float64(a * ln(b)))
}

// lanes adds up a row in float64: element i in lane i mod 256, then halves first.
// Sums do not depend on the instruction set, nor on how the row is cut.
type lanes [block.Lanes]float64

func (l *lanes) add(i int, v float64) { l[i%block.Lanes] += v }

func (l *lanes) sum() float64 {
	for w := block.Lanes / 2; w >= 1; w /= 2 {
		for i := range w {
			l[i] += l[i+w]
		}
	}
	return l[0]
}
