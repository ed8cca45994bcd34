package optimized

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/seed-210c9500/assay/optimized/internal/block"
)

// The series is good to a few units of 2^-53 over all of its range: one term
// fewer, or one wrong, is not.
func TestTwiceAtanh(t *testing.T) {
	for i := -1000; i <= 1000; i++ {
		s := float64(i) / 3000
		if got, want := twiceAtanh(s), math.Log1p(2*s/(1-s)); math.Abs(got-want) > 8*0x1p-53*math.Abs(want) {
			t.Fatalf("twiceAtanh(%v) = %v, want %v", s, got, want)
		}
	}
}

// split gives back what it took apart, and sqrt(2) itself is not halved.
func TestSplit(t *testing.T) {
	s := stream(11)
	for range 10000 {
		v := math.Ldexp(1+s.unit()+s.unit()*0x1p-24, int(s.next(600))-300)
		if e, f := split(v); math.Ldexp(f, e) != v || f <= math.Sqrt2/2 || f > math.Sqrt2 {
			t.Fatalf("split(%x) is %x * 2^%d", v, f, e)
		}
	}
	if e, f := split(math.Sqrt2); e != 0 || f != math.Sqrt2 {
		t.Errorf("split of sqrt(2) is %x * 2^%d", f, e)
	}
}

// logCount is ln n.
func TestLogCount(t *testing.T) {
	for n := 1; n < 1<<30; n += 1 + n/50 {
		if got, want := logCount(n), math.Log(float64(n)); math.Abs(got-want) > 4*0x1p-53*want {
			t.Fatalf("logCount(%d) = %v, want %v", n, got, want)
		}
	}
}

// pinnedExact is the hash of TestPinnedExact: one value for every processor.
const pinnedExact = "23c1caadb739a91abcfb73e290403c13"

// The logarithms and losses are the specification's before they are rounded, too:
// a step that is one unit of 2^-53 off hardly ever shows in a float32, until it
// does.
func TestPinnedExact(t *testing.T) {
	h := sha256.New()
	put := func(v float64) {
		if v != v {
			v = -1
		}
		h.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)))
	}
	for i := -4000; i <= 4000; i++ {
		put(twiceAtanh(float64(i) / 12000))
	}
	for i := range 20000 { // where the last terms of the series count most
		put(twiceAtanh(1.0/3 - float64(i)*0x1p-20))
	}
	for n := 1; n < 2000; n++ {
		put(logCount(n))
	}
	random := stream(12)
	room := new(scratch)
	for turn := range 400 {
		vocab := 1 + turn%9*turn%700
		x, w := make([]float32, vocab), make([]float32, vocab)
		for i := range x {
			x[i] = float32(float64(float64(turn%13)*random.unit()) + float64(5*(turn%3))) // rounded twice, on every processor
			if turn%2 == 0 {
				x[i] = float32(random.next(3)) // ties, the two largest among them
			}
			w[i] = float32(random.unit())
		}
		label := int64(random.next(uint32(vocab)))
		T := []float32{1, 0.7, 3, float32(math.Inf(1)), 0x1.715476p0}[turn%5]
		for _, l := range []Loss{{}, {Smoothing: []float32{0.1}}, {Smoothing: []float32{0.3}, Weight: w}} {
			l.Temperature = []float32{T}
			var one row[float32]
			v, lse := one.loss(block.Portable, room, x, label, &l, 0)
			put(v)
			put(float64(lse))
		}
	}
	if got := fmt.Sprintf("%x", h.Sum(nil)[:16]); got != pinnedExact {
		t.Errorf("the results hash to %s, pinned is %s", got, pinnedExact)
	}
}

// max/T is rounded before ln S is added: fused, these two would come out one unit
// higher.
func TestLSERoundsTwice(t *testing.T) {
	for _, c := range [][3]uint32{{1068121518, 1065753272, 0x3ffb36e8}, {1061654048, 1059158479, 0x3ff6e86c}} {
		m, T := math.Float32frombits(c[0]), math.Float32frombits(c[1])
		if lse := lseOf(m, 1/float64(T), math.Ln2); math.Float32bits(lse) != c[2] {
			t.Errorf("%v/%v + ln 2: %#x, want %#x", m, T, math.Float32bits(lse), c[2])
		}
	}
}
