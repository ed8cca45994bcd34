package main

import (
	"os"
	"strings"
	"testing"
)

// The README's tables are what the code says now.
func TestReadmeIsFresh(t *testing.T) {
	if err := run("../../README.md", true); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range sections {
		if !strings.Contains(string(text), "<!-- generated: "+name+" -->") {
			t.Errorf("README.md has no section %q", name)
		}
	}
}

// A stale table and an unknown section are errors.
func TestStale(t *testing.T) {
	path := t.TempDir() + "/README.md"
	for text, says := range map[string]string{
		"<!-- generated: operations -->\nold\n<!-- end -->": "stale",
		"<!-- generated: nothing -->\n<!-- end -->":         "nothing",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := run(path, true); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want an error about %q", text, err, says)
		}
	}
}
