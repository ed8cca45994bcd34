package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/seed-210c9500/assay/properties"
)

// The JUnit form of a report: a suite per variant, a test per operation and
// element type, the parts that are about the run as a whole in a suite of their
// own.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class    string         `xml:"classname,attr"`
	Name     string         `xml:"name,attr"`
	Failures []junitMessage `xml:"failure"`
	Error    *junitMessage  `xml:"error"`
	Skipped  *junitMessage  `xml:"skipped"`
	Out      string         `xml:"system-out,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

func (r *report) writeJUnit(w io.Writer) error {
	all := junitSuites{}
	for _, row := range r.Rows {
		i := slices.IndexFunc(all.Suites, func(s junitSuite) bool { return s.Name == row.Variant })
		if i < 0 {
			i = len(all.Suites)
			all.Suites = append(all.Suites, junitSuite{Name: row.Variant})
		}
		s := &all.Suites[i]
		s.Cases = append(s.Cases, r.junitRow(row))
	}
	all.Suites = append(all.Suites, junitSuite{Name: "assay", Cases: []junitCase{r.junitRun()}})
	for i := range all.Suites {
		s := &all.Suites[i]
		for _, c := range s.Cases {
			s.Tests++
			switch {
			case c.Failures != nil:
				s.Failures++
			case c.Error != nil:
				s.Errors++
			case c.Skipped != nil:
				s.Skipped++
			}
		}
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
		all.Skipped += s.Skipped
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (r *report) junitRow(row properties.Row) junitCase {
	c := junitCase{Class: "assay." + row.Variant, Name: row.Op + "/" + row.DType,
		Out: fmt.Sprintf("%d cases, worst err/bound %s, seed %d", row.Cases, short(float64(row.Worst)), r.Seed)}
	for _, f := range r.Findings {
		if f.Op != row.Op || f.Variant != row.Variant || f.DType != row.DType {
			continue
		}
		m := junitMessage{Message: fmt.Sprintf("%s: %s: %s", f.Law, f.Case, f.Says), Type: string(f.Status), Text: strings.Join(findingLines(&f), "\n")}
		switch {
		case f.Status == properties.Vacuous:
			c.Error = &m
		case failing(f):
			c.Failures = append(c.Failures, m)
		}
	}
	if row.Status == properties.Unsupported {
		c.Skipped = &junitMessage{Message: row.Reason}
	}
	return c
}

// junitRun is the run as a whole: what no single row answers for.
func (r *report) junitRun() junitCase {
	c := junitCase{Class: "assay", Name: "run", Out: r.Verdict}
	for _, m := range r.Missing {
		c.Failures = append(c.Failures, junitMessage{Message: m, Type: "REQUIRED"})
	}
	for _, m := range r.XPass {
		c.Failures = append(c.Failures, junitMessage{Message: m, Type: "XPASS"})
	}
	for _, s := range r.Bits {
		if !s.Same && !s.Waived {
			c.Failures = append(c.Failures, junitMessage{Message: "bits differ: " + strings.Join(s.Variants, " "), Type: "BITS"})
		}
	}
	if r.Exit == exitTool {
		c.Error = &junitMessage{Message: r.Verdict, Type: "ERROR", Text: r.Stopped}
	}
	return c
}
