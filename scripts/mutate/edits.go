package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Edit is one hand-written change of the file given to -edits.
type Edit struct {
	File    string  `json:"file"`
	Why     string  `json:"why"`
	Find    string  `json:"find"`
	Replace string  `json:"replace"`
	Argued  string  `json:"argued,omitempty"`
	Line    int     `json:"line"` // of its block
	Status  string  `json:"status,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
	output  string
}

// readEdits parses the blocks of an edits file; the package comment shows one.
func readEdits(file string) ([]*Edit, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var edits []*Edit
	var e *Edit
	var find, replace []string
	section, last := "", ""
	n := 0
	fail := func(format string, args ...any) ([]*Edit, error) {
		return nil, fmt.Errorf("%s:%d: %s", file, n, fmt.Sprintf(format, args...))
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(data), "\n"), "\n") {
		n++
		mark, isMark := strings.CutPrefix(line, "@@ ")
		if !isMark {
			switch {
			case section == "find":
				find = append(find, line)
			case section == "replace":
				replace = append(replace, line)
			case strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#"):
				return fail("%q stands outside find and replace (comments begin with #)", line)
			}
			continue
		}
		word, rest, _ := strings.Cut(strings.TrimSpace(mark), " ")
		if e == nil {
			e = &Edit{File: last, Line: n}
		}
		switch {
		case section == "find" && word != "replace", section == "replace" && word != "end",
			word == "replace" && section != "find", word == "end" && section != "replace":
			return fail("@@ %s out of order: find, replace and end follow each other", word)
		}
		switch word {
		case "file":
			e.File, last = rest, rest
		case "why":
			e.Why = rest
		case "argued":
			e.Argued = rest
		case "find", "replace":
			section = word
		case "end":
			e.Find, e.Replace = strings.Join(find, "\n"), strings.Join(replace, "\n")
			switch {
			case e.File == "" || e.Why == "" || e.Find == "":
				return fail("a block needs file, why and a find that is not empty")
			case e.Find == e.Replace:
				return fail("find and replace are the same")
			}
			edits = append(edits, e)
			e, find, replace, section = nil, nil, nil, ""
		default:
			return fail("unknown @@ %s; there are file, why, argued, find, replace, end", word)
		}
	}
	if e != nil {
		return fail("the last block has no @@ end")
	}
	if len(edits) == 0 {
		return nil, fmt.Errorf("%s: no edits", file)
	}
	return edits, nil
}

// apply makes the edit below root.
func (e *Edit) apply(root string) error {
	if !filepath.IsLocal(filepath.FromSlash(e.File)) {
		return fmt.Errorf("%s: outside the module", e.File)
	}
	path := filepath.Join(root, filepath.FromSlash(e.File))
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%s: no such file in the module", e.File)
	}
	if n := strings.Count(string(data), e.Find); n != 1 {
		return fmt.Errorf("%s: the text to find occurs %d times, want once", e.File, n)
	}
	return os.WriteFile(path, []byte(strings.Replace(string(data), e.Find, e.Replace, 1)), 0o666)
}

// runEdits tries every edit on copies of the module.
func runEdits(ctx context.Context, opts *options, out io.Writer) (int, error) {
	start := time.Now()
	edits, err := readEdits(opts.edits)
	if err != nil {
		return exitWrong, err
	}
	b, err := newBench(ctx, opts)
	if err != nil {
		return exitWrong, err
	}
	defer b.close()
	for _, e := range edits { // all at once, before an hour is spent
		if err := b.rehearse(e); err != nil {
			return exitWrong, fmt.Errorf("%s:%d: %w", opts.edits, e.Line, err)
		}
	}
	if err := b.runBaseline(ctx); err != nil {
		return exitWrong, err
	}
	fmt.Fprintf(out, "%d edits, baseline %.1fs\n", len(edits), b.baseline.Seconds())
	if err := b.tryAll(ctx, edits, out); err != nil {
		return exitWrong, err
	}
	counts := map[string]int{}
	for _, e := range edits {
		counts[e.Status]++
		if !strings.HasPrefix(e.Status, "killed") {
			note := ""
			if e.Status == "argued" {
				note = "  # " + e.Argued
			}
			fmt.Fprintf(out, "%s %s (line %d): %s%s\n", strings.ToUpper(e.Status), e.File, e.Line, e.Why, note)
		} else if e.Argued != "" {
			fmt.Fprintf(out, "STALE %s (line %d): argued, but killed: %s\n", e.File, e.Line, e.Why)
		}
		if e.Status == "broken" {
			fmt.Fprintln(out, tail(e.output))
		}
	}
	killed := counts["killed"] + counts["killed (timeout)"]
	fmt.Fprintf(out, "%d killed (%d by timeout), %d survived, %d argued, %d broken, %d unchanged, %d total; %s\n", killed,
		counts["killed (timeout)"], counts["survived"], counts["argued"], counts["broken"], counts["unchanged"],
		len(edits), time.Since(start).Round(time.Second))
	if err := writeJSON(opts.json, edits); err != nil {
		return exitWrong, err
	}
	if killed+counts["argued"] < len(edits) {
		return exitSurvivors, nil
	}
	return exitKilled, nil
}

// tryAll tries the edits, several at a time.
func (b *bench) tryAll(ctx context.Context, edits []*Edit, out io.Writer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := make(chan *Edit)
	p := newProgress(out, len(edits))
	var wg sync.WaitGroup
	for i := range b.opts.jobs {
		wg.Go(func() {
			for e := range work {
				if ctx.Err() != nil {
					continue
				}
				if err := b.try(ctx, e, i); err != nil {
					cancel(err)
					continue
				}
				p.done(Status(e.Status))
			}
		})
	}
	for _, e := range edits {
		work <- e
	}
	close(work)
	wg.Wait()
	if err := context.Cause(ctx); errors.Is(err, context.Canceled) {
		return errors.New("interrupted")
	} else if err != nil {
		return err
	}
	return nil
}
