package properties

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-210c9500/assay/reference"
)

// Difference is the first element in which two implementations of the same
// declared bits differ.
type Difference struct {
	Op     string          `json:"op"`
	DType  string          `json:"dtype"`
	Bits   string          `json:"bits"` // the specification both declare
	Case   string          `json:"id"`
	Class  string          `json:"class"`
	A      string          `json:"a"` // the implementations
	B      string          `json:"b"`
	Out    string          `json:"out,omitempty"`
	Index  []int           `json:"index,omitempty"`
	ABits  string          `json:"a_bits,omitempty"` // the patterns, in hexadecimal
	BBits  string          `json:"b_bits,omitempty"`
	Says   string          `json:"says"`
	Inputs *reference.Call `json:"-"`
}

// Agreement sums up a comparison of bits.
type Agreement struct {
	Compared    int          `json:"compared"` // pairs of answers that were compared
	Cases       int          `json:"cases"`
	Differences []Difference `json:"differences"` // the first of each pair of implementations, operation and type
	Complete    bool         `json:"complete"`
}

// Same runs implementations that declare the same Contract.Bits on the same
// cases and compares their outputs bit by bit, each with the first of them. It
// is an error when there was nothing to compare.
func Same(ctx context.Context, impls []Implementation, o Options) (*Agreement, error) {
	return suite{Classes, Laws}.same(ctx, impls, o)
}

func (s suite) same(ctx context.Context, impls []Implementation, o Options) (*Agreement, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	a := &Agreement{Complete: true}
	for _, k := range o.kinds() {
		for bits, group := range declaring(impls, k, o.Timeout) {
			if len(group) < 2 {
				continue
			}
			found := map[string]bool{}
			for _, a := range group {
				defer a.rest()
			}
			for _, c := range s.plan(k.op, k.d, o) {
				if ctx.Err() != nil {
					a.Complete = false
					return a, nil
				}
				a.Cases++
				a.compare(ctx, group, bits, c, found)
			}
		}
	}
	if a.Compared == 0 {
		names := make([]string, len(impls))
		for i, impl := range impls {
			names[i] = impl.Name()
		}
		return a, fmt.Errorf("properties: nothing to compare: no two of %s declare the same bits for the same operation and type", strings.Join(names, ", "))
	}
	return a, nil
}

// declaring groups the implementations by the bits they declare.
func declaring(impls []Implementation, k kind, limit time.Duration) map[string][]*asker {
	groups := map[string][]*asker{}
	for _, impl := range impls {
		if contract, err := impl.Contract(k.op, k.d); err == nil && contract.Bits != "" {
			groups[contract.Bits] = append(groups[contract.Bits], &asker{impl: impl, limit: limit})
		}
	}
	return groups
}

// compare asks everyone in a group the same question. found holds the names of
// those that are known to differ already.
func (a *Agreement) compare(ctx context.Context, group []*asker, bits string, c Case, found map[string]bool) {
	first, firstErr := answered(ctx, group[0], c)
	for _, other := range group[1:] {
		name := other.impl.Name()
		if found[name] {
			continue
		}
		got, err := answered(ctx, other, c)
		if ctx.Err() != nil || errors.Is(err, reference.ErrUnsupported) || errors.Is(firstErr, reference.ErrUnsupported) {
			continue
		}
		a.Compared++
		d := Difference{Op: c.Call.Op.Name, DType: c.Call.DType().String(), Bits: bits, Case: c.ID, Class: c.Class, A: group[0].impl.Name(), B: name, Inputs: c.Call}
		if firstErr != nil || err != nil {
			if outcomeOf(firstErr) != outcomeOf(err) {
				d.Says = fmt.Sprintf("%s: %s; %s: %s", d.A, outcomeOf(firstErr), d.B, outcomeOf(err))
				a.Differences, found[name] = append(a.Differences, d), true
			}
			continue
		}
		if o, i := different(first, got); o >= 0 {
			x, y := first.Out[o], got.Out[o]
			d.Out, d.Index = c.Call.Op.Out[o].Name, unflatten(x.Shape, i)
			d.ABits, d.BBits = fmt.Sprintf("0x%0*x", 2*width(x.DType), x.Bits(i)), fmt.Sprintf("0x%0*x", 2*width(y.DType), y.Bits(i))
			d.Says = fmt.Sprintf("%s%v is %g (%s) from %s, %g (%s) from %s", d.Out, d.Index, x.Get(i), d.ABits, d.A, y.Get(i), d.BBits, d.B)
			a.Differences, found[name] = append(a.Differences, d), true
		}
	}
}

func answered(ctx context.Context, a *asker, c Case) (*reference.Call, error) {
	p := place(c.Call, Layout{}, fresh)
	err := a.ask(ctx, p.call)
	return p.answer(c.Call), err
}

// outcomeOf says in a word how a call ended: the code of a refusal is part of
// what must agree, its wording is not.
func outcomeOf(err error) string {
	var r *reference.Reject
	switch {
	case err == nil:
		return "answered"
	case errors.As(err, &r):
		return "refused as " + r.Code
	}
	return err.Error()
}
