package reference

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Right float32 kernels on the cases where rounding does the most: each was
// refused by an earlier form of its bound.

// admits runs an operation's bound on an answer to one element of one output.
func admits(t *testing.T, c *Call, k Contract, out, i int, got float64) bool {
	t.Helper()
	truth, err := c.Truth()
	if err != nil {
		t.Fatal(err)
	}
	b := c.Op.Bound(c, truth, k, out)
	if b.Refuse != nil && b.Refuse(i, got) != "" {
		return false
	}
	return got >= b.Lo[i] && got <= b.Hi[i]
}

func mustAdmit(t *testing.T, what string, c *Call, k Contract, out, i int, got float64) {
	t.Helper()
	if !admits(t, c, k, out, i, got) {
		t.Errorf("%s: %s refuses %v", what, c.Op.Name, got)
	}
}

// Terms that lie alike between two multiples of the running sum's spacing all
// round the same way, though no two of them are equal.
func TestTermsThatRoundAlike(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	hot, clump := make([]float64, 131072), make([]float64, 1000)
	for i := range hot {
		hot[i] = F32.Round(r.NormFloat64())
	}
	for i := range clump {
		clump[i] = F32.Round(-13.81 + 0.0005*r.Float64()) // 8.4 spacings of a sum near 1
	}
	clump[0] = 0
	for _, l := range []struct {
		name string
		x    []float64
		T    float64
	}{{"a high temperature", hot, 3000}, {"one token and a thousand as improbable", clump, 1}} {
		x := make([]float32, len(l.x))
		for i, v := range l.x {
			x[i] = float32(v) / float32(l.T)
		}
		y := softmax32(x)
		c := softmaxOp.NewCall(map[string]Tensor{"x": Of(F32, []int{1, len(x)}, l.x...), "temperature": Scalar(F32, l.T)}, nil)
		mustAdmit(t, l.name, c, DefaultContract(F32), 0, 0, float64(y[0]))
		if worse := float64(y[0]) * 1.004; admits(t, c, DefaultContract(F32), 0, 0, worse) {
			t.Errorf("%s: %v passes too", l.name, worse)
		}
	}
}

// The sizes of samples below zero count as those above do.
func TestNegativeSamples(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	x := make([]float64, 1000)
	var s float32
	for i := range x {
		x[i] = F32.Round(-0.5 - r.Float64())
		s += float32(x[i])
	}
	mean := float64(s / float32(len(x)))
	c := monteCarloOp.NewCall(samplesOf(x...), nil)
	c.In[0] = Of(F32, []int{1, len(x)}, x...)
	mustAdmit(t, "sequential sum", c, DefaultContract(F32), 0, 0, mean)
	if admits(t, c, DefaultContract(F32), 0, 0, mean*1.0001) {
		t.Error("a mean off by 1e-4 of itself passes too")
	}
}

// Equal samples whose float32 mean is not their value: two passes see a deviation
// in each of them.
func TestEqualSamplesMeanRounded(t *testing.T) {
	k := DefaultContract(F32)
	k.Level, k.Sum = "tight", "tree"
	seen := 0
	for n := 3; n < 500; n++ {
		f, x := make([]float32, n), make([]float64, n)
		for i := range f {
			f[i] = 0.1
			x[i] = float64(f[i])
		}
		mean := pairwise(f) / float32(n)
		for i := range f {
			f[i] = (f[i] - mean) * (f[i] - mean)
		}
		if mean != 0.1 {
			seen++
		}
		se := math.Sqrt(float64(pairwise(f) / float32(n-1) / float32(n)))
		c := monteCarloOp.NewCall(map[string]Tensor{"samples": Of(F32, []int{1, n}, x...)}, nil)
		mustAdmit(t, "two passes, pairwise", c, k, 1, 0, F32.Round(se))
	}
	if seen == 0 {
		t.Error("no mean was rounded: the case tests nothing")
	}
}

