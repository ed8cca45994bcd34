package main

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// exchanges gives the plausible slips for each operator.
var exchanges = map[token.Token][]token.Token{
	token.ADD: {token.SUB}, token.SUB: {token.ADD},
	token.MUL: {token.QUO, token.ADD}, token.QUO: {token.MUL}, token.REM: {token.QUO},
	token.SHL: {token.SHR}, token.SHR: {token.SHL},
	token.AND: {token.OR, token.AND_NOT}, token.OR: {token.AND},
	token.XOR: {token.OR, token.AND}, token.AND_NOT: {token.AND},
	token.LSS: {token.LEQ, token.GEQ}, token.LEQ: {token.LSS, token.GTR},
	token.GTR: {token.GEQ, token.LEQ}, token.GEQ: {token.GTR, token.LSS},
	token.EQL: {token.NEQ}, token.NEQ: {token.EQL},
	token.LAND: {token.LOR}, token.LOR: {token.LAND},
}

// opposite gives the negation of each comparison, but for NaN.
var opposite = map[token.Token]token.Token{
	token.LSS: token.GEQ, token.LEQ: token.GTR, token.GTR: token.LEQ, token.GEQ: token.LSS,
	token.EQL: token.NEQ, token.NEQ: token.EQL,
}

// assigned gives the operator of each operator assignment.
var assigned = map[token.Token]token.Token{
	token.ADD_ASSIGN: token.ADD, token.SUB_ASSIGN: token.SUB, token.MUL_ASSIGN: token.MUL,
	token.QUO_ASSIGN: token.QUO, token.REM_ASSIGN: token.REM, token.SHL_ASSIGN: token.SHL,
	token.SHR_ASSIGN: token.SHR, token.AND_ASSIGN: token.AND, token.OR_ASSIGN: token.OR,
	token.XOR_ASSIGN: token.XOR, token.AND_NOT_ASSIGN: token.AND_NOT,
}

// operators exchanges a binary operator, keeping the grouping of the operands.
func (g *generator) operators(n *ast.BinaryExpr, stack []ast.Node) {
	g.pos = n.OpPos
	defer func() { g.pos = token.NoPos }()
	for _, op := range exchanges[n.Op] {
		if !g.sameResult(n.Op, op, n.Y) && !g.isString(n) {
			g.add("op", n.Pos(), n.End(), g.render(n, n.X, op, n.Y, stack))
		}
	}
	if op, ok := opposite[n.Op]; ok && g.basic(n.X)&types.IsFloat != 0 && g.value(n) == nil && op != token.NEQ && op != token.EQL {
		g.add("nan", n.Pos(), n.End(), "!("+g.render(n, n.X, op, n.Y, nil)+")")
	}
}

// render writes X op Y in place of n, with the parentheses that keep X, Y and
// the whole together.
func (g *generator) render(n *ast.BinaryExpr, x ast.Expr, op token.Token, y ast.Expr, stack []ast.Node) string {
	xs, ys := g.text(x), g.text(y)
	if b, ok := x.(*ast.BinaryExpr); ok && b.Op.Precedence() < op.Precedence() {
		xs = "(" + xs + ")"
	}
	if b, ok := y.(*ast.BinaryExpr); ok && b.Op.Precedence() <= op.Precedence() {
		ys = "(" + ys + ")"
	}
	// What stands around the operator, line ends included, stays.
	out := xs + g.between(n.X.End(), n.OpPos) + op.String() + g.between(n.OpPos+token.Pos(len(n.Op.String())), n.Y.Pos()) + ys
	if len(stack) > 0 {
		if _, ok := stack[len(stack)-1].(*ast.BinaryExpr); ok && op.Precedence() < n.Op.Precedence() {
			return "(" + out + ")"
		}
	}
	return out
}

