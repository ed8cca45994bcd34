package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// listed is what is used of go list's description of a package.
type listed struct {
	Dir, ImportPath, Export                         string
	GoFiles, CgoFiles, TestGoFiles, XTestGoFiles    []string
	IgnoredGoFiles, Deps, TestImports, XTestImports []string
	DepOnly                                         bool
	Module                                          *struct{ GoVersion string }
}

// unit is a package with files to mutate.
type unit struct {
	listed
	root   string
	fset   *token.FileSet
	conf   types.Config
	files  map[string]*ast.File // by base name
	src    map[string][]byte
	mutate []string // base names of the files to mutate, in the order given
}

// goCommand runs the go command in dir and returns its standard output.
func goCommand(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, bytes.TrimSpace(errOut.Bytes()))
	}
	return out, nil
}

// goList runs go list and decodes the packages it prints.
func goList(ctx context.Context, opts *options, args ...string) ([]listed, error) {
	fields := "-json=Dir,ImportPath,Export,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,IgnoredGoFiles,Deps,TestImports,XTestImports,DepOnly,Module"
	out, err := goCommand(ctx, opts.dir, slices.Concat([]string{"list", fields, "-tags=" + opts.tags}, args)...)
	if err != nil {
		return nil, err
	}
	var pkgs []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		pkgs = append(pkgs, p)
	}
}

// moduleRoot returns the directory of the module that holds dir.
func moduleRoot(ctx context.Context, dir string) (string, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return "", fmt.Errorf("%s: no such directory", dir)
	}
	out, err := goCommand(ctx, dir, "env", "GOMOD")
	if err != nil {
		return "", err
	}
	mod := strings.TrimSpace(string(out))
	if mod == "" || mod == os.DevNull {
		return "", fmt.Errorf("%s is not inside a Go module", dir)
	}
	return filepath.EvalSymlinks(filepath.Dir(mod))
}

// locate checks one file argument and returns its path inside the module.
func locate(root, dir, file string) (string, error) {
	path := file
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	abs, err := filepath.Abs(path)
	if err == nil {
		abs, err = filepath.EvalSymlinks(abs)
	}
	if err != nil {
		return "", fmt.Errorf("%s: no such file", file)
	}
	rel, err := filepath.Rel(root, abs)
	info, statErr := os.Stat(abs)
	switch {
	case err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)):
		return "", fmt.Errorf("%s: outside the module at %s", file, root)
	case statErr != nil || info.IsDir() || !strings.HasSuffix(abs, ".go"):
		return "", fmt.Errorf("%s: not a Go file", file)
	case strings.HasSuffix(abs, "_test.go"):
		return "", fmt.Errorf("%s: tests are not mutated", file)
	}
	return rel, nil
}

// load parses and type-checks the packages of the files to mutate.
func load(ctx context.Context, opts *options) ([]*unit, error) {
	root, err := moduleRoot(ctx, opts.dir)
	if err != nil {
		return nil, err
	}
	wanted := map[string][]string{} // directory to base names
	var dirs []string
	for _, file := range opts.files {
		rel, err := locate(root, opts.dir, file)
		if err != nil {
			return nil, err
		}
		dir, base := filepath.Join(root, filepath.Dir(rel)), filepath.Base(rel)
		if wanted[dir] == nil {
			dirs = append(dirs, dir)
		}
		if slices.Contains(wanted[dir], base) {
			return nil, fmt.Errorf("%s: given twice", file)
		}
		wanted[dir] = append(wanted[dir], base)
	}
	pkgs, err := goList(ctx, opts, slices.Concat([]string{"-export", "-deps"}, dirs)...)
	if err != nil {
		return nil, err
	}
	exports := map[string]string{}
	for _, p := range pkgs {
		exports[p.ImportPath] = p.Export
	}
	var units []*unit
	for _, p := range pkgs {
		if p.DepOnly {
			continue
		}
		if real, err := filepath.EvalSymlinks(p.Dir); err == nil {
			p.Dir = real
		}
		u := &unit{listed: p, root: root, fset: token.NewFileSet(), mutate: wanted[p.Dir]}
		if err := u.parse(exports); err != nil {
			return nil, err
		}
		units = append(units, u)
	}
	// go list sorts by dependency; the caller's order is easier to follow.
	slices.SortStableFunc(units, func(a, b *unit) int {
		return slices.Index(dirs, a.Dir) - slices.Index(dirs, b.Dir)
	})
	return units, nil
}

// parse reads the files of the package and prepares its type checker.
func (u *unit) parse(exports map[string]string) error {
	u.files, u.src = map[string]*ast.File{}, map[string][]byte{}
	for _, name := range u.mutate {
		switch {
		case slices.Contains(u.CgoFiles, name) || len(u.CgoFiles) > 0:
			return fmt.Errorf("%s: packages that use cgo are not supported", filepath.Join(u.Dir, name))
		case !slices.Contains(u.GoFiles, name):
			return fmt.Errorf("%s: not part of the build here (build constraints; see -tags)", filepath.Join(u.Dir, name))
		}
	}
	for _, name := range u.GoFiles {
		src, err := os.ReadFile(filepath.Join(u.Dir, name))
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(u.fset, filepath.Join(u.Dir, name), src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		u.files[name], u.src[name] = f, src
	}
	arch := runtime.GOARCH
	if a := os.Getenv("GOARCH"); a != "" {
		arch = a
	}
	u.conf.Sizes = types.SizesFor("gc", arch)
	if u.Module != nil && u.Module.GoVersion != "" {
		u.conf.GoVersion = "go" + u.Module.GoVersion
	}
	u.conf.Importer = importer.ForCompiler(u.fset, "gc", func(path string) (io.ReadCloser, error) {
		file := exports[path]
		if file == "" {
			return nil, fmt.Errorf("no export data for %s", path)
		}
		return os.Open(file)
	})
	return nil
}
