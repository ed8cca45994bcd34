package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-210c9500/assay/benchmarks"
	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

func (a *app) benchCommand() *cobra.Command {
	s := selection{}
	o := benchmarks.Options{Table: a.variants, Log: a.stderr}
	unverified := false
	c := &cobra.Command{
		Use:   "bench",
		Short: "Time the variants: Go benchmark format on stdout, for benchstat",
		Long: `Time the variants, in the Go benchmark format on stdout, for benchstat. A row
that fails its laws is not timed, and the exit code is 1 then.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			asked := s.dtypes != nil
			if err := s.resolve(a.variants); err != nil {
				return err
			}
			if o.Budget < 0 || o.Count < 1 || o.MaxVocab < 0 {
				return fmt.Errorf("--budget %v, --count %d, --max-vocab %d: want no negative numbers and a count of at least 1", o.Budget, o.Count, o.MaxVocab)
			}
			o.Ops, o.Variants = s.ops, s.variants
			if asked {
				o.DTypes = s.types
			}
			if !unverified {
				o.Lawful = lawful(c.Context())
			}
			err := benchmarks.Run(a.stdout, o)
			if errors.Is(err, benchmarks.ErrWrong) {
				fmt.Fprintf(a.stderr, "assay: %v\n", err)
				return verdict(exitFailed)
			}
			return err
		},
	}
	s.flags(c)
	c.Flags().DurationVar(&o.Budget, "budget", 0, "time for everything (default: what a steady figure takes)")
	c.Flags().IntVar(&o.Count, "count", 1, "lines per row, each measured in a pass of its own")
	c.Flags().IntVar(&o.MaxVocab, "max-vocab", 0, "leave out larger vocabularies")
	c.Flags().BoolVar(&o.Batch, "batch", false, "add a batch that no cache holds")
	c.Flags().BoolVar(&unverified, "unverified", false, "time rows without running their laws first")
	return c
}

// lawful judges a row quickly before it is timed.
func lawful(ctx context.Context) func(*reference.Variant, reference.DType) error {
	return func(v *reference.Variant, d reference.DType) error {
		impl := properties.Table(v.Name, []*reference.Variant{v})
		defer impl.Close()
		p, err := properties.Check(ctx, impl, properties.Options{Ops: []string{v.Op}, DTypes: []reference.DType{d}, Effort: properties.Quick, Seed: 1})
		if err != nil {
			return err
		}
		for i := range p.Findings {
			if f := p.Findings[i]; failing(f) {
				return fmt.Errorf("%s/%s/%v fails law %s: %s (assay verify --op %s --variant %s)",
					v.Op, v.Name, d, f.Law, strings.TrimSpace(f.Says), v.Op, v.Name)
			}
		}
		return ctx.Err()
	}
}
