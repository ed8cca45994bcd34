package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

// run judges the variants and fills the report.
func (a *app) run(ctx context.Context, v *verification, m *meter, r *report) error {
	end := time.Time{}
	if v.budget > 0 {
		end = time.Now().Add(v.budget)
	}
	if v.real != nil && len(v.real.types) > 0 {
		f, err := v.real.truth(v.ops)
		if err != nil {
			return err
		}
		r.Real = v.real.section(f, v.judged())
	}
	o := v.options()
	o.Progress = m.step
	if a.narrow != nil {
		a.narrow(&o)
	}
	var impls []properties.Implementation
	if v.child != nil {
		impls, o.Timeout = append(impls, v.child), v.child.Longest()
	}
	for _, name := range v.tabled() {
		impl := properties.Table(name, a.variants)
		defer impl.Close()
		impls = append(impls, impl)
	}
	part, cancel := share(ctx, end, 2) // the rest of the budget is for comparing bits
	m.start(strings.Join(v.variants, " "))
	all, err := properties.CheckAll(part, impls, o)
	spent := part.Err() != nil
	cancel()
	if err != nil && (all == nil || !spent && !v.absent(all)) {
		return err
	}
	for _, p := range all {
		r.add(p)
	}
	m.end(r.Rows)
	if spent {
		r.Complete, r.Stopped = false, why(ctx, v.budget)
	}
	if ctx.Err() != nil {
		return nil
	}
	if v.failFast && slices.ContainsFunc(r.Findings, failing) {
		r.Complete, r.Stopped = false, "--fail-fast"
		return nil
	}
	r.Missing = missing(v, a.variants, r.Rows)
	if v.real != nil && r.Real != nil {
		failed := map[string]bool{}
		for _, row := range r.Rows { // findings are a few of each row only
			if row.FailedIn[realClass] > 0 {
				failed[row.Variant+row.DType] = true
			}
		}
		part := make([][]figures, len(impls))
		var group sync.WaitGroup
		for i, impl := range impls {
			group.Go(func() { part[i] = v.real.of(ctx, impl, v.ops, failed) })
		}
		group.Wait()
		r.Real.Figures = append(r.Real.Figures, slices.Concat(part...)...)
	}
	part, cancel = share(ctx, end, 1)
	defer cancel()
	return r.compare(part, impls, o, why(ctx, v.budget))
}

// absent reports that nothing can run here: every row that was asked for is
// UNSUPPORTED. For the check of an implementation that is an error; a run over
// the table's variants says so in its report.
func (v *verification) absent(all []*properties.Report) bool {
	for _, p := range all {
		if slices.ContainsFunc(p.Rows, func(r properties.Row) bool { return r.Status != properties.Unsupported }) {
			return false
		}
	}
	return true
}

// failing reports whether a finding is a kernel's fault.
func failing(f properties.Finding) bool {
	return f.Status == properties.Fail || f.Status == properties.Crash || f.Status == properties.Timeout
}

// share is a context that ends after an equal part of what is left until end;
// the zero time is no end.
func share(ctx context.Context, end time.Time, parts int) (context.Context, context.CancelFunc) {
	if end.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(end)/time.Duration(parts))
}

// why says what stopped a run.
func why(ctx context.Context, budget time.Duration) string {
	if ctx.Err() != nil {
		return "interrupted"
	}
	return fmt.Sprintf("the budget of %v was spent", budget)
}

// missing lists what --require asked for and did not run. An element type that
// the variant's row does not list was not promised, nor an operation that only
// the reference has, unless --op names it.
func missing(v *verification, variants []*reference.Variant, rows []properties.Row) []string {
	var all []string
	for _, name := range v.require {
		for _, op := range v.ops {
			if !v.chosen && !slices.ContainsFunc(variants, func(row *reference.Variant) bool { return row.Op == op }) {
				continue
			}
			i := slices.IndexFunc(variants, func(row *reference.Variant) bool { return row.Op == op && row.Name == name })
			if i < 0 {
				all = append(all, fmt.Sprintf("%s is required and has no %s", name, op))
				continue
			}
			reasons := map[string]bool{}
			for _, row := range rows {
				d, err := reference.ParseDType(row.DType)
				if row.Op != op || row.Variant != name || row.Status != properties.Unsupported || err != nil || !slices.Contains(variants[i].DTypes, d) {
					continue
				}
				if !reasons[row.Reason] {
					all = append(all, fmt.Sprintf("%s is required, but %s cannot run: %s", name, op, row.Reason))
				}
				reasons[row.Reason] = true
			}
		}
	}
	return all
}
