// Mutate tests the tests: it changes one small thing at a time in Go files,
// rebuilds, runs the tests, and names every change that no test noticed.
//
//	go run ./scripts/mutate -pkg ./optimized/... [flags] FILE.go ... [-- go test arguments]
//
// The tree is never written to: each mutant lives in a temporary directory and
// reaches the compiler through go test's -overlay, so a killed run loses
// nothing. The tests are first run unmodified (and once more at the end); if
// they fail, nothing that follows would mean anything and the exit status is 2.
//
// The kinds of mutant (-kinds selects some):
//
//	op      binary operator, assignment operator, ++ or -- exchanged
//	ulp32   floating constant moved by one float32 step, up and down (only up
//	        where it is used as float64)
//	ulp64   floating constant used as float64 moved by one float64 step
//	zero    floating 0 outside a comparison made 1
//	int     integer constant plus and minus one; the step of a loop made 2
//	bound   loop bound or slice bound plus and minus one
//	drop    statement, or body of an if, left out
//	swap    operands of a non-commutative operator, or two call arguments of
//	        one type, exchanged
//	neg     condition negated
//	minus   unary minus or complement removed
//	minmax  min and max exchanged
//	round   float32(...) or float64(...) conversion removed
//	fuse    a*b + c computed with one rounding
//	nan     floating comparison made to treat NaN the other way; only made
//	        when -kinds names it
//
// Mutants that do not type-check are counted apart. A survivor for which
// the compiler emits exactly the code of the original is reported as IDENTICAL:
// on this platform the two are equivalent. A mutant whose tests exceed
// the time limit is killed. Not made, because they cannot matter: x+0 to x-0,
// x*1 to x/1, exchanges under a commutative operator, the capacity given to
// make, a return or continue that is the last thing anyway, a conversion that
// stops no fusion, and a loop that never steps.
//
// Survivors that have been argued to be equivalent are listed in a file given
// to -expect, one a line, without line numbers so that the list outlives edits:
//
//	optimized/softmax.go:Softmax:op:if x > best { -> if x >= best {  # a tie assigns the same value
//
// -propose FILE writes such lines for the survivors, with TODO for a reason;
// -expect refuses them until the reason is given. -only FILE tries nothing but
// the mutants such a file lists: a first pass with quick tests proposes, and a
// second with all tests is spent on what the first left.
//
// Exit status: 0 every mutant killed, identical or argued; 1 survivors; 2 wrong
// use or failing tests.
//
// # Edits of generators
//
// With -edits FILE the changes are written by hand, for sources such as
// generators of assembly where operators say little. FILE holds blocks:
//
//	# lines outside a block are comments
//	@@ file optimized/internal/gen/exp.go
//	@@ why the tail must be masked
//	@@ find
//		g.And(mask, tail)
//	@@ replace
//		g.Mov(mask, tail)
//	@@ end
//
// The find text must occur exactly once in the file. An empty replace deletes
// it. "@@ file" may be left out to stay with the file of the block before. A
// block may add "@@ argued REASON" where the change is equivalent. Each edit is
// applied alone to a copy of the module in a temporary directory; -gen (if
// given) regenerates there and must succeed, then -cmd must fail:
//
//	go run ./scripts/mutate -edits FILE -gen 'go generate ./...' -cmd 'go test ./optimized/...'
//
// An edit under which -gen fails is BROKEN, and one that changes no file but
// its own is UNCHANGED; both call for a better edit and give exit status 1.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

// Exit statuses.
const (
	exitKilled    = 0
	exitSurvivors = 1
	exitWrong     = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole command, apart from the process around it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	opts, err := parseOptions(args, stderr)
	if errors.Is(err, errHelp) {
		return exitKilled
	}
	code := exitWrong
	if err == nil && opts.edits != "" {
		code, err = runEdits(ctx, opts, stdout)
	} else if err == nil {
		code, err = runMutants(ctx, opts, stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "mutate:", err)
		return exitWrong
	}
	return code
}

// runMutants generates, selects and tries the mutants of the given files.
func runMutants(ctx context.Context, opts *options, out io.Writer) (int, error) {
	start := time.Now()
	units, err := load(ctx, opts)
	if err != nil {
		return exitWrong, err
	}
	var all []*Mutant
	broken := 0
	for _, u := range units {
		made, bad, err := u.mutants(opts.kinds)
		if err != nil {
			return exitWrong, err
		}
		all, broken = append(all, made...), broken+bad
	}
	argued, err := readArgued(opts.expect)
	if err != nil {
		return exitWrong, err
	}
	unknown := argued.unknown(all, opts.kinds)
	if all, err = only(opts.only, all); err != nil {
		return exitWrong, err
	}
	chosen := opts.choose(all)
	if len(chosen) == 0 {
		return exitWrong, fmt.Errorf("no mutants: %d generated and %d that do not compile, none left by the selection", len(all), broken)
	}
	if opts.list {
		for _, m := range chosen {
			fmt.Fprintln(out, m)
		}
		fmt.Fprintf(out, "%d mutants; %d more do not compile\n", len(chosen), broken)
		return exitKilled, nil
	}
	s, err := newSuite(ctx, opts, units)
	if err != nil {
		return exitWrong, err
	}
	defer s.close()
	fmt.Fprintf(out, "%d mutants (%d more do not compile), %d test packages, baseline %.1fs\n",
		len(chosen), broken, len(s.pkgs), s.baseline.Seconds())
	if err := s.tryAll(ctx, chosen, opts.jobs, out); err != nil {
		return exitWrong, err
	}
	r := newReport(chosen, broken, argued, unknown, time.Since(start))
	return r.finish(opts, out)
}
