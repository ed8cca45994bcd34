package main

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"strconv"
	"strings"
)

// literal moves an integer or floating literal by one step.
func (g *generator) literal(n *ast.BasicLit, stack []ast.Node) {
	if n.Kind != token.INT && n.Kind != token.FLOAT {
		return
	}
	v, t := g.value(n), g.info.Types[n].Type
	if v == nil || t == nil {
		return
	}
	set := numericOf(t)
	if set == 0 { // untyped: ask those who use what it defines
		for _, c := range declared(g.info, stack) {
			set |= g.uses[c]
		}
	}
	if set == 0 && n.Kind == token.INT {
		set = asInt
	} else if set == 0 {
		set = asFloat32 | asFloat64
	}
	if set&asInt != 0 && n.Kind == token.INT {
		g.integer(n, v, stack)
		set &^= asInt
	}
	g.floating(n, v, set, stack)
}

// importedConstant moves a constant of another package where it is used.
func (g *generator) importedConstant(n *ast.SelectorExpr, stack []ast.Node) {
	c, ok := g.info.Uses[n.Sel].(*types.Const)
	if !ok {
		return
	}
	set := numericOf(g.info.Types[n].Type)
	if set == 0 {
		for _, d := range declared(g.info, stack) {
			set |= g.uses[d]
		}
	}
	_, enumerated := g.info.Types[n].Type.(*types.Named) // one more is just another name
	if set&asInt != 0 && !enumerated {
		g.add("int", n.Pos(), n.End(), "("+g.text(n)+" + 1)")
		g.add("int", n.Pos(), n.End(), "("+g.text(n)+" - 1)")
	}
	if c.Val().Kind() == constant.Float || c.Val().Kind() == constant.Int {
		g.floating(n, c.Val(), set&^asInt, stack)
	}
}

// integer moves an integer literal by one, unless op makes the same mutant, the
// type excludes it, or the value is only a capacity.
func (g *generator) integer(n *ast.BasicLit, v constant.Value, stack []ast.Node) {
	skipUp, skipDown := false, false
	switch p := parentOf(stack).(type) {
	case *ast.BinaryExpr:
		right := ast.Unparen(p.Y) == n
		switch p.Op {
		case token.LSS, token.GEQ: // x < 8+1 is x <= 8, 8-1 < x is 8 <= x
			skipUp, skipDown = right, !right
		case token.LEQ, token.GTR:
			skipUp, skipDown = !right, right
		}
	case *ast.UnaryExpr:
		if len(stack) > 1 && g.isInf(stack[len(stack)-2]) {
			return
		}
	case *ast.CallExpr:
		if g.isInf(p) {
			return
		}
		if id, ok := p.Fun.(*ast.Ident); ok && id.Name == "make" && len(p.Args) == 3 && p.Args[2] == n {
			return
		}
	case *ast.AssignStmt:
		// x += 1 in a loop's step must not become x += 0.
		skipDown = len(stack) > 1 && isStep(p, stack[:len(stack)-1]) && constant.Compare(v, token.EQL, constant.MakeInt64(1))
	}
	if b, ok := g.info.Types[n].Type.Underlying().(*types.Basic); ok && b.Info()&types.IsUnsigned != 0 && constant.Sign(v) == 0 {
		skipDown = true
	}
	one := constant.MakeInt64(1)
	if !skipUp {
		g.add("int", n.Pos(), n.End(), inBaseOf(n.Value, constant.BinaryOp(v, token.ADD, one)))
	}
	if !skipDown {
		g.add("int", n.Pos(), n.End(), inBaseOf(n.Value, constant.BinaryOp(v, token.SUB, one)))
	}
}

// isInf says whether a node is a call of math.Inf, which looks at a sign only.
func (g *generator) isInf(n ast.Node) bool {
	c, ok := n.(*ast.CallExpr)
	return ok && g.text(c.Fun) == "math.Inf" && g.isKnown(c.Fun)
}

// inBaseOf writes a value in hexadecimal or binary where the old literal did.
func inBaseOf(old string, v constant.Value) string {
	u, exact := constant.Uint64Val(v)
	switch prefix := strings.ToLower(old[:min(2, len(old))]); {
	case exact && prefix == "0x":
		return "0x" + strconv.FormatUint(u, 16)
	case exact && prefix == "0b":
		return "0b" + strconv.FormatUint(u, 2)
	}
	if constant.Sign(v) < 0 {
		return "(" + v.ExactString() + ")"
	}
	return v.ExactString()
}

// floating moves a constant by one step of each type it is used as. A zero that
// is not compared with is made 1: its neighbours are too small to matter.
func (g *generator) floating(n ast.Expr, v constant.Value, set numeric, stack []ast.Node) {
	if set&(asFloat32|asFloat64) == 0 {
		return
	}
	if constant.Sign(v) == 0 {
		p, ok := parentOf(stack).(*ast.BinaryExpr)
		if !ok || opposite[p.Op] == 0 {
			g.add("zero", n.Pos(), n.End(), "1.0")
			return
		}
	}
	single, _ := constant.Float32Val(v)
	double, _ := constant.Float64Val(v)
	up := math.Nextafter32(single, float32(math.Inf(1)))
	down := math.Nextafter32(single, float32(math.Inf(-1)))
	if set&asFloat32 != 0 {
		g.move("ulp32", n, float64(up), 32)
		g.move("ulp32", n, float64(down), 32)
	} else {
		g.move("ulp32", n, double+(float64(up)-float64(single)), 64)
	}
	if set&asFloat64 != 0 {
		g.move("ulp64", n, math.Nextafter(double, math.Inf(1)), 64)
		g.move("ulp64", n, math.Nextafter(double, math.Inf(-1)), 64)
	}
}

// move replaces a constant by the shortest literal of the given size for f.
func (g *generator) move(kind string, n ast.Expr, f float64, bits int) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return
	}
	s := strconv.FormatFloat(f, 'g', -1, bits)
	if !strings.ContainsAny(s, ".e") {
		s += ".0" // an integer literal might be divided as one
	}
	if f < 0 {
		s = "(" + s + ")"
	}
	g.add(kind, n.Pos(), n.End(), s)
}

// loopBounds moves the bounds in a loop condition. The direction that op makes
// by exchanging < and <= is left out.
func (g *generator) loopBounds(cond ast.Expr) {
	b, ok := cond.(*ast.BinaryExpr)
	if !ok {
		return
	}
	switch b.Op {
	case token.LAND, token.LOR:
		g.loopBounds(b.X)
		g.loopBounds(b.Y)
	case token.LSS, token.GEQ:
		g.bound(b.Y, -1)
	case token.LEQ, token.GTR:
		g.bound(b.Y, +1)
	case token.NEQ:
		g.bound(b.Y, -1, +1)
	}
}

// bound moves an integer expression that bounds a loop or a slice, unless it is
// a literal or ends in one: int moves those.
func (g *generator) bound(e ast.Expr, steps ...int) {
	if e == nil || g.basic(e)&types.IsInteger == 0 {
		return
	}
	switch x := ast.Unparen(e).(type) {
	case *ast.BasicLit:
		return
	case *ast.BinaryExpr:
		if lit, ok := x.Y.(*ast.BasicLit); ok && lit.Kind == token.INT && (x.Op == token.ADD || x.Op == token.SUB) {
			return
		}
	case *ast.SelectorExpr:
		if _, ok := g.info.Uses[x.Sel].(*types.Const); ok {
			return
		}
	}
	for _, s := range steps {
		op := "+"
		if s < 0 {
			op = "-"
		}
		g.add("bound", e.Pos(), e.End(), g.text(e)+op+"1")
	}
}
