package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/seed-210c9500/assay/properties"
)

func (a *app) diffCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "diff BEFORE.json AFTER.json",
		Short: "Compare two reports of assay verify",
		Long: `Compare two reports of assay verify --json: rows that came, went, changed their
status, their bits or how much of the bound they use, and failures that are new or
gone. Reports of different seeds can be compared; their bits and ratios cannot.

Exit: 0 nothing is worse, 1 something is (a status, a row that is gone, a new
failure), 2 a file that is no such report, or one of a run that stopped early.`,
		Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			var reports [2]*report
			for i, path := range args {
				var err error
				if reports[i], err = readReport(path); err != nil {
					return err
				}
			}
			if printDiff(a.stdout, reports[0], reports[1]) {
				return verdict(exitFailed)
			}
			return nil
		},
	}
}

// readReport reads a whole report of a run that went to its end.
func readReport(path string) (*report, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := &report{}
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("%s is no report of assay verify --json: %w", path, err)
	}
	switch {
	case r.Schema != properties.Schema:
		err = fmt.Errorf("its schema is %q: want %q", r.Schema, properties.Schema)
	case !r.Complete:
		err = errors.New("its run stopped early: what it does not name was not tried")
	case len(r.Rows) == 0:
		err = errors.New("it has no rows")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// rowName is what a row is about.
func rowName(r properties.Row) string { return r.Op + " " + r.Variant + " " + r.DType }

// gravity orders the statuses from good to bad.
var gravity = map[properties.Status]int{properties.Pass: 0, properties.Profile: 1, properties.Unsupported: 2, properties.Waived: 3,
	properties.Vacuous: 4, properties.Timeout: 5, properties.Crash: 5, properties.Fail: 5}

// printDiff says what changed, the worse first, and whether anything is worse.
func printDiff(w io.Writer, before, after *report) bool {
	var worse, better, other []string
	was := map[string]properties.Row{}
	for _, r := range before.Rows {
		was[rowName(r)] = r
	}
	for _, r := range after.Rows {
		name := rowName(r)
		b, ok := was[name]
		delete(was, name)
		change := fmt.Sprintf("%s: %s -> %s", name, b.Status, r.Status)
		switch {
		case !ok:
			other = append(other, fmt.Sprintf("%s: new, %s", name, r.Status))
		case gravity[r.Status] > gravity[b.Status]:
			worse = append(worse, change)
		case gravity[r.Status] < gravity[b.Status]:
			better = append(better, change)
		case before.Seed == after.Seed && b.Cases == r.Cases:
			other = append(other, shifts(name, b, r)...)
		}
	}
	for _, r := range before.Rows {
		if _, gone := was[rowName(r)]; gone && r.Status != properties.Unsupported {
			worse = append(worse, fmt.Sprintf("%s: gone, was %s", rowName(r), r.Status))
		}
	}
	worse = append(worse, failures(after, before, "new")...)
	better = append(better, failures(before, after, "gone")...)
	for _, part := range []struct {
		head  string
		lines []string
	}{{"WORSE   ", worse}, {"BETTER  ", better}, {"CHANGED ", other}} {
		for _, line := range part.lines {
			fmt.Fprintln(w, wrap(part.head, line, "    "))
		}
	}
	fmt.Fprintf(w, "%d worse, %d better, %d changed; %d rows before, %d after", len(worse), len(better), len(other), len(before.Rows), len(after.Rows))
	if before.Seed != after.Seed {
		fmt.Fprintf(w, "; seeds %d and %d: bits and ratios were not compared", before.Seed, after.Seed)
	}
	fmt.Fprintln(w)
	return len(worse) > 0
}

// shifts are the changes of a row on the same cases: its bits, its share of the
// bound by more than a hundredth.
func shifts(name string, b, r properties.Row) (lines []string) {
	if b.SameBits != r.SameBits {
		lines = append(lines, fmt.Sprintf("%s: bits %.8s -> %.8s", name, b.SameBits, r.SameBits))
	}
	if x, y := float64(b.Worst), float64(r.Worst); y > x*1.01 || y < x*0.99 {
		lines = append(lines, fmt.Sprintf("%s: worst err/bound %.3g -> %.3g", name, x, y))
	}
	return lines
}

// failures are those of one report that the other has not, by what is wrong and
// not by the case, which another seed would not meet.
func failures(in, notIn *report, what string) (lines []string) {
	key := func(f properties.Finding) string { return f.Op + " " + f.Variant + " " + f.DType + " law: " + f.Law }
	known := map[string]bool{}
	for _, f := range notIn.Findings {
		if failing(f) {
			known[key(f)] = true
		}
	}
	for _, f := range in.Findings {
		if k := key(f); failing(f) && !known[k] {
			known[k] = true
			lines = append(lines, fmt.Sprintf("%s: %s, case %s", k, what, f.Case))
		}
	}
	return lines
}
