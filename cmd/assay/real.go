package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

// The settings of the calls on real logits.
const (
	realClass = "real"
	realP     = 0.9 // nucleus mass
	realSeed  = 1   // Philox key; the step is the position
)

// realOps are the operations that are put to the real logits.
var realOps = []string{"softmax", "cross_entropy", "top_p_filter", "sample_logits"}

// real are the calls on a model's logits: each is a case for the judge, and what
// the kernels answer is summed up in figures that people know.
type real struct {
	*saved
	types []reference.DType // the file's own, and f32 where that is exact
	x     map[reference.DType]reference.Tensor
}

func newReal(s *saved, types []reference.DType) *real {
	r := &real{saved: s, x: map[reference.DType]reference.Tensor{}}
	for _, d := range s.natural() {
		if slices.Contains(types, d) {
			r.types = append(r.types, d)
			r.x[d] = retyped(s.logits, d)
		}
	}
	return r
}

// natural are the types that hold the logits exactly and that kernels take: f32
// for what is no wider, and the file's own.
func (s *saved) natural() []reference.DType {
	switch d := s.logits.DType; d {
	case reference.F32, reference.F64:
		return []reference.DType{d}
	default:
		return []reference.DType{reference.F32, d}
	}
}

// call is the operation on the logits in one element type; nil for an operation
// that there is no such call for.
func (r *real) call(name string, d reference.DType) *reference.Call {
	op, err := reference.ByName(name)
	if err != nil {
		return nil
	}
	in := map[string]reference.Tensor{"x": r.x[d]}
	switch name {
	case "softmax":
	case "cross_entropy":
		in["label"] = r.labels
	case "top_p_filter":
		in["p"] = reference.Scalar(op.In[op.Input("p")].Type(d), realP)
	case "sample_logits":
		steps := reference.NewTensor(reference.U64, r.logits.Shape[0])
		for i := range steps.Len() {
			steps.PutInt(i, int64(i))
		}
		in["seed"], in["step"] = reference.Scalar(reference.U64, realSeed), steps
	default:
		return nil
	}
	return op.NewCall(in, nil)
}

// quickPositions is how many positions are judged in a quick run: each costs the
// reference, its bound and every probe of the harness a whole vocabulary.
const quickPositions = 4

// cases are the calls for the judge, on the first positions.
func (r *real) cases(ops []string, positions int) []properties.Case {
	part := newReal(&saved{logits: firstRows(r.logits, positions), labels: firstRows(r.labels, positions)}, r.types)
	var cases []properties.Case
	for _, d := range r.types {
		for _, op := range ops {
			if c := part.call(op, d); c != nil {
				cases = append(cases, properties.NewCase(realClass, r.name, 0, c))
			}
		}
	}
	return cases
}

// firstRows is a copy of the first n rows of a tensor.
func firstRows(t reference.Tensor, n int) reference.Tensor {
	part := t
	part.Shape = append([]int{n}, t.Shape[1:]...)
	return part.Clone()
}

// figures are what one implementation makes of the logits. A figure that it has
// no kernel for, or that is not asked for, is NaN.
type figures struct {
	Variant       string         `json:"variant"`
	DType         string         `json:"dtype"`
	Loss          properties.Num `json:"mean_loss"` // nats per token
	Perplexity    properties.Num `json:"perplexity"`
	Entropy       properties.Num `json:"mean_entropy"` // nats, of the softmax outputs
	NucleusMean   properties.Num `json:"nucleus_mean"` // tokens kept at p = 0.9
	NucleusMedian properties.Num `json:"nucleus_median"`
	Tokens        string         `json:"tokens,omitempty"` // hash of the tokens sampled
	Agrees        bool           `json:"agrees"`           // no judged case on these logits failed
}

