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
		if cases, ok := r.agree(specs[spec]); ok {
			r.Bits = append(r.Bits, sameness{Spec: spec, Same: true, Cases: cases, Variants: namesOf(specs[spec])})
			continue
		}
		p, err := properties.Same(ctx, specs[spec], o)
		if p == nil || err != nil && ctx.Err() == nil && p.Compared > 0 {
			return fmt.Errorf("comparing bits: %w", err)
		}
		if !p.Complete || ctx.Err() != nil {
			r.Complete, r.Stopped = false, stopped
		}
		if p.Compared == 0 {
			continue // no operation in common, or no time left: nothing to claim
		}
		s := sameness{Spec: spec, Same: len(p.Differences) == 0, Cases: p.Cases, Variants: namesOf(specs[spec])}
		s.Waived = !s.Same
		for _, d := range p.Differences {
			f := findingOf(&d)
			if o.Waive != nil && o.Waive(&f) {
				f.Status = properties.Waived
			}
			s.Waived = s.Waived && f.Status == properties.Waived
			r.Findings = append(r.Findings, f)
		}
		r.Bits = append(r.Bits, s)
	}
	return nil
}

// agree says that the runs just made settle the matter: every operation and type
// that one of the variants answered in full has the same hash over all output
// bits from each of them. Otherwise the variants are run side by side, to find the
// first difference.
func (r *report) agree(impls []properties.Implementation) (cases int, ok bool) {
	hashes := map[string]string{}
	seen := map[string]int{}
	for _, row := range r.Rows {
		if row.Status == properties.Unsupported || !slices.Contains(namesOf(impls), row.Variant) {
			continue
		}
		key := row.Op + "/" + row.DType
		if first, known := hashes[key]; known && first != row.SameBits || row.SameBits == "" || row.Status != properties.Pass {
			return 0, false
		} else if !known {
			hashes[key] = row.SameBits
			cases += row.Cases
		}
		seen[row.Variant]++
	}
	for _, n := range seen {
		if n != len(hashes) {
			return 0, false // one of them answered less
		}
	}
	return cases, r.Complete && len(seen) > 1
}

// namesOf are the variants' names.
func namesOf(impls []properties.Implementation) (names []string) {
	for _, impl := range impls {
		names = append(names, impl.Name())
	}
	return names
}

// lawSameBits is the name under which a difference of bits is reported.
const lawSameBits = "same_bits"

// findingOf makes a difference between two variants a finding like the others:
// it is kept in a file, printed, and in the JSON.
func findingOf(d *properties.Difference) properties.Finding {
	says := d.Says
	if d.Out != "" {
		says = fmt.Sprintf("%s: %s has the bits %s from %s and %s from %s", d.Says, place(d.Out, d.Index), d.ABits, d.A, d.BBits, d.B)
	}
	return properties.Finding{Op: d.Op, Variant: d.B, DType: d.DType, Case: d.Case, Class: d.Class, Law: lawSameBits,
		Note: fmt.Sprintf("%s against %s", d.B, d.A), Status: properties.Fail, Says: says, Call: d.Inputs}
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
