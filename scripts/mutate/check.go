package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
)

// check type-checks the package with its own sources.
func (u *unit) check() (*types.Info, error) {
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{},
		Uses:  map[*ast.Ident]types.Object{},
		Defs:  map[*ast.Ident]types.Object{},
	}
	var files []*ast.File
	for _, name := range u.GoFiles {
		files = append(files, u.files[name])
	}
	conf := u.conf
	_, err := conf.Check(u.ImportPath, u.fset, files, info)
	return info, err
}

// compiles says whether the package still type-checks with one file replaced.
// A change inside a function cannot harm other files, so their function bodies
// are left out, and what is reported about them ignored: most of the time spent
// otherwise would go there.
func (u *unit) compiles(name string, src []byte, local bool) bool {
	fset := u.fset
	path := filepath.Join(u.Dir, name)
	mutated, err := parser.ParseFile(fset, path, src, parser.SkipObjectResolution)
	if err != nil {
		return false
	}
	files := []*ast.File{mutated}
	for _, other := range u.GoFiles {
		switch {
		case other == name:
		case local:
			files = append(files, withoutBodies(u.files[other]))
		default:
			files = append(files, u.files[other])
		}
	}
	ok := true
	conf := u.conf
	conf.Error = func(err error) {
		e, typed := err.(types.Error)
		if !typed || !local || fset.PositionFor(e.Pos, false).Filename == path {
			ok = false
		}
	}
	_, _ = conf.Check(u.ImportPath, fset, files, nil) // conf.Error has seen it
	return ok
}

// withoutBodies copies a file's declarations and leaves out function bodies.
func withoutBodies(f *ast.File) *ast.File {
	c := *f
	c.Decls = make([]ast.Decl, len(f.Decls))
	for i, d := range f.Decls {
		c.Decls[i] = d
		if fn, ok := d.(*ast.FuncDecl); ok {
			short := *fn
			short.Body = nil
			c.Decls[i] = &short
		}
	}
	return &c
}

// offset is the byte offset of a position in its file.
func (u *unit) offset(p token.Pos) int { return u.fset.PositionFor(p, false).Offset }
