package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Report is what -json writes.
type Report struct {
	Total        int       `json:"total"`
	Killed       int       `json:"killed"`
	TimedOut     int       `json:"timed_out"` // of the killed
	Survived     int       `json:"survived"`
	Argued       int       `json:"argued"`
	Identical    int       `json:"identical"`
	NotCompiling int       `json:"not_compiling"` // not in the total
	Seconds      float64   `json:"seconds"`
	Stale        []string  `json:"stale"`
	Mutants      []*Mutant `json:"mutants"`
}

// newReport counts, and settles which survivors have been argued.
func newReport(mutants []*Mutant, broken int, a *argued, unknown []argument, spent time.Duration) *Report {
	r := &Report{NotCompiling: broken, Seconds: spent.Seconds(), Mutants: mutants, Stale: []string{}}
	file := filepath.Base(a.file)
	for _, m := range mutants {
		arg := a.find(m.Key)
		switch m.Status {
		case Broken:
			r.NotCompiling++
			continue
		case Killed, TimedOut:
			r.Killed++
			if m.Status == TimedOut {
				r.TimedOut++
			}
			if arg != nil {
				r.Stale = append(r.Stale, fmt.Sprintf("%s:%d: killed by %s: %s", file, arg.line, m.By, arg.key))
			}
		case Identical:
			r.Identical++
		case Survived:
			if arg == nil {
				r.Survived++
				break
			}
			m.Status, m.Why = Argued, arg.why
			r.Argued++
		}
		r.Total++
	}
	for _, arg := range unknown {
		r.Stale = append(r.Stale, fmt.Sprintf("%s:%d: no such mutant: %s", file, arg.line, arg.key))
	}
	return r
}

// finish prints and writes the report and gives the exit status.
func (r *Report) finish(opts *options, out io.Writer) (int, error) {
	var proposed strings.Builder
	for _, m := range r.Mutants {
		switch m.Status {
		case Survived:
			fmt.Fprintln(out, "SURVIVED", m)
			fmt.Fprintf(&proposed, "%s  # TODO\n", m.Key)
		case Argued:
			fmt.Fprintf(out, "ARGUED %s  # %s\n", m, m.Why)
		case Identical:
			fmt.Fprintln(out, "IDENTICAL", m)
		case Broken:
			fmt.Fprintf(out, "BROKEN %s\n%s\n", m, m.Why)
		}
	}
	for _, s := range r.Stale {
		fmt.Fprintln(out, "STALE", s)
	}
	fmt.Fprintf(out, "%d killed (%d by timeout), %d survived, %d argued, %d identical, %d total; %d did not compile; %s\n",
		r.Killed, r.TimedOut, r.Survived, r.Argued, r.Identical, r.Total, r.NotCompiling,
		time.Duration(r.Seconds*float64(time.Second)).Round(time.Second))
	if opts.propose != "" {
		if err := os.WriteFile(opts.propose, []byte(proposed.String()), 0o666); err != nil {
			return exitWrong, err
		}
	}
	if err := writeJSON(opts.json, r); err != nil {
		return exitWrong, err
	}
	if r.Total == 0 {
		return exitWrong, fmt.Errorf("no mutant compiled")
	}
	if r.Survived > 0 {
		return exitSurvivors, nil
	}
	return exitKilled, nil
}

// writeJSON writes v to a file, if one is named.
func writeJSON(file string, v any) error {
	if file == "" {
		return nil
	}
	data, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o666)
}
