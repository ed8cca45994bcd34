package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/properties/child"
	"github.com/seed-210c9500/assay/properties/wire"
	"github.com/seed-210c9500/assay/reference"
)

// verification is the command line of assay verify.
type verification struct {
	selection
	stranger
	child                 *child.Child // of stranger, nil for the table's variants
	seed, contract        string
	budget                time.Duration
	jobs                  int
	failFast              bool
	quick, thorough       bool
	require               []string
	jsonPath, junitPath   string
	logitsPath, failures  string
	waivePath             string
	waivers               waivers
	noLogits              bool
	progress              string
	number                uint64 // the seed, read or drawn
	real                  *real
	jsonOutput, junitFile *output
}

func (a *app) verifyCommand() *cobra.Command {
	v := &verification{}
	c := &cobra.Command{
		Use:   "verify",
		Short: "Judge every variant here: laws, bounds, edge cases, bit identity, real logits",
		Long: `Judge every variant here against the reference: laws, bounds, edge cases, bit
identity between variants, and a real model's logits. With --exec, judge the
kernels of a child process instead, in whatever language.

Exit: 0 all held; 1 a failure, a crash, a timeout, or a required variant that
could not run; 2 wrong use, an error of the tool, a vacuous case, no case at all,
or a run that stopped early (--budget, --fail-fast, Ctrl-C) with nothing failed.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			defer func() { v.jsonOutput.drop(); v.junitFile.drop(); v.leave() }()
			return a.verify(c.Context(), c, v)
		},
	}
	v.selection.flags(c)
	v.stranger.flags(c)
	f := c.Flags()
	f.StringVar(&v.seed, "seed", "", "seed of the cases; printed always, a run repeats from it (default drawn)")
	f.DurationVar(&v.budget, "budget", 0, "stop after this long, the report marked incomplete (30s, 5m; default none)")
	f.IntVar(&v.jobs, "jobs", 0, "cases judged at the same time (default one per processor)")
	f.BoolVar(&v.failFast, "fail-fast", false, "stop at the first failure")
	f.BoolVar(&v.quick, "quick", false, "a few seconds' worth of cases")
	f.BoolVar(&v.thorough, "thorough", false, "as many cases as there are")
	f.StringSliceVar(&v.require, "require", nil, "variants that must run here: UNSUPPORTED becomes a failure")
	f.StringVar(&v.contract, "contract", "", "hold kernels to this contract instead of what they declare, e.g. acc=bf16,ftz")
	f.StringVar(&v.waivePath, "waive", "", "file of known failures, with a reason and a last day each: they count as WAIVED")
	f.StringVar(&v.jsonPath, "json", "", "write the report as JSON; - is stdout, the text goes to stderr then")
	f.StringVar(&v.junitPath, "junit", "", "write the report as JUnit XML")
	f.StringVar(&v.logitsPath, "logits", "", "safetensors file with logits [positions, vocab] and labels [positions]\n(default: the built-in ones of SmolLM2)")
	f.BoolVar(&v.noLogits, "no-logits", false, "leave the real logits out")
	f.StringVar(&v.failures, "failures", defaultFailures, "directory for the files of failing cases")
	f.StringVar(&v.progress, "progress", "auto", "auto, bar, plain or none")
	c.MarkFlagsMutuallyExclusive("quick", "thorough")
	c.MarkFlagsMutuallyExclusive("exec", "require")
	c.MarkFlagsMutuallyExclusive("logits", "no-logits")
	return c
}

// defaultFailures is where failing cases are kept.
const defaultFailures = "assay-failures"

// prepare reads everything the command line names before anything runs: a slip
// costs a second, not a night.
func (v *verification) prepare(a *app, c *cobra.Command) error {
	if err := v.resolve(a.variants); err != nil {
		return err
	}
	var err error
	if v.require, err = required(v.require, v.variants, variantNames(a.variants)); err != nil {
		return err
	}
	if _, err := reference.ParseContract(v.contract, reference.DefaultContract(reference.F32)); err != nil {
		return err
	}
	if c.Flags().Changed("budget") && v.budget <= 0 {
		return fmt.Errorf("--budget is %v: want a time above 0, such as 30s", v.budget)
	}
	if v.jobs < 0 {
		return fmt.Errorf("--jobs is %d: want 0 for one per processor, or more", v.jobs)
	}
	if v.waivePath != "" {
		if v.waivers, err = readWaivers(v.waivePath, time.Now()); err != nil {
			return err
		}
	}
	if v.number, err = readSeed(v.seed); err != nil {
		return err
	}
	if info, err := os.Stat(v.failures); err == nil && !info.IsDir() {
		return fmt.Errorf("--failures %s is a file: want a directory", v.failures)
	}
	if err := v.meet(c.Context()); err != nil {
		return err
	}
	used := slices.ContainsFunc(v.ops, func(op string) bool { return slices.Contains(realOps, op) })
	if !used && v.logitsPath != "" {
		return fmt.Errorf("--logits %s would not be used: none of %s is among the operations of --op", v.logitsPath, strings.Join(realOps, ", "))
	}
	if used && !v.noLogits {
		if v.real, err = a.loadReal(v.logitsPath, v.types); err != nil {
			return err
		}
	}
	if v.jsonPath != "" && v.jsonPath == v.junitPath {
		return fmt.Errorf("--json and --junit both name %s: want two files", v.jsonPath)
	}
	if v.jsonPath != "" && v.jsonPath != "-" {
		if v.jsonOutput, err = openOutput(v.jsonPath); err != nil {
			return fmt.Errorf("--json: %w", err)
		}
	}
	if v.junitPath != "" {
		if v.junitFile, err = openOutput(v.junitPath); err != nil {
			return fmt.Errorf("--junit: %w", err)
		}
	}
	return nil
}

func (a *app) loadReal(path string, types []reference.DType) (*real, error) {
	name := "SmolLM2"
	open := a.logits
	if path != "" {
		name, open = path, func() (*wire.File, error) { return wire.Open(path) }
	}
	w, err := open()
	if err != nil {
		return nil, fmt.Errorf("--logits: %w", err)
	}
	s, err := readSaved(name, w)
	if err != nil {
		return nil, fmt.Errorf("--logits: %w", err)
	}
	r := newReal(s, types)
	if len(r.types) == 0 && path != "" {
		return nil, fmt.Errorf("--logits: %s holds %v, which can be verified as %v: --dtype leaves that out", path, s.logits.DType, s.natural())
	}
	return r, nil
}

// readSeed reads a seed in any base that Go writes; an empty one is drawn.
func readSeed(s string) (uint64, error) {
	if s == "" {
		var b [4]byte // short enough to type again
		rand.Read(b[:])
		return 1 + uint64(binary.LittleEndian.Uint32(b[:])), nil
	}
	n, err := strconv.ParseUint(s, 0, 64)
	if err != nil || n == 0 { // properties draws a seed of its own for 0
		return 0, fmt.Errorf("--seed is %q: want a whole number from 1 to 2^64-1", s)
	}
	return n, nil
}

// required checks the names of --require.
func required(names, selected, have []string) ([]string, error) {
	if names == nil {
		return nil, nil
	}
	names, err := among("required variant", names, have)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if !slices.Contains(selected, name) {
			return nil, fmt.Errorf("--require %s, but --variant leaves it out (%s)", name, strings.Join(selected, ", "))
		}
	}
	return names, nil
}

func (v *verification) options() properties.Options {
	o := properties.Options{Ops: v.ops, DTypes: v.types, Seed: v.number, Effort: properties.Normal, FailFast: v.failFast, Jobs: v.jobs}
	if v.quick {
		o.Effort = properties.Quick
	}
	if v.thorough {
		o.Effort = properties.Thorough
	}
	if v.waivers != nil {
		o.Waive = v.waivers.waives
	}
	if v.contract != "" {
		o.Contract = func(k *reference.Contract) { *k, _ = reference.ParseContract(v.contract, *k) } // it was read before
	}
	if v.real != nil {
		o.Extra = v.real.cases(v.ops, v.judged())
	}
	return o
}

// judged is how many positions of the real logits the judge sees.
func (v *verification) judged() int {
	n := v.real.logits.Shape[0]
	if v.quick {
		n = min(n, quickPositions)
	}
	return n
}

func (a *app) verify(ctx context.Context, c *cobra.Command, v *verification) error {
	if err := v.prepare(a, c); err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" { // a run holds little and drops much
		defer debug.SetGCPercent(debug.SetGCPercent(400))
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(700 << 20))
	}
	out := a.stdout
	if v.jsonPath == "-" {
		out = a.stderr
	}
	m, err := newMeter(a.stderr, v.progress)
	if err != nil {
		return err
	}
	r := &report{Assay: build()}
	r.Report = properties.Report{Schema: properties.Schema, Seed: v.number, Machine: machine(), Complete: true}
	printHeader(out, r, v)
	if err := a.run(ctx, v, m, r); err != nil {
		return err
	}
	r.Overdue = v.waivers.overdue()
	if r.Complete && !v.quick {
		r.XPass = v.waivers.idle(r.Rows)
	}
	r.decide()
	saved := a.saveFailures(v, r)
	printReport(out, r)
	fmt.Fprint(out, saved)
	if v.jsonPath == "-" {
		if err := r.writeJSON(a.stdout); err != nil {
			return err
		}
	}
	for _, f := range []struct {
		o     *output
		write func(io.Writer) error
	}{{v.jsonOutput, r.writeJSON}, {v.junitFile, r.writeJUnit}} {
		if f.o != nil {
			if err := f.o.commit(f.write); err != nil {
				return err
			}
		}
	}
	return verdict(r.Exit)
}

// saveFailures writes every failing call into its own file and tells each
// finding the command that repeats it. What could not be written is said: the
// failure stands all the same.
func (a *app) saveFailures(v *verification, r *report) string {
	var trouble strings.Builder
	taken := map[string]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Call == nil || !failing(*f) {
			continue
		}
		k := reference.DefaultContract(f.Call.DType())
		for _, row := range r.Rows {
			if row.Op == f.Op && row.Variant == f.Variant && row.DType == f.DType && row.Contract != "" {
				k, _ = parseDeclared(row.Contract)
			}
		}
		file := caseFile{call: f.Call, finding: *f, contract: k, seed: r.Seed}
		path, err := file.save(v.failures, taken)
		if err != nil {
			fmt.Fprintf(&trouble, "the case %s could not be kept: %v\n", f.Case, err)
			continue
		}
		f.Input = path
		f.Repro = "assay repro " + quoted(path) + v.again()
	}
	return trouble.String()
}

// quoted is a path as a shell takes it.
func quoted(path string) string {
	if strings.IndexFunc(path, func(r rune) bool { return plain(r) != r && r != '/' }) < 0 {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
