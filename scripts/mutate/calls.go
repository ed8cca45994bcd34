package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// extremes pairs each minimum with its maximum.
var extremes = map[string]string{
	"min": "max", "max": "min", "math.Min": "math.Max", "math.Max": "math.Min",
}

// commutes lists calls of which the first so many arguments may be exchanged
// without effect.
var commutes = map[string]int{
	"min": 1 << 10, "max": 1 << 10, "math.Min": 2, "math.Max": 2, "math.Hypot": 2, "math.FMA": 2,
	"bits.Add": 2, "bits.Add32": 2, "bits.Add64": 2, "bits.Mul": 2, "bits.Mul32": 2, "bits.Mul64": 2,
}

// calls exchanges min and max, and neighbouring arguments of one type.
func (g *generator) calls(n *ast.CallExpr) {
	if g.info.Types[n.Fun].IsType() {
		return
	}
	name := g.text(n.Fun)
	if other := extremes[name]; other != "" && len(n.Args) > 1 && g.isKnown(n.Fun) {
		g.add("minmax", n.Fun.Pos(), n.Fun.End(), other)
	}
	free := 0
	if g.isKnown(n.Fun) {
		free = commutes[name]
	}
	for i, a := range n.Args {
		for j := i + 1; j < len(n.Args); j++ {
			b := n.Args[j]
			ta, tb := g.info.Types[a], g.info.Types[b]
			if ta.Type == nil || tb.Type == nil || ta.IsType() || tb.IsType() || !types.Identical(ta.Type, tb.Type) {
				continue
			}
			if j >= free && g.text(a) != g.text(b) {
				g.add("swap", a.Pos(), b.End(), g.text(b)+g.between(a.End(), b.Pos())+g.text(a))
			}
			break // the next of the same type is enough
		}
	}
}

// isKnown says whether a name means the builtin or the standard package's
// function, and not something local of the same name.
func (g *generator) isKnown(fun ast.Expr) bool {
	switch f := fun.(type) {
	case *ast.Ident:
		_, ok := g.info.Uses[f].(*types.Builtin)
		return ok
	case *ast.SelectorExpr:
		o := g.info.Uses[f.Sel]
		return o != nil && o.Pkg() != nil && slices.Contains([]string{"math", "math/bits"}, o.Pkg().Path())
	}
	return false
}

// rounding removes a floating conversion. One that changes no type matters only
// around a product that is then added to, which the compiler may fuse.
func (g *generator) rounding(n *ast.CallExpr, stack []ast.Node) {
	if len(n.Args) != 1 || !g.info.Types[n.Fun].IsType() || g.basic(n)&types.IsFloat == 0 || g.value(n) != nil {
		return
	}
	from, to := g.info.Types[n.Args[0]].Type, g.info.Types[n].Type
	if types.Identical(from, to) && !(g.isProduct(n.Args[0]) && isSummand(stack)) {
		return
	}
	g.add("round", n.Pos(), n.End(), g.between(n.Lparen, n.End()))
}

// isSummand says whether the innermost node of a stack adds to what is in it.
func isSummand(stack []ast.Node) bool {
	switch p := parentOf(stack).(type) {
	case *ast.BinaryExpr:
		return p.Op == token.ADD || p.Op == token.SUB
	case *ast.AssignStmt:
		return p.Tok == token.ADD_ASSIGN || p.Tok == token.SUB_ASSIGN
	}
	return false
}

func (g *generator) isProduct(e ast.Expr) bool {
	b, ok := ast.Unparen(e).(*ast.BinaryExpr)
	return ok && b.Op == token.MUL && g.value(b) == nil
}

// product finds the factors of a*b or of the conversion T(a*b) of the same type.
func (g *generator) product(e ast.Expr) (a, b ast.Expr, ok bool) {
	e = ast.Unparen(e)
	if c, isCall := e.(*ast.CallExpr); isCall && len(c.Args) == 1 && g.info.Types[c.Fun].IsType() &&
		types.Identical(g.info.Types[c].Type, g.info.Types[c.Args[0]].Type) {
		e = ast.Unparen(c.Args[0])
	}
	if !g.isProduct(e) {
		return nil, nil, false
	}
	m := e.(*ast.BinaryExpr)
	return m.X, m.Y, true
}

// fuse computes a sum with a product in it with one rounding, as a compiler that
// fuses would: this platform's may not, so removing the conversion is not enough.
func (g *generator) fuse(n *ast.BinaryExpr) {
	if n.Op != token.ADD && n.Op != token.SUB || g.value(n) != nil {
		return
	}
	if a, b, ok := g.product(n.X); ok {
		g.add("fuse", n.Pos(), n.End(), g.fused(n, a, b, n.Y, false, n.Op == token.SUB)...)
	} else if a, b, ok := g.product(n.Y); ok {
		g.add("fuse", n.Pos(), n.End(), g.fused(n, a, b, n.X, n.Op == token.SUB, false)...)
	}
}

// fuseAssignment does the same for x += a*b and x -= a*b.
func (g *generator) fuseAssignment(n *ast.AssignStmt) {
	if n.Tok != token.ADD_ASSIGN && n.Tok != token.SUB_ASSIGN {
		return
	}
	a, b, ok := g.product(n.Rhs[0])
	if !ok {
		return
	}
	x := n.Lhs[0]
	var texts []string
	for _, f := range g.fused(x, a, b, x, n.Tok == token.SUB_ASSIGN, false) {
		texts = append(texts, g.text(x)+" = "+f)
	}
	g.add("fuse", n.Pos(), n.End(), texts...)
}

// fused writes ±(a*b) ± c of whole's type. For float32 the product is exact in
// float64, so no import is needed; for float64 it takes math.FMA.
func (g *generator) fused(whole, a, b, c ast.Expr, minusProduct, minusC bool) []string {
	var wrap func(ast.Expr) string
	var format string
	switch t := g.info.Types[whole].Type; {
	case t == types.Typ[types.Float32]:
		wrap = func(e ast.Expr) string {
			if g.value(e) != nil {
				return "float64(float32(" + g.text(e) + "))"
			}
			return "float64(" + g.text(e) + ")"
		}
		format = "float32(%s*%s + %s)"
	case t == types.Typ[types.Float64]:
		wrap = func(e ast.Expr) string { return "(" + g.text(e) + ")" }
		format = "math.FMA(%s, %s, %s)"
	default:
		return nil
	}
	sign := func(minus bool, s string) string {
		if minus {
			return "-" + s
		}
		return s
	}
	return []string{fmt.Sprintf(format, sign(minusProduct, wrap(a)), wrap(b), sign(minusC, wrap(c)))}
}
