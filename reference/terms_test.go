package reference

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

// What a bound prints of itself is the bound: the terms of each element add up to
// the width of its interval, towards the wider side, and an exact element has none.
func TestTermsAddUpToTheBound(t *testing.T) {
	judged := 0
	for _, op := range Ops {
		for _, e := range op.Edges {
			for _, level := range []string{"backward-stable", "tight"} {
				c := e.Make(op, F32)
				k := DefaultContract(F32)
				k.Level = level
				truth, err := c.Truth()
				var refusal *Reject
				if errors.As(err, &refusal) {
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				for o := range truth.Out {
					for i := range truth.Out[o].Len() {
						c.Out[o].Put(i, truth.Out[o].Get(i))
					}
				}
				for o := range c.Out {
					if c.Out[o].Absent() || op.Out[o].Judge != Bounded {
						continue
					}
					b := op.Bound(c, truth, k, o)
					for i := range b.Lo {
						v := truth.Out[o].Get(i)
						side := max(b.Hi[i]-v, v-b.Lo[i])
						if math.IsNaN(side) || math.IsInf(side, 0) {
							continue
						}
						judged++
						name := fmt.Sprintf("%s/%s, %s, %s[%d]", op.Name, e.Name, level, op.Out[o].Name, i)
						if s := total(b.Terms(i)); math.Abs(s-side) > 0.01*side {
							t.Errorf("%s: the interval reaches %.4g from %v, its terms add up to %.4g", name, side, v, s)
						}
					}
				}
			}
		}
	}
	t.Logf("%d elements", judged)
}
