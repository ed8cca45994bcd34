package reference

import "math"

// style is one way to write a float32 kernel: how it adds, its exp and ln, and
// whether logits are scaled, or multiplied by log2 e, before the maximum is
// subtracted.
type style struct {
	name        string
	sum         func([]float32) float32
	exp, ln     func(float32) float32
	scaledFirst bool
	base2       bool
}

func exp32(v float32) float32 { return float32(math.Exp(float64(v))) }
func ln32(v float32) float32  { return float32(math.Log(float64(v))) }

// biased errs by one and a half to two units in the last place, always upwards.
func biased(f func(float32) float32) func(float32) float32 {
	return func(v float32) float32 {
		y := f(v)
		if y == 0 || math.IsInf(float64(y), 0) || y != y {
			return y
		}
		if b := math.Float32bits(y); b&0x7fffff < 0x7ffff0 && b&0x7fffffff > 0x800000 {
			return math.Float32frombits(b + 1)
		}
		return y
	}
}

func sequential(v []float32) (s float32) {
	for _, x := range v {
		s += x
	}
	return s
}

func pairwise(v []float32) float32 {
	if len(v) < 2 {
		return sequential(v)
	}
	return pairwise(v[:len(v)/2]) + pairwise(v[len(v)/2:])
}

func eightLanes(v []float32) float32 {
	var l [8]float32
	for i, x := range v {
		l[i%8] += x
	}
	return sequential(l[:])
}

func backwards(v []float32) (s float32) {
	for i := len(v) - 1; i >= 0; i-- {
		s += v[i]
	}
	return s
}

var honestStyles = []style{
	{"sequential", sequential, exp32, ln32, false, false},
	{"pairwise, scaled first", pairwise, exp32, ln32, true, false},
	{"lanes, exp2 without fma", eightLanes, exp32, ln32, false, true},
	{"backwards, biased exp and ln", backwards, biased(exp32), biased(ln32), true, false},
}
