package block

import "testing"

func TestTermsAgreeWithTerm(t *testing.T) {
	var l [Lanes]float32
	u := uint32(1)
	for _, temp := range []float32{1, 0.7, 1.4426950, 0x1p-64, 0x1p100} {
		s := Temperature(temp)
		x := make([]float32, Chunk)
		d := make([]float32, Chunk)
		for round := range 100 {
			for i := range x {
				u = u*1664525 + 1013904223
				x[i] = (float32(u>>8)*0x1p-24 - 0.5) * temp * float32(int(1)<<(round%9))
				if round&1 == 1 { // few bits, so that ties happen
					x[i] = floatOf(bitsOf(x[i]) &^ 0xffff)
				}
			}
			m, mag := Scan(Portable, x)
			n := Power(m, &s)
			Terms(Portable, d, x, n, &s, mag, &l)
			for i, v := range x {
				if want := Term(v, n, &s); bitsOf(want) != bitsOf(d[i]) {
					t.Fatalf("T=%g: Terms(%x) = %x, Term gives %x", temp, v, d[i], want)
				}
			}
		}
	}
}
