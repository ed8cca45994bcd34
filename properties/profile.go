package properties

import (
	"fmt"
	"math"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// otherProfile names a profile, not the one declared, whose answer to this edge
// case is the kernel's: got, or the refusal.
func (e *exam) otherProfile(got *reference.Call, r *reference.Reject) string {
	if e.c.Edge == nil {
		return ""
	}
	names := make([]string, 0, len(e.c.Edge.Want))
	for name := range e.c.Edge.Want {
		if name != "ieee" && name != e.k.Profile {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		a := e.c.Edge.Want[name]
		if r != nil && a.Code != "" || r == nil && e.differs(a, got) == nil {
			return name
		}
	}
	return ""
}

// differs compares an answer with a profile's declared one. Values are compared
// to within the bound that the reference's value has, or a few roundings where
// the two profiles answer different things.
func (e *exam) differs(a reference.Answer, got *reference.Call) *Finding {
	if a.Code != "" {
		return e.broken(Fail, "reject", "answered what must be refused as "+a.Code).finding
	}
	for o, want := range a.Out {
		if want == nil || o >= len(got.Out) || got.Out[o].Absent() {
			continue
		}
		values := widened(got.Out[o])
		for i, w := range want {
			if i >= len(values) {
				break
			}
			if v := values[i]; v != w && !(math.IsNaN(v) && math.IsNaN(w)) && !(math.Abs(v-w) <= e.slack(got, o, i, w)) {
				return &Finding{Law: "bound", Status: Fail, Out: e.c.Call.Op.Out[o].Name, Index: unflatten(got.Out[o].Shape, i),
					Got: Num(v), Ref: Num(w), Lo: Num(w), Hi: Num(w), Ratio: math.Inf(1),
					Says: fmt.Sprintf("%s[%d] = %g, a declared profile answers %g", e.c.Call.Op.Out[o].Name, i, v, w)}
			}
		}
	}
	return nil
}

func (e *exam) slack(got *reference.Call, o, i int, w float64) float64 {
	d := got.Out[o].DType
	if !d.Float() {
		return 0
	}
	if e.want != nil && e.values[o][i] == w {
		b := e.bound(got, o)
		return b.Hi[i] - w
	}
	return 8 * (d.Unit() + e.k.Acc.Unit()) * math.Abs(w)
}