// A mass alone times its reciprocal need not be 1.
func TestMassAloneTimesReciprocal(t *testing.T) {
	k, tight := DefaultContract(F32), DefaultContract(F32)
	tight.Level = "tight"
	seen := 0
	for i := range 200 {
		w := float32(0.3 + float64(i)*1e-4)
		y := float64(w * (1 / w))
		p := Of(F32, []int{1, 1}, float64(w))
		one := Of(F32, []int{1, 1, 1}, 1)
		for _, c := range []*Call{
			bayesUpdateOp.NewCall(map[string]Tensor{"prior": p, "likelihood": one}, nil),
			relevancePosteriorOp.NewCall(map[string]Tensor{"score": Of(F32, []int{1, 1}, 2), "prior": p}, nil),
			bayesPosteriorOp.NewCall(map[string]Tensor{"prior": p, "likelihood": Of(F32, []int{1, 1}, 1)}, nil),
		} {
			mustAdmit(t, "reciprocal", c, k, 0, 0, y)
			if y != 1 && c.Op != bayesPosteriorOp {
				seen++
				if admits(t, c, tight, 0, 0, y) {
					t.Errorf("%s: a tight kernel divides, and %v is not 1", c.Op.Name, y)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("every product was 1: the case tests nothing")
	}
}

// What a seed means is part of a bit specification: without one any token with
// mass may be drawn, and no other.
func TestSeedOfAnotherGenerator(t *testing.T) {
	for _, op := range []*Op{sampleLogitsOp, sampleProbsOp, sampleChainOp} {
		in := map[string]Tensor{op.In[0].Name: Of(F32, []int{1, 4}, 0.5, 1, 1.5, 0), "seed": Scalar(U64, 5)}
		if op != sampleProbsOp {
			in["x"] = Of(F32, []int{1, 4}, 0.5, 1, 1.5, -inf)
		}
		own := DefaultContract(F32)
		specified := own
		specified.Bits = "draft"
		var free, bound int
		for j := range 4 {
			c := op.NewCall(in, nil)
			c.Out[0].PutInt(0, int64(j))
			if len(c.Out) > 1 {
				c.Out[1].PutInt(0, 4)
			}
			if admits(t, c, own, 0, 0, float64(j)) {
				free++
			}
			if admits(t, c, specified, 0, 0, float64(j)) {
				bound++
			}
		}
		if free != 3 || bound != 1 {
			t.Errorf("%s: %d tokens, of 3 with mass, open to a generator of one's own, %d to the specified one", op.Name, free, bound)
		}
	}
}

// A kernel that flushes subnormal operands sees neither the masses nor what they
// would make infinite.
func TestFlushedMasses(t *testing.T) {
	flushing, gradual := DefaultContract(F32), DefaultContract(F32)
	gradual.FlushIn, gradual.FlushOut = false, false
	tiny := F32.MinNormal() / 4
	row := func(v ...float64) Tensor { return Of(F32, []int{1, len(v)}, v...) }
	for _, l := range []struct {
		op  *Op
		in  map[string]Tensor
		out int
		got float64
	}{
		{klOp, map[string]Tensor{"p": row(1, tiny), "q": row(1, 0)}, 0, 0},
		{crossEntropyPQOp, map[string]Tensor{"p": row(0.5, tiny), "q": row(0.5, 0)}, 0, F32.Round(math.Ln2 / 2)},
		{sampleProbsOp, map[string]Tensor{"p": row(tiny, tiny, 2*tiny, 4*tiny), "u": Vector(F64, 0)}, 0, 3},
		{bm25Op, with(corpus([]float64{9}, []float64{1}, []float64{2}), "prior", Vector(F32, 2*tiny, 4*tiny)), 1, 0},
		{speculativeAcceptOp, map[string]Tensor{"p": row(tiny, 1), "q": row(1, 0), "draft": Vector(I64, 0), "u": Vector(F64, 0), "u2": Vector(F64, 0)}, 1, 0},
	} {
		c := l.op.NewCall(l.in, nil)
		mustAdmit(t, "flushing", c, flushing, l.out, 0, l.got)
		if admits(t, c, gradual, l.out, 0, l.got) {
			t.Errorf("%s: a kernel with gradual underflow passes with %v", l.op.Name, l.got)
		}
	}
}

// Two nearly equal rows: the divergence is the square of what parts them, and as
// exact as that is.
func TestJSOfNearlyEqualRows(t *testing.T) {
	p, q := []float64{0.3, 0.7}, []float64{0.3 + 1e-9, 0.7 - 1e-9}
	c := jsOp.NewCall(map[string]Tensor{"p": Of(F64, []int{1, 2}, p...), "q": Of(F64, []int{1, 2}, q...)}, nil)
	truth, err := c.Truth()
	if err != nil {
		t.Fatal(err)
	}
	want := 0.0 // sum d^2/(8m), the next term of the series 1e-18 of it
	for j := range p {
		want += (p[j] - q[j]) * (p[j] - q[j]) / (p[j] + q[j]) / 4
	}
	if got := truth.Out[0].Get(0); math.Abs(got-want) > 8*F64.Unit()*want {
		t.Errorf("js = %v, want %v: off by %.3g of itself", got, want, got/want-1)
	}
}
