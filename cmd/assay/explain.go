package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

func (a *app) explainCommand() *cobra.Command {
	var variant, dtype, contract, failures string
	c := &cobra.Command{
		Use:   "explain OP [CASE]",
		Short: "Formula, edge cases, bound and its terms, of an operation or of one failing case",
		Args:  cobra.RangeArgs(1, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			op, err := reference.ByName(args[0])
			if err != nil {
				return err
			}
			if len(args) == 2 {
				return a.explainCases(op, args[1], failures, contract)
			}
			if _, err := among("dtype", []string{dtype}, typeNames(op)); err != nil {
				return err
			}
			d, err := reference.ParseDType(dtype)
			if err != nil {
				return err
			}
			k := reference.DefaultContract(d)
			if variant != "" {
				if _, err := among("variant", []string{variant}, variantNames(a.variants)); err != nil {
					return err
				}
				for _, v := range a.variants {
					if v.Op == op.Name && v.Name == variant {
						k = v.Contract
					}
				}
			}
			if k, err = reference.ParseContract(contract, k); err != nil {
				return err
			}
			a.explain(op, d, k)
			return nil
		},
	}
	c.Flags().StringVar(&variant, "variant", "", "quote the bound under this variant's contract (default: the widest honest one)")
	c.Flags().StringVar(&dtype, "dtype", "f32", "element type the bound is quoted for")
	c.Flags().StringVar(&contract, "contract", "", "changes to the contract, e.g. acc=bf16,ftz")
	c.Flags().StringVar(&failures, "failures", defaultFailures, "directory in which a case's id is looked up")
	return c
}

func typeNames(op *reference.Op) []string {
	var names []string
	for _, d := range op.DTypes() {
		names = append(names, d.String())
	}
	return names
}

func (a *app) explain(op *reference.Op, d reference.DType, k reference.Contract) {
	w := a.stdout
	fmt.Fprintf(w, "%s\n%s\n", op.Name, wrap("    ", op.Formula, "    "))
	domains := domainsOf(op, d)
	fmt.Fprintln(w, "\ninputs")
	for _, in := range op.In {
		describe(w, &in, inputNotes(&in, domains[in.Name]))
	}
	for _, name := range slices.Sorted(maps.Keys(op.Choices)) {
		fmt.Fprintf(w, "  %-12s  one of %s; default %s\n", name, strings.Join(op.Choices[name], ", "), op.Choices[name][0])
	}
	fmt.Fprintln(w, "\noutputs")
	for _, out := range op.Out {
		notes := "judged: " + judged(out.Judge)
		if out.Optional {
			notes += "; may be left out"
		}
		if out.InPlace != "" {
			notes += "; may be stored over " + out.InPlace
		}
		describe(w, &out, notes)
	}
	explainEdges(w, op)
	explainBound(w, op, d, k)
	a.explainHarness(op)
	fmt.Fprintln(w, "\nsources")
	for _, cite := range op.Cites {
		fmt.Fprintln(w, wrap("  ", cite, "      "))
	}
}

func describe(w io.Writer, arg *reference.Arg, notes string) {
	types := make([]string, len(arg.DTypes))
	for i, d := range arg.DTypes {
		types[i] = d.String()
	}
	shape := "scalar"
	if len(arg.Dims) > 0 {
		shape = "[" + strings.Join(arg.Dims, ", ") + "]"
	}
	if arg.PerRow {
		shape += " or one per row"
	}
	text := arg.Says
	if arg.Unit != "" && arg.Unit != "1" {
		text += ", in " + arg.Unit
	}
	fmt.Fprintln(w, wrap(fmt.Sprintf("  %-12s  ", arg.Name), fmt.Sprintf("%s; %s; %s; %s", text, shape, strings.Join(types, " "), notes), strings.Repeat(" ", 16)))
}

func inputNotes(in *reference.Arg, domain string) string {
	notes := "required"
	switch {
	case in.Default != nil:
		notes = fmt.Sprintf("default %v", in.Default)
	case in.Optional:
		notes = "optional"
	}
	if domain != "" {
		notes += "; want " + domain
	}
	return notes
}

func judged(j reference.Judge) string {
	switch j {
	case reference.Exact:
		return "exactly, every honest kernel gives this value"
	case reference.Bounded:
		return "within the derived bound"
	}
	return "by law, the bound says which answers are open"
}

// domainsOf reads what each input has to be off the refusals of the edge cases:
// the domain itself is a function.
func domainsOf(op *reference.Op, d reference.DType) map[string]string {
	domains := map[string]string{}
	for _, e := range op.Edges {
		_, err := e.Make(op, d).Truth()
		var r *reference.Reject
		if errors.As(err, &r) && len(r.Want) > len(domains[r.Arg]) {
			domains[r.Arg] = r.Want
		}
	}
	return domains
}

func explainEdges(w io.Writer, op *reference.Op) {
	fmt.Fprintln(w, "\nedge cases")
	for _, e := range op.Edges {
		fmt.Fprintln(w, wrap(fmt.Sprintf("  %-22s  ", e.Name), e.Says, strings.Repeat(" ", 26)))
		for _, profile := range slices.Sorted(maps.Keys(e.Want)) {
			fmt.Fprintln(w, wrap(fmt.Sprintf("  %-22s  ", ""), profile+": "+answerText(op, e.Want[profile]), strings.Repeat(" ", 30)))
		}
	}
}

