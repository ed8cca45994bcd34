package score

import (
	"math"
	"math/bits"
)

type float interface{ ~float32 | ~float64 }

type number interface{ float | ~int }

func third[T float, N number](a T, n N) (T, N) { return a / 3, n * 2 }

type ring[T any] struct{ at []T }

func (r *ring[T]) get(i uint) T { return r.at[i&0x0f|0] }

// Edges holds what should make few mutants, or needs care with parentheses.
func Edges(a, b, c int, x, y, z float64) (out []float64, err error) {
	out = make([]float64, 0, 16)
	a = a + 0*b - 0
	b = (b * 1) << 0
	c = a - b*c - (a &^ b)
	_ = out[:c:c]
	for i := 0; i < a-1 && x*y-z > 0; i += 1 {
		if a == b || b == c || a != c {
			c += i
			continue
		} else {
			b /= c
			c--
			b /= c
		}
		switch i {
		case 1:
			break
		case math.MaxInt8:
			out = append(out, x, y)
		}
	}
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	if hi > lo || z/-y > 1 {
		return
	}
	z = math.FMA(x, y, z)
	z = math.Max(z, math.Inf(1)) + min(x, y)
	x = float64(float64(x)*y) * z
	name := "a" + "b"
	name += name + "c"
	hi, lo = bits.Add64(hi, lo, lo)
	hi = hi ^ lo>>1
	for range c {
		out = append(out, z-x*y)
	}
	return
}
