package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
)

// code is what the compiler makes of a package.
type code struct {
	sum       [32]byte
	functions map[string]bool // those it emitted
}

// sameCode says whether a mutant compiles to the machine code of the original.
// Comparing test binaries would not do: a function that no test reaches is not
// linked, so any change of it would pass for equivalent. For the same reason
// the function must have been emitted, and constants outside functions, which
// other packages may use, and generic functions, which are compiled where they
// are used, are never found identical.
func (s *suite) sameCode(ctx context.Context, m *Mutant, overlay string) (bool, error) {
	if !m.local || m.generic {
		return false, nil
	}
	s.codes.Lock()
	original, ok := s.original[m.unit]
	if !ok {
		var err error
		if original, err = s.compile(ctx, m.unit, ""); err != nil {
			s.codes.Unlock()
			return false, err
		}
		s.original[m.unit] = original
	}
	s.codes.Unlock()
	mutated, err := s.compile(ctx, m.unit, overlay)
	return err == nil && original.functions[m.Func] && mutated.sum == original.sum, err
}

// compile has the compiler print the code of a package.
func (s *suite) compile(ctx context.Context, u *unit, overlay string) (code, error) {
	cmd := command(ctx, "go", "build", "-o", os.DevNull, "-tags="+s.opts.tags, "-gcflags="+u.ImportPath+"=-S -dwarf=false")
	if overlay != "" {
		cmd.Args = append(cmd.Args, "-overlay="+overlay)
	}
	cmd.Args = append(cmd.Args, u.ImportPath)
	cmd.Dir = s.dir
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return code{}, context.Cause(ctx)
	} else if err != nil {
		return code{}, fmt.Errorf("compiling %s: %w\n%s", u.ImportPath, err, tail(string(out)))
	}
	c := code{sum: sha256.Sum256(out), functions: map[string]bool{}}
	for line := range strings.Lines(string(out)) {
		if name, rest, ok := strings.Cut(line, " STEXT "); ok && rest != "" {
			name = name[strings.LastIndexByte(name, '/')+1:]
			_, name, _ = strings.Cut(name, ".")
			c.functions[strings.NewReplacer("(*", "", ")", "").Replace(name)] = true
		}
	}
	return c, nil
}
