package properties

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/seed-210c9500/assay/reference"
)

// sheet holds what the reference makes of a case and of the calls that laws
// derive from it, each worked out once whichever kernels are asked. One worker
// uses it, for one case.
type sheet struct {
	c        Case
	exams    map[reference.Contract]*exam
	solved   map[[sha256.Size]byte]*solution
	truth    func() (*reference.Call, error) // the reference's answer to the case itself
	previous *reference.Call                 // and to another case of the same shape
	zeroed   *zeroed
}

func newSheet(c Case) *sheet {
	return &sheet{c: c, truth: c.Call.Truth, exams: map[reference.Contract]*exam{}, solved: map[[sha256.Size]byte]*solution{}}
}

// solution is the reference's answer to a call, or its refusal.
type solution struct {
	want   *reference.Call
	err    error
	bounds map[boundKey]*reference.Bounds
}

// boundKey names an interval. Where outputs are choices the interval may hang on
// what the kernel chose.
type boundKey struct {
	k      reference.Contract
	out    int
	answer [sha256.Size]byte
}

// solve asks the reference about a call, unless it was asked before.
func (s *sheet) solve(c *reference.Call) *solution {
	key := question(c)
	if s.solved[key] == nil {
		ask := c.Truth
		if c == s.c.Call {
			ask = s.truth
		}
		want, err := ask()
		s.solved[key] = &solution{want: want, err: err, bounds: map[boundKey]*reference.Bounds{}}
	}
	return s.solved[key]
}

// question hashes what a call asks, on this machine.
func question(c *reference.Call) (sum [sha256.Size]byte) {
	h := sha256.New()
	fmt.Fprint(h, c.Op.Name, c.ChoiceKey())
	for i, t := range c.In {
		if !t.Absent() {
			fmt.Fprint(h, i, t.DType, t.Shape)
			h.Write(contents(packed(t)))
		}
	}
	for i, t := range c.Out {
		if !t.Absent() {
			fmt.Fprint(h, i, t.DType, t.Shape) // the size of an output can be an input of its own
		}
	}
	h.Sum(sum[:0])
	return sum
}

// bound is the interval of each element of an output, for a kernel that answered
// got under contract k.
func (s *solution) bound(got *reference.Call, k reference.Contract, out int) *reference.Bounds {
	key := boundKey{k: k, out: out}
	if chooses(got.Op) {
		key.answer = digest(got)
	}
	if s.bounds[key] == nil {
		b := got.Op.Bound(got, s.want, k, out)
		s.bounds[key] = &b
	}
	return s.bounds[key]
}

// chooses says that an operation leaves a choice to the kernel: a token, the size
// of a nucleus.
func chooses(op *reference.Op) bool {
	for i := range op.Out {
		if op.Out[i].Judge == reference.ByLaw {
			return true
		}
	}
	return false
}

// exam is the case's own, for kernels of a contract. An error means that the
// case is malformed.
func (s *sheet) exam(k reference.Contract) (*exam, error) {
	if s.exams[k] == nil {
		e, err := newExam(s, k)
		if err != nil {
			return nil, err
		}
		s.exams[k] = e
	}
	return s.exams[k], nil
}

// carrying makes a context under which the laws heard on a case share its sheet.
func carrying(ctx context.Context, s *sheet) context.Context {
	return context.WithValue(ctx, sheetKey{}, s)
}

type sheetKey struct{}

// sheetOf is the context's sheet, or one that nobody shares.
func sheetOf(ctx context.Context, c Case) *sheet {
	if s, ok := ctx.Value(sheetKey{}).(*sheet); ok {
		return s
	}
	return newSheet(c)
}

// withCase makes a context that names the case at hand.
func withCase(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, caseKey{}, id)
}

type caseKey struct{}

// CaseOf is the id of the case under which an implementation's Run is called: the
// call is the case's own, or one that a law made of it. "" outside a check.
func CaseOf(ctx context.Context) string {
	id, _ := ctx.Value(caseKey{}).(string)
	return id
}
