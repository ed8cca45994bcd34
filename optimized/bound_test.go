package optimized

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

// worst runs a variant on a call and returns the largest error over its bound.
func worst(t *testing.T, v *reference.Variant, c *reference.Call) float64 {
	t.Helper()
	truth, terr := c.Truth()
	err := v.Run(c)
	var a, b *reference.Reject
	refused := errors.As(terr, &a)
	if errors.As(err, &b) || refused {
		if a == nil || b == nil || a.Code != b.Code {
			t.Errorf("%s/%s: %v, reference %v", v.Op, v.Name, err, terr)
		}
		return 0
	}
	if err != nil || terr != nil {
		t.Fatal(err, terr)
	}
	most := 0.0
	for o := range c.Out {
		if c.Out[o].Absent() {
			continue
		}
		b := c.Op.Bound(c, truth, v.Contract, o)
		for i := range b.Lo {
			got := c.Out[o].Get(i)
			if b.Refuse != nil && b.Refuse(i, got) != "" {
				t.Fatalf("%s/%s/%v: %s[%d] = %v: %s", v.Op, v.Name, c.DType(), c.Op.Out[o].Name, i, got, b.Refuse(i, got))
			}
			mid := b.Lo[i]/2 + b.Hi[i]/2
			switch {
			case math.IsNaN(b.Lo[i]) && math.IsNaN(got), got == b.Lo[i] && got == b.Hi[i]:
				continue
			case got >= b.Lo[i] && got <= b.Hi[i]:
				if half := b.Hi[i] - mid; half > 0 && c.Op.Out[o].Judge == reference.Bounded && !math.IsInf(half, 0) {
					most = max(most, math.Abs(got-mid)/half)
				}
				continue
			}
			t.Fatalf("%s/%s/%v: %s[%d] = %v, want in [%v, %v]; reference %v, terms %v", v.Op, v.Name, c.DType(), c.Op.Out[o].Name, i, got, b.Lo[i], b.Hi[i], truth.Out[o].Get(i), b.Terms(i))
		}
	}
	return most
}

// Every edge case of the table, on every variant here.
func TestEdges(t *testing.T) {
	for _, v := range Variants {
		if err := v.Ready(); err != nil {
			continue
		}
		op, err := reference.ByName(v.Op)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range op.Edges {
			for _, d := range v.DTypes {
				t.Run(fmt.Sprintf("%s/%s/%s/%v", v.Op, v.Name, e.Name, d), func(t *testing.T) { worst(t, v, e.Make(op, d)) })
			}
		}
	}
}

// Random rows of every length class: the first variant of each operation within
// the bound of the tight contract, all others the same bits.
func TestWithinBound(t *testing.T) {
	for _, op := range reference.Ops {
		var ready []*reference.Variant
		for _, v := range Variants {
			if v.Op == op.Name && v.Ready() == nil {
				ready = append(ready, v)
			}
		}
		if len(ready) == 0 || dense[op.Name] || statisticsCases[op.Name] != nil {
			continue
		}
		temperatures := []float64{1, 0.7, 1e-3}
		if op.Input("temperature") < 0 {
			temperatures = temperatures[:1]
		}
		most := 0.0
		state := uint64(1)
		next := func() float64 {
			state = state*6364136223846793005 + 1442695040888963407
			return float64(state>>40) * 0x1p-24
		}
		for _, d := range ready[0].DTypes {
			for _, vocab := range []int{1, 2, 7, 255, 257, 1000, 4097, 9000} {
				for _, spread := range []float64{0.01, 4, 300} {
					for _, T := range temperatures {
						x := reference.NewTensor(d, 2, vocab)
						for i := range x.Len() {
							x.Put(i, spread*(next()+next()+next()+next()-2)+3)
						}
						in := map[string]reference.Tensor{op.In[0].Name: x}
						if op.Input("temperature") >= 0 {
							in["temperature"] = reference.Scalar(reference.F32, T)
						}
						if more := inputs[op.Name]; more != nil {
							more(next, in, vocab)
						}
						c := op.NewCall(in, nil)
						most = max(most, worst(t, ready[0], c))
						for _, v := range ready[1:] {
							sameBits(t, v, c)
						}
					}
				}
			}
		}
		t.Logf("%s: worst error %.3f of the bound", op.Name, most)
	}
}

// sameBits runs another variant on a call that has been answered.
func sameBits(t *testing.T, v *reference.Variant, c *reference.Call) {
	t.Helper()
	again := *c
	again.Out = nil
	for _, out := range c.Out {
		if !out.Absent() {
			out = reference.NewTensor(out.DType, out.Shape...)
		}
		again.Out = append(again.Out, out)
	}
	if err := v.Run(&again); err != nil {
		var bad *reference.Reject
		if !errors.As(err, &bad) {
			t.Fatal(err)
		}
	}
	for o, out := range c.Out {
		for i := range out.Len() {
			if !out.Absent() && out.Bits(i) != again.Out[o].Bits(i) {
				t.Fatalf("%s/%s/%v: %s[%d] is %x, portable %x", v.Op, v.Name, c.DType(), c.Op.Out[o].Name, i, again.Out[o].Bits(i), out.Bits(i))
			}
		}
	}
}
