package optimized

import (
	"math"
	"sync"

	"github.com/seed-210c9500/assay/optimized/internal/block"
)

// kind sorts rows by what may be done with them.
type kind uint8

const (
	regular kind = iota
	empty
	masked    // nothing but -Inf
	infinite  // +Inf among them
	undefined // NaN among them
)

// chunk is the state of 4096 logits.
type chunk struct {
	max  float32 // of the logits as they are run, shifted or not
	mag  uint32  // block.Scan's
	n    int32   // N_c
	mass float64 // s_c, the sum of its terms, in units of 2^N_c
	far  bool    // so far below the maximum that its mass is +0
	done bool    // its terms were run while it was scanned

	inner float64 // sum over its terms of what an operation weighs with them, in units of 2^N_c
}

// row is one row of logits on its way through the specification.
type row[E Element] struct {
	isa   block.ISA
	x     []E
	kind  kind
	s     block.Scaling
	max   float32 // of the logits as given
	shift bool    // the row is run on x - max
	n     int32   // N
	best  int     // the first chunk that holds the maximum

	S     float64   // the sum of all terms, in units of 2^N
	Q     float64   // the same without the dominant token; -1 where there is none
	Tm    float64   // the term of the maximum
	at    int       // index of the dominant token
	saved []float32 // the best chunk as it was run, where its place is taken
	keep  []float32 // where accumulate leaves the terms; nil: nowhere
	early bool      // see scanAhead
	own   float32   // the logit of the label
	*scratch
}

// scratch is the room a row needs beside itself. It is pooled: clearing it for
// every row of a small batch would cost more than the row.
type scratch struct {
	chunks []chunk
	sums   []float64
	buf    [block.Chunk]float32 // a chunk as it is run
	part   [block.Chunk]float32 // its terms
	masses [block.Chunk]uint64
	peak   [block.Lanes]float32 // lane sums of the best chunk
	terms  []float32            // the terms of a row of 16-bit elements
	pair   block.Pair           // lane sums of a chunk and of what is weighed with it
	picks  []uint64             // of a selection, to be sorted
	tops   []uint32             // the largest key of each strip of the row
	order  []uint32             // the same, sorted
	wide   []float32            // a row of the operation's own, widened
	more   []float32            // another one
	logs   []float64            // a row of exponents composed of several inputs
	room   []float32            // the same, less their maximum
	rest   []float64            // what was rounded away then
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// clampT keeps a finite temperature where its constants are normal numbers.
func clampT(t float32) float32 { return min(max(t, 0x1p-64), 0x1p100) }

// scan reads the row once: its kind, its maxima, its powers.
func (r *row[E]) scan(isa block.ISA, s *scratch, x []E, temperature float32) {
	r.scanScaled(isa, s, x, block.Temperature(clampT(temperature)))
}

// scanScaled is scan for any scaling of the logits.
func (r *row[E]) scanScaled(isa block.ISA, s *scratch, x []E, scaling block.Scaling) {
	r.isa, r.scratch, r.x, r.Q, r.s = isa, s, x, -1, scaling
	r.chunks = r.chunks[:0]
	r.max = float32(math.Inf(-1))
	if len(x) == 0 {
		r.kind = empty
		return
	}
	r.kind = masked
	var mag uint32
	for lo := 0; lo < len(x); lo += block.Chunk {
		var c chunk
		wide := widen(isa, x[lo:min(lo+block.Chunk, len(x))], r.buf[:])
		c.max, c.mag = block.Scan(isa, wide)
		top := c.max > r.max
		if top {
			r.max, r.best = c.max, len(r.chunks)
		}
		mag = max(mag, c.mag)
		if r.early && c.mag <= 0x7f800000 && float32(abs(c.max)*r.s.A) <= 0x1p18 {
			r.runEarly(&c, wide, lo, top)
		}
		r.chunks = append(r.chunks, c)
	}
	switch {
	case mag > 0x7f800000:
		r.kind = undefined
	case r.max > math.MaxFloat32:
		r.kind = infinite
	case r.max >= -math.MaxFloat32:
		r.kind = regular
		r.powers()
	}
}

// powers decides whether the row must be shifted, and finds N_c and N.
func (r *row[E]) powers() {
	r.shift = float32(abs(r.max)*r.s.A) > 0x1p18
	for i := range r.chunks {
		c := &r.chunks[i]
		if r.shift {
			c.max -= r.max
			c.done = false
			c.mag = math.MaxInt32 // no bound is known: the general form
		}
		c.far = float32(c.max*r.s.A) < -0x1p19 || c.max < -math.MaxFloat32
		if !c.far && !c.done {
			c.n = block.Power(c.max, &r.s)
		}
	}
	r.n = r.chunks[r.best].n
}

func abs(v float32) float32 { return math.Float32frombits(math.Float32bits(v) &^ (1 << 31)) }

// bounds are the indices of chunk c.
func (r *row[E]) bounds(c int) (lo, hi int) {
	return c * block.Chunk, min((c+1)*block.Chunk, len(r.x))
}

// load is chunk c as it is run: in place, or widened and shifted into buf.
func (r *row[E]) load(c int) []float32 {
	lo, hi := r.bounds(c)
	x := widen(r.isa, r.x[lo:hi], r.buf[:])
	if r.shift {
		for i, v := range x {
			r.buf[i] = v - r.max
		}
		x = r.buf[:len(x)]
	}
	return x
}

// terms computes the terms of chunk c into dst, unless it is nil, and its mass.
func (r *row[E]) terms(c int, dst []float32) {
	ch := &r.chunks[c]
	if ch.far {
		clear(dst)
		return
	}
	lanes := r.pair.Terms()
	if c == r.best {
		lanes = &r.peak
	}
	x := r.load(c)
	block.Terms(r.isa, dst, x, ch.n, &r.s, ch.mag, lanes)
	ch.mass = block.Tree(r.isa, lanes, len(x))
}

// sum is S over the masses of all chunks, with that of the best chunk replaced.
func (r *row[E]) sum(mass float64) float64 {
	p := 1
	for p < len(r.chunks) {
		p *= 2
	}
	r.sums = grow(r.sums, p)
	q := r.sums
	clear(q)
	for i := range r.chunks {
		c := &r.chunks[i]
		m := c.mass
		if i == r.best {
			m = mass
		}
		if d := int(c.n - r.n); !c.far && d >= -256 {
			q[i] = m * pow2(d)
		}
	}
	for w := p / 2; w >= 1; w /= 2 {
		for i := range w {
			q[i] += q[i+w]
		}
	}
	return q[0]
}

// pow2 is 2^d for -1022 <= d <= 1023.
func pow2(d int) float64 { return math.Float64frombits(uint64(d+1023) << 52) }

// argmax is the lowest index of the maximum of a row without NaN.
func (r *row[E]) argmax() int {
	lo, hi := r.bounds(r.best)
	return lo + block.Find(r.isa, widen(r.isa, r.x[lo:hi], r.buf[:]), r.max)
}

// value is logit i.
func (r *row[E]) value(i int) float32 {
	var one [1]float32
	return widen(block.Portable, r.x[i:i+1], one[:])[0]
}
