package main

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/seed-210c9500/assay/properties"
)

// shownFailures is how many failures are printed in full; all are in the files
// and in the JSON.
const shownFailures = 20

// shownInputs is how many values of an input are printed beside a failure.
const shownInputs = 8

// printFailures writes each failure with what it takes to repeat it, and a line
// for each that is waived and each edge case answered as another named system does.
func printFailures(w io.Writer, findings []properties.Finding) {
	shown, hidden := 0, 0
	for i := range findings {
		f := &findings[i]
		switch {
		case f.Status == properties.Profile:
			fmt.Fprintf(w, "\n%s", wrap("PROFILE  ", fmt.Sprintf("%s %s %s: %s is answered as %s does", f.Op, f.Variant, f.DType, orElse(f.Note, f.Case), f.Profile), "    "))
		case f.Status == properties.Waived:
			fmt.Fprintf(w, "\n%s", wrap("WAIVED  ", fmt.Sprintf("%s %s %s law: %s class: %s: %s", f.Op, f.Variant, f.DType, f.Law, f.Class, f.Says), "    "))
		case shown == shownFailures:
			hidden++
		default:
			shown++
			fmt.Fprintf(w, "\n%s\n", strings.Join(findingLines(f), "\n"))
		}
	}
	if hidden > 0 {
		fmt.Fprintf(w, "\n%d more failures are not shown: --json FILE has all of them\n", hidden)
	}
}

// findingLines describes one failure: what was run, what came out, what the
// bound is made of, the input, the command that repeats it.
func findingLines(f *properties.Finding) []string {
	head := fmt.Sprintf("%s %s %s %s %s law: %s class: %s", f.Status, f.Case, f.Op, f.Variant, f.DType, f.Law, f.Class)
	if f.Note != "" {
		head += " (" + f.Note + ")"
	}
	lines := []string{wrap("", head, "    ")}
	say := func(format string, args ...any) {
		lines = append(lines, wrap("  ", fmt.Sprintf(format, args...), "      "))
	}
	if f.Says != "" {
		say("%s", f.Says)
	}
	if f.Out != "" {
		lo, hi := float64(f.Lo), float64(f.Hi)
		say("%s = %s, reference %s, bound [%s, %s], %s", place(f.Out, f.Index), digits(f.Got), digits(f.Ref), digits(f.Lo), digits(f.Hi),
			times(errOverBound(float64(f.Got), float64(f.Ref), lo, hi)))
		lines = append(lines, termLines(f.Terms, (hi-lo)/2)...)
	}
	if f.Call != nil {
		for _, in := range inline(f.Call, shownInputs) {
			say("input %s", in)
		}
	}
	if f.Repro != "" {
		lines = append(lines, "  repeat: "+f.Repro)
	}
	return lines
}

func digits(n properties.Num) string { return fmt.Sprintf("%.9g", float64(n)) }

// times says how an error compares with its bound.
func times(ratio float64) string {
	if math.IsInf(ratio, 1) {
		return "nothing else allowed"
	}
	return fmt.Sprintf("%.3g times the bound", ratio)
}

// termLines takes a bound apart: each term, and its share of the whole.
func termLines(terms []properties.Term, bound float64) []string {
	var lines []string
	for _, t := range terms {
		share := ""
		if bound > 0 && !math.IsInf(bound, 0) {
			share = fmt.Sprintf("%.3f of the bound", float64(t.Value)/bound)
		}
		lines = append(lines, wrap(fmt.Sprintf("    %-18s %-10.4g %-18s  ", t.Name, float64(t.Value), share), t.Formula, strings.Repeat(" ", 8)))
	}
	return lines
}
