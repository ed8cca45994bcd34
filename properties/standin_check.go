package properties

// A stand-in for the engine, to be dropped at the merge: a handful of cases,
// the bound alone, nothing reduced.

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"

	"github.com/seed-210c9500/assay/reference"
)

// Classes is a stand-in.
var Classes = []Class{{Name: "G01", Says: "normal logits"}}

// Laws is a stand-in.
var Laws = []*Law{{Name: "normalised", Says: "probabilities add up to 1", Ops: []string{"softmax"}}}

// Check is a stand-in.
func Check(ctx context.Context, impl Implementation, o Options) (*Report, error) {
	rep := &Report{Schema: Schema, Seed: o.Seed, Complete: true}
	wanted := func(name string) bool {
		for _, n := range o.Ops {
			if n == name {
				return true
			}
		}
		return len(o.Ops) == 0
	}
	for _, op := range reference.Ops {
		if !wanted(op.Name) {
			continue
		}
		types := o.DTypes
		if types == nil {
			types = op.DTypes()
		}
		for _, d := range types {
			row := Row{Op: op.Name, Variant: impl.Name(), DType: d.String(), Status: Pass, Counts: map[Status]int{}, Classes: map[string]int{}, Laws: map[string]int{}}
			k, err := impl.Contract(op, d)
			if err != nil {
				row.Status, row.Reason = Unsupported, err.Error()
				rep.Rows = append(rep.Rows, row)
				continue
			}
			if o.Contract != nil {
				o.Contract(&k)
			}
			row.Contract = k.String()
			cases := standinCases(op, d, o)
			hash := fnv.New64a()
			for i, c := range cases {
				if ctx.Err() != nil {
					rep.Complete = false
					rep.Rows = append(rep.Rows, row)
					return rep, nil
				}
				st, f := standinJudge(ctx, impl, k, c, &row, hash.Write)
				row.Cases++
				row.Counts[st]++
				row.Classes[c.Class]++
				if f != nil {
					row.Failed++
					row.Status = f.Status
					rep.Findings = append(rep.Findings, *f)
					if o.FailFast {
						rep.Complete = false
						rep.Rows = append(rep.Rows, row)
						return rep, nil
					}
				}
				if o.Progress != nil {
					o.Progress(i+1, len(cases), &row)
				}
			}
			row.SameBits = fmt.Sprintf("%016x", hash.Sum64())
			rep.Rows = append(rep.Rows, row)
		}
	}
	return rep, nil
}

func standinCases(op *reference.Op, d reference.DType, o Options) []Case {
	var cases []Case
	if !o.Only {
		for i := range op.Edges {
			c := NewCase("edge", op.Edges[i].Name, o.Seed, op.Edges[i].Make(op, d))
			c.Edge = &op.Edges[i]
			cases = append(cases, c)
		}
		draw := NewDraw(o.Seed, op.Name, d.String())
		for range 5 {
			n := 1 + draw.Intn(20)
			in := map[string]reference.Tensor{"x": Matrix(d, 2, n, func(_, _ int) float64 { return draw.Normal() * 4 })}
			if op.Input("label") >= 0 {
				in["label"] = reference.Vector(reference.I64, float64(draw.Intn(n)), 0)
			}
			if op.Input("u") >= 0 {
				in["u"] = reference.Vector(reference.F64, draw.Float(), draw.Float())
			}
			if op.Input("p") >= 0 {
				t := op.In[op.Input("p")]
				in["p"] = reference.Scalar(t.Type(d), 0.75)
			}
			cases = append(cases, NewCase("G01", "normal", o.Seed, op.NewCall(in, nil)))
		}
	}
	for _, c := range o.Extra {
		if c.Call.Op == op && c.Call.DType() == d {
			cases = append(cases, c)
		}
	}
	return cases
}

