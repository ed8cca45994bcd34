package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// errHelp says that the usage text was asked for and has been printed.
var errHelp = errors.New("help")

// kindNames lists every kind of mutant in the order of the documentation.
var kindNames = strings.Fields("op ulp32 ulp64 zero int bound drop swap neg minus minmax round fuse nan")

// options holds the command line.
type options struct {
	dir, pkg, run, tags, kindList, shard string
	expect, propose, json, only          string
	edits, gen, cmd                      string
	jobs, sample, memory                 int
	seed                                 uint64
	timeout                              time.Duration
	list                                 bool

	shardIndex, shardCount int
	kinds                  map[string]bool
	files, extra           []string
}

// parseOptions reads the command line. Everything after "--" goes to go test.
func parseOptions(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	if i := slices.Index(args, "--"); i >= 0 {
		args, o.extra = args[:i], args[i+1:]
	}
	f := flag.NewFlagSet("mutate", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&o.dir, "C", ".", "directory to work in; other paths are relative to it")
	f.StringVar(&o.pkg, "pkg", "", "package patterns whose tests must notice, separated by commas or spaces")
	f.StringVar(&o.run, "run", "", "go test's -run")
	f.StringVar(&o.tags, "tags", "", "build tags")
	f.StringVar(&o.kindList, "kinds", "", "kinds of mutant, separated by commas (default all but nan)")
	f.StringVar(&o.shard, "shard", "", "i/n: only the i-th of n parts, from 1")
	f.StringVar(&o.expect, "expect", "", "file of argued survivors")
	f.StringVar(&o.only, "only", "", "only the mutants that this file lists, as -propose writes it")
	f.StringVar(&o.propose, "propose", "", "write lines for -expect to this file")
	f.StringVar(&o.json, "json", "", "write the results to this file")
	f.StringVar(&o.edits, "edits", "", "file of hand-written edits, instead of FILE.go ...")
	f.StringVar(&o.gen, "gen", "", "with -edits: shell command that regenerates; must succeed")
	f.StringVar(&o.cmd, "cmd", "", "with -edits: shell command that must fail")
	f.IntVar(&o.jobs, "jobs", min(2, runtime.NumCPU()), "mutants tried at a time")
	f.IntVar(&o.sample, "sample", 0, "only this many mutants, drawn by -seed")
	f.IntVar(&o.memory, "memory", 4096, "MiB of data a test may hold, 0 for no limit (Linux only, not with -race)")
	f.Uint64Var(&o.seed, "seed", 1, "seed of -sample")
	f.DurationVar(&o.timeout, "timeout", 0, "time limit of one package's tests (default 10 times the baseline, at least 10s)")
	f.BoolVar(&o.list, "list", false, "print the mutants and run nothing")
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(stderr, "usage: mutate -pkg PATTERNS [flags] FILE.go ... [-- go test arguments]")
			f.SetOutput(stderr)
			f.PrintDefaults()
			return nil, errHelp
		}
		return nil, fmt.Errorf("%w (-h lists the flags)", err)
	}
	o.files = f.Args()
	return o, o.check()
}

// check refuses command lines that make no sense together.
func (o *options) check() error {
	for _, file := range o.files {
		if strings.HasPrefix(file, "-") {
			return fmt.Errorf("%s: flags go before the files", file)
		}
	}
	switch {
	case o.jobs < 1:
		return fmt.Errorf("-jobs %d: must be at least 1", o.jobs)
	case o.sample < 0 || o.memory < 0 || o.timeout < 0:
		return errors.New("-sample, -memory and -timeout cannot be negative")
	case o.edits != "" && len(o.files) > 0:
		return errors.New("-edits names its own files; give no others")
	case o.edits != "" && (o.list || o.sample > 0 || o.shard != "" || o.pkg != "" ||
		o.expect != "" || o.only != "" || o.propose != "" || o.kindList != "" || o.run != "" || o.tags != "" || len(o.extra) > 0):
		return errors.New("-edits goes only with -C, -cmd, -gen, -jobs, -json and -timeout")
	case o.edits != "" && o.cmd == "":
		return errors.New("-edits needs -cmd")
	case o.edits == "" && (o.cmd != "" || o.gen != ""):
		return errors.New("-cmd and -gen go with -edits")
	case o.edits == "" && len(o.files) == 0:
		return errors.New("no files given (-h lists the flags)")
	case o.edits == "" && !o.list && o.pkg == "":
		return errors.New("-pkg is needed: the packages whose tests must notice")
	}
	o.kinds = map[string]bool{}
	for _, k := range kindNames {
		o.kinds[k] = o.kindList == "" && k != "nan"
	}
	for k := range strings.SplitSeq(o.kindList, ",") {
		if k != "" && !slices.Contains(kindNames, k) {
			return fmt.Errorf("-kinds: unknown kind %q; there are %s", k, strings.Join(kindNames, ", "))
		} else if k != "" {
			o.kinds[k] = true
		}
	}
	o.shardIndex, o.shardCount = 1, 1
	if o.shard != "" {
		var rest string
		n, _ := fmt.Sscanf(o.shard+" .", "%d/%d %s", &o.shardIndex, &o.shardCount, &rest)
		if n != 3 || rest != "." || o.shardIndex < 1 || o.shardIndex > o.shardCount {
			return fmt.Errorf("-shard %s: want i/n with 1 <= i <= n", o.shard)
		}
	}
	for _, p := range []*string{&o.expect, &o.only, &o.propose, &o.json, &o.edits} {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(o.dir, *p)
		}
	}
	return nil
}

// choose applies -sample and then -shard, keeping source order.
func (o *options) choose(all []*Mutant) []*Mutant {
	picked := make([]int, len(all))
	for i := range picked {
		picked[i] = i
	}
	if o.sample > 0 && o.sample < len(all) {
		r := rand.New(rand.NewPCG(o.seed, 0))
		r.Shuffle(len(picked), func(i, j int) { picked[i], picked[j] = picked[j], picked[i] })
		picked = picked[:o.sample]
		slices.Sort(picked)
	}
	var chosen []*Mutant
	for n, i := range picked {
		if n%o.shardCount == o.shardIndex-1 {
			chosen = append(chosen, all[i])
		}
	}
	return chosen
}
