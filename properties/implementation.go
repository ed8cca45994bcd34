package properties

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-210c9500/assay/reference"
)

// Implementation is a set of kernels to be judged: a table in Go, a child
// process, a library, a folder of results.
type Implementation interface {
	Name() string

	// Contract is what the kernel of this operation and element type declares;
	// reference.ErrUnsupported where there is no such kernel.
	Contract(op *reference.Op, d reference.DType) (reference.Contract, error)

	// Can says which probes it can stand.
	Can(p Probe) bool

	// Run answers every call: nil, a *reference.Reject, reference.ErrUnsupported,
	// ErrCrash or ErrTimeout, or another error for a broken kernel. Outputs are
	// written into the calls' own tensors.
	Run(ctx context.Context, calls []*reference.Call) []error

	Close() error
}

// ErrCrash and ErrTimeout are how an implementation outside this process ends.
var (
	ErrCrash   = errors.New("crashed")
	ErrTimeout = errors.New("timed out")
)

// Probe is something a harness may do to a kernel that some transports cannot
// carry.
type Probe uint8

const (
	Strides    Probe = iota // rows apart by more than their length
	RedZones                // canaries around the outputs, hashes of the inputs
	InPlace                 // an output that is its input
	Concurrent              // several calls at the same time
)

var probes = [...]string{Strides: "strides", RedZones: "red zones", InPlace: "in place", Concurrent: "concurrency"}

// String names the probe in reports.
func (p Probe) String() string { return probes[p] }

// Table makes an Implementation of the rows that have the given name: one
// variant of as many operations as there are.
func Table(name string, rows []*reference.Variant) Implementation {
	t := table{name: name, rows: map[string]*reference.Variant{}}
	for _, v := range rows {
		if v.Name == name {
			t.rows[v.Op] = v
		}
	}
	return t
}

type table struct {
	name string
	rows map[string]*reference.Variant
}

func (t table) Name() string { return t.name }

func (t table) Contract(op *reference.Op, d reference.DType) (reference.Contract, error) {
	v := t.rows[op.Name]
	if v == nil {
		return reference.Contract{}, fmt.Errorf("%s has no %s: %w", t.name, op.Name, reference.ErrUnsupported)
	}
	for _, have := range v.DTypes {
		if have == d {
			if v.Ready != nil {
				return v.Contract, v.Ready()
			}
			return v.Contract, nil
		}
	}
	return reference.Contract{}, fmt.Errorf("%s/%s has no %v: %w", t.name, op.Name, d, reference.ErrUnsupported)
}

func (t table) Can(Probe) bool { return true }
func (t table) Close() error   { return nil }

func (t table) Run(ctx context.Context, calls []*reference.Call) []error {
	errs := make([]error, len(calls))
	for i, c := range calls {
		switch v := t.rows[c.Op.Name]; {
		case ctx.Err() != nil:
			errs[i] = ctx.Err()
		case v == nil:
			errs[i] = reference.ErrUnsupported
		default:
			errs[i] = guarded(v, c)
		}
	}
	return errs
}

// guarded turns a panic of the kernel into a finding instead of the end.
func guarded(v *reference.Variant, c *reference.Call) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = crashed(p)
		}
	}()
	return v.Run(c)
}
