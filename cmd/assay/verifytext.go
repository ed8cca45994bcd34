package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/seed-210c9500/assay/properties"
)

// printHeader says what is about to run, and the seed that repeats it.
func printHeader(w io.Writer, r *report, v *verification) {
	fmt.Fprintf(w, "assay %s, seed %d\n", r.Assay, r.Seed)
	fmt.Fprintln(w, wrap("", fmt.Sprintf("%s (%s/%s): %s", r.Machine["cpu"], r.Machine["os"], r.Machine["arch"], r.Machine["features"]), "    "))
	if v.child != nil {
		fmt.Fprintln(w, wrap("", v.introduced(), "    "))
	}
	if v.contract != "" {
		fmt.Fprintln(w, wrap("", "every kernel is held to its contract with "+v.contract, "    "))
	}
	fmt.Fprintln(w)
}

func printReport(w io.Writer, r *report) {
	printRows(w, r.Rows)
	printBits(w, r.Bits)
	if r.Real != nil {
		r.Real.print(w)
	}
	printNotes(w, "REQUIRED: ", r.Missing)
	printNotes(w, "XPASS: ", r.XPass)
	printNotes(w, "OVERDUE: ", r.Overdue)
	printFailures(w, r.Findings)
	fmt.Fprintln(w)
	if r.Stopped != "" || !r.Complete {
		reason := r.Stopped
		if reason == "" {
			reason = "not every case was tried"
		}
		fmt.Fprintf(w, "THIS REPORT IS INCOMPLETE: %s\n", reason)
	}
	fmt.Fprintf(w, "%s (seed %d, exit %d)\n", r.Verdict, r.Seed, r.Exit)
}

// printNotes is a list of what the run as a whole has to say.
func printNotes(w io.Writer, lead string, notes []string) {
	for _, n := range notes {
		fmt.Fprintf(w, "\n%s", wrap(lead, n, "    "))
	}
	if len(notes) > 0 {
		fmt.Fprintln(w)
	}
}

// printRows is the table of what ran, and below it what could not, with the
// reason. Variants that answered alike in every respect, the bits included, share
// a line.
func printRows(w io.Writer, rows []properties.Row) {
	t := table{head: []string{"op", "dtype", ">cases", ">err/bound", ">max ULP", "bits", "status", "variants"}}
	var absent []properties.Row
	at := map[string]int{}
	for _, r := range byOp(rows) {
		if r.Status == properties.Unsupported {
			absent = append(absent, r)
			continue
		}
		bits := r.SameBits
		if bits == "" {
			bits = "-"
		}
		line := []string{r.Op, r.DType, fmt.Sprint(r.Cases),
			fmt.Sprintf("%.3g", float64(r.Worst)), fmt.Sprintf("%.3g", float64(r.MaxULP)), bits[:min(8, len(bits))], statusText(r)}
		key := strings.Join(line, " ")
		if i, ok := at[key]; ok {
			t.rows[i][len(line)] += " " + r.Variant
			continue
		}
		at[key] = len(t.rows)
		t.add(append(line, r.Variant)...)
	}
	if len(t.rows) > 0 {
		t.print(w)
	}
	printAbsent(w, absent)
	printWithout(w, rows)
}

// printWithout says which probes no case was put to, because the transport cannot
// carry them.
func printWithout(w io.Writer, rows []properties.Row) {
	said := map[string]bool{}
	for _, r := range rows {
		if key := r.Variant + ": not probed: " + strings.Join(r.Without, ", "); len(r.Without) > 0 && !said[key] {
			said[key] = true
			fmt.Fprintln(w, wrap("UNSUPPORTED  ", key+" (its transport cannot carry them)", "    "))
		}
	}
}

// byOp sorts rows so that the variants of an operation stand together.
func byOp(rows []properties.Row) []properties.Row {
	names := opNames()
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b properties.Row) int {
		return slices.Index(names, a.Op) - slices.Index(names, b.Op)
	})
	return rows
}

// statusText is a row's status, with how many cases failed; a pass that was cut
// short does not look whole.
func statusText(r properties.Row) string {
	s := string(r.Status)
	if r.Failed > 0 {
		s += fmt.Sprintf(" %d", r.Failed)
	}
	if r.Reason == cutShort {
		s += ", cut"
	}
	if r.Untried > 0 {
		s += fmt.Sprintf(", given up: %d untried", r.Untried)
	}
	return s
}

