package zoo

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/properties/zoo/outside"
	"github.com/seed-210c9500/assay/reference"
)

// Kernel is one specimen: a kernel of one operation.
type Kernel struct {
	ID       string // operation/name, the same for good
	Op       string
	Bug      string   // what it does wrong; "" for a right kernel
	Source   string   // project and issue where it was seen, or "own"
	Rows     []string // the bug reports, or kernels of a published trial, that it stands for: see the test of reports
	Law      string   // what should catch it: a law, "bound", or a rule of the runner
	DTypes   []reference.DType
	Contract func(reference.DType) reference.Contract
	Run      func(*reference.Call) error
}

// Right is the family of correct kernels, in the order of the table of
// operations.
func Right() []Kernel {
	var all []Kernel
	for _, op := range reference.Ops {
		all = append(all, family(op)...)
	}
	return all
}

// Wrong are the kernels with a mistake, in the order of the table of operations.
func Wrong() []Kernel {
	var all []Kernel
	for _, op := range reference.Ops {
		all = append(all, wrongOf(op)...)
	}
	return all
}

func wrongOf(op *reference.Op) (all []Kernel) {
	for _, list := range [][]planted{wrongRows, wrongSteps(), wrongDense, wrongSelections, wrongStatistics, wrongEstimates,
		wrongGradients, wrongMasses, wrongTokens, wrongChoices, wrongDraws, wrongSearches, wrongBeliefs, wrongSamples, wrongFormats, wrongGenerators, drawnAgain(), conduct} {
		for i := range list {
			if list[i].op == op.Name {
				all = append(all, list[i].kernel())
			}
		}
	}
	return append(all, outsiders(outside.Wrong, op.Name)...)
}

// planted is a wrong kernel as the lists below have it.
type planted struct {
	law, bug, op string
	from         string // source, "" for own
	rows         string // rows of bug reports, comma separated
	declares     string // of the contract, as ParseContract reads it; "" is level=tight
	dtype        reference.DType
	run          func(*reference.Call) error
}

func (p *planted) kernel() Kernel {
	k := Kernel{ID: p.op + "/" + slug(p.bug), Op: p.op, Bug: p.bug, Source: p.from, Law: p.law, Run: p.run}
	if k.Source == "" {
		k.Source = "own"
	}
	if p.rows != "" {
		k.Rows = strings.Split(p.rows, ",")
	}
	d := p.dtype
	if op, err := reference.ByName(p.op); err == nil && d == 0 {
		d = op.DTypes()[0]
	}
	k.DTypes = []reference.DType{d}
	k.Contract = func(d reference.DType) reference.Contract {
		c, err := reference.ParseContract(cmp.Or(p.declares, "level=tight"), reference.DefaultContract(d))
		if err != nil {
			panic(err) // a slip in a table
		}
		return c
	}
	return k
}

// slug is a sentence as a name.
func slug(s string) string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.')
	})
	return strings.Trim(strings.Join(words, "-"), ".")
}

// Implementation hands a kernel to the harness.
func (k *Kernel) Implementation() properties.Implementation { return implementation{k} }

type implementation struct{ k *Kernel }

func (m implementation) Name() string              { return m.k.ID }
func (m implementation) Can(properties.Probe) bool { return true }
func (m implementation) Close() error              { return nil }

func (m implementation) Contract(op *reference.Op, d reference.DType) (reference.Contract, error) {
	if op.Name != m.k.Op || !slices.Contains(m.k.DTypes, d) {
		return reference.Contract{}, fmt.Errorf("%s is no %s of %v: %w", m.k.ID, op.Name, d, reference.ErrUnsupported)
	}
	return m.k.Contract(d), nil
}

// Run leaves panics to the harness.
func (m implementation) Run(ctx context.Context, calls []*reference.Call) []error {
	errs := make([]error, len(calls))
	for i, c := range calls {
		if errs[i] = ctx.Err(); errs[i] == nil {
			errs[i] = m.k.Run(c)
		}
	}
	return errs
}
