package properties

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Check judges an implementation: every operation it has, in every element type,
// on every class of input that applies. What is wrong with the kernels stands in
// the report; an error means that the check itself could not be done, or that no
// case ran. The report is there in either case, with Complete false when the
// context ended first.
func Check(ctx context.Context, impl Implementation, o Options) (*Report, error) {
	return suite{Classes, Laws}.check(ctx, impl, o)
}

// CheckAll is Check for several implementations at once, a report each: every
// case is made once, and once answered by the reference, whoever is asked. It is
// an error when no case of any of them ran.
func CheckAll(ctx context.Context, impls []Implementation, o Options) ([]*Report, error) {
	return suite{Classes, Laws}.checkAll(ctx, impls, o)
}

// Run is Check in a test: a subtest for each operation and element type, and an
// error for each finding.
func Run(t *testing.T, impl Implementation, opts ...func(*Options)) {
	t.Helper()
	suite{Classes, Laws}.run(t, impl, opts...)
}

func (s suite) run(t *testing.T, impl Implementation, opts ...func(*Options)) {
	t.Helper()
	o := Options{Effort: Normal}
	if testing.Short() {
		o.Effort = Quick
	}
	for _, f := range opts {
		f(&o)
	}
	report, err := s.check(t.Context(), impl, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range report.Rows {
		t.Run(row.Op+"/"+row.DType, func(t *testing.T) {
			if row.Status == Unsupported {
				t.Skip(row.Reason)
			}
			t.Logf("seed %d: %d cases, worst err/bound %.3g, %.3g ULP", report.Seed, row.Cases, row.Worst, row.MaxULP)
			for _, f := range report.Findings {
				if f.Op == row.Op && f.DType == row.DType && f.Status != Profile {
					t.Errorf("%s", f.String())
				}
			}
		})
	}
}

func (s suite) check(ctx context.Context, impl Implementation, o Options) (*Report, error) {
	reports, err := s.checkAll(ctx, []Implementation{impl}, o)
	if reports == nil {
		return nil, err
	}
	return reports[0], err
}

func (s suite) checkAll(ctx context.Context, impls []Implementation, o Options) ([]*Report, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	r := &runner{suite: s, o: o}
	var reports []*Report
	for _, impl := range impls {
		r.on = append(r.on, &candidate{asker: &asker{impl: impl, limit: o.Timeout}})
		defer r.on[len(r.on)-1].rest()
		reports = append(reports, &Report{Schema: Schema, Seed: o.Seed, Complete: true, Summary: map[string]int{},
			Machine: map[string]string{"os": runtime.GOOS, "arch": runtime.GOARCH, "go": runtime.Version()}})
	}
	kinds := o.kinds()
	planned := r.planned(kinds)
	for i, k := range kinds {
		if err := r.kind(ctx, k, planned[i], len(kinds)-i); err != nil {
			return reports, err
		}
		planned[i] = nil // the cases are done with
		for j, c := range r.on {
			reports[j].take(c)
		}
		if r.over() {
			break
		}
	}
	for _, p := range reports {
		if p.Summary["cases"] > 0 || ctx.Err() != nil {
			return reports, nil
		}
	}
	names := make([]string, len(impls))
	for i, impl := range impls {
		names[i] = impl.Name()
	}
	return reports, fmt.Errorf("properties: no case of %s ran%s", strings.Join(names, ", "), reasons(reports))
}

// take adds what became of one operation and element type.
func (p *Report) take(c *candidate) {
	if c.row == nil {
		return // given up before
	}
	p.Rows = append(p.Rows, *c.row)
	p.Findings = append(p.Findings, c.findings...)
	for status, n := range c.row.Counts {
		p.Summary[string(status)] += n
	}
	p.Summary["cases"] += c.row.Cases
	p.Complete = p.Complete && !c.stopped.Load()
	c.row, c.findings = nil, nil
}

func reasons(reports []*Report) string {
	var seen []string
	for _, p := range reports {
		for _, r := range p.Rows {
			if r.Reason != "" && !slices.Contains(seen, r.Reason) {
				seen = append(seen, r.Reason)
			}
		}
	}
	if len(seen) == 0 {
		return ""
	}
	return ": " + strings.Join(seen, "; ")
}
