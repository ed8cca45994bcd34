package reference

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

// outside says what is wrong with output o of a kernel's call, "" for nothing,
// and how much of the bound its worst element uses.
func outside(c, truth *Call, k Contract, o int) (wrong string, used float64) {
	if c.Out[o].Absent() {
		return "", 0
	}
	b := c.Op.Bound(c, truth, k, o)
	for i := range b.Lo {
		got, lo, hi := c.Out[o].Get(i), b.Lo[i], b.Hi[i]
		name := fmt.Sprintf("%s/%s[%d] = %v", c.Op.Name, c.Op.Out[o].Name, i, got)
		switch {
		case math.IsNaN(lo) && math.IsNaN(got):
			continue
		case !(got >= lo && got <= hi):
			return fmt.Sprintf("%s, want in [%v, %v], %v", name, lo, hi, b.Terms(i)), 0
		case b.Refuse != nil && b.Refuse(i, got) != "":
			return name + ": " + b.Refuse(i, got), 0
		}
		if half := hi/2 - lo/2; half > 0 && !math.IsInf(half, 0) && c.Op.Out[o].Judge == Bounded {
			used = max(used, math.Abs(got-(lo/2+hi/2))/half)
		}
	}
	return "", used
}

// The reference's own answer to every edge case lies inside its bound, at the
// default contract, at a tight one, and with ties left open.
func TestEdgesAreInsideTheirBounds(t *testing.T) {
	for _, op := range Ops {
		for _, e := range op.Edges {
			for _, d := range op.DTypes() {
				c := e.Make(op, d)
				truth, err := c.Truth()
				var r *Reject
				if errors.As(err, &r) {
					continue
				}
				if err != nil {
					t.Fatal(op.Name, e.Name, err)
				}
				tight := DefaultContract(d)
				tight.Level, tight.Sum, tight.FlushIn, tight.FlushOut = "tight", "tree", false, false
				loose := DefaultContract(d)
				loose.Ties = "any"
				for o := range truth.Out {
					for i := range truth.Out[o].Len() {
						c.Out[o].Put(i, truth.Out[o].Get(i))
					}
				}
				for _, k := range []Contract{DefaultContract(d), tight, loose} {
					for o := range c.Out {
						if wrong, _ := outside(c, truth, k, o); wrong != "" {
							t.Errorf("%s/%v, %v: %s", e.Name, d, k, wrong)
						}
					}
				}
			}
		}
	}
}
