package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEdits has one edit of each outcome; the tree must stay as it is.
func TestEdits(t *testing.T) {
	t.Parallel()
	before, err := digest("testdata/made")
	if err != nil {
		t.Fatal(err)
	}
	code, out, errOut := tool(t, "-C", "testdata/made", "-edits", "../made.edits", "-gen", "go run ./maker", "-cmd", "go test ./...")
	if code != 1 || errOut != "" {
		t.Errorf("exit %d: %s", code, errOut)
	}
	equalLines(t, "survived", linesWith(out, "SURVIVED"), "maker/main.go (line 10): the second number is too large")
	equalLines(t, "argued", linesWith(out, "ARGUED"), "maker/main.go (line 17): nothing reads the third  # the table has it for show")
	equalLines(t, "broken", linesWith(out, "BROKEN"), "maker/main.go (line 25): does not parse")
	equalLines(t, "unchanged", linesWith(out, "UNCHANGED"), "maker/main.go (line 32): only a comment")
	if !strings.Contains(out, "\n1 killed (0 by timeout), 1 survived, 1 argued, 1 broken, 1 unchanged, 5 total;") {
		t.Errorf("counts:\n%s", out)
	}
	if after, err := digest("testdata/made"); err != nil || !maps.Equal(before, after) {
		t.Errorf("the tree has changed (%v)", err)
	}
}

// TestEditsRefused checks the messages about edits files that are wrong.
func TestEditsRefused(t *testing.T) {
	t.Parallel()
	dir := mustAbs(t, t.TempDir())
	block := func(file, find, replace string) string {
		return "@@ file " + file + "\n@@ why it matters\n@@ find\n" + find + "\n@@ replace\n" + replace + "\n@@ end\n"
	}
	for want, text := range map[string]string{
		"no edits":                        "# nothing\n",
		"occurs 3 times":                  block("maker/main.go", "Sprintf", "Sprint"),
		"occurs 0 times":                  block("maker/main.go", "nowhere", "x"),
		"no such file in the module":      block("maker/other.go", "a", "b"),
		"outside the module":              block("../x.go", "a", "b"),
		"are the same":                    block("maker/main.go", "a", "a"),
		"needs file, why and a find":      block("maker/main.go", "", "b"),
		"2: unknown @@ wy":                "@@ file a\n@@ wy b\n",
		"no @@ end":                       "@@ file a\n@@ why b\n@@ find\nx\n",
		"out of order":                    "@@ file a\n@@ why b\n@@ find\nx\n@@ end\n",
		"stands outside find and replace": "@@ file a\nfind x\n",
		"-cmd fails without an edit":      block("maker/main.go", "first =", "first  ="),
	} {
		file := filepath.Join(dir, "edits")
		write(t, file, text)
		code, out, errOut := tool(t, "-C", "testdata/made", "-edits", file, "-jobs", "1", "-cmd", "exit 3")
		if code != 2 || !strings.Contains(errOut, want) {
			t.Errorf("exit %d, stderr %q, want 2 and %q\n%s", code, errOut, want, out)
		}
	}
}

// The edits of this repository's generators still find their place, each once:
// a generator that has moved on is noticed here and not in the next long run.
func TestGeneratorEditsApply(t *testing.T) {
	edits, err := readEdits("edits/gen.txt")
	if err != nil {
		t.Fatal(err)
	}
	if len(edits) < 12 {
		t.Errorf("%d edits, want a dozen", len(edits))
	}
	for _, e := range edits {
		source, err := os.ReadFile(filepath.Join("..", "..", e.File))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(source), e.Find); n != 1 {
			t.Errorf("%s: %q is found %d times", e.File, e.Why, n)
		}
	}
}
