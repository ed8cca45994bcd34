package block

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// masses are numbers of at least 0, half of them near the ones of the other row.
func masses(r *rng, n int, near []float32) []float32 {
	x := make([]float32, n)
	for i := range x {
		switch v := r.unit() * floatOf(uint32(r.next()%60+90)<<23); {
		case r.next()%8 == 0:
			x[i] = 0
		case near != nil && r.next()&1 == 0:
			x[i] = near[i] * (0.6 + r.unit())
		case r.next()%16 == 0:
			x[i] = floatOf(uint32(r.next()) & 0x7fffff) // subnormal
		default:
			x[i] = v
		}
	}
	return x
}

// shortLengths are those around a turn, the lanes and a chunk.
func shortLengths() (n []int) {
	for i := 1; i <= 70; i++ {
		n = append(n, i)
	}
	return append(n, 255, 256, 257, 300, 511, 640, 1000, 4095, 4096, 4097, 9000)
}

// A sum has the bits of its definition, with the lanes that were there before and
// the largest pattern, on every instruction set, length and alignment.
func TestSumBits(t *testing.T) {
	params := [][4]float64{{1, 1, 0.5, 0.5}, {3, 1, 0.25, 0.75}, {1, 0.3, 1, 0}, {7, 0.9, 0, 1}}
	eachISA(t, func(t *testing.T, isa ISA) {
		r := rng(11)
		for s := Total; s <= JS; s++ {
			for turn, n := range shortLengths() {
				p := masses(&r, n+8, nil)[turn%8:][:n]
				q := masses(&r, n, p)
				if s == Dot || s == SoftLoss {
					for i := range p {
						p[i] -= 0.01
					}
				}
				if i := int(r.next() % uint64(n)); turn%3 == 0 {
					q[i], p[i] = floatOf(1<<31), floatOf(1<<31) // -0
				} else if turn%7 == 1 {
					p[i] = float32(math.Inf(1))
				}
				k := params[turn%len(params)]
				var got, want [Lanes]float64
				for l := range got {
					got[l] = float64(r.unit())
				}
				want = got
				mag := AddUp(isa, s, p, q, &k, &got)
				top := sumGeneric(s, p, q, &k, &want, 0)
				if mag != top {
					t.Fatalf("sum %d of %d: the largest bits are %#x, want %#x", s, n, mag, top)
				}
				for l := range want {
					if a, b := math.Float64bits(got[l]), math.Float64bits(want[l]); a != b && !(got[l] != got[l] && want[l] != want[l]) {
						t.Fatalf("sum %d of %d: lane %d is %x, want %x", s, n, l, got[l], want[l])
					}
				}
			}
		}
	})
}

// A map has the bits of its definition, in place and apart, and writes nothing else.
func TestMapBits(t *testing.T) {
	eachISA(t, func(t *testing.T, isa ISA) {
		r := rng(12)
		for m := Affine; m <= LogProb; m++ {
			for turn, n := range shortLengths() {
				p, q := make([]float32, n), make([]float32, n)
				for i := range p {
					p[i], q[i] = r.normal()*4, r.finite()
				}
				if m == ExcessNear {
					for i := range q {
						q[i] = p[i] + r.normal()*0.3
					}
				}
				if m == LogProb {
					p[n/2] = negInf
				}
				k := [4]float64{float64(r.normal()), []float64{1, 0.3, 7}[turn%3], 0.75}
				want, buf := make([]float32, n), make([]float32, n+64)
				applyGeneric(m, want, p, q, &k)
				fill(buf)
				o := 16 + turn%17
				Apply(isa, m, buf[o:o+n], p, q, &k)
				what := fmt.Sprintf("map %d of %d", m, n)
				same(t, what, buf[o:o+n], want)
				guard(t, what, buf[:o], buf[o+n:])
				again := slices.Clone(p)
				Apply(isa, m, again, again, q, &k)
				same(t, what+" in place", again, want)
			}
		}
	})
}

// ExcessNear is for |d| <= 1/2, to the last bit of d, and says so with NaN beyond.
func TestExcessNearDomain(t *testing.T) {
	eachISA(t, func(t *testing.T, isa ISA) {
		for _, d := range []float64{0.5, -0.5} {
			beyond := math.Nextafter(d, 4*d)
			for _, c := range []struct {
				d    float64
				want float32
			}{{d, float32(ExcessSeries(d))}, {beyond, float32(math.NaN())}} {
				dst := make([]float32, 1)
				Apply(isa, ExcessNear, dst, []float32{0}, []float32{0}, &[4]float64{2: -c.d})
				if got := dst[0]; got != c.want && !(got != got && c.want != c.want) {
					t.Errorf("d = %x gives %g, want %g", c.d, got, c.want)
				}
			}
		}
	})
}