func standinJudge(ctx context.Context, impl Implementation, k reference.Contract, c Case, row *Row, hash func([]byte) (int, error)) (Status, *Finding) {
	call := *c.Call
	call.Out = make([]reference.Tensor, len(call.Out))
	for i, t := range c.Call.Out {
		call.Out[i] = t.Clone()
	}
	f := Finding{Op: call.Op.Name, Variant: impl.Name(), DType: row.DType, Case: c.ID, Class: c.Class, Note: c.Note, Law: "bound", Status: Fail, Call: &call}
	err := impl.Run(ctx, []*reference.Call{&call})[0]
	truth, want := call.Truth()
	var r, w *reference.Reject
	switch {
	case errors.Is(err, ErrCrash):
		f.Status, f.Says = Crash, err.Error()
		return Crash, &f
	case errors.Is(err, reference.ErrUnsupported):
		return Unsupported, nil
	case errors.As(err, &r) && errors.As(want, &w) && r.Code == w.Code:
		return RejectedOK, nil
	case err != nil || want != nil:
		f.Says = fmt.Sprintf("answered %v, want %v", err, want)
		return Fail, &f
	}
	for o := range call.Out {
		if call.Out[o].Absent() {
			continue
		}
		b := call.Op.Bound(&call, truth, k, o)
		for i := range b.Lo {
			got, ref := call.Out[o].Get(i), truth.Out[o].Get(i)
			fmt.Fprintf(fnvWriter(hash), "%x", call.Out[o].Bits(i))
			ratio := math.Abs(got-ref) / ((b.Hi[i] - b.Lo[i]) / 2)
			if got == ref || math.IsNaN(got) && math.IsNaN(ref) {
				ratio = 0
			}
			if ratio > float64(row.Worst) {
				row.Worst, row.WorstCase = Num(ratio), c.ID
			}
			if math.IsNaN(b.Lo[i]) && math.IsNaN(got) || got >= b.Lo[i] && got <= b.Hi[i] {
				continue
			}
			f.Out, f.Index, f.Got, f.Ref, f.Lo, f.Hi, f.Ratio = call.Op.Out[o].Name, []int{i}, Num(got), Num(ref), Num(b.Lo[i]), Num(b.Hi[i]), ratio
			if s := call.Out[o].Shape; len(s) == 2 {
				f.Index = []int{i / s[1], i % s[1]}
			}
			f.Says = "outside the bound"
			for _, t := range b.Terms(i) {
				f.Terms = append(f.Terms, Term{t.Name, t.Formula, Num(t.Value)})
			}
			return Fail, &f
		}
	}
	return Pass, nil
}

type fnvWriter func([]byte) (int, error)

func (w fnvWriter) Write(b []byte) (int, error) { return w(b) }

// Difference is a stand-in.
type Difference struct {
	Op, DType, Bits, Case, Class, A, B, Out string
	Index                                   []int
	ABits, BBits, Says                      string
	Inputs                                  *reference.Call
}

// Agreement is a stand-in.
type Agreement struct {
	Compared, Cases int
	Differences     []Difference
	Complete        bool
}

// Same is a stand-in.
func Same(ctx context.Context, impls []Implementation, o Options) (*Agreement, error) {
	a := &Agreement{Complete: true}
	for _, c := range o.Extra {
		var answers []*reference.Call
		for _, impl := range impls {
			call := *c.Call
			call.Out = make([]reference.Tensor, len(call.Out))
			for i, t := range c.Call.Out {
				call.Out[i] = t.Clone()
			}
			if impl.Run(ctx, []*reference.Call{&call})[0] == nil {
				answers = append(answers, &call)
			}
		}
		if len(answers) < 2 {
			continue
		}
		a.Cases++
		a.Compared++
		if x, y := answers[0].Out[0], answers[1].Out[0]; x.Bits(0) != y.Bits(0) {
			a.Differences = append(a.Differences, Difference{Op: c.Call.Op.Name, DType: "f32", Bits: "draft", Case: c.ID, Class: c.Class, A: impls[0].Name(), B: impls[1].Name(),
				Out: "y", Index: []int{0, 0}, ABits: fmt.Sprintf("%08x", x.Bits(0)), BBits: fmt.Sprintf("%08x", y.Bits(0)), Says: "bits differ", Inputs: answers[1]})
		}
	}
	return a, nil
}
