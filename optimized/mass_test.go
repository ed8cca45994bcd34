package optimized

import (
	"math"
	"math/big"
	"testing"
)

// share is floor(p*total), exactly.
func TestShare(t *testing.T) {
	s := stream(5)
	for i := range 200000 {
		p := math.Float32frombits(s.next(0x3f800000)) // every float32 in [0, 1)
		if i%3 == 0 {
			p = float32(s.next(1<<24)) * 0x1p-24
		}
		total := uint64(s.next(1<<32-1))<<32 | uint64(s.next(1<<32-1))
		total >>= s.next(40)
		f := new(big.Float).SetPrec(300).SetFloat64(float64(p))
		want, _ := f.Mul(f, new(big.Float).SetPrec(64).SetUint64(total)).Int(nil)
		if got := share(p, total); got != want.Uint64() {
			t.Fatalf("share(%x, %d) = %d, want %d", p, total, got, want)
		}
	}
}

// key orders as the values do.
func TestKey(t *testing.T) {
	values := []float32{float32(math.Inf(-1)), -math.MaxFloat32, -1, -0x1p-149, 0, 0x1p-149, 1, 2, math.MaxFloat32}
	for i := 1; i < len(values); i++ {
		if key(values[i-1]) >= key(values[i]) {
			t.Errorf("key(%v) is not below key(%v)", values[i-1], values[i])
		}
	}
	if key(0) != key(float32(math.Copysign(0, -1))) {
		t.Error("the zeros have different keys")
	}
	if point(1) != 43 || point(1<<18) != 43 || point(1<<20) != 41 {
		t.Errorf("point: %d %d %d", point(1), point(1<<18), point(1<<20))
	}
}

// The nucleus is the one that integer masses say, found by sorting, for every
// threshold at, just below and just above every prefix.
func TestNucleusBySorting(t *testing.T) {
	s := stream(9)
	for _, vocab := range []int{1, 2, 5, 64, 300, 5000} {
		for kind := range 3 {
			x := make([]float32, vocab)
			for i := range x {
				switch kind {
				case 0:
					x[i] = float32(8 * s.unit())
				case 1:
					x[i] = float32(s.next(4)) // ties
				case 2:
					x[i] = float32(-90 * s.unit())
				}
			}
			var r row[float32]
			r.scan(best, new(scratch), x, 1)
			order := make([]int, vocab)
			for i := range order {
				order[i] = i
			}
			w := make([]uint64, 0, vocab)
			for c := range r.chunks {
				w = append(w, r.weigh(c, point(vocab))...)
			}
			sortByValue(order, x)
			var total uint64
			for _, m := range w {
				total += m
			}
			thresholds := []float32{0, 0.5, 0.9, 0.999999, math.Nextafter32(1, 0)}
			var before uint64
			for n, j := range order {
				if before += w[j]; n < 40 {
					p := float32(float64(before) / float64(total))
					thresholds = append(thresholds, p, math.Nextafter32(p, 0), math.Nextafter32(p, 2))
				}
			}
			dst := make([]float32, vocab)
			for _, p := range thresholds {
				if p >= 1 {
					continue
				}
				limit := share(p, total)
				want, before := 0, uint64(0)
				for want < vocab && before <= limit {
					before += w[order[want]]
					want++
				}
				kept, err := TopPFilter(dst, x, p)
				if err != nil || kept != want {
					t.Fatalf("vocab %d kind %d p %v: kept %d, want %d (%v)", vocab, kind, p, kept, want, err)
				}
				for n, j := range order {
					if (n < kept) != (dst[j] > 0) && x[j] > x[order[0]]-80 {
						t.Fatalf("vocab %d kind %d p %v: rank %d has probability %v", vocab, kind, p, n, dst[j])
					}
				}
			}
		}
	}
}

func sortByValue(order []int, x []float32) {
	// insertion into runs: few elements, and the order is the specification's
	for i := 1; i < len(order); i++ {
		for j := i; j > 0 && x[order[j]] > x[order[j-1]]; j-- {
			order[j], order[j-1] = order[j-1], order[j]
		}
	}
}
