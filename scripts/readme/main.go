// Command readme writes the generated tables of README.md, between the markers
//
//	<!-- generated: NAME -->
//	<!-- end -->
//
// from the tables of operations and variants:
//
//	go run ./scripts/readme          # writes
//	go run ./scripts/readme -check   # fails when README.md is stale
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/seed-210c9500/assay/optimized"
	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

var sections = map[string]func() string{
	"operations": operations,
	"classes":    classes,
}

func main() {
	check := flag.Bool("check", false, "compare instead of writing")
	flag.Parse()
	if err := run("README.md", *check); err != nil {
		fmt.Fprintln(os.Stderr, "readme:", err)
		os.Exit(1)
	}
}

func run(path string, check bool) error {
	have, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	want, err := rewrite(have)
	if err != nil {
		return err
	}
	if bytes.Equal(have, want) {
		return nil
	}
	if check {
		return fmt.Errorf("%s is stale: run `go run ./scripts/readme`", path)
	}
	return os.WriteFile(path, want, 0o644)
}

var marker = regexp.MustCompile(`(?s)<!-- generated: (\w+) -->\n.*?<!-- end -->`)

// rewrite fills every marked section; an unknown name is an error.
func rewrite(text []byte) ([]byte, error) {
	var err error
	out := marker.ReplaceAllFunc(text, func(m []byte) []byte {
		name := string(marker.FindSubmatch(m)[1])
		section := sections[name]
		if section == nil {
			err = fmt.Errorf("no generated section is called %q", name)
			return m
		}
		return fmt.Appendf(nil, "<!-- generated: %s -->\n%s<!-- end -->", name, section())
	})
	return out, err
}

// operations is the table of what there is.
func operations() string {
	var b strings.Builder
	b.WriteString("| operation | formula | variants | edges |\n|---|---|---|---|\n")
	for _, op := range reference.Ops {
		var names []string
		for _, v := range optimized.Variants {
			if v.Op == op.Name {
				names = append(names, v.Name)
			}
		}
		variants := strings.Join(names, " ")
		if variants == "" {
			variants = "reference only"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %d |\n", op.Name, cell(op.Formula), variants, len(op.Edges))
	}
	return b.String()
}

// classes is the table of input classes.
func classes() string {
	var b strings.Builder
	b.WriteString("| class | what it holds |\n|---|---|\n")
	for _, c := range properties.Classes {
		if c.Make != nil {
			fmt.Fprintf(&b, "| %s | %s |\n", c.Name, cell(c.Says))
		}
	}
	return b.String()
}

// cell escapes what a Markdown table would take for its own.
func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }
