package main

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

// candidate is a change that may or may not compile. The first of its options
// that does becomes the mutant.
type candidate struct {
	kind, function string
	pos            token.Pos
	local, generic bool // inside a function, a generic one
	lead           int  // for the body of an if: where the if begins
	options        []splice
}

// generator makes the candidates of one file.
type generator struct {
	unit       *unit
	name       string
	file       *ast.File
	src, bare  []byte // bare has its comments blanked
	info       *types.Info
	uses       map[types.Object]numeric
	kinds      map[string]bool
	candidates []candidate
	function   string
	local      bool
	generic    bool
	pos        token.Pos // where candidates are reported, if not where they begin
}

func newGenerator(u *unit, name string, info *types.Info, uses map[types.Object]numeric, kinds map[string]bool) *generator {
	g := &generator{unit: u, name: name, file: u.files[name], src: u.src[name], info: info, uses: uses, kinds: kinds}
	g.bare = append([]byte(nil), g.src...)
	for _, group := range g.file.Comments {
		for _, c := range group.List {
			start := u.offset(c.Pos())
			for i := start; i < start+len(c.Text) && i < len(g.bare); i++ {
				if g.bare[i] != '\n' {
					g.bare[i] = ' '
				}
			}
		}
	}
	return g
}

// walk visits every declaration of the file.
func (g *generator) walk() {
	for _, d := range g.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Body != nil {
				g.function, g.local, g.generic = functionName(d), true, isGeneric(d)
				g.visit(d.Body, d)
			}
		case *ast.GenDecl:
			if d.Tok == token.IMPORT {
				continue
			}
			for _, s := range d.Specs {
				g.function, g.local, g.generic = specName(s), false, false
				g.visit(s, d)
			}
		}
	}
}

// visit walks one declaration, handing each node to the kinds it may concern.
func (g *generator) visit(root, parent ast.Node) {
	ast.PreorderStack(root, []ast.Node{parent}, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			g.operators(n, stack)
			g.swapOperands(n, stack)
			g.fuse(n)
		case *ast.UnaryExpr:
			g.unary(n, stack)
		case *ast.BasicLit:
			g.literal(n, stack)
		case *ast.SelectorExpr:
			g.importedConstant(n, stack)
		case *ast.SliceExpr:
			for _, b := range []ast.Expr{n.Low, n.High, n.Max} {
				g.bound(b, -1, +1)
			}
		case *ast.CallExpr:
			if g.isMessage(n) {
				return false
			}
			g.calls(n)
			g.rounding(n, stack)
		case *ast.IfStmt:
			g.negate(n.Cond)
			g.ifBodies(n)
		case *ast.ForStmt:
			g.negate(n.Cond)
			g.loopBounds(n.Cond)
		case *ast.RangeStmt:
			g.bound(n.X, -1, +1)
		case *ast.AssignStmt:
			g.assignment(n, stack)
			g.fuseAssignment(n)
		case *ast.IncDecStmt:
			g.increment(n, stack)
		}
		if s, ok := n.(ast.Stmt); ok {
			g.dropStatement(s, stack)
		}
		return true
	})
}

// add records a candidate that replaces the source between two positions.
func (g *generator) add(kind string, from, to token.Pos, texts ...string) {
	g.addAt(kind, 0, from, to, texts...)
}

func (g *generator) addAt(kind string, lead int, from, to token.Pos, texts ...string) {
	if !g.kinds[kind] || len(texts) == 0 {
		return
	}
	pos := from
	if g.pos.IsValid() {
		pos = g.pos
	}
	c := candidate{kind: kind, function: g.function, pos: pos, local: g.local, generic: g.generic, lead: lead}
	for _, t := range texts {
		c.options = append(c.options, splice{g.unit.offset(from), g.unit.offset(to), t})
	}
	g.candidates = append(g.candidates, c)
}

// text is the source of a node.
func (g *generator) text(n ast.Node) string { return g.between(n.Pos(), n.End()) }

// between is the source between two positions.
func (g *generator) between(from, to token.Pos) string {
	return string(g.src[g.unit.offset(from):g.unit.offset(to)])
}

// value is the constant value of an expression, or nil.
func (g *generator) value(e ast.Expr) constant.Value { return g.info.Types[e].Value }

// basic is the set of basic properties of an expression's type.
func (g *generator) basic(e ast.Expr) types.BasicInfo {
	t := g.info.Types[e].Type
	if t == nil {
		return 0
	}
	if b, ok := t.Underlying().(*types.Basic); ok {
		return b.Info()
	}
	if kind := numericOf(t); kind&(asFloat32|asFloat64) != 0 {
		return types.IsFloat // a type parameter with floating types
	} else if kind&asInt != 0 {
		return types.IsInteger
	}
	return 0
}

// isMessage says whether a call only words a failure, which no test need check.
func (g *generator) isMessage(n *ast.CallExpr) bool {
	switch name := g.text(n.Fun); name {
	case "panic", "errors.New", "fmt.Errorf":
		return true
	default:
		return false
	}
}

// functionName is Name, or Type.Name for a method.
func functionName(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return d.Name.Name
	}
	t := d.Recv.List[0].Type
	for {
		switch e := t.(type) {
		case *ast.StarExpr:
			t = e.X
		case *ast.IndexExpr:
			t = e.X
		case *ast.IndexListExpr:
			t = e.X
		case *ast.ParenExpr:
			t = e.X
		case *ast.Ident:
			return e.Name + "." + d.Name.Name
		default:
			return d.Name.Name
		}
	}
}

// isGeneric says whether a function, or the type it is a method of, has type
// parameters.
func isGeneric(d *ast.FuncDecl) bool {
	if d.Type.TypeParams != nil || d.Recv == nil || len(d.Recv.List) == 0 {
		return d.Type.TypeParams != nil
	}
	generic := false
	ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.IndexExpr, *ast.IndexListExpr:
			generic = true
		}
		return !generic
	})
	return generic
}

// specName names a declaration outside functions by what it declares.
func specName(s ast.Spec) string {
	switch s := s.(type) {
	case *ast.ValueSpec:
		var names []string
		for _, n := range s.Names {
			names = append(names, n.Name)
		}
		return strings.Join(names, ",")
	case *ast.TypeSpec:
		return s.Name.Name
	}
	return "-"
}

// parentOf skips the parentheses around a node.
func parentOf(stack []ast.Node) ast.Node {
	for i := len(stack) - 1; i >= 0; i-- {
		if _, ok := stack[i].(*ast.ParenExpr); !ok {
			return stack[i]
		}
	}
	return nil
}
