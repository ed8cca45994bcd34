package properties

import "github.com/seed-210c9500/assay/reference"

// Draw makes inputs from integer and exactly rounded operations only, so that a
// case has the same bits, and the same id, on every architecture: math.Exp and
// fused products differ between them. The generator is SplitMix64 (Steele, Lea,
// Flood 2014).
type Draw struct{ state uint64 }

// NewDraw seeds a generator from a run's seed and any number of labels.
func NewDraw(seed uint64, labels ...string) *Draw {
	d := &Draw{seed}
	for _, s := range labels {
		for _, b := range []byte(s) {
			d.state = d.Uint64() ^ uint64(b)
		}
		d.state = d.Uint64()
	}
	return d
}

// Uint64 is the next 64 random bits.
func (d *Draw) Uint64() uint64 {
	d.state += 0x9E3779B97F4A7C15
	z := d.state
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// Intn is a number in [0, n), n small beside 2^64.
func (d *Draw) Intn(n int) int { return int(d.Uint64() % uint64(n)) }

// Float is a multiple of 2^-53 in [0, 1).
func (d *Draw) Float() float64 { return float64(d.Uint64()>>11) * 0x1p-53 }

// Normal is close to a standard normal deviate: twelve uniforms added, less 6
// (every sum exact). Its tails end at 6.
func (d *Draw) Normal() float64 {
	var s int64
	for range 12 {
		s += int64(d.Uint64() >> 14) // 50 bits: twelve of them stay exact in float64
	}
	return float64(s)*0x1p-50 - 6
}

// Matrix fills rows x vocab logits from f, rounded to the element type.
func Matrix(d reference.DType, rows, vocab int, f func(r, i int) float64) reference.Tensor {
	t := reference.NewTensor(d, rows, vocab)
	for r := range rows {
		for i := range vocab {
			t.Put(r*vocab+i, f(r, i))
		}
	}
	return t
}