func answerText(op *reference.Op, a reference.Answer) string {
	if a.Code != "" {
		return "refused, " + a.Code
	}
	var parts []string
	for i, values := range a.Out {
		if values != nil {
			parts = append(parts, fmt.Sprintf("%s = %.6g", op.Out[i].Name, values))
		}
	}
	return strings.Join(parts, ", ")
}

// explainBound takes apart the bound of the widest element of each output of the
// example.
func explainBound(w io.Writer, op *reference.Op, d reference.DType, k reference.Contract) {
	fmt.Fprintf(w, "\nbound, for %s in %v\n", exampleSays(example(op, d)), d)
	fmt.Fprintln(w, wrap("  contract: ", spaced(k.String()), "      "))
	c, all, err := bounded(op, d, k)
	if err != nil {
		fmt.Fprintf(w, "  the example is refused: %v\n", err)
		return
	}
	for o := range c.Out {
		widest := -1
		for i := range all {
			if all[i].out == o && (widest < 0 || all[i].hi-all[i].lo > all[widest].hi-all[widest].lo) {
				widest = i
			}
		}
		if widest >= 0 {
			printTerms(w, c, &all[widest])
		}
	}
}

// printTerms writes one element's bound and what it is made of.
func printTerms(w io.Writer, c *reference.Call, e *element) {
	name := place(c.Op.Out[e.out].Name, e.index)
	fmt.Fprintf(w, "  %s = %s must lie in [%s, %s]\n", name, short9(e.ref), short9(e.lo), short9(e.hi))
	half := (e.hi - e.lo) / 2
	if c.Op.Out[e.out].Judge == reference.ByLaw {
		half = math.NaN() // the interval counts tokens, the terms are of mass
	}
	terms := make([]properties.Term, len(e.terms))
	for i, t := range e.terms {
		terms[i] = properties.Term{Name: t.Name, Formula: t.Formula, Value: properties.Num(t.Value)}
	}
	for _, line := range termLines(terms, half) {
		fmt.Fprintln(w, line)
	}
}

// explainHarness lists what is tried on the operation and by whom it is
// implemented.
func (a *app) explainHarness(op *reference.Op) {
	w := a.stdout
	fmt.Fprintln(w, "\nlaws")
	for _, l := range properties.Laws {
		if l.Ops == nil || slices.Contains(l.Ops, op.Name) {
			fmt.Fprintln(w, wrap(fmt.Sprintf("  %-22s  ", l.Name), l.Says, strings.Repeat(" ", 26)))
		}
	}
	fmt.Fprintln(w, "\ninput classes")
	for _, c := range properties.Classes {
		if c.Ops == nil || slices.Contains(c.Ops, op.Name) {
			fmt.Fprintln(w, wrap(fmt.Sprintf("  %-4s  ", c.Name), c.Says, "        "))
		}
	}
	fmt.Fprintln(w, "\nvariants")
	for _, v := range a.variants {
		if v.Op != op.Name {
			continue
		}
		state := "ready"
		if v.Ready != nil {
			if err := v.Ready(); err != nil {
				state = "not here: " + err.Error()
			}
		}
		fmt.Fprintln(w, wrap(fmt.Sprintf("  %-10s  ", v.Name), state+"; "+spaced(v.Contract.String()), "              "))
	}
}

// explainCases prints the bound's terms for what went wrong in a kept case.
func (a *app) explainCases(op *reference.Op, id, failures, contract string) error {
	paths, err := findCases(id, failures)
	if err != nil {
		return err
	}
	for _, path := range paths {
		f, err := readCase(path)
		if err != nil {
			return err
		}
		if f.call.Op != op {
			return fmt.Errorf("%s is a case of %s, not of %s", path, f.call.Op.Name, op.Name)
		}
		k, err := reference.ParseContract(contract, f.contract)
		if err != nil {
			return err
		}
		if err := explainCase(a.stdout, f, k); err != nil {
			return err
		}
	}
	return nil
}

func explainCase(w io.Writer, f *caseFile, k reference.Contract) error {
	fmt.Fprintln(w, wrap("", fmt.Sprintf("case %s: %s %s %s, law %q, class %s: %s", f.finding.Case, f.finding.Op, f.finding.Variant, f.finding.DType, f.finding.Law, f.finding.Class, f.finding.Says), "    "))
	for _, line := range inline(f.call, shownInputs) {
		fmt.Fprintln(w, wrap("  input ", line, "      "))
	}
	fmt.Fprintln(w, wrap("  contract: ", spaced(k.String()), "      "))
	all, err := judge(f.call, k)
	if err != nil {
		fmt.Fprintf(w, "  the reference refuses: %v\n", err)
		return nil
	}
	shown := 0
	for i := range all {
		e := &all[i]
		named := f.finding.Out == f.call.Op.Out[e.out].Name && slices.Equal(f.finding.Index, e.index)
		if (e.held() && !named) || shown == shownInputs {
			continue
		}
		shown++
		fmt.Fprintf(w, "  the kernel gave %s = %s, %s\n", place(f.call.Op.Out[e.out].Name, e.index), short9(e.got), times(e.ratio()))
		if e.refuse != "" {
			fmt.Fprintf(w, "  %s\n", e.refuse)
		}
		printTerms(w, f.call, e)
	}
	if shown == 0 {
		fmt.Fprintln(w, "  every value that the kernel gave lies inside its bound: a law without a bound was broken")
	}
	return nil
}
