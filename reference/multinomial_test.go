package reference

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// The probabilities of all outcomes of n draws sum to 1, and each is the exact
// rational number, for dyadic p.
func TestMultinomialExactly(t *testing.T) {
	p := []float64{0.5, 0.125, 0.375}
	for n := range 9 {
		total := 0.0
		for a := 0; a <= n; a++ {
			for b := 0; a+b <= n; b++ {
				c := []int{a, b, n - a - b}
				want := new(big.Rat).SetInt(new(big.Int).MulRange(1, int64(n)))
				for i, k := range c {
					f := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).MulRange(1, int64(k)))
					want.Mul(want, f)
					for range k {
						want.Mul(want, new(big.Rat).SetFloat64(p[i]))
					}
				}
				truth, err := multinomialLogPMFOp.NewCall(outcomes(p, float64(a), float64(b), float64(n-a-b)), nil).Truth()
				if err != nil {
					t.Fatal(err)
				}
				got := math.Exp(truth.Out[0].Get(0))
				w, _ := want.Float64()
				if math.Abs(got-w) > 2e-15*w {
					t.Fatalf("%v: %v, want %v", c, got, w)
				}
				total += got
			}
		}
		if math.Abs(total-1) > 1e-14 {
			t.Errorf("the probabilities of %d draws sum to %v", n, total)
		}
	}
}

func TestMultinomialLogPMFKernels(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	var cases []*Call
	for _, vocab := range []int{1, 2, 5, 50} {
		for range 20 {
			p, c := make([]float64, vocab), make([]float64, vocab)
			top := []int{2, 10, 1000}[r.IntN(3)]
			for i := range p {
				p[i], c[i] = r.ExpFloat64()/float64(vocab), float64(r.IntN(top))
			}
			cases = append(cases, multinomialLogPMFOp.NewCall(map[string]Tensor{"p": Of(F32, []int{1, vocab}, p...), "counts": Of(I64, []int{1, vocab}, c...)}, nil))
		}
	}
	lg := func(v f32) f32 { l, _ := math.Lgamma(float64(v)); return f32(l) }
	with := func(f func(p, c []f32, n f32) f32) func(*Call) {
		return func(c *Call) {
			k := column(c.In[1], 0)
			storeRow(c.Out[0], 0, f(column(c.In[0], 0), k, sum32(k)))
		}
	}
	plain := func(p, c []f32, n f32) f32 {
		v := lg(n + 1)
		for i := range p {
			v -= lg(c[i] + 1)
		}
		for i := range p {
			v += c[i] * roundedLn(p[i])
		}
		return v
	}
	judgeKernels(t, multinomialLogPMFOp, cases, []kernel{
		{"plain", false, with(plain)},
		{"term by term", false, with(func(p, c []f32, n f32) f32 {
			var v f32
			for i := range p {
				v += c[i]*roundedLn(p[i]) - lg(c[i]+1)
			}
			return v + lg(n+1)
		})},
		{"pairwise", false, with(func(p, c []f32, n f32) f32 {
			v := make([]f32, len(p))
			for i := range p {
				v[i] = c[i]*roundedLn(p[i]) - lg(c[i]+1)
			}
			return lg(n+1) + pairwise32(v)
		})},
		{"base 2", false, with(func(p, c []f32, n f32) f32 {
			v := lg(n+1) * f32(math.Log2E)
			for i := range p {
				v += c[i]*f32(math.Log2(float64(p[i]))) - lg(c[i]+1)*f32(math.Log2E)
			}
			return v * f32(math.Ln2)
		})},
		{"no coefficient", true, with(func(p, c []f32, n f32) (v f32) {
			for i := range p {
				v += c[i] * roundedLn(p[i])
			}
			return v
		})},
		{"gamma(n) for n!", true, with(func(p, c []f32, n f32) f32 { return plain(p, c, n) - lg(n+1) + lg(n) })},
		{"p clipped at 0.01", true, with(func(p, c []f32, n f32) f32 {
			q := make([]f32, len(p))
			for i := range p {
				q[i] = max(p[i], 0.01)
			}
			return plain(q, c, n)
		})},
	})
}

// n draws at once are n draws one by one, and no outcome of mass 0 is drawn.
func TestMultinomialCountsOneByOne(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for range 50 {
		p := make([]float64, 1+r.IntN(9))
		for i := range p {
			p[i] = float64(r.IntN(4)) // sums are exact
		}
		p[r.IntN(len(p))] = 3
		all, n, seed := 0.0, 200, r.Uint64()>>12
		for _, v := range p {
			all += v
		}
		want := make([]int64, len(p))
		for j := range n {
			u, c := PhiloxUniform(seed, 0, uint32(j)), 0.0
			for i, v := range p {
				if c += v; c > u*all {
					want[i]++
					break
				}
			}
		}
		c := multinomialCountsOp.NewCall(draw(float64(n), float64(seed), p...), nil)
		truth, err := c.Truth()
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if got := truth.Out[0].Int(i); got != want[i] {
				t.Fatalf("masses %v: counts[%d] = %d, one by one %d", p, i, got, want[i])
			}
		}
		truth.Out[0].PutInt(0, truth.Out[0].Int(0)+1)
		if b := multinomialCountsBound(truth, truth, DefaultContract(F64), 0); b.Refuse(0, 1) == "" {
			t.Fatal("a draw too many is not noticed")
		}
	}
}