// measure has the calls run and sums up the answers.
func (r *real) measure(variant string, d reference.DType, ops []string, run func([]*reference.Call) ([]*reference.Call, []error)) (figures, error) {
	nan := properties.Num(math.NaN())
	f := figures{Variant: variant, DType: d.String(), Loss: nan, Perplexity: nan, Entropy: nan, NucleusMean: nan, NucleusMedian: nan}
	var calls []*reference.Call
	for _, op := range ops {
		if c := r.call(op, d); c != nil {
			calls = append(calls, c)
		}
	}
	answers, errs := run(calls)
	for i, err := range errs {
		if errors.Is(err, reference.ErrUnsupported) {
			continue
		}
		if err != nil {
			return f, fmt.Errorf("%s %s: %w", variant, calls[i].Op.Name, err)
		}
		f.take(calls[i].Op.Name, answers[i])
	}
	return f, nil
}

// truths asks the reference about several calls at the same time.
func truths(calls []*reference.Call) ([]*reference.Call, []error) {
	answers, errs := make([]*reference.Call, len(calls)), make([]error, len(calls))
	var group sync.WaitGroup
	for i, c := range calls {
		group.Go(func() { answers[i], errs[i] = c.Truth() })
	}
	group.Wait()
	return answers, errs
}

func (f *figures) take(op string, c *reference.Call) {
	switch op {
	case "softmax":
		f.Entropy = properties.Num(meanEntropy(c.Out[0]))
	case "cross_entropy":
		f.Loss = properties.Num(c.Out[c.Op.Output("reduced")].Get(0))
		f.Perplexity = properties.Num(math.Exp(float64(f.Loss)))
	case "top_p_filter":
		kept := c.Out[c.Op.Output("kept")]
		sizes := make([]int64, kept.Len())
		total := 0.0
		for i := range sizes {
			sizes[i] = kept.Int(i)
			total += float64(sizes[i])
		}
		slices.Sort(sizes)
		n := len(sizes)
		f.NucleusMean = properties.Num(total / float64(n))
		f.NucleusMedian = properties.Num(float64(sizes[(n-1)/2]+sizes[n/2]) / 2)
	case "sample_logits":
		h := sha256.New()
		for i := range c.Out[0].Len() {
			binary.Write(h, binary.LittleEndian, c.Out[0].Int(i)) // a hash takes everything
		}
		f.Tokens = hex.EncodeToString(h.Sum(nil)[:4])
	}
}

// meanEntropy is the mean over rows of -sum p ln p, in float64.
func meanEntropy(y reference.Tensor) float64 {
	var total float64
	var row []float64
	for i := range y.Shape[0] {
		row = y.Row(i, row)
		for _, p := range row {
			if p != 0 {
				total -= p * math.Log(p)
			}
		}
	}
	return total / float64(y.Shape[0])
}

// truth is what the reference makes of the logits. A loss in the metadata that
// the file's own logits do not give is an error of the file.
func (r *real) truth(ops []string) (figures, error) {
	d := r.types[0]
	f, err := r.measure("reference", d, ops, truths)
	f.DType, f.Agrees = "f64", true
	if err != nil {
		return f, err
	}
	for key, got := range map[string]float64{"loss": float64(f.Loss), "perplexity": float64(f.Perplexity)} {
		want, ok := r.producer[key]
		if ok && !math.IsNaN(got) && !(math.Abs(got-want) <= 1e-5*math.Abs(want)) {
			return f, fmt.Errorf("%s: metadata %s is %v, but these logits and labels give %v", r.name, key, want, got)
		}
	}
	return f, nil
}

// of is what an implementation makes of the logits in each type it has.
func (r *real) of(ctx context.Context, impl properties.Implementation, ops []string, failed map[string]bool) []figures {
	var all []figures
	for _, d := range r.types {
		had, broken := false, failed[impl.Name()+d.String()]
		run := func(calls []*reference.Call) ([]*reference.Call, []error) {
			errs := make([]error, len(calls))
			for i, c := range calls {
				if _, err := impl.Contract(c.Op, d); err != nil {
					errs[i] = reference.ErrUnsupported
				} else if err := impl.Run(ctx, []*reference.Call{c})[0]; err != nil {
					broken = true // the judge has its own words for it
					errs[i] = reference.ErrUnsupported
				} else {
					had = true
				}
			}
			return calls, errs
		}
		f, err := r.measure(impl.Name(), d, ops, run)
		if err == nil && had {
			f.Agrees = !broken
			all = append(all, f)
		}
	}
	return all
}
