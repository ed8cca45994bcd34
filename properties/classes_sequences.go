package properties

import "github.com/seed-210c9500/assay/reference"

// sequences adds a case of rows of log-probabilities.
func (b *batch) sequences(note string, rows, length int, given ...argument) {
	lp := Matrix(b.d, rows, length, func(int, int) float64 { return -b.losses(1)[0] })
	b.tensor(note, lp, given...)
}

// sequenceLengths: a tail skipped; sums long enough for narrow ones to stall.
func sequenceLengths(b *batch) {
	for _, n := range b.sizes(1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 100, 128, 257, 1000, 1025, 4099, 20000) {
		rows := 3
		if n > 5000 {
			rows = 1
		}
		for _, penalty := range b.op.Choices["length_penalty"] {
			b.sequences("length", rows, n, option("length_penalty", penalty))
		}
	}
}

func sequenceCounts(b *batch) {
	for _, rows := range []int{0, 1, 2, 5, 16, 17, 33, 65, 257} {
		b.sequences("sequences", rows, 6)
	}
}

// raggedSequences: the mean over the longest, padding that is added in (a
// sentinel of +1, a NaN), the end token left out, a sequence without tokens.
func raggedSequences(b *batch) {
	for _, n := range b.sizes(2, 5, 16, 40) {
		for _, hold := range []float64{0, 1, nan, inf, -inf, -1e4} {
			for _, penalty := range b.op.Choices["length_penalty"] {
				lengths := []int64{int64(n), 1, int64(n / 2), int64(n - 1), 0}
				lp := reference.NewTensor(b.d, len(lengths), n)
				for r, l := range lengths {
					for i := range n {
						if lp.Put(r*n+i, hold); int64(i) < l {
							lp.Put(r*n+i, -b.losses(1)[0])
						}
					}
				}
				b.tensor("ragged", lp, b.integers("lengths", lengths...), option("length_penalty", penalty))
			}
		}
	}
	impossible := reference.Of(b.d, []int{3, 3}, -1, -inf, -2, -1, -2, nan, -0.5, -0.25, -inf)
	b.tensor("impossible tokens", impossible, b.integers("lengths", 3, 3, 2))
}

// lengthPenalties: ((5+n)/6)^a for n^a, the exponent of another row, a sign.
func lengthPenalties(b *batch) {
	for _, penalty := range b.op.Choices["length_penalty"] {
		for _, alpha := range []float64{-1, 0, 0.6, 1, 2, 0.123, 5} {
			b.sequences("one exponent", 3, 12, b.scalar("alpha", alpha), option("length_penalty", penalty))
		}
		b.sequences("an exponent for each row", 5, 9, b.vector("alpha", 2, -1, 0, 0.6, 1), option("length_penalty", penalty))
	}
}
