package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/seed-210c9500/assay/properties"
)

// report is what assay verify found: the JSON of schema assay.report/1. A number
// that JSON cannot carry is the string "NaN", "+Inf" or "-Inf".
//
//	schema    "assay.report/1"
//	seed      a run with this seed repeats this one
//	machine   cpu, features, gpu, os, arch, go
//	rows      one per operation, variant and dtype: cases, failed, status, reason
//	          (of UNSUPPORTED, or that the row was cut short), contract, counts by status, laws and classes with
//	          how often each was tried, worst_err_over_bound, worst_case, max_ulp,
//	          same_bits; failed_in (failed cases of each class), without (probes that
//	          its transport cannot carry), untried (cases left when it was given up
//	          after too many crashes or timeouts)
//	failures  one per finding: op, variant, dtype, id, class, note, law, status,
//	          profile, says, out, index, input (the file), got, reference, lo, hi,
//	          terms {name, formula, value}, repro (one command)
//	complete  false when the run stopped early, with the reason in stopped
//	summary   rows, rows_unsupported, cases, failed, and how many cases had each
//	          status
//	assay     the version that wrote the report
//	bits      for each bit specification: the variants compared, the cases they
//	          were compared on, whether all their bits were the same
//	real      the figures of the real logits: file, positions, vocab, judged
//	          (positions that the judge saw, the first ones), model, text, producer
//	          (figures from the metadata), figures {variant, dtype, mean_loss,
//	          perplexity, mean_entropy, nucleus_mean, nucleus_median, tokens,
//	          agrees}, the reference first
//	missing   required variants that could not run, and why
//	xpass     waivers of what passes again
//	overdue   waivers that no longer hold
//	exit      the exit code, with the reason in verdict
type report struct {
	properties.Report
	Assay   string       `json:"assay"`
	Stopped string       `json:"stopped,omitempty"`
	Bits    []sameness   `json:"bits"`
	Real    *realSection `json:"real,omitempty"`
	Missing []string     `json:"missing,omitempty"`
	XPass   []string     `json:"xpass,omitempty"`
	Overdue []string     `json:"overdue,omitempty"`
	Exit    int          `json:"exit"`
	Verdict string       `json:"verdict"`
}

// sameness is the verdict on variants that follow one bit specification.
type sameness struct {
	Spec     string   `json:"spec"`
	Variants []string `json:"variants"`
	Cases    int      `json:"cases"`
	Same     bool     `json:"same"`
	Waived   bool     `json:"waived,omitempty"` // every difference is known
}

type realSection struct {
	File      string             `json:"file"`
	Positions int                `json:"positions"`
	Vocab     int                `json:"vocab"`
	Judged    int                `json:"judged"`
	DType     string             `json:"dtype"`
	Model     string             `json:"model,omitempty"`
	Text      string             `json:"text,omitempty"`
	Producer  map[string]float64 `json:"producer,omitempty"`
	Figures   []figures          `json:"figures"`
}

// cutShort is the reason in the row that a stopped run was at.
const cutShort = "cut short: not every case was tried"

// add takes in the report on one implementation.
func (r *report) add(p *properties.Report) {
	if n := len(p.Rows); n > 0 && !p.Complete && p.Rows[n-1].Status != properties.Unsupported {
		p.Rows[n-1].Reason = cutShort
	}
	r.Rows = append(r.Rows, p.Rows...)
	r.Findings = append(r.Findings, p.Findings...)
	r.Complete = r.Complete && p.Complete
}

// sum counts the cases by status.
func (r *report) sum() {
	r.Summary = map[string]int{"rows": len(r.Rows), "rows_unsupported": 0, "cases": 0, "failed": 0}
	for _, row := range r.Rows {
		r.Summary["cases"] += row.Cases
		r.Summary["failed"] += row.Failed
		if row.Status == properties.Unsupported {
			r.Summary["rows_unsupported"]++
		}
		for status, n := range row.Counts {
			r.Summary[string(status)] += n
		}
	}
}

// decide sets the exit code. A failure found counts in a run cut short too; a
// run cut short without one has not shown that everything holds.
func (r *report) decide() {
	r.sum()
	cases, failed, vacuous := r.Summary["cases"], r.Summary["failed"], 0
	found := 0
	for _, f := range r.Findings {
		if failing(f) && f.Law != lawSameBits {
			found++
		}
		if f.Status == properties.Vacuous && f.Law == "vacuity" {
			vacuous++
		}
	}
	// A case that the declared contract alone makes vacuous is left out of the
	// count and named in its row, which stays PASS: it is no fault of the harness.
	counted := 0
	for _, row := range r.Rows {
		if row.Status == properties.Vacuous {
			counted += row.Counts[properties.Vacuous]
		}
	}
	vacuous = max(vacuous, counted)
	different := slices.ContainsFunc(r.Bits, func(s sameness) bool { return !s.Same && !s.Waived })
	switch {
	case found > 0 || failed > vacuous || different:
		r.Exit, r.Verdict = exitFailed, fmt.Sprintf("FAIL: %d of %d cases failed", max(failed, 1), max(cases, 1))
		if failed == 0 && different {
			r.Verdict = "FAIL: variants of one bit specification differ"
		}
	case len(r.XPass) > 0:
		r.Exit, r.Verdict = exitFailed, fmt.Sprintf("XPASS: %d waivers are of what passes", len(r.XPass))
	case len(r.Missing) > 0:
		r.Exit, r.Verdict = exitFailed, "FAIL: a required variant did not run"
	case vacuous > 0:
		r.Exit, r.Verdict = exitTool, fmt.Sprintf("VACUOUS: %d cases prove nothing, which is the harness's fault", vacuous)
	case r.Stopped != "" || !r.Complete || slices.ContainsFunc(r.Rows, func(row properties.Row) bool { return row.Untried > 0 }):
		r.Exit, r.Verdict = exitTool, fmt.Sprintf("INCOMPLETE: nothing failed in the %d cases that ran", cases)
	case cases == 0:
		r.Exit, r.Verdict = exitTool, "0 cases ran: nothing was verified"
	default:
		r.Exit, r.Verdict = exitHeld, fmt.Sprintf("PASS: %d cases held", cases-r.Summary[string(properties.Waived)])
		if n := r.Summary["rows_unsupported"]; n > 0 {
			r.Verdict += fmt.Sprintf("; %d of %d rows could not run here", n, len(r.Rows))
		}
		if n := r.Summary[string(properties.Waived)]; n > 0 {
			r.Verdict += fmt.Sprintf("; %d failed and are waived", n)
		}
	}
	if r.Stopped != "" && r.Exit == exitFailed {
		r.Verdict += "; the run stopped early: " + r.Stopped
	}
}

func (r *report) writeJSON(w io.Writer) error {
	// A list without elements is [], not null: who reads it may loop over it.
	if r.Rows == nil {
		r.Rows = []properties.Row{}
	}
	if r.Findings == nil {
		r.Findings = []properties.Finding{}
	}
	if r.Bits == nil {
		r.Bits = []sameness{}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
