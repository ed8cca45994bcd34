package optimized

import (
	"math"
	"math/big"
	"testing"

	"github.com/seed-210c9500/assay/optimized/internal/block"
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

// chunked is a row of several chunks whose powers lie apart, the best not first:
// one of ordinary terms, one far below, one so far that it has no mass, one masked.
func chunked(kind int) []float32 {
	s := stream(15 + kind)
	x := make([]float32, 4*block.Chunk+100)
	levels := [...]float64{-3, 0, -12, -1e6, math.Inf(-1)}
	if kind == 1 {
		levels = [...]float64{-30, -29, -29.1, -40, -28.6}
	} else if kind == 2 {
		levels = [...]float64{-20, math.Inf(-1), 700000, 699990, 699985} // shifted
	}
	for i := range x {
		x[i] = float32(levels[i/block.Chunk] + 4*s.unit())
	}
	return x
}

// A token's mass is its term in units of 2^N, floored at the fixed point, and the
// sum of a chunk's tokens cannot reach past 2^64.
func TestMasses(t *testing.T) {
	for kind := range 3 {
		x := chunked(kind)
		var r row[float32]
		r.scan(best, new(scratch), x, 1)
		at := point(len(x))
		for c := range r.chunks {
			ch := r.chunks[c]
			for i, got := range r.weigh(c, at) {
				want := uint64(0)
				if v := x[c*block.Chunk+i]; !ch.far {
					if r.shift {
						v -= r.max
					}
					want = uint64(math.Ldexp(float64(block.Term(v, ch.n, &r.s)), int(ch.n-r.n)+at-block.Bias))
				}
				if got != want {
					t.Fatalf("kind %d: element %d of chunk %d weighs %d, want %d", kind, i, c, got, want)
				}
			}
		}
	}
}

// A draw is the two-stage inversion in integers without a limit of their size.
func TestDrawLiterally(t *testing.T) {
	for kind := range 3 {
		x := chunked(kind)
		var r row[float32]
		r.scan(best, new(scratch), x, 1)
		at := point(len(x))
		var mass []*big.Int
		total := new(big.Int)
		for c := range r.chunks {
			q := new(big.Int)
			if ch := &r.chunks[c]; !ch.far {
				r.terms(c, nil)
				new(big.Float).SetFloat64(math.Ldexp(ch.mass, int(ch.n-r.n)+at-block.Bias)).Int(q)
			}
			mass = append(mass, q)
			total.Add(total, q)
		}
		// find is the first index whose cumulative mass exceeds share*2^-53 of the sum.
		find := func(mass []*big.Int, share uint64) (index int, rest *big.Int) {
			sum := new(big.Int)
			for _, m := range mass {
				sum.Add(sum, m)
			}
			rest = sum.Mul(sum, new(big.Int).SetUint64(share)) // in units of 2^-53
			for i, m := range mass {
				whole := new(big.Int).Lsh(m, 53)
				if rest.Cmp(whole) < 0 {
					return i, rest
				}
				rest.Sub(rest, whole)
			}
			t.Fatal("nothing found")
			return 0, nil
		}
		s := stream(16)
		// just below, at and above the steps between chunks, and anywhere
		shares := []uint64{0, 1, 1<<53 - 1}
		before := new(big.Int)
		for _, m := range mass {
			before.Add(before, m)
			step := new(big.Int).Lsh(before, 53)
			k := step.Div(step, total).Uint64()
			for _, k := range []uint64{k - 1, k, k + 1} {
				if k < 1<<53 {
					shares = append(shares, k)
				}
			}
		}
		for range 60 {
			shares = append(shares, uint64(s.next(1<<24))<<29|uint64(s.next(1<<29)))
		}
		for _, k := range shares {
			c, rest := find(mass, k)
			part := rest.Div(rest, mass[c]).Uint64()
			lo, hi := r.bounds(c)
			terms := make([]float32, hi-lo)
			r.terms(c, terms)
			tokens := make([]*big.Int, hi-lo)
			for i, v := range terms {
				tokens[i] = new(big.Int).SetUint64(uint64(math.Ldexp(float64(v), 18)))
			}
			i, _ := find(tokens, part)
			if got, err := SampleLogits(x, 1, float64(k)*0x1p-53); err != nil || got != lo+i {
				t.Fatalf("kind %d, u = %d*2^-53: token %d, want %d (%v)", kind, k, got, lo+i, err)
			}
		}
	}
}

// At an infinite temperature token floor(u*n) of the n is drawn, however many.
func TestDrawUniformly(t *testing.T) {
	const n = 10000
	x := make([]float32, n)
	for i := 0; i < n; i += 99 { // a look at every token would take a while
		u := (float64(i) + 0.5) / n
		if got, err := SampleLogits(x, float32(math.Inf(1)), u); err != nil || got != i {
			t.Fatalf("token %d at %v, want %d (%v)", got, u, i, err)
		}
	}
}

// Equal tokens of mass 1 fill the room that is left one by one.
func TestTiesOfUnitMass(t *testing.T) {
	const n = 600001
	x := make([]float32, n)
	at := point(n)
	for i := range x[1:] {
		x[1+i] = float32(-math.Ln2 * (float64(at) - 0.5)) // a mass of 1.4, floored
	}
	p := math.Nextafter32(1, 0)
	total := uint64(1)<<at + n - 1
	want := int(share(p, total)-uint64(1)<<at) + 2 // the first, the ones that fit, the one that crosses
	kept, err := TopPFilter(make([]float32, n), x, p)
	if err != nil || kept != want || kept < 2 || kept == n {
		t.Errorf("%d of %d are kept, want %d (%v)", kept, n, want, err)
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
