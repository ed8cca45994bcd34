package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// testPackage is a package whose tests are to notice mutants.
type testPackage struct {
	path    string
	deps    map[string]bool // packages that its tests are built from
	elapsed time.Duration   // of the tests alone, in the baseline
	seconds float64         // mean wall time of a run, build included
	runs    int
	tries   map[string]int // by mutated file
	kills   map[string]int
}

// suite runs the tests on mutants.
type suite struct {
	opts     *options
	dir      string // where go test runs
	tmp      string
	pkgs     []*testPackage
	baseline time.Duration

	mu       sync.Mutex // guards the statistics of pkgs
	codes    sync.Mutex // guards original
	original map[*unit]code
}

// newSuite lists the test packages and runs them unmodified.
func newSuite(ctx context.Context, opts *options, units []*unit) (*suite, error) {
	tmp, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return nil, err
	}
	s := &suite{opts: opts, dir: opts.dir, tmp: tmp, original: map[*unit]code{}}
	if err := s.list(ctx, units); err != nil {
		s.close()
		return nil, err
	}
	if err := s.runBaseline(ctx, true); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *suite) close() { os.RemoveAll(s.tmp) }

// list finds the packages with tests that are built from a mutated package: the
// others cannot notice anything.
func (s *suite) list(ctx context.Context, units []*unit) error {
	patterns := strings.FieldsFunc(s.opts.pkg, func(r rune) bool { return r == ',' || r == ' ' })
	found, err := goList(ctx, s.opts, patterns...)
	if err != nil {
		return err
	}
	tested, err := goList(ctx, s.opts, slices.Concat([]string{"-test"}, patterns)...)
	if err != nil {
		return err
	}
	for _, p := range found {
		if len(p.TestGoFiles)+len(p.XTestGoFiles) == 0 {
			continue
		}
		t := &testPackage{path: p.ImportPath, deps: map[string]bool{}, tries: map[string]int{}, kills: map[string]int{}}
		for _, main := range tested {
			if main.ImportPath == p.ImportPath+".test" {
				for _, d := range main.Deps {
					d, _, _ = strings.Cut(d, " ") // "a/b [a/b.test]" is a/b built for the test
					t.deps[d] = true
				}
			}
		}
		if slices.ContainsFunc(units, func(u *unit) bool { return t.deps[u.ImportPath] }) {
			s.pkgs = append(s.pkgs, t)
		}
	}
	if len(s.pkgs) == 0 {
		return fmt.Errorf("-pkg %s: no package there has tests that use the mutated files", s.opts.pkg)
	}
	return nil
}

var (
	passed   = regexp.MustCompile(`(?m)^ok  \t\S+\t(?:\(cached\)|([0-9.]+)s)(.*)$`)
	failed   = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)
	notBuilt = regexp.MustCompile(`(?m)^FAIL\t\S+ \[(build|setup) failed\]$`)
	timedOut = regexp.MustCompile(`(?m)^panic: test timed out after|^\*\*\* Test killed`)
)

// runBaseline runs every package unmodified. The first time it leaves out the
// packages without a matching test, and notes how long the others take.
func (s *suite) runBaseline(ctx context.Context, first bool) error {
	limit := s.opts.timeout
	if limit == 0 {
		limit = 10 * time.Minute
	}
	var kept []*testPackage
	for _, p := range s.pkgs {
		if first { // build ahead, so that the run that is timed does not
			if out, err := s.goTest(ctx, p, "", limit, "-run=^$"); err != nil {
				return fmt.Errorf("the tests of %s do not build unmodified: %w\n%s", p.path, err, tail(out))
			}
		}
		start := time.Now()
		out, err := s.goTest(ctx, p, "", limit)
		wall := time.Since(start)
		if err != nil && ctx.Err() != nil {
			return errors.New("interrupted")
		} else if err != nil && first {
			return fmt.Errorf("the tests of %s do not pass unmodified: %w\n%s", p.path, err, tail(out))
		} else if err != nil {
			return fmt.Errorf("the tests of %s, unmodified, passed at the start and fail now: no result can be trusted: %w\n%s", p.path, err, tail(out))
		}
		m := passed.FindStringSubmatch(out)
		if m == nil || strings.Contains(m[2], "[no tests to run]") {
			continue
		}
		seconds, _ := strconv.ParseFloat(m[1], 64)
		if first {
			p.elapsed, p.seconds, p.runs = time.Duration(seconds*float64(time.Second)), wall.Seconds(), 1
			s.baseline += wall
		}
		kept = append(kept, p)
	}
	if len(kept) == 0 {
		return fmt.Errorf("no test matches -run %q in the packages of -pkg", s.opts.run)
	}
	s.pkgs = kept
	return nil
}

