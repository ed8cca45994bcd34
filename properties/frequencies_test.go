package properties

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// drawFrom draws n tokens by inversion.
func drawFrom(p []float64, n int, d *Draw) []int {
	cdf, at := make([]float64, len(p)), 0.0
	for i, v := range p {
		at += v
		cdf[i] = at
	}
	tokens := make([]int, n)
	for i := range tokens {
		j, _ := slices.BinarySearchFunc(cdf, d.Float(), func(c, u float64) int {
			if c <= u {
				return -1
			}
			return 1
		})
		tokens[i] = min(j, len(p)-1)
	}
	return tokens
}

func normalised(mass []float64) []float64 {
	p, all := make([]float64, len(mass)), 0.0
	for _, v := range mass {
		all += v
	}
	for i, v := range mass {
		p[i] = v / all
	}
	return p
}

// Over a thousand runs the chances that a right sampler's counts are as far off, or
// farther, are uniform: Kolmogorov and Smirnov's distance stays below what has a
// chance of 0.01, for every urn and every test with bins enough to be nearly
// continuous.
func TestChancesAreUniform(t *testing.T) {
	const runs = 1000
	for _, u := range urns() {
		if u.n < 1000 {
			continue // few draws, few bins: the chances come in steps
		}
		p := normalised(u.mass)
		d := NewDraw(11, u.says)
		var chances []float64
		for range runs {
			chances = append(chances, frequencies("token", drawFrom(p, u.n, d), p, 0, func(i int) int { return i }).p)
		}
		assert.Less(t, distance(chances), 1.628/math.Sqrt(runs), u.says)
	}
	p, d := normalised(fill(4, 1)), NewDraw(12)
	var chances []float64
	for range runs {
		a, b := partners(drawFrom(p, 2048, d), 2)
		chances = append(chances, pairs("", a, b, p, 0).p)
	}
	assert.Less(t, distance(chances), 1.628/math.Sqrt(runs), "pairs")
}

// distance is Kolmogorov and Smirnov's, from the uniform distribution.
func distance(x []float64) (far float64) {
	slices.Sort(x)
	for i, v := range x {
		far = max(far, math.Abs(v-float64(i)/float64(len(x))), math.Abs(v-float64(i+1)/float64(len(x))))
	}
	return far
}

// A sampler that is wrong by little is told from a right one, and what the contract
// leaves open is not held against it.
func TestFrequencies(t *testing.T) {
	u := urns()[0]
	p := normalised(u.mass)
	bin := func(i int) int { return i }
	hot := make([]float64, len(p))
	for i, v := range p {
		hot[i] = math.Pow(v, 1/1.05)
	}
	tokens := drawFrom(normalised(hot), u.n, NewDraw(5))
	byMass := func(i int) int { return int(math.Floor(-math.Log2(p[i]) + 0.5)) }
	require.Less(t, frequencies("", tokens, p, 0, byMass).p, alpha)
	require.Equal(t, 1.0, frequencies("", tokens, p, 0.1, byMass).p)
	require.Less(t, frequencies("", slices.Repeat([]int{0, 1, 2, 3}, 500), fill(4, 0.25), 0, bin).p, 1.1)
	require.InDelta(t, 0, frequencies("", slices.Repeat([]int{3}, 500), fill(4, 0.25), 0, bin).p, 1e-12)
}
