package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tool runs the command as main does.
func tool(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errOut bytes.Buffer
	code = run(t.Context(), args, &out, &errOut)
	return code, out.String(), errOut.String()
}

// linesWith picks the lines that begin with a word, without it.
func linesWith(out, word string) []string {
	var found []string
	for line := range strings.Lines(out) {
		if rest, ok := strings.CutPrefix(line, word+" "); ok {
			found = append(found, strings.TrimSpace(rest))
		}
	}
	return found
}

func equalLines(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n\t%s\nwant:\n\t%s", what, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// TestGenerated compares every mutant of two files with a list that has been
// read through: one file has each kind, the other what must make no mutant and
// what needs parentheses. UPDATE=1 rewrites the list.
func TestGenerated(t *testing.T) {
	t.Parallel()
	kinds := strings.Join(kindNames, ",")
	code, got, errOut := tool(t, "-C", "testdata/tiny", "-list", "-kinds", kinds, "score/kinds.go", "score/edges.go")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errOut)
	}
	for _, k := range kindNames {
		if !strings.Contains(got, ": "+k+": ") {
			t.Errorf("no mutant of kind %s", k)
		}
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile("testdata/mutants.txt", []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/mutants.txt")
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for _, l := range gotLines {
		if !slices.Contains(wantLines, l) {
			t.Errorf("unexpected: %s", l)
		}
	}
	for _, l := range wantLines {
		if !slices.Contains(gotLines, l) {
			t.Errorf("missing: %s", l)
		}
	}
}

// TestSurvivors runs the loosely tested files and expects exactly the survivors
// worked out by hand, with the tree untouched.
func TestSurvivors(t *testing.T) {
	t.Parallel()
	before, err := digest("testdata/tiny")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	code, out, errOut := tool(t, "-C", "testdata/tiny", "-pkg", "./score ./front", "-timeout", "1s", "-kinds", "op,drop",
		"-json", filepath.Join(mustAbs(t, dir), "r.json"), "-propose", filepath.Join(mustAbs(t, dir), "p.txt"),
		"score/clamp.go", "score/same.go")
	if code != 1 || errOut != "" {
		t.Errorf("exit %d, want 1; %s", code, errOut)
	}
	equalLines(t, "survivors", linesWith(out, "SURVIVED"),
		"score/clamp.go:5:7: op: if x < low { -> if x <= low {",
		"score/clamp.go:13:4: op: x -= x % 2 -> x += x % 2",
		"score/clamp.go:13:2: drop: x -= x % 2 -> dropped")
	equalLines(t, "identical", linesWith(out, "IDENTICAL"),
		"score/same.go:7:5: op: x += x -> x -= x",
		"score/same.go:7:3: drop: x += x -> dropped")
	if after, err := digest("testdata/tiny"); err != nil || !maps.Equal(before, after) {
		t.Errorf("the tree has changed (%v)", err)
	}

	var r Report
	data, err := os.ReadFile(filepath.Join(dir, "r.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	if r.Total != 13 || r.Killed != 8 || r.TimedOut != 2 || r.Survived != 3 || r.Identical != 2 || len(r.Mutants) != 13 {
		t.Errorf("counts %+v", r)
	}
	for _, m := range r.Mutants {
		if m.Status == Killed && (m.By != "example.com/tiny/score" || m.Test == "" && !strings.HasPrefix(m.Kind, "drop")) {
			t.Errorf("%s: killed by %q, test %q", m, m.By, m.Test)
		}
	}
	proposed, err := os.ReadFile(filepath.Join(dir, "p.txt"))
	if err != nil || strings.Count(string(proposed), "  # TODO\n") != 3 {
		t.Errorf("proposed (%v):\n%s", err, proposed)
	}
}

func mustAbs(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

// TestArgued lists one survivor as argued, one mutant that is killed, one that
// does not exist, and one of a file that is not under test.
func TestArgued(t *testing.T) {
	t.Parallel()
	expect := filepath.Join(t.TempDir(), "argued.txt")
	write(t, expect, `# survivors
score/clamp.go:Clamp:op:if x < low { -> if x <= low {  # a tie returns the same value
score/clamp.go:Clamp:op:if x < low { -> if x >= low {  # wrong
score/clamp.go:Clamp:op:if x > low { -> if x >= low {  # from before an edit
score/same.go:Fixed:op:x += x -> x -= x  # not under test
`)
	code, out, errOut := tool(t, "-C", "testdata/tiny", "-pkg", "./score", "-expect", expect, "-kinds", "op", "score/clamp.go", "--", "-short")
	equalLines(t, "argued", linesWith(out, "ARGUED"),
		"score/clamp.go:5:7: op: if x < low { -> if x <= low {  # a tie returns the same value")
	equalLines(t, "stale", linesWith(out, "STALE"),
		"argued.txt:3: killed by example.com/tiny/score: score/clamp.go:Clamp:op:if x < low { -> if x >= low {",
		"argued.txt:4: no such mutant: score/clamp.go:Clamp:op:if x > low { -> if x >= low {")
	equalLines(t, "survivors", linesWith(out, "SURVIVED"), "score/clamp.go:13:4: op: x -= x % 2 -> x += x % 2")
	if code != 1 {
		t.Errorf("exit %d, want 1: %s%s", code, out, errOut)
	}
	code, out, _ = tool(t, "-C", "testdata/tiny", "-pkg", "./score", "-expect", expect, "-kinds", "op", "-shard", "1/5", "score/clamp.go")
	if code != 0 || len(linesWith(out, "ARGUED")) != 1 || len(linesWith(out, "STALE")) != 1 {
		t.Errorf("only an argued survivor: exit %d, want 0: %s", code, out)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestRefusals checks that wrong use says what is wrong and exits with 2.
func TestRefusals(t *testing.T) {
	t.Parallel()
	dir := mustAbs(t, t.TempDir())
	outside, listed := filepath.Join(dir, "x.go"), filepath.Join(dir, "argued.txt")
	write(t, outside, "package x\n")
	write(t, listed, "score/clamp.go:Clamp:op:a -> b  # TODO\n")
	for _, c := range []struct {
		want string
		args []string
	}{
		{"no files given", nil},
		{"-pkg is needed", []string{"score/clamp.go"}},
		{"missing.go: no such file", []string{"-list", "score/missing.go"}},
		{"outside the module", []string{"-list", outside}},
		{"not a Go file", []string{"-list", "go.mod"}},
		{"tests are not mutated", []string{"-list", "score/score_test.go"}},
		{"given twice", []string{"-list", "score/clamp.go", "score/../score/clamp.go"}},
		{"not part of the build", []string{"-list", "score/tagged.go"}},
		{"no mutants: 0 generated", []string{"-list", "-kinds", "fuse", "score/clamp.go"}},
		{"-wrong", []string{"-wrong", "score/clamp.go"}},
		{"flags go before the files", []string{"score/clamp.go", "-list"}},
		{"unknown kind", []string{"-list", "-kinds", "ops", "score/clamp.go"}},
		{"want i/n", []string{"-list", "-shard", "3/2", "score/clamp.go"}},
		{"no reason given", []string{"-pkg", "./score", "-expect", listed, "score/clamp.go"}},
		{"do not pass unmodified", []string{"-pkg", "./broken", "score/clamp.go"}},
		{"no test matches -run", []string{"-pkg", "./score", "-run", "TestNone", "score/clamp.go"}},
		{"no package there has tests", []string{"-pkg", "./front", "score/clamp.go"}},
		{"-edits needs -cmd", []string{"-edits", "../made.edits"}},
	} {
		code, out, errOut := tool(t, slices.Concat([]string{"-C", "testdata/tiny"}, c.args)...)
		if code != 2 || !strings.Contains(errOut, c.want) {
			t.Errorf("%q: exit %d, stderr %q, want 2 and %q\n%s", c.args, code, errOut, c.want, out)
		}
	}
	if code, _, errOut := tool(t, "-C", filepath.Join(dir, "none"), "-list", "x.go"); code != 2 || !strings.Contains(errOut, "no such directory") {
		t.Errorf("exit %d, stderr %q", code, errOut)
	}
	if code, out, _ := tool(t, "-C", "testdata/tiny", "-tags", "tagged", "-list", "score/tagged.go"); code != 0 {
		t.Errorf("with -tags: exit %d\n%s", code, out)
	}
}

// TestSelection checks that samples repeat and that shards make up the whole.
func TestSelection(t *testing.T) {
	t.Parallel()
	list := func(args ...string) []string {
		_, out, _ := tool(t, slices.Concat([]string{"-C", "testdata/tiny", "-list"}, args, []string{"score/kinds.go"})...)
		return linesWith(strings.ReplaceAll(out, "score/kinds.go:", "M "), "M")
	}
	all := list()
	sample := list("-sample", "12", "-seed", "5")
	if len(sample) != 12 || slices.Equal(sample, all[:12]) || !slices.Equal(sample, list("-sample", "12", "-seed", "5")) {
		t.Errorf("sample %q", sample)
	}
	var parts []string
	for _, s := range []string{"1/2", "2/2"} {
		parts = append(parts, list("-shard", s)...)
	}
	slices.Sort(all)
	slices.Sort(parts)
	equalLines(t, "shards", parts, all...)

	only := filepath.Join(mustAbs(t, t.TempDir()), "only.txt")
	write(t, only, "# a comment\nscore/clamp.go:Clamp:op:if x < low { -> if x <= low {  # TODO\n")
	_, out, _ := tool(t, "-C", "testdata/tiny", "-list", "-only", only, "score/clamp.go")
	if !strings.HasSuffix(out, "if x < low { -> if x <= low {\n1 mutants; 0 more do not compile\n") {
		t.Errorf("-only lists\n%s", out)
	}
	write(t, only, "score/clamp.go:Clamp:op:x -> y  # TODO\n")
	if code, _, errOut := tool(t, "-C", "testdata/tiny", "-list", "-only", only, "score/clamp.go"); code != 2 || !strings.Contains(errOut, "no such mutant") {
		t.Errorf("exit %d: %s", code, errOut)
	}
}

// TestInterrupted checks that a cancelled run is no verdict.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errOut bytes.Buffer
	if code := run(ctx, []string{"-C", "testdata/tiny", "-pkg", "./score", "score/clamp.go"}, &out, &errOut); code != 2 {
		t.Errorf("exit %d: %s%s", code, &out, &errOut)
	}
}
