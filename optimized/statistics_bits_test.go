package optimized

import (
	"encoding/binary"
	"hash/fnv"
	"testing"
)

// The bits of fixed inputs are the same on every architecture: no operation here
// may be fused, reordered, or taken from a library that differs. The hash was
// computed on amd64.
func TestStatisticsHash(t *testing.T) {
	const want = 0x4ee7739aa81e4419
	state := uint64(1)
	next := func() float32 { // in (0, 1), exact
		state = state*6364136223846793005 + 1442695040888963407
		return float32(state>>41|1) * 0x1p-23
	}
	const vocab = 5000
	x, p, q, y := make([]float32, vocab), make([]float32, vocab), make([]float32, vocab), make([]float32, vocab)
	correct := make([]uint8, vocab)
	for i := range x {
		x[i], p[i], q[i], correct[i] = 20*next(), next(), next(), uint8(i*i%7%2)
	}
	h := fnv.New64a()
	put := func(v ...float32) {
		if err := binary.Write(h, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	ok := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
		put(y...)
	}
	e, err := BayesPosterior(y, p, q)
	ok(err)
	put(e)
	e, err = BayesLogPosterior(y, x, p)
	ok(err)
	put(e)
	ok(RelevancePosterior(y, x, p, 0.7))
	log := []float32{0}
	ok(BayesUpdateRows(y[:1000], log, p[:1000], q[:3000], 3, Rows{Count: 1, Vocab: 1000}, false))
	o, prob, err := BayesOdds(3, p[:20])
	ok(err)
	put(o, prob, log[0])
	for _, b := range []Binning{{15, false}, {10, true}} {
		a, m, err := ECE(p, correct, b, L2)
		ok(err)
		put(a, m)
	}
	a, err := Brier(p, correct)
	ok(err)
	f, err := TemperatureFit(x, []int64{1, 2, 3, 4, 5}, Rows{Count: 5, Vocab: 1000})
	ok(err)
	put(a, f.Temperature, f.NLL)
	if got := h.Sum64(); got != want {
		t.Errorf("the bits hash to %#x, want %#x", got, uint64(want))
	}
}
