package block

import (
	"fmt"
	"testing"
)

// What is weighed with the terms has the bits of its definition on every instruction
// set, and beside it the terms' lanes are those of Terms.
func TestWeighBits(t *testing.T) {
	eachISA(t, func(t *testing.T, isa ISA) {
		r := rng(13)
		xs, ys := make([]float32, Chunk+64), make([]float32, Chunk+64)
		var got, want Pair
		var lanes [Lanes]float32
		for turn, n := range lengths() {
			if testing.Short() && turn%8 != 0 {
				continue
			}
			for k := range 4 {
				d := (turn*4 + k) % len(distributions)
				s := Temperature(1)
				if k == 3 {
					s = Temperature(temperatures[turn%len(temperatures)])
				}
				x, y := xs[int(r.next()%33):][:n], ys[int(r.next()%33):][:n]
				power, mag, ok := row(&r, d, n, &s, x)
				if !ok {
					continue
				}
				top, _ := Scan(Portable, x)
				for i := range y {
					if y[i] = r.normal(); x[i] == negInf && r.next()&1 == 0 {
						y[i] = negInf
					}
				}
				for _, other := range [][]float32{nil, y} {
					if other != nil && !s.Unit {
						continue
					}
					what := fmt.Sprintf("T=%g %s n=%d N=%d ratio=%t", 1/s.Inv, distributions[d].name, n, power, other != nil)
					var c coefs
					c.set(power, &s)
					c.top, c.other = top, 0.75
					weighGeneric(x, other, &c, &want)
					fill(got.Terms()[:])
					fill(got.Weighed()[:])
					if other == nil {
						Gaps(isa, x, power, &s, mag, top, &got)
					} else {
						Ratios(isa, x, other, power, &s, mag, top, 0.75, &got)
					}
					Terms(Portable, nil, x, power, &s, mag, &lanes)
					same(t, what+" terms", got.Terms()[:], lanes[:])
					for l, v := range want.Weighed() {
						if w := got.Weighed()[l]; bitsOf(v) != bitsOf(w) && v != w { // the sign of a 0 is nobody's
							t.Fatalf("%s: lane %d is %x, want %x", what, l, w, v)
						}
					}
				}
			}
		}
	})
}
