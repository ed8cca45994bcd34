package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seed-210c9500/assay/properties"
)

// waiver is a known failure: a line of the file of --waive, in JSON. What is left
// out matches anything, but a reason and a last day must be given.
//
//	{"op": "softmax", "variant": "mine", "dtype": "bf16", "law": "bound", "reason": "issue 12", "until": "2027-01-31"}
type waiver struct {
	Op      string `json:"op"`
	Variant string `json:"variant"`
	DType   string `json:"dtype"`
	Law     string `json:"law"`
	Class   string `json:"class"`
	Case    string `json:"id"`
	Reason  string `json:"reason"`
	Until   string `json:"until"` // the last day it holds, YYYY-MM-DD

	expired bool
	used    atomic.Int64 // kernels are judged by several workers
}

// waivers are those of a file.
type waivers []*waiver

// readWaivers reads a file of waivers; today decides which have expired.
func readWaivers(path string, today time.Time) (waivers, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--waive: %w", err)
	}
	defer f.Close()
	var all waivers
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		w := &waiver{}
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(w); err != nil {
			return nil, fmt.Errorf("--waive %s, line %d: %w", path, n, err)
		}
		if err := w.check(today); err != nil {
			return nil, fmt.Errorf("--waive %s, line %d: %w", path, n, err)
		}
		all = append(all, w)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("--waive %s: %w", path, err)
	}
	return all, nil
}

func (w *waiver) check(today time.Time) error {
	if w.Op == "" || !slices.Contains(opNames(), w.Op) {
		return fmt.Errorf("op is %q: want one of %s", w.Op, strings.Join(opNames(), ", "))
	}
	if strings.TrimSpace(w.Reason) == "" {
		return fmt.Errorf("no reason: say why this failure is known")
	}
	last, err := time.Parse(time.DateOnly, w.Until)
	if err != nil {
		return fmt.Errorf("until is %q: want the last day it holds, such as 2027-01-31", w.Until)
	}
	w.expired = !today.Before(last.AddDate(0, 0, 1))
	return nil
}

// waives is properties.Options.Waive.
func (all waivers) waives(f *properties.Finding) bool {
	for _, w := range all {
		if !w.expired && w.about(f.Op, f.Variant, f.DType) && matches(w.Law, f.Law) && matches(w.Class, f.Class) && matches(w.Case, f.Case) {
			w.used.Add(1)
			return true
		}
	}
	return false
}

// about says that a waiver speaks of a row of the report.
func (w *waiver) about(op, variant, dtype string) bool {
	return w.Op == op && matches(w.Variant, variant) && matches(w.DType, dtype)
}

func matches(want, have string) bool { return want == "" || want == have }

// idle are the waivers that met nothing although their rows ran: what they waive
// passes again. A quick run tries too little to say so.
func (all waivers) idle(rows []properties.Row) (lines []string) {
	for _, w := range all {
		ran := slices.ContainsFunc(rows, func(r properties.Row) bool {
			return r.Status != properties.Unsupported && w.about(r.Op, r.Variant, r.DType)
		})
		if ran && !w.expired && w.used.Load() == 0 {
			lines = append(lines, fmt.Sprintf("%v passes: take its waiver out", w))
		}
	}
	return lines
}

// overdue are the waivers that no longer hold.
func (all waivers) overdue() (lines []string) {
	for _, w := range all {
		if w.expired {
			lines = append(lines, fmt.Sprintf("%v: its waiver held until %s", w, w.Until))
		}
	}
	return lines
}

// String names what a waiver is about, and why.
func (w *waiver) String() string {
	s := w.Op
	for _, part := range []string{w.Variant, w.DType, w.Law, w.Class, w.Case} {
		if part != "" {
			s += " " + part
		}
	}
	return s + " (" + w.Reason + ")"
}
