package main

import (
	"go/ast"
	"go/types"
)

// numeric is the set of number types that a constant is used as.
type numeric int

const (
	asInt numeric = 1 << iota
	asFloat32
	asFloat64
)

// numericOf is the set for a type: one for a plain type, several for a type
// parameter, none where the type does not say (an untyped constant).
func numericOf(t types.Type) numeric {
	if p, ok := t.(*types.TypeParam); ok {
		constraint, _ := p.Constraint().Underlying().(*types.Interface)
		return numericOfTerms(constraint)
	}
	b, ok := t.Underlying().(*types.Basic)
	switch {
	case !ok || b.Info()&types.IsUntyped != 0:
		return 0
	case b.Kind() == types.Float32:
		return asFloat32
	case b.Kind() == types.Float64:
		return asFloat64
	case b.Info()&types.IsInteger != 0:
		return asInt
	}
	return 0
}

// numericOfTerms is the union over the types that a constraint lists.
func numericOfTerms(i *types.Interface) (set numeric) {
	if i == nil {
		return 0
	}
	for n := range i.NumEmbeddeds() {
		switch t := types.Unalias(i.EmbeddedType(n)).(type) {
		case *types.Union:
			for k := range t.Len() {
				set |= numericOf(t.Term(k).Type())
			}
		default:
			if inner, ok := t.Underlying().(*types.Interface); ok {
				set |= numericOfTerms(inner)
			} else {
				set |= numericOf(t)
			}
		}
	}
	return set
}

// constantUses finds what the untyped constants of the package are used as,
// following constants that are defined by others.
func constantUses(u *unit, info *types.Info) map[types.Object]numeric {
	uses := map[types.Object]numeric{}
	feeds := map[types.Object][]types.Object{} // constant to those defined by it
	for _, f := range u.files {
		ast.PreorderStack(f, nil, func(n ast.Node, stack []ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			c, ok := info.Uses[id].(*types.Const)
			if !ok || c.Pkg() == nil || info.Types[id].Type == nil {
				return true
			}
			uses[c] |= numericOf(info.Types[id].Type)
			feeds[c] = append(feeds[c], declared(info, stack)...)
			return true
		})
	}
	for changed := true; changed; {
		changed = false
		for c, others := range feeds {
			for _, o := range others {
				if all := uses[c] | uses[o]; all != uses[c] {
					uses[c], changed = all, true
				}
			}
		}
	}
	return uses
}

// declared lists the constants whose declaration the stack is inside.
func declared(info *types.Info, stack []ast.Node) (found []types.Object) {
	for _, n := range stack {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for _, name := range spec.Names {
				if c, ok := info.Defs[name].(*types.Const); ok {
					found = append(found, c)
				}
			}
		}
	}
	return found
}
