package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
)

// Status says what became of a mutant.
type Status string

// The statuses of a mutant that has been tried.
const (
	Killed    Status = "killed"
	TimedOut  Status = "killed (timeout)"
	Survived  Status = "survived"
	Argued    Status = "argued"
	Identical Status = "identical"
	Broken    Status = "broken" // did not build after all
)

// Mutant is one change to one file.
type Mutant struct {
	File    string  `json:"file"` // inside the module, with slashes
	Func    string  `json:"func"`
	Line    int     `json:"line"`
	Col     int     `json:"col"`
	Kind    string  `json:"kind"`
	Before  string  `json:"before"`
	After   string  `json:"after"`
	Key     string  `json:"key"`
	Status  Status  `json:"status,omitempty"`
	By      string  `json:"by,omitempty"`   // package that killed it
	Test    string  `json:"test,omitempty"` // first test that failed
	Why     string  `json:"why,omitempty"`  // the argument, or the reason it did not build
	Seconds float64 `json:"seconds,omitempty"`

	unit    *unit
	name    string // base name
	splice  splice
	local   bool // inside a function
	generic bool
}

// splice replaces the bytes from start up to end.
type splice struct {
	start, end int
	text       string
}

// apply returns src with the splice made.
func (s splice) apply(src []byte) []byte {
	return bytes.Join([][]byte{src[:s.start], []byte(s.text), src[s.end:]}, nil)
}

// String is the line that reports the mutant.
func (m *Mutant) String() string {
	return fmt.Sprintf("%s:%d:%d: %s: %s -> %s", m.File, m.Line, m.Col, m.Kind, m.Before, m.After)
}

// mutants generates the mutants of the package, and counts those that do not
// compile.
func (u *unit) mutants(kinds map[string]bool) (made []*Mutant, broken int, err error) {
	info, err := u.check()
	if err != nil {
		return nil, 0, err
	}
	uses := constantUses(u, info)
	for _, name := range u.mutate {
		g := newGenerator(u, name, info, uses, kinds)
		g.walk()
		seen := map[string]int{}
		for _, c := range g.candidates {
			m := g.firstThatCompiles(c)
			if m == nil {
				broken++
				continue
			}
			// Equal lines of one function would share a key; number them.
			key := fmt.Sprintf("%s:%s:%s:%s -> %s", m.File, m.Func, m.Kind, m.Before, m.After)
			seen[key]++
			if n := seen[key]; n > 1 {
				m.After = fmt.Sprintf("%s [%d]", m.After, n)
				key = fmt.Sprintf("%s [%d]", key, n)
			}
			m.Key = key
			made = append(made, m)
		}
	}
	return made, broken, nil
}

// firstThatCompiles turns a candidate into a mutant, or returns nil.
func (g *generator) firstThatCompiles(c candidate) *Mutant {
	for _, s := range c.options {
		if !g.unit.compiles(g.name, s.apply(g.src), c.local) {
			continue
		}
		at := g.unit.fset.PositionFor(c.pos, false)
		rel, err := filepath.Rel(g.unit.root, filepath.Join(g.unit.Dir, g.name))
		if err != nil {
			rel = g.name
		}
		m := &Mutant{File: filepath.ToSlash(rel), Func: c.function, Line: at.Line, Col: at.Column,
			Kind: c.kind, unit: g.unit, name: g.name, splice: s, local: c.local, generic: c.generic}
		m.Before, m.After = g.describe(c, s)
		return m
	}
	return nil
}

// describe gives the text before and after: the whole lines for a change within
// a line, since "0 -> 1" alone would not say which 0, and the statement for a
// statement left out. Comments are blanked, so that editing one changes no key.
func (g *generator) describe(c candidate, s splice) (before, after string) {
	if c.kind == "drop" {
		before = squeeze(string(g.bare[s.start:s.end]))
		if after = squeeze(s.text); after == "" {
			after = "dropped"
		}
		if c.lead != 0 { // body of an if: show the condition too
			head := squeeze(string(g.bare[c.lead:s.start]))
			before, after = head+" "+before, head+" {}"
		}
		return clip(before), clip(after)
	}
	from := bytes.LastIndexByte(g.bare[:s.start], '\n') + 1
	to := len(g.bare)
	if i := bytes.IndexByte(g.bare[s.end:], '\n'); i >= 0 {
		to = s.end + i
	}
	line := string(g.bare[from:to])
	return clip(squeeze(line)), clip(squeeze(line[:s.start-from] + s.text + line[s.end-from:]))
}

// squeeze puts single spaces for all white space.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// clip shortens what is too long to read.
func clip(s string) string {
	const most, head, tail = 200, 140, 50
	if r := []rune(s); len(r) > most {
		return string(r[:head]) + " ... " + string(r[len(r)-tail:])
	}
	return s
}
