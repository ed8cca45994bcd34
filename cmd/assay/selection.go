package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-210c9500/assay/reference"
)

// selection is the part of the tables that a command line asks for.
type selection struct {
	ops, variants, dtypes []string

	types  []reference.DType // dtypes, read
	chosen bool              // the operations were named, not left to the default
}

func (s *selection) flags(c *cobra.Command) {
	c.Flags().StringSliceVar(&s.ops, "op", nil, "operations, comma separated (default all)")
	c.Flags().StringSliceVar(&s.variants, "variant", nil, "variants, comma separated (default all)")
	c.Flags().StringSliceVar(&s.dtypes, "dtype", nil, "element types, comma separated (default all)")
}

// resolve checks every name against the tables and fills in what was left out,
// in the tables' order.
func (s *selection) resolve(variants []*reference.Variant) error {
	var err error
	s.chosen = s.ops != nil
	if s.ops, err = among("operation", s.ops, opNames()); err != nil {
		return err
	}
	if s.variants, err = among("variant", s.variants, variantNames(variants)); err != nil {
		return err
	}
	all := opTypes()
	names := make([]string, len(all))
	for i, d := range all {
		names[i] = d.String()
	}
	if s.dtypes, err = among("dtype", s.dtypes, names); err != nil {
		return err
	}
	for _, d := range all {
		if slices.Contains(s.dtypes, d.String()) {
			s.types = append(s.types, d)
		}
	}
	return nil
}

// has reports whether a row of the tables is selected.
func (s *selection) has(op, variant string) bool {
	return slices.Contains(s.ops, op) && slices.Contains(s.variants, variant)
}

// among is the asked names in the order of what there is; all of them when
// nothing was asked.
func among(what string, asked, have []string) ([]string, error) {
	if asked == nil {
		return have, nil
	}
	for _, name := range asked {
		if !slices.Contains(have, name) {
			return nil, fmt.Errorf("unknown %s %q: want one of %s", what, name, strings.Join(have, ", "))
		}
	}
	var picked []string
	for _, name := range have {
		if slices.Contains(asked, name) {
			picked = append(picked, name)
		}
	}
	if picked == nil {
		return nil, fmt.Errorf("no %s named: want one of %s", what, strings.Join(have, ", "))
	}
	return picked, nil
}

func opNames() []string {
	var names []string
	for _, op := range reference.Ops {
		names = append(names, op.Name)
	}
	return names
}

func opTypes() []reference.DType {
	var types []reference.DType
	for _, op := range reference.Ops {
		for _, d := range op.DTypes() {
			if !slices.Contains(types, d) {
				types = append(types, d)
			}
		}
	}
	return types
}

func variantNames(variants []*reference.Variant) []string {
	var names []string
	for _, v := range variants {
		if !slices.Contains(names, v.Name) {
			names = append(names, v.Name)
		}
	}
	return names
}
