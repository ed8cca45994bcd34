package main

import (
	"go/ast"
	"go/token"
	"strings"
)

// dropStatement leaves out a statement that stands in a list of statements.
func (g *generator) dropStatement(s ast.Stmt, stack []ast.Node) {
	list, after := siblings(s, stack)
	if list == nil {
		return
	}
	last := len(after) == 0
	owner := ast.Node(nil)
	if len(stack) > 1 {
		owner = stack[len(stack)-2]
	}
	switch s := s.(type) {
	case *ast.AssignStmt:
		options := []string{g.blank(s.Pos(), s.End())}
		// If leaving it out leaves a variable or an import unused, keep the
		// right side, unless that is all the statement did.
		if s.Tok != token.DEFINE && len(s.Lhs) == 1 && len(s.Rhs) == 1 && g.text(s.Lhs[0]) != "_" {
			options = append(options, "_ = "+g.text(s.Rhs[0]))
		}
		if g.text(s.Lhs[0]) == "_" && len(s.Lhs) == 1 {
			if _, call := s.Rhs[0].(*ast.CallExpr); !call {
				return // such as the bounds check _ = x[7], which changes no result
			}
		}
		g.add("drop", s.Pos(), s.End(), options...)
	case *ast.ExprStmt, *ast.IncDecStmt, *ast.DeferStmt, *ast.GoStmt, *ast.SendStmt:
		g.add("drop", s.Pos(), s.End(), g.blank(s.Pos(), s.End()))
	case *ast.ReturnStmt:
		if _, whole := owner.(*ast.FuncDecl); last && (whole || isFuncLit(owner)) {
			return // missing, or needless
		}
		g.add("drop", s.Pos(), s.End(), g.blank(s.Pos(), s.End()))
	case *ast.BranchStmt:
		_, loop := owner.(*ast.ForStmt)
		_, ranged := owner.(*ast.RangeStmt)
		_, inCase := stack[len(stack)-1].(*ast.CaseClause)
		if last && s.Label == nil && (s.Tok == token.CONTINUE && (loop || ranged) || s.Tok == token.BREAK && inCase) {
			return
		}
		if s.Tok != token.GOTO {
			g.add("drop", s.Pos(), s.End(), g.blank(s.Pos(), s.End()))
		}
	}
}

// siblings returns the list of statements that s is in and those after it; both
// are nil where s stands elsewhere, such as in the head of a for.
func siblings(s ast.Stmt, stack []ast.Node) (list, after []ast.Stmt) {
	if len(stack) == 0 {
		return nil, nil
	}
	switch p := stack[len(stack)-1].(type) {
	case *ast.BlockStmt:
		list = p.List
	case *ast.CaseClause:
		list = p.Body
	case *ast.CommClause:
		list = p.Body
	}
	for i := range list {
		if list[i] == s {
			return list, list[i+1:]
		}
	}
	return nil, nil
}

func isFuncLit(n ast.Node) bool {
	_, ok := n.(*ast.FuncLit)
	return ok
}

// ifBodies empties the body of an if, and of its else, unless leaving out its
// only statement makes that mutant.
func (g *generator) ifBodies(n *ast.IfStmt) {
	if len(n.Body.List) > 1 {
		g.addAt("drop", g.unit.offset(n.Pos()), n.Body.Pos(), n.Body.End(), "{"+g.blank(n.Body.Pos(), n.Body.End())+"}")
	}
	if e, ok := n.Else.(*ast.BlockStmt); ok && len(e.List) > 1 {
		g.addAt("drop", g.unit.offset(n.Body.Rbrace), e.Pos(), e.End(), "{"+g.blank(e.Pos(), e.End())+"}")
	}
}

// blank is as many line ends as the source between two positions has, so that
// later lines keep their numbers.
func (g *generator) blank(from, to token.Pos) string {
	return strings.Repeat("\n", strings.Count(g.between(from, to), "\n"))
}
