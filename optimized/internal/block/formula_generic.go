package block

import "math"

func sumGeneric(s Sum, p, q []float32, k *[4]float64, lanes *[Lanes]float64, at int) (mag uint32) {
	q = q[:len(p)]
	for i, v := range p {
		x, y := float64(v), float64(q[i])
		var value float64
		switch s {
		case Total:
			value = x
		case Dot:
			value = float64(x * y)
		case SoftLoss:
			if y > 0 {
				value = float64(y * ((k[0] - x) + k[1]))
			}
		case Entropy:
			if x /= k[0]; x > 0 {
				value = 0 - float64(x*Ln(x))
			}
		case Cross, KL:
			x, y = x/k[0], y/k[1]
			switch {
			case !(x > 0):
			case !(y > 0):
				value = math.Inf(1)
			case s == KL:
				value = float64(x * LnRatio(x, y))
			default:
				value = 0 - float64(x*Ln(y))
			}
		case JS:
			value = jsValue(x/k[0], y/k[1], k[2], k[3])
		}
		lanes[(at+i)%Lanes] += value
		mag = max(mag, watched(s, v, q[i]))
	}
	return mag
}

// watched are the bits of an element that AddUp reports.
func watched(s Sum, p, q float32) uint32 {
	switch a, b := bitsOf(p), bitsOf(q); s {
	case Total, Entropy:
		return a
	case Dot:
		return max(a&^(1<<31), b&^(1<<31))
	case SoftLoss:
		return b
	default:
		return max(a, b)
	}
}

// jsValue takes both logarithms from the difference p - q: ln(p/m) is 2
// atanh((1-beta)(p-q)/(p+m)) where it is small.
func jsValue(p, q, beta, rest float64) (v float64) {
	bp, rq := float64(beta*p), float64(rest*q)
	m := bp + rq
	if bp > 0 {
		v += float64(bp * lnShare(p, m, float64(rest*(p-q))))
	}
	if rq > 0 {
		v += float64(rq * lnShare(q, m, float64(beta*(q-p))))
	}
	return v
}

func applyGeneric(m Map, dst, p, q []float32, k *[4]float64) {
	dst, q = dst[:len(p)], q[:len(p)]
	switch m {
	case Affine:
		for i, v := range p {
			dst[i] = float32(float64(k[0]*float64(v)) - k[1])
		}
	case Slope:
		for i, v := range p {
			dst[i] = float32(float64(float64(v)*(float64(q[i])-k[0])) / k[1])
		}
	case ExcessNear:
		for i, v := range p {
			d := ((float64(v) - k[0]) - (float64(q[i]) - k[1])) - k[2]
			if dst[i] = float32(ExcessSeries(d)); !(d >= -0.5 && d <= 0.5) {
				dst[i] = float32(math.NaN())
			}
		}
	case Product:
		for i, v := range p {
			dst[i] = float32(v * q[i])
		}
	case LogProb:
		top, by, ls := float32(k[0]), float32(k[1]), float32(k[2])
		for i, v := range p {
			dst[i] = float32((v-top)*by) - ls
		}
	}
}
