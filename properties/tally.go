package properties

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"math"
	"slices"
	"strings"
)

// tally gathers the outcomes of one row of the report.
type tally struct {
	row   *Row
	waive func(*Finding) bool // nil: none
	sum   hash.Hash
	found []found
	open  int // cases that say nothing about this kernel, through nobody's fault
	why   string
}

// found is a case that did not simply pass.
type found struct {
	c *Case
	f *Finding
}

func newSum() hash.Hash { return sha256.New() }

func (t *tally) add(c *Case, o *outcome) {
	if o.err != nil || o.status == "" {
		return // stopped before its end
	}
	t.row.Cases++
	t.row.Classes[c.Class]++
	for _, law := range o.tried {
		t.row.Laws[law]++
	}
	for _, law := range o.broken {
		t.row.breaks(law, c.Class)
	}
	t.sum.Write(o.sum[:])
	status := o.status
	if o.vacuous != nil && status == Pass {
		status = Vacuous
		if o.vacuous.Law == "vacuity-by-contract" {
			t.open++
			t.why = "with this contract"
		} else {
			t.found = append(t.found, found{c, o.vacuous})
		}
	}
	if o.finding != nil {
		status = t.take(c, o.finding)
	}
	t.row.Counts[status]++
	if o.ratio > float64(t.row.Worst) || t.row.WorstCase == "" && o.ratio > 0 {
		t.row.Worst, t.row.WorstCase = Num(o.ratio), c.ID
	}
	t.row.MaxULP = max(t.row.MaxULP, Num(o.ulp))
}

// breaks counts a case that broke a law.
func (r *Row) breaks(law, class string) {
	if r.Broken[law] == nil {
		if r.Broken == nil {
			r.Broken = map[string]map[string]int{}
		}
		r.Broken[law] = map[string]int{}
	}
	r.Broken[law][class]++
}

// take keeps a finding and says what its case counts as.
func (t *tally) take(c *Case, f *Finding) Status {
	if f.Status.failed() && t.waive != nil && t.waive(f) {
		f.Status = Waived
	}
	if f.Status.failed() {
		t.row.Failed++
		t.row.FailedIn[c.Class]++
	}
	t.found = append(t.found, found{c, f})
	return f.Status
}

// excuse leaves out cases that a trivial kernel passes by chance: of numbers drawn
// at random some few are alike. More than one in fifty is a fault of the class.
func (t *tally) excuse() {
	drawn := func(a found) bool {
		return a.f.Status == Vacuous && a.c.Edge == nil && strings.HasPrefix(a.c.Class, "G")
	}
	n := 0
	for _, a := range t.found {
		if drawn(a) {
			n++
		}
	}
	if n > 0 && n <= t.row.Cases/50 {
		t.found = slices.DeleteFunc(t.found, drawn)
		t.open += n
		t.why = "by chance"
	}
}

// status is the row's: the gravest of its cases'.
func (t *tally) status() Status {
	if t.open > 0 {
		t.row.Reason = fmt.Sprintf("%d cases say nothing about a kernel %s", t.open, t.why)
	}
	for _, s := range []Status{Crash, Timeout, Fail, Vacuous, Waived, Profile} {
		if n := t.row.Counts[s]; n > t.open || n > 0 && s != Vacuous {
			return s
		}
	}
	if t.row.Cases > 0 && t.row.Counts[Unsupported] == t.row.Cases {
		t.row.Reason = "every case was answered as unsupported"
		return Unsupported
	}
	return Pass
}

// keep is how many findings of a kind a row reports.
const keep = 3

// worst picks the findings to report, different laws before the same one again,
// and reduces those that are a kernel's fault.
func (t *tally) worst(ctx context.Context, x *examiner, r *runner) []Finding {
	weight := func(a found) float64 {
		switch a.f.Status {
		case Crash, Timeout:
			return 2
		case Fail:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(t.found, func(a, b found) int {
		return cmp.Or(cmp.Compare(weight(b), weight(a)), compareRatio(b.f.Ratio, a.f.Ratio), cmp.Compare(cost(a.c), cost(b.c)))
	})
	// The n-th finding of a law comes after the (n-1)-th of any other.
	turn, count := map[*Finding]int{}, map[string]int{}
	for _, a := range t.found {
		turn[a.f] = count[a.f.Law]
		count[a.f.Law]++
	}
	slices.SortStableFunc(t.found, func(a, b found) int { return cmp.Compare(turn[a.f], turn[b.f]) })
	reach := r.o.Effort.reach()
	kept, list := map[bool]int{}, []Finding{}
	for _, a := range t.found {
		failed := a.f.Status.failed()
		if kept[failed]++; kept[failed] > keep && a.f.Status != Profile {
			continue
		}
		f := a.f
		if failed && a.f.Status != Timeout && ctx.Err() == nil && !r.o.Hunt && !r.o.Every {
			f = x.reduce(ctx, *a.c, f, r.laws, reach.runs, reach.reduce)
		}
		f.Input = describe(f.Call)
		list = append(list, *f)
	}
	return list
}

func compareRatio(a, b float64) int {
	if math.IsNaN(a) || math.IsNaN(b) {
		return 0
	}
	return cmp.Compare(a, b)
}

// String is a finding in a line, and the terms of the bound it broke in one each.
func (f *Finding) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s %s/%s/%s case %s (%s %s) %s: %s", f.Status, f.Op, f.Variant, f.DType, f.Case, f.Class, f.Note, f.Law, f.Says)
	if f.Input != "" {
		fmt.Fprintf(&s, "\n  input: %s", f.Input)
	}
	for _, t := range f.Terms {
		fmt.Fprintf(&s, "\n  %-22s %.3g  %s", t.Name, float64(t.Value), t.Formula)
	}
	if f.Repro != "" {
		fmt.Fprintf(&s, "\n  repeat: %s", f.Repro)
	}
	return s.String()
}