// limit is how long a package's tests may run on a mutant.
func (s *suite) limit(p *testPackage) time.Duration {
	if s.opts.timeout > 0 {
		return s.opts.timeout
	}
	return max(10*p.elapsed, 10*time.Second)
}

// goTest runs one package's tests, on a mutant if overlay is not empty.
func (s *suite) goTest(ctx context.Context, p *testPackage, overlay string, limit time.Duration, more ...string) (string, error) {
	args := []string{"test", "-vet=off", "-count=1", "-failfast", "-ldflags=-w",
		"-p=" + strconv.Itoa(max(1, runtime.NumCPU()/s.opts.jobs)), "-timeout=" + limit.String(), "-tags=" + s.opts.tags}
	if s.opts.memory > 0 && runtime.GOOS == "linux" && !slices.Contains(s.opts.extra, "-race") {
		// A mutant that never stops appending must not take the machine along.
		args = append(args, fmt.Sprintf(`-exec=sh -c 'ulimit -d %d && exec "$0" "$@"'`, s.opts.memory*1024))
	}
	if overlay != "" {
		args = append(args, "-overlay="+overlay)
	}
	if s.opts.run != "" {
		args = append(args, "-run="+s.opts.run)
	}
	args = slices.Concat(args, more, []string{p.path}, s.opts.extra)
	// The tests limit themselves; this limit is for a build that hangs.
	ctx, cancel := context.WithTimeout(ctx, 2*limit+5*time.Minute)
	defer cancel()
	cmd := command(ctx, "go", args...)
	cmd.Dir = s.dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// order puts the packages most likely to kill a mutant of a file in the least
// time first, by what they did to mutants before it.
func (s *suite) order(m *Mutant) []*testPackage {
	s.mu.Lock()
	defer s.mu.Unlock()
	var order []*testPackage
	score := map[*testPackage]float64{}
	for _, p := range s.pkgs {
		if !p.deps[m.unit.ImportPath] {
			continue
		}
		order = append(order, p)
		score[p] = float64(p.kills[m.File]+1) / float64(p.tries[m.File]+2) / p.seconds
	}
	slices.SortStableFunc(order, func(a, b *testPackage) int {
		switch {
		case score[a] > score[b]:
			return -1
		case score[a] < score[b]:
			return 1
		}
		return 0
	})
	return order
}

// learn notes a run for order.
func (s *suite) learn(p *testPackage, m *Mutant, killed bool, wall time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.tries[m.File]++
	if killed {
		p.kills[m.File]++
	}
	p.seconds = (p.seconds*float64(p.runs) + wall.Seconds()) / float64(p.runs+1)
	p.runs++
}

// tail is the end of a long output.
func tail(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return strings.Join(lines[max(0, len(lines)-30):], "\n")
}

// overlay writes a mutant and the overlay file that puts it in place.
func (s *suite) overlay(m *Mutant, dir string) (string, error) {
	mutated := filepath.Join(dir, m.name)
	if err := os.WriteFile(mutated, m.splice.apply(m.unit.src[m.name]), 0o666); err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	text := fmt.Sprintf("{\"Replace\":{%q:%q}}\n", filepath.Join(m.unit.Dir, m.name), mutated)
	return file, os.WriteFile(file, []byte(text), 0o666)
}
