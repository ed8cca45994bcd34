package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/properties/child"
	"github.com/seed-210c9500/assay/reference"
)

// repetition is the command line of assay repro.
type repetition struct {
	stranger
	child                       *child.Child // of stranger
	variant, contract, failures string
	elements                    int
}

func (a *app) reproCommand() *cobra.Command {
	r := &repetition{}
	c := &cobra.Command{
		Use:   "repro ID|FILE",
		Short: "Run one failing case again, alone, and print every element",
		Long: `Run one failing case again, alone: a file that assay verify wrote, or an id
found in the directory of failures. Exit: 0 it held this time, 1 it failed, 2 the
case or the variant cannot be had.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			paths, err := findCases(args[0], r.failures)
			if err != nil {
				return err
			}
			if r.child, err = r.start(c.Context()); r.child != nil {
				defer r.child.Close()
			}
			if err != nil {
				return err
			}
			code := exitHeld
			for _, path := range paths {
				failed, err := a.repeat(c.Context(), path, r)
				if err != nil {
					return err
				}
				if failed {
					code = exitFailed
				}
			}
			return verdict(code)
		},
	}
	c.Flags().StringVar(&r.variant, "variant", "", "run this variant instead of the one that failed")
	r.flags(c)
	c.Flags().StringVar(&r.contract, "contract", "", "hold the kernel to this contract instead of what it declares")
	c.Flags().StringVar(&r.failures, "failures", defaultFailures, "directory in which an id is looked up")
	c.Flags().IntVar(&r.elements, "elements", 64, "elements printed at most, the failing ones first in line (0: all)")
	return c
}

// repeat runs the case of one file and reports whether it failed.
func (a *app) repeat(ctx context.Context, path string, r *repetition) (failed bool, err error) {
	f, err := readCase(path)
	if err != nil {
		return false, err
	}
	impl, err := a.accused(f, r)
	if err != nil {
		return false, fmt.Errorf("%s: %w", path, err)
	}
	name := impl.Name()
	op, d := f.call.Op, f.call.DType()
	k, err := impl.Contract(op, d)
	if err != nil {
		return false, fmt.Errorf("%s cannot run here: %w", name, err)
	}
	change := func(k *reference.Contract) { *k, _ = reference.ParseContract(r.contract, *k) }
	if k, err = reference.ParseContract(r.contract, k); err != nil {
		return false, err
	}
	o := properties.Options{Ops: []string{op.Name}, DTypes: []reference.DType{d}, Seed: f.seed, Extra: []properties.Case{f.as()}, Only: true, Jobs: 1, Contract: change}
	if r.child != nil {
		o.Timeout = r.child.Longest()
	}
	p, err := properties.Check(ctx, impl, o)
	if err != nil {
		return false, err
	}
	w := a.stdout
	fmt.Fprintln(w, wrap("", fmt.Sprintf("case %s: %s %s %v, found by law %q in class %s", f.finding.Case, op.Name, name, d, f.finding.Law, f.finding.Class), "    "))
	for _, line := range inline(f.call, shownInputs) {
		fmt.Fprintln(w, wrap("  input ", line, "      "))
	}
	fmt.Fprintln(w, wrap("  contract ", spaced(k.String()), "      "))
	for i := range p.Findings {
		p.Findings[i].Call = nil // the inputs stand above
		failed = failed || failing(p.Findings[i])
		fmt.Fprintf(w, "\n%s\n", strings.Join(findingLines(&p.Findings[i]), "\n"))
	}
	fmt.Fprintln(w)
	if err := a.printAnswer(ctx, impl, f, k, r.elements); err != nil {
		return failed, err
	}
	switch {
	case p.Summary["cases"] == 0:
		return failed, fmt.Errorf("%s: 0 cases ran", path)
	case failed:
		fmt.Fprintf(w, "\nit fails\n")
	case f.finding.Law == lawSameBits:
		fmt.Fprintf(w, "\nit holds by itself; its bits differed from another variant's: %s\n", f.finding.Says)
	default:
		fmt.Fprintf(w, "\nit holds now\n")
	}
	return failed, nil
}

// accused is the child, where there is one, or the variant that failed, or the
// one named instead.
func (a *app) accused(f *caseFile, r *repetition) (properties.Implementation, error) {
	if r.child != nil {
		return r.child, nil
	}
	name := orElse(r.variant, f.finding.Variant)
	if _, err := among("variant", []string{name}, variantNames(a.variants)); err != nil {
		return nil, fmt.Errorf("%w (kernels of a command need --exec)", err)
	}
	return properties.Table(name, a.variants), nil
}

// printAnswer runs the kernel once more and prints every element beside the
// reference and its bound.
func (a *app) printAnswer(ctx context.Context, impl properties.Implementation, f *caseFile, k reference.Contract, limit int) error {
	c := f.as().Call
	answer := impl.Run(ctx, []*reference.Call{c})[0]
	if answer != nil {
		_, want := c.Truth()
		_, err := fmt.Fprintf(a.stdout, "the kernel answers: %v\nthe reference says: %s\n", answer, refusalOr(want, "a result"))
		return err
	}
	all, refused := judge(c, k)
	if refused != nil {
		_, err := fmt.Fprintf(a.stdout, "the kernel answers with a result, the reference refuses: %v\n", refused)
		return err
	}
	printElements(a.stdout, c, all, limit)
	return nil
}

func refusalOr(err error, other string) string {
	if err == nil {
		return other
	}
	return err.Error()
}

// printElements is the table of a call's outputs. When there are too many, those
// that hold are left out from the end.
func printElements(w io.Writer, c *reference.Call, all []element, limit int) {
	wrong := 0
	for i := range all {
		if !all[i].held() {
			wrong++
		}
	}
	room := len(all) // for the elements that hold
	if limit > 0 {
		room = max(limit-wrong, 0)
	} else {
		limit = len(all)
	}
	t := table{head: []string{"element", ">got", ">reference", ">lo", ">hi", ">err/bound", ""}}
	for i := range all {
		e := &all[i]
		mark := ""
		if !e.held() {
			mark = "<-- " + orElse(e.refuse, "wrong")
		} else if room--; room < 0 {
			continue
		}
		if len(t.rows) == limit {
			break
		}
		t.add(place(c.Op.Out[e.out].Name, e.index), short9(e.got), short9(e.ref), short9(e.lo), short9(e.hi), ratioText(e.ratio()), mark)
	}
	t.print(w)
	if n := len(all) - len(t.rows); n > 0 {
		fmt.Fprintf(w, "%d more elements, %d wrong in all: --elements 0 prints every one\n", n, wrong)
	}
}

func short9(v float64) string { return fmt.Sprintf("%.9g", v) }

func ratioText(v float64) string {
	if math.IsInf(v, 1) {
		return "exact"
	}
	return fmt.Sprintf("%.3g", v)
}
