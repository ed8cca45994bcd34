package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"mvdan.cc/sh/v3/shell"

	"github.com/seed-210c9500/assay/properties/child"
)

// stranger is the part of a command line that names kernels in a process of
// their own.
type stranger struct {
	exec, name string
	timeout    time.Duration
}

func (s *stranger) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.exec, "exec", "", "judge the kernels of this command instead of the table's: \"python3 k.py\"\n(assay init writes an example)")
	c.Flags().StringVar(&s.name, "name", "", "what to call them (default the name of the script or program)")
	c.Flags().DurationVar(&s.timeout, "timeout", 10*time.Second, "for an answer of --exec's command")
	c.MarkFlagsMutuallyExclusive("exec", "variant")
}

// start runs the command; nil where there is none.
func (s *stranger) start(ctx context.Context) (*child.Child, error) {
	if s.exec == "" {
		if s.name != "" {
			return nil, fmt.Errorf("--name %s names nothing: want --exec with it", s.name)
		}
		return nil, nil
	}
	words, err := shell.Fields(s.exec, nil)
	if err == nil && len(words) == 0 {
		err = fmt.Errorf("no command")
	}
	if err != nil {
		return nil, fmt.Errorf("--exec %q: %w", s.exec, err)
	}
	if s.timeout <= 0 {
		return nil, fmt.Errorf("--timeout is %v: want a time above 0, such as 10s", s.timeout)
	}
	c, err := child.Start(ctx, child.Options{Name: orElse(s.name, nameOf(words)), Command: words, Timeout: s.timeout})
	if err != nil {
		return nil, fmt.Errorf("--exec: %w", err)
	}
	return c, nil
}

// nameOf is the script that a command runs, or else the program.
func nameOf(words []string) string {
	name := words[0]
	for _, word := range words[1:] {
		if info, err := os.Stat(word); err == nil && info.Mode().IsRegular() {
			name = word
			break
		}
	}
	name = filepath.Base(name)
	if stem := strings.TrimSuffix(name, filepath.Ext(name)); stem != "" {
		return stem
	}
	return name
}

// again is what a command line needs to run the same kernels: "" for the table's.
func (s *stranger) again() string {
	if s.exec == "" {
		return ""
	}
	words := " --exec " + quoted(s.exec)
	if s.name != "" {
		words += " --name " + quoted(s.name)
	}
	return words
}

// meet starts the child that is to be judged, and narrows the operations to its
// own unless they were named.
func (v *verification) meet(ctx context.Context) (err error) {
	if v.child, err = v.start(ctx); v.child == nil {
		return err
	}
	v.variants = []string{v.child.Name()}
	if !v.chosen {
		v.ops = v.child.Ops()
	}
	return nil
}

// leave ends the child.
func (v *verification) leave() {
	if v.child != nil {
		v.child.Close()
	}
}

// tabled are the table's variants that are judged: none beside a child.
func (v *verification) tabled() []string {
	if v.child != nil {
		return nil
	}
	return v.variants
}

// introduced says who is judged, and what the child itself keeps an eye on.
func (v *verification) introduced() string {
	s := fmt.Sprintf("%s: %s (%s)", v.child.Name(), v.exec, orElse(v.child.Adapter(), "an adapter without a name"))
	if watches := v.child.Watches(); len(watches) > 0 {
		s += ", which watches " + strings.Join(watches, ", ") + " itself"
	}
	return s
}
