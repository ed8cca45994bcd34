package optimized

import (
	"math"
	"slices"
	"testing"

	"github.com/seed-210c9500/assay/optimized/internal/block"
)

// Equal logits have equal probabilities, bit for bit, whatever chunk they are
// in. At T = log2 e a logit of k+1/2 lies exactly between two powers of two, and
// chunks with an odd and an even power once rounded it apart.
func TestEqualLogitsOfDifferentChunks(t *testing.T) {
	const half = 4096
	x, y := make([]float32, 2*half), make([]float32, 2*half)
	for i := range half {
		x[i] = 0.5 - float32(i%64)
		x[half+i] = x[i]
	}
	x[0], x[half] = 1, 2 // powers 1 and 2
	for _, v := range built {
		k, err := Named(v.String())
		if err != nil {
			continue
		}
		if err := SoftmaxRows(y, x, Rows{Count: 1, Vocab: 2 * half, On: k}, 0x1.715476p0); err != nil {
			t.Fatal(err)
		}
		for i := 1; i < half; i++ {
			if y[i] != y[half+i] {
				t.Fatalf("%v: softmax of %v is %x and %x", k, x[i], y[i], y[half+i])
			}
		}
	}
}

// Chunks far below the maximum have the probabilities they should have: subnormal,
// then +0; through every way a row can be stored.
func TestFarChunks(t *testing.T) {
	const n = 4096
	levels := []float64{-120, -1e6, 0, -90, -1000, math.Inf(-1), -86, -100}
	x := make([]float32, len(levels)*n)
	s := stream(17)
	sum := 0.0
	for i := range x {
		v := ToBF16(float32(levels[i/n] + 2*s.unit())).Float32()
		x[i] = v
		sum += math.Exp(float64(v))
	}
	y := make([]float32, len(x))
	if err := Softmax(y, x, 1); err != nil {
		t.Fatal(err)
	}
	h := make([]BF16, len(x))
	narrow(best, h, x)
	if err := Softmax(h, h, 1); err != nil {
		t.Fatal(err)
	}
	for i, v := range y {
		want := math.Exp(float64(x[i])) / sum
		if math.Abs(float64(v)-want) > 0x1p-21*want+0x1p-149 || math.Signbit(float64(v)) {
			t.Fatalf("softmax of %v is %x, want %x", x[i], v, want)
		}
		if h[i] != ToBF16(v) {
			t.Fatalf("softmax of %v in bf16 is %x, want %x narrowed", x[i], h[i].Float32(), v)
		}
	}
	if err := Softmax(x, x, 1); err != nil || !slices.Equal(x, y) {
		t.Errorf("in place differs (%v)", err)
	}
}

// The lowest finite logit is no mask: alone it is sure, twice it is shared, and
// what a nucleus leaves out is below it.
func TestLowestLogit(t *testing.T) {
	lowestLogit(t, float32(-math.MaxFloat32))
	lowestLogit(t, BF16(0xff7f))
	lowestLogit(t, F16(0xfbff))
}

func lowestLogit[E Element](t *testing.T, lowest E) {
	one, _ := constants[E]()
	y := make([]E, 2)
	if err := Softmax(y[:1], []E{lowest}, 1); err != nil || y[0] != one {
		t.Errorf("%T: alone it has %v (%v)", lowest, y[0], err)
	}
	if err := Softmax(y, []E{lowest, lowest}, 1); err != nil || y[0] != y[1] || y[0] == 0 {
		t.Errorf("%T: two have %v (%v)", lowest, y, err)
	}
	if kept, err := TopPFilter(y, []E{lowest, lowest}, 0); err != nil || kept != 1 || y[0] != one || y[1] != 0 {
		t.Errorf("%T: a nucleus of %d has %v (%v)", lowest, kept, y, err)
	}
}

// One token among others that weigh nothing has exactly 1, at any temperature;
// where it is shared, exactly the share.
func TestSureToken(t *testing.T) {
	masked := float32(math.Inf(-1))
	s := stream(18)
	for range 2000 {
		v, T := float32(60*s.unit()-30), float32(0.1+3*s.unit())
		for _, other := range []float32{masked, v - 40*T} {
			y := make([]float32, 3)
			if err := Softmax(y, []float32{other, v, other}, T); err != nil || y[1] != 1 {
				t.Fatalf("T = %v: %v beside %v has %x (%v)", T, v, other, y[1], err)
			}
		}
	}
}

// Four tokens of a quarter each are not dominant: what vanishes in the sum of
// their lane stays vanished.
func TestQuarterIsNotDominant(t *testing.T) {
	x := make([]float32, 4096)
	for i := range x {
		x[i] = float32(math.Inf(-1))
	}
	clear(x[:4])
	for row := 1; row < 16; row++ { // half a unit of the sum it meets, or just less
		x[256*row] = float32(-26*math.Ln2 - 0.01)
	}
	x[256] = float32(-24*math.Ln2 - 0.01)
	x[512], x[768] = float32(-25*math.Ln2-0.01), float32(-25*math.Ln2-0.01)
	y := make([]float32, len(x))
	if err := Softmax(y, x, 1); err != nil || y[0] != 0.25 || y[1] != 0.25 {
		t.Errorf("the four have %x, %x, want 0.25 (%v)", y[0], y[1], err)
	}
}

// The single-row forms do not allocate.
func TestNoAllocation(t *testing.T) {
	x, y := make([]float32, 5000), make([]float32, 5000)
	h := make([]BF16, 5000)
	for name, f := range map[string]func(){
		"Softmax":      func() { _ = Softmax(y, x, 0.7) },
		"Softmax bf16": func() { _ = Softmax(h, h, 1) },
		"CrossEntropy": func() { _, _, _ = CrossEntropy(x, 17) },
		"TopPFilter":   func() { _, _ = TopPFilter(y, x, 0.9) },
		"SampleLogits": func() { _, _ = SampleLogits(x, 0.7, 0.5) },
	} {
		if n := testing.AllocsPerRun(100, f); n >= 1 {
			t.Errorf("%s allocates %v times a row", name, n)
		}
	}
}

// A batch brings its room back: no row and no call needs new.
func TestRowsReuseRoom(t *testing.T) {
	x, y := make([]float32, 50*5000), make([]float32, 50*5000)
	n := testing.AllocsPerRun(20, func() { _ = SoftmaxRows(y, x, Rows{Count: 50, Vocab: 5000}) })
	if n > 4 {
		t.Errorf("a batch allocates %v times", n)
	}
}

// A chunk that was run before the row turned out to be shifted is run again.
func TestShiftedChunks(t *testing.T) {
	x, y := make([]float32, 2*block.Chunk), make([]float32, 2*block.Chunk)
	for i := range x {
		x[i] = 1
	}
	x[block.Chunk+7], x[block.Chunk+9] = 200000, 200000
	for _, isa := range isas {
		if ready(isa) != nil {
			continue
		}
		if err := softmaxRow(isa, y, x, 1); err != nil {
			t.Fatal(err)
		}
		for i, v := range y {
			want := float32(0)
			if x[i] > 1 {
				want = 0.5
			}
			if v != want {
				t.Fatalf("%v: [%d] = %v, want %v", isa, i, v, want)
			}
		}
	}
}
