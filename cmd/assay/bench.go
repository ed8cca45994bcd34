package main

import (
	"github.com/spf13/cobra"

	"github.com/seed-210c9500/assay/benchmarks"
)

func (a *app) benchCommand() *cobra.Command {
	s := selection{}
	c := &cobra.Command{
		Use:   "bench",
		Short: "Time the variants: Go benchmark format on stdout, for benchstat",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := s.resolve(a.variants); err != nil {
				return err
			}
			return benchmarks.Run(a.stdout, benchmarks.Options{Ops: s.ops, Variants: s.variants, DTypes: s.types})
		},
	}
	s.flags(c)
	return c
}
