package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/properties/zoo"
	"github.com/seed-210c9500/assay/reference"
)

// tried is assay mutants --json.
type tried struct {
	Seed   uint64       `json:"seed"`
	Scores []*zoo.Score `json:"scores"`
}

func (a *app) mutantsCommand() *cobra.Command {
	var ops []string
	var seed uint64
	var asJSON, asMatrix bool
	c := &cobra.Command{
		Use:   "mutants",
		Short: "Try the harness itself: are the wrong kernels caught, the right ones left alone?",
		Long: `Try the harness itself on kernels with one mistake each, at quick effort, each
until something is found, and on right kernels that differ from each other, to
the end. The exit code is 1 when a wrong one escapes or a right one is accused.

A wrong kernel is hard when it passes allclose(rtol=1e-3, atol=1e-5) on rows of
1,024 normal logits, which is worked out, not claimed.

A wrong kernel that quick effort leaves is tried at the usual one. --matrix puts
every law and case of quick effort to each, also after one has caught it, and says
what would escape without each law and class.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			names, err := among("operation", ops, opNames())
			if err != nil {
				return err
			}
			begin := time.Now()
			o := properties.Options{Seed: seed}
			if a.narrow != nil {
				a.narrow(&o)
			}
			if asMatrix {
				return a.killMatrix(c.Context(), names, o, asJSON)
			}
			t := tried{Seed: seed}
			for _, name := range names {
				op, err := reference.ByName(name)
				if err != nil {
					return err
				}
				wrong, right := zoo.Of(op)
				s, err := zoo.Try(c.Context(), name, wrong, right, o)
				if err != nil {
					return err
				}
				t.Scores = append(t.Scores, s)
			}
			if asJSON {
				e := json.NewEncoder(a.stdout)
				e.SetIndent("", "  ")
				if err := e.Encode(t); err != nil {
					return err
				}
			} else {
				printTried(a.stdout, t, time.Since(begin))
			}
			if !t.full() {
				return verdict(exitFailed)
			}
			return nil
		},
	}
	c.Flags().StringSliceVar(&ops, "op", nil, "operations, comma separated (default all)")
	c.Flags().Uint64Var(&seed, "seed", 1, "seed of the cases")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&asMatrix, "matrix", false, "say what each law and class catches, and what it alone")
	return c
}

// full says that everything wrong was caught and nothing right accused.
func (t *tried) full() bool {
	return !slices.ContainsFunc(t.Scores, func(s *zoo.Score) bool { return s.Caught() < len(s.Wrong) || len(s.Accused) > 0 })
}

func printTried(w io.Writer, t tried, took time.Duration) {
	rows := table{head: []string{"op", ">caught", ">hard", ">accused", ">cases", "caught by"}}
	wrong, caught, hard, right, accused, late := 0, 0, 0, 0, 0, 0
	for _, s := range t.Scores {
		difficult := 0
		for _, c := range s.Wrong {
			if c.Late && c.Law != "" {
				late++
			}
			if c.Hard {
				difficult++
			}
		}
		rows.add(s.Op, fmt.Sprintf("%d/%d", s.Caught(), len(s.Wrong)), fmt.Sprint(difficult), fmt.Sprintf("%d/%d", len(s.Accused), len(s.Right)), fmt.Sprint(zoo.Median(s)), caughtBy(s))
		wrong, caught, hard, right, accused = wrong+len(s.Wrong), caught+s.Caught(), hard+difficult, right+len(s.Right), accused+len(s.Accused)
	}
	rows.print(w)
	fmt.Fprintln(w)
	for _, s := range t.Scores {
		for _, c := range s.Wrong {
			if c.Law == "" {
				fmt.Fprintln(w, wrap("escaped: ", c.ID+": "+c.Bug, "  "))
			}
		}
		for _, says := range s.Accused {
			fmt.Fprintf(w, "accused: %s\n", says)
		}
	}
	fmt.Fprintln(w, wrap("", fmt.Sprintf("%d of %d wrong kernels caught (%d at the usual effort only), %d of them hard, half within %d cases; %d findings against %d right kernels; seed %d, %.0f s",
		caught, wrong, late, hard, zoo.Median(t.Scores...), accused, right, t.Seed, took.Seconds()), ""))
}

// caughtBy counts what caught the wrong kernels, the most frequent first.
func caughtBy(s *zoo.Score) string {
	count := map[string]int{}
	var laws []string
	for _, c := range s.Wrong {
		if c.Law == "" {
			continue
		}
		if count[c.Law] == 0 {
			laws = append(laws, c.Law)
		}
		count[c.Law]++
	}
	slices.SortStableFunc(laws, func(a, b string) int { return count[b] - count[a] })
	for i, law := range laws {
		laws[i] = fmt.Sprintf("%s %d", law, count[law])
	}
	return strings.Join(laws, ", ")
}
