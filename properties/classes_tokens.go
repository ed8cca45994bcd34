package properties

import (
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// tokens adds a case of one number a token: losses, which are at least 0, or
// log-probabilities, which are the same with the other sign.
func (b *batch) tokens(note string, v []float64, given ...argument) {
	name := b.op.In[0].Name
	v = slices.Clone(v)
	if name != "nll" {
		for i := range v {
			v[i] = -v[i]
		}
	}
	b.tensor(note, b.vector(name, v...).tensor, given...)
}

// losses are those of n ordinary tokens: mostly likely ones.
func (b *batch) losses(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = b.draw.Normal()
		v[i] = float64(v[i]*v[i]) + float64(b.draw.Intn(64))/64
	}
	return v
}

// dressTokens gives the operations on tokens what stands beside the tokens.
func (b *batch) dressTokens(in map[string]reference.Tensor, missing func(string) bool, each func(string, func(r int) float64)) {
	first := in[b.op.In[0].Name]
	if missing("lq") {
		each("lq", func(r int) float64 {
			v := first.Get(r)
			return v - float64(b.draw.Normal()*[]float64{0.3, 0.01, 2, 0.3}[(r+len(b.cases))%4])
		})
	}
	if missing("mask") && len(b.cases)%3 == 1 && first.Len() > 1 {
		each("mask", func(r int) float64 { return float64(min(1, (r+1)%4)) })
	}
	if missing("bytes") {
		in["bytes"] = b.integer("bytes", int64(4*first.Len()+1)).tensor
	}
	if missing("lengths") && slices.Contains(onSequences, b.op.Name) {
		most := first.Shape[1]
		each("lengths", func(r int) float64 { return float64(max(most-r*max(1, most/7), min(most, 1))) })
	}
	if missing("alpha") && len(b.cases)%2 == 1 {
		each("alpha", func(r int) float64 { return []float64{0.6, 1, 2, 0, -1, 0.75}[r%6] })
	}
}

// impossibleTokens: Inf - Inf, Inf * 0 of a mask, a clamp that makes it finite.
func impossibleTokens(b *batch) {
	for _, n := range []int{1, 2, 9, 40} {
		b.tokens("one impossible", set(b.losses(n), n-1, inf))
		b.tokens("an impossible one masked out", append(set(b.losses(n), n/2, inf), 1), b.mask(n+1, n/2))
	}
	b.tokens("all impossible", fill(5, inf))
}

// nanTokens: NaN times a mask of 0 is NaN, a comparison drops it.
func nanTokens(b *batch) {
	for _, n := range []int{1, 2, 8, 17, 33} {
		b.tokens("NaN counted", set(b.losses(n), n-1, nan), b.mask(n))
		b.tokens("NaN masked out", append(set(b.losses(n), n/2, nan), 1), b.mask(n+1, n/2))
	}
	b.tokens("NaN first", set(b.losses(20), 0, nan), b.mask(20))
}

// mask counts all of n tokens but some.
func (b *batch) mask(n int, but ...int) argument {
	v := slices.Repeat([]int64{1}, n)
	for _, i := range but {
		v[i] = 0
	}
	return b.integers("mask", v...)
}

func smallTokens(b *batch) {
	unit := b.d.Unit()
	for _, n := range []int{1, 4, 30} {
		small := b.losses(n)
		scale(small, 0x1p-20)
		b.tokens("nearly sure tokens", append(small, float64(3*unit)))
		b.tokens("subnormal losses", append(fill(n, float64(5*b.d.MinSubnormal())), 0.5))
		b.tokens("sure tokens among others", append(fill(n, 0), b.losses(2)...))
	}
}

// largeTokens: exp overflows in float32 at 88.7, in float64 at 709.8; the sum
// of a long text leaves float16, a product of probabilities everything.
func largeTokens(b *batch) {
	for _, at := range []float64{20, 60, 86, 88.5, 89, 103, 700, 710, 1e4, 1e20} {
		v := b.losses(6)
		for i := range v {
			v[i] += at
		}
		b.tokens("improbable tokens", v)
	}
}

// equalTokens: a running sum that stalls, in bf16 at 256 of a kind.
func equalTokens(b *batch) {
	for _, n := range b.sizes(2, 10, 100, 300, 1000, 4100, 20000) {
		b.tokens("equal losses", fill(n, 2.25))
		b.tokens("nearly equal losses", append(fill(n-1, 1.1), 1.2))
	}
}

// heavyTokens: small losses after a large one vanish in a running sum.
func heavyTokens(b *batch) {
	for _, n := range b.sizes(20, 120, 1000, 5000) {
		v := b.losses(n)
		scale(v, 0x1p-12)
		b.tokens("one improbable token first", set(slices.Clone(v), 0, 80))
		b.tokens("one improbable token last", set(v, n-1, 50))
	}
}

// tokenCounts: a tail is skipped, or counted twice.
func tokenCounts(b *batch) {
	for n := 1; n <= 68; n++ {
		if n <= 20 || n%8 == 7 || n%8 <= 1 {
			b.tokens("count", b.losses(n))
		}
	}
	for _, n := range b.sizes(127, 128, 129, 255, 257, 1000, 1023, 1025, 4096, 8193, 32769, 65537, 131072) {
		b.tokens("count", b.losses(n))
	}
}

// maskedTokens: the mean over all tokens, a token that counts because its
// number is not the padding's, a mask of other numbers than 0 and 1.
func maskedTokens(b *batch) {
	for _, n := range b.sizes(2, 3, 8, 33, 120) {
		for _, f := range []func(i int) bool{
			func(i int) bool { return i < n/2 },
			func(i int) bool { return i >= n/2 },
			func(i int) bool { return i%3 != 1 },
			func(i int) bool { return i == n-1 },
			func(i int) bool { return b.draw.Intn(2) == 0 || i == 0 },
		} {
			v, mask := b.losses(n), make([]int64, n)
			for i := range v {
				if f(i) {
					mask[i] = []int64{1, 1, 7, -1}[i%4]
				} else {
					v[i] = []float64{-1, 0, nan, inf, 1e4}[i%5]
				}
			}
			b.tokens("masked", v, b.integers("mask", mask...))
		}
	}
	b.tokens("all masked out", b.losses(6), b.mask(6, 0, 1, 2, 3, 4, 5))
}

// windows: a mean of means over unequal windows, a document shorter than a
// window, of one token or two.
func windows(b *batch) {
	for _, n := range []int{1, 2, 3, 7, 31, 100} {
		v := append(b.losses(n), fill(n/3+1, 9)...)
		b.tokens("a last window unlike the others", v)
		skip := make([]int, n/2)
		for i := range skip {
			skip[i] = i
		}
		b.tokens("half of it context only", b.losses(n+1), b.mask(n+1, skip...))
	}
}
