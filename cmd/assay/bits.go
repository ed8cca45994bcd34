package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/seed-210c9500/assay/properties"
)

// compare runs the variants that declare one bit specification on the same
// cases and adds the verdict.
func (r *report) compare(ctx context.Context, impls []properties.Implementation, o properties.Options, stopped string) error {
	specs := map[string][]properties.Implementation{}
	var order []string
	for _, impl := range impls {
		spec, err := r.spec(impl.Name())
		if err != nil {
			return err
		}
		if spec == "" {
			continue
		}
		if specs[spec] == nil {
			order = append(order, spec)
		}
		specs[spec] = append(specs[spec], impl)
	}
	for _, spec := range order {
		if len(specs[spec]) < 2 {
			continue
		}
		p, err := properties.Same(ctx, specs[spec], o)
		if ctx.Err() != nil {
			r.Complete, r.Stopped = false, stopped
			return nil
		}
		if err != nil {
			return fmt.Errorf("comparing bits: %w", err)
		}
		s := sameness{Spec: spec, Same: !slices.ContainsFunc(p.Findings, failing)}
		for _, impl := range specs[spec] {
			s.Variants = append(s.Variants, impl.Name())
		}
		for _, row := range p.Rows {
			s.Cases += row.Cases
		}
		r.Findings = append(r.Findings, p.Findings...)
		r.Complete = r.Complete && p.Complete
		r.Bits = append(r.Bits, s)
	}
	return nil
}

// spec is the bit specification that a variant's rows declared, "" where none
// ran or none was declared.
func (r *report) spec(variant string) (string, error) {
	i := slices.IndexFunc(r.Rows, func(row properties.Row) bool { return row.Variant == variant && row.Contract != "" })
	if i < 0 {
		return "", nil
	}
	k, err := parseDeclared(r.Rows[i].Contract)
	return k.Bits, err
}