// sameResult says whether x op y and x other y, for any x, are plainly equal.
func (g *generator) sameResult(op, other token.Token, y ast.Expr) bool {
	c := g.value(y)
	if c == nil || c.Kind() != constant.Int && c.Kind() != constant.Float {
		return false
	}
	one := constant.MakeInt64(1)
	pair := func(a, b token.Token) bool { return op == a && other == b || op == b && other == a }
	switch {
	case pair(token.ADD, token.SUB), pair(token.SHL, token.SHR):
		return constant.Sign(c) == 0
	case pair(token.MUL, token.QUO):
		return constant.Compare(c, token.EQL, one) || constant.Compare(c, token.EQL, constant.UnaryOp(token.SUB, one, 0))
	}
	return false
}

func (g *generator) isString(e ast.Expr) bool { return g.basic(e)&types.IsString != 0 }

// swapOperands exchanges the operands of an operator that is not commutative.
func (g *generator) swapOperands(n *ast.BinaryExpr, stack []ast.Node) {
	switch n.Op {
	case token.SUB, token.QUO, token.REM, token.SHL, token.SHR, token.AND_NOT:
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		if loop, ok := parentOf(stack).(*ast.ForStmt); ok && loop.Cond == n {
			return // the loop is never entered: op has made that mutant
		}
	case token.ADD:
		if !g.isString(n) {
			return
		}
	default:
		return
	}
	if g.text(n.X) != g.text(n.Y) {
		g.pos = n.OpPos
		defer func() { g.pos = token.NoPos }()
		g.add("swap", n.Pos(), n.End(), g.render(n, n.Y, n.Op, n.X, nil))
	}
}

// unary removes the operator of -x and ^x (minus) and of !x (neg).
func (g *generator) unary(n *ast.UnaryExpr, stack []ast.Node) {
	kind := map[token.Token]string{token.SUB: "minus", token.XOR: "minus", token.NOT: "neg"}[n.Op]
	if kind == "" {
		return
	}
	if v := g.value(n.X); v != nil && n.Op == token.SUB && constant.Sign(v) == 0 {
		return
	}
	text := g.text(n.X)
	if len(stack) > 0 {
		if p, ok := stack[len(stack)-1].(*ast.BinaryExpr); ok && p.Op == token.QUO && p.Y == n {
			text = " " + text // never form a comment out of a division
		}
	}
	g.add(kind, n.Pos(), n.End(), text)
}

// negate turns a condition round. Bare comparisons and !x are left to op and
// unary, which make the same mutant.
func (g *generator) negate(cond ast.Expr) {
	if cond == nil {
		return
	}
	switch c := ast.Unparen(cond).(type) {
	case *ast.BinaryExpr:
		if opposite[c.Op] != 0 {
			return
		}
	case *ast.UnaryExpr:
		if c.Op == token.NOT {
			return
		}
	}
	g.add("neg", cond.Pos(), cond.End(), "!("+g.text(cond)+")")
}

// assignment exchanges the operator of an operator assignment.
func (g *generator) assignment(n *ast.AssignStmt, stack []ast.Node) {
	op, ok := assigned[n.Tok]
	if !ok || isStep(n, stack) || g.isString(n.Lhs[0]) {
		return
	}
	for _, other := range exchanges[op] {
		if !g.sameResult(op, other, n.Rhs[0]) {
			g.add("op", n.TokPos, n.TokPos+token.Pos(len(n.Tok.String())), other.String()+"=")
		}
	}
}

// increment exchanges ++ and --, and doubles the step of a loop: a loop that
// steps the wrong way or not at all only costs time to be noticed.
func (g *generator) increment(n *ast.IncDecStmt, stack []ast.Node) {
	to, twice := "--", "+= 2"
	if n.Tok == token.DEC {
		to, twice = "++", "-= 2"
	}
	if isStep(n, stack) {
		g.add("int", n.TokPos, n.End(), " "+twice)
		return
	}
	g.add("op", n.TokPos, n.End(), to)
}

// isStep says whether a statement is the post statement of a for.
func isStep(s ast.Stmt, stack []ast.Node) bool {
	if len(stack) == 0 {
		return false
	}
	loop, ok := stack[len(stack)-1].(*ast.ForStmt)
	return ok && loop.Post == s
}
