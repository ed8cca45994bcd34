package reference

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// denseCases are calls of an operation in float32: random, wide, nearly uniform
// and dominated rows, masked ones, and at several widths.
func denseCases(op *Op, d DType) (calls []*Call) {
	rnd := rand.New(rand.NewPCG(1, uint64(len(op.Name))))
	bell := func(s float64) float64 { return s * (rnd.Float64() + rnd.Float64() + rnd.Float64() - 1.5) }
	for _, n := range []int{2, 17, 300, 4000} {
		for _, kind := range []string{"random", "wide", "near uniform", "dominant", "masked", "offset"} {
			logit := func(i int) float64 {
				switch {
				case kind == "wide":
					return bell(40)
				case kind == "near uniform":
					return 3 + bell(1e-3)
				case kind == "dominant" && i == n/2:
					return 18
				case kind == "masked" && i%3 == 1:
					return math.Inf(-1)
				case kind == "offset":
					return 900 + bell(4)
				}
				return bell(4)
			}
			matrix := func(f func(i int) float64) Tensor {
				t := NewTensor(d, 1, n)
				for i := range n {
					t.Put(i, f(i))
				}
				return t
			}
			mass := func() Tensor {
				r := newRow(matrix(logit).Row(0, nil), 1, F64)
				p := r.softmax()
				return matrix(func(i int) float64 { return p[i] })
			}
			label := rnd.IntN(n)
			for kind == "masked" && label%3 == 1 {
				label = rnd.IntN(n)
			}
			for _, choice := range choicesOf(op) {
				in := map[string]Tensor{}
				for i := range op.In {
					switch a := &op.In[i]; a.Name {
					case "x", "y", "dy", "p", "q":
						in[a.Name] = matrix(logit)
						if a.Unit == "1" && a.Name != "dy" {
							in[a.Name] = mass()
						}
						if a.Name == "dy" {
							in[a.Name] = matrix(func(int) float64 { return bell(2) })
						}
					case "joint":
						p := mass()
						in[a.Name] = Of(d, []int{2, n / 2}, p.Row(0, nil)[:n/2*2]...)
					case "nll", "lp", "lq":
						f := func(int) float64 { return -math.Abs(bell(6)) }
						if a.Name == "nll" {
							f = func(int) float64 { return math.Abs(bell(6)) }
						}
						in[a.Name] = matrix(f)
						if len(a.Dims) == 1 {
							in[a.Name] = Vector(d, in[a.Name].Row(0, nil)...)
						}
					case "label":
						in[a.Name] = labels(float64(label))
					case "lengths":
						in[a.Name] = labels(float64(n/2 + 1))
					case "bytes":
						in[a.Name] = Scalar(I64, float64(4*n))
					case "temperature":
						in[a.Name] = Scalar(real64[0], []float64{1, 0.7, 1.9}[rnd.IntN(3)])
					case "smoothing":
						in[a.Name] = Scalar(F32, []float64{0, 0.1}[rnd.IntN(2)])
					case "alpha":
						in[a.Name] = Scalar(F32, 0.65)
					case "g":
						in[a.Name] = Scalar(F32, -1.3)
					}
				}
				calls = append(calls, op.NewCall(in, choice))
			}
		}
	}
	return calls
}

// choicesOf are the options honest kernels here know: the first of each choice,
// and every one of those that change the formula.
func choicesOf(op *Op) []map[string]string {
	for _, name := range []string{"estimator", "length_penalty"} {
		if options := op.Choices[name]; options != nil {
			var all []map[string]string
			for _, o := range options {
				all = append(all, map[string]string{name: o})
			}
			return all
		}
	}
	return []map[string]string{nil}
}

// overBound is the largest error of the call's outputs over its bound.
func overBound(c, truth *Call, k Contract) (worst float64, where string) {
	for o := range c.Out {
		b := c.Op.Bound(c, truth, k, o)
		for i := range b.Lo {
			got, ref := c.Out[o].Get(i), truth.Out[o].Get(i)
			e := 0.0
			switch {
			case math.IsNaN(ref) && math.IsNaN(got), got == ref:
			case math.IsNaN(got) || !(got >= b.Lo[i] && got <= b.Hi[i]):
				e = max(1.001, math.Abs(got-ref)/(b.Hi[i]-ref))
				if math.IsNaN(e) {
					e = math.Inf(1)
				}
			case b.Hi[i] > ref && !math.IsInf(b.Hi[i], 0):
				e = math.Abs(got-ref) / (b.Hi[i] - ref)
			}
			if e > worst {
				worst, where = e, fmt.Sprintf("%s[%d] = %v, want %v in [%v, %v], terms %v", c.Op.Out[o].Name, i, got, ref, b.Lo[i], b.Hi[i], b.Terms(i))
			}
		}
	}
	return worst, where
}

func truthOf(t *testing.T, c *Call) *Call {
	t.Helper()
	truth, err := c.Truth()
	if err != nil {
		t.Fatal(err)
	}
	return truth
}

// Kernels written in other ways are right at the widest contract, and the bound
// is not so wide that it means nothing.
func TestHonestKernels(t *testing.T) {
	for _, name := range denseOps() {
		op, _ := ByName(name)
		most := 0.0
		cases := denseCases(op, F32)
		half := len(cases) / 2
		for _, d := range []DType{BF16, F16} { // the same arithmetic between 16-bit inputs and outputs
			if slices.Contains(op.DTypes(), d) {
				cases = append(cases, denseCases(op, d)[:half]...)
			}
		}
		for _, c := range cases {
			if name == "cross_entropy_backward" { // the kernels here leave the loss to cross_entropy
				c.Out[1], c.Out[2] = Tensor{}, Tensor{}
			}
			truth := truthOf(t, c)
			for o := range c.Out {
				if c.Out[o].Absent() {
					c.Out[o] = truth.Out[o]
				}
			}
			for s := range honestStyles {
				for form := range honestOf(name).forms {
					honestOf(name).run(c, &honestStyles[s], form)
					e, where := overBound(c, truth, DefaultContract(F32))
					if e > 1 {
						t.Fatalf("%s, %s, form %d, %v: %.3f of the bound: %s", name, honestStyles[s].name, form, c.Choice, e, where)
					}
					most = max(most, e)
				}
			}
		}
		t.Logf("%s: worst error %.3f of the bound", name, most)
		if most < 0.05 {
			t.Errorf("%s: the bound is %.0f times what any kernel needs", name, 1/most)
		}
	}
}

func denseOps() (names []string) {
	for _, table := range []map[string]honestKernel{honest, honestTokens} {
		for name := range table {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func honestOf(name string) honestKernel {
	if k, ok := honest[name]; ok {
		return k
	}
	return honestTokens[name]
}

// A logarithm is worth what the contract says it may err by: 2 units in the last
// place of ln 4096 lie inside a bound declared for 2, and outside one for 1/2.
func TestDeclaredLogarithm(t *testing.T) {
	c := logsumexpOp.NewCall(map[string]Tensor{"x": NewTensor(F32, 1, 4096)}, nil)
	truth := truthOf(t, c)
	v := truth.Out[0].Get(0)
	c.Out[0].Put(0, v+2*F32.Ulp(v))
	for ulp, inside := range map[float64]bool{2: true, 0.5: false} {
		k := Contract{Acc: F32, Sum: "exact", Level: "tight", ExpULP: 1, LnULP: ulp}
		if e, _ := overBound(c, truth, k); e <= 1 != inside {
			t.Errorf("ln_ulp=%g: 2 ULP are %.2f of the bound", ulp, e)
		}
	}
}