// printAbsent says what could not run and why, a line for each reason; variants
// that lack the same share it.
func printAbsent(w io.Writer, rows []properties.Row) {
	type key struct{ variant, reason string }
	var order []key
	what := map[key][]properties.Row{}
	for _, r := range rows {
		k := key{r.Variant, cause(r)}
		if what[k] == nil {
			order = append(order, k)
		}
		what[k] = append(what[k], r)
	}
	var lines []string
	variants := map[string][]string{}
	for _, k := range order {
		line := k.reason + " (" + inShort(what[k]) + ")"
		if variants[line] == nil {
			lines = append(lines, line)
		}
		variants[line] = append(variants[line], k.variant)
	}
	for _, line := range lines {
		fmt.Fprintln(w, wrap("UNSUPPORTED  ", strings.Join(variants[line], " ")+": "+line, "    "))
	}
}

// inShort lists rows: each while they are few, the operations while those are,
// else how many there are.
func inShort(rows []properties.Row) string {
	const few = 8
	var pairs, ops, types []string
	for _, r := range rows {
		pairs = append(pairs, r.Op+"/"+r.DType)
		if !slices.Contains(ops, r.Op) {
			ops = append(ops, r.Op)
		}
		if !slices.Contains(types, r.DType) {
			types = append(types, r.DType)
		}
	}
	switch {
	case len(pairs) <= few:
		return strings.Join(pairs, " ")
	case len(ops) <= few:
		return strings.Join(ops, " ")
	case len(types) == 1:
		return fmt.Sprintf("%d operations in %s", len(ops), types[0])
	}
	return fmt.Sprintf("%d operations", len(ops))
}

// cause is the reason of an UNSUPPORTED row without the row it names, so that
// rows can share it.
func cause(r properties.Row) string {
	if strings.Contains(r.Reason, " has no "+r.DType) {
		return "no kernel for this dtype"
	}
	if strings.HasPrefix(r.Reason, r.Variant+" has no "+r.Op+":") {
		return "no such kernel"
	}
	return r.Reason
}

func printBits(w io.Writer, all []sameness) {
	for _, s := range all {
		verdict := "same bits"
		if !s.Same {
			verdict = "DIFFERENT BITS"
			if s.Waived {
				verdict += " (waived)"
			}
		}
		fmt.Fprintf(w, "\n%s: %s over %d cases (specification %q)\n", verdict, strings.Join(s.Variants, " "), s.Cases, s.Spec)
	}
}

func (s *realSection) print(w io.Writer) {
	fmt.Fprintf(w, "\nreal logits: %s, %d positions x %d tokens, %s\n", s.File, s.Positions, s.Vocab, s.DType)
	if s.Text != "" {
		fmt.Fprintln(w, wrap("    ", fmt.Sprintf("%s reads %q", orElse(s.Model, "the model"), clip(s.Text, 120)), "    "))
	}
	t := table{head: []string{"variant", "dtype", ">perplexity", ">mean loss", ">entropy", ">nucleus", ">median", "tokens", "judged"}}
	for _, f := range s.Figures {
		judged := "agrees"
		if !f.Agrees {
			judged = "FAIL"
		}
		if f.Variant == "reference" {
			judged = ""
		}
		t.add(f.Variant, f.DType, figure(f.Perplexity, "%.6f"), figure(f.Loss, "%.8f"), figure(f.Entropy, "%.8f"),
			figure(f.NucleusMean, "%.3f"), figure(f.NucleusMedian, "%g"), orElse(f.Tokens, "-"), judged)
	}
	t.print(w)
	if s.Judged < s.Positions {
		fmt.Fprintf(w, "judged on the first %d positions (--quick), figures over all %d\n", s.Judged, s.Positions)
	}
	if loss, ok := s.Producer["loss_producer"]; ok {
		fmt.Fprintln(w, wrap("", fmt.Sprintf("the producer's own loss: %.8f nats, from the logits before they were rounded to %s", loss, s.DType), "    "))
	}
	fmt.Fprintln(w, wrap("", fmt.Sprintf("nats; nucleus: tokens kept at p = %g, mean and median; tokens: sampled with seed %d, hashed", realP, realSeed), "    "))
}

func figure(n properties.Num, format string) string {
	if n != n {
		return "-"
	}
	return fmt.Sprintf(format, float64(n))
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// section starts the report's part on the real logits.
func (r *real) section(truth figures, judged int) *realSection {
	return &realSection{File: r.name, Positions: r.logits.Shape[0], Vocab: r.logits.Shape[1], Judged: judged, DType: r.logits.DType.String(),
		Model: r.model, Text: r.text, Producer: r.producer, Figures: slices.Clip([]figures{truth})}
}
