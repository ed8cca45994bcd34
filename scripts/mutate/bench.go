package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// bench holds copies of the module to edit: one to copy from, and one for each
// job that keeps its path, since the build cache goes by path.
type bench struct {
	opts     *options
	tmp      string
	baseline time.Duration
	limit    time.Duration
	outcome  map[string][32]byte // the tree after an unmodified -gen
	files    []string            // of the module, to copy
}

// newBench copies the module.
func newBench(ctx context.Context, opts *options) (*bench, error) {
	root, err := moduleRoot(ctx, opts.dir)
	if err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return nil, err
	}
	b := &bench{opts: opts, tmp: tmp}
	if b.files, err = moduleFiles(ctx, root); err == nil {
		err = copyFiles(root, b.pristine(), b.files)
	}
	if err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bench) close()           { os.RemoveAll(b.tmp) }
func (b *bench) pristine() string { return filepath.Join(b.tmp, "pristine") }

// rehearse checks that an edit applies.
func (b *bench) rehearse(e *Edit) error {
	dir := filepath.Join(b.tmp, "rehearsal")
	defer os.RemoveAll(dir)
	for _, f := range b.files {
		if filepath.ToSlash(f) == e.File {
			if err := copyFiles(b.pristine(), dir, []string{f}); err != nil {
				return err
			}
		}
	}
	return e.apply(dir)
}

// fresh makes the copy of one job anew.
func (b *bench) fresh(job int) (string, error) {
	dir := filepath.Join(b.tmp, "job"+strconv.Itoa(job))
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	return dir, copyFiles(b.pristine(), dir, b.files)
}

// runBaseline regenerates and tests without an edit, in each job's copy: the
// first build in each is slow and must not count against an edit.
func (b *bench) runBaseline(ctx context.Context) error {
	for job := range b.opts.jobs {
		dir, err := b.fresh(job)
		if err != nil {
			return err
		}
		start := time.Now()
		if b.opts.gen != "" {
			if out, err := shell(ctx, dir, b.opts.gen); err != nil {
				return fmt.Errorf("-gen fails without an edit: %w\n%s", err, tail(out))
			}
		}
		if b.outcome, err = digest(dir); err != nil {
			return err
		}
		if out, err := shell(ctx, dir, b.opts.cmd); err != nil {
			return fmt.Errorf("-cmd fails without an edit: %w\n%s", err, tail(out))
		}
		b.baseline = max(b.baseline, time.Since(start))
	}
	if b.limit = b.opts.timeout; b.limit == 0 {
		b.limit = max(10*b.baseline, time.Minute)
	}
	return nil
}

// try applies one edit, regenerates and tests.
func (b *bench) try(ctx context.Context, e *Edit, job int) error {
	start := time.Now()
	defer func() { e.Seconds = time.Since(start).Seconds() }()
	dir, err := b.fresh(job)
	if err != nil {
		return err
	}
	if err := e.apply(dir); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, b.limit)
	defer cancel()
	if b.opts.gen != "" {
		if e.output, err = shell(limited, dir, b.opts.gen); err != nil {
			e.Status = "broken"
			return ctx.Err()
		}
		after, err := digest(dir)
		if err != nil {
			return err
		}
		after[e.File] = b.outcome[e.File]
		if maps.Equal(after, b.outcome) {
			e.Status = "unchanged"
			return nil
		}
	}
	e.output, err = shell(limited, dir, b.opts.cmd)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case limited.Err() != nil:
		e.Status = "killed (timeout)"
	case err != nil:
		e.Status = "killed"
	case e.Argued != "":
		e.Status = "argued"
	default:
		e.Status = "survived"
	}
	return nil
}

// shell runs a command line and returns its output.
func shell(ctx context.Context, dir, line string) (string, error) {
	cmd := command(ctx, "sh", "-c", line)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// moduleFiles lists the files of the module: what git tracks or would add, or
// everything but .git where git does not help.
func moduleFiles(ctx context.Context, root string) ([]string, error) {
	cmd := exec.CommandContext(ctx, "git", "ls-files", "-z", "-co", "--exclude-standard")
	cmd.Dir = root
	if out, err := cmd.Output(); err == nil && len(out) > 0 {
		var files []string
		for f := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
			if info, err := os.Lstat(filepath.Join(root, f)); err == nil && info.Mode().IsRegular() {
				files = append(files, f)
			}
		}
		return files, nil
	}
	return tree(root)
}

// tree lists the regular files below a directory, but for .git.
func tree(root string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == ".git" {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() {
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			files = append(files, rel)
		}
		return nil
	})
	return files, err
}

// copyFiles copies files from one directory to another.
func copyFiles(from, to string, files []string) error {
	if len(files) == 0 {
		return errors.New("the module has no files")
	}
	for _, f := range files {
		source := filepath.Join(from, f)
		info, err := os.Stat(source)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(source)
		if err != nil {
			return err
		}
		target := filepath.Join(to, f)
		if err := os.MkdirAll(filepath.Dir(target), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(target, data, info.Mode().Perm()|0o200); err != nil {
			return err
		}
	}
	return nil
}

// digest sums up each file below a directory.
func digest(root string) (map[string][32]byte, error) {
	files, err := tree(root)
	if err != nil {
		return nil, err
	}
	sums := map[string][32]byte{}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(root, f))
		if err != nil {
			return nil, err
		}
		sums[filepath.ToSlash(f)] = sha256.Sum256(data)
	}
	return sums, nil
}
