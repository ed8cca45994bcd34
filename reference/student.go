package reference

import "math"

// studentQuantile is t > 0 with P(|T| <= t) = confidence for Student's t with
// the given degrees of freedom, an integer >= 1: Newton steps on the finite
// series for integer degrees (Abramowitz and Stegun 26.7.3, 26.7.4); beyond
// 50,000 degrees the expansion in powers of 1/n (26.7.5), whose next term is
// below 2^-53 there for any confidence float64 can tell from 1.
func studentQuantile(confidence float64, degrees int) float64 {
	n := float64(degrees)
	z := normalQuantile(confidence)
	z2 := z * z
	t := z * (1 + (z2+1)/(4*n) + ((5*z2+16)*z2+3)/(96*n*n) + (((3*z2+19)*z2+17)*z2-15)/(384*n*n*n) +
		((((79*z2+776)*z2+1482)*z2-1920)*z2-945)/(92160*n*n*n*n))
	if degrees > 50000 {
		return t
	}
	if degrees == 1 { // from the tail: near pi/2 an angle tells a tangent badly
		return 1 / math.Tan(math.Pi/2*(1-confidence))
	}
	if !(t > 0) || degrees < 20 { // start where the distribution function is concave, below the root
		t = z
	}
	lgn, _ := math.Lgamma((n + 1) / 2)
	lgd, _ := math.Lgamma(n / 2)
	for range 200 {
		density := 2 * math.Exp(lgn-lgd-(n+1)/2*math.Log1p(t*t/n)) / math.Sqrt(n*math.Pi)
		step := (confidence - studentWithin(t, degrees)) / density
		if t += step; math.Abs(step) <= 0x1p-52*t {
			break
		}
	}
	return t
}

// normalQuantile is z > 0 with P(|Z| <= z) = confidence, one Newton step from
// math.Erfinv.
func normalQuantile(confidence float64) float64 {
	x := math.Erfinv(confidence)
	e := math.Erf(x) - confidence
	if confidence > 0.5 {
		e = (1 - confidence) - math.Erfc(x)
	}
	return math.Sqrt2 * (x - e*math.Sqrt(math.Pi)/2*math.Exp(x*x))
}

// studentWithin is P(|T| <= t), a finite sum in cos^2 = n/(n+t^2).
func studentWithin(t float64, degrees int) float64 {
	n := float64(degrees)
	t2 := exactProduct(t, t)
	cos2 := double{n, 0}.divided(double{n, 0}.plus(t2))
	sin := math.Sqrt(t2.divided(double{n, 0}.plus(t2)).value())
	term, s := double{1, 0}, double{}
	if degrees%2 == 0 { // sin*(1 + cos^2/2 + 1*3/(2*4) cos^4 + ...), n/2 terms
		for k := 1; k <= degrees/2; k++ {
			s = s.plus(term)
			term = term.times(cos2).times(double{float64(2*k - 1), 0}).over(float64(2 * k))
		}
		return s.value() * sin
	}
	// 2/pi*(angle + sin*cos*(1 + 2/3 cos^2 + 2*4/(3*5) cos^4 + ...)), (n-1)/2 terms
	for k := 1; k <= (degrees-1)/2; k++ {
		s = s.plus(term)
		term = term.times(cos2).times(double{float64(2 * k), 0}).over(float64(2*k + 1))
	}
	return 2 / math.Pi * (math.Atan(t/math.Sqrt(n)) + sin*math.Sqrt(cos2.value())*s.value())
}
