package reference

import "math"

var (
	inf = math.Inf(1)
	nan = math.NaN()
)

// edge declares an edge case: the first input, one row of it where it is a
// matrix, the others by name, and what profile ieee answers.
func edge(name, says string, x []float64, in map[string]Tensor, want Answer) Edge {
	return Edge{Name: name, Says: says, Want: map[string]Answer{"ieee": want},
		Make: func(op *Op, d DType) *Call {
			first := Of(d, []int{1, len(x)}, x...)
			if len(op.In[0].Dims) == 1 {
				first = Vector(d, x...)
			}
			args := map[string]Tensor{op.In[0].Name: first}
			for arg, t := range in {
				a := &op.In[op.Input(arg)]
				args[arg] = retype(t, a.Type(d))
			}
			return op.NewCall(args, nil)
		}}
}

// edgeOf declares an edge case of an operation that takes no row of logits:
// every input by name, and the options chosen.
func edgeOf(name, says string, in map[string]Tensor, choice map[string]string, want Answer) Edge {
	return Edge{Name: name, Says: says, Want: map[string]Answer{"ieee": want},
		Make: func(op *Op, d DType) *Call {
			args := map[string]Tensor{}
			for arg, t := range in {
				args[arg] = retype(t, op.In[op.Input(arg)].Type(d))
			}
			return op.NewCall(args, choice)
		}}
}

// retype rounds a tensor to another element type.
func retype(t Tensor, d DType) Tensor {
	c := NewTensor(d, t.Shape...)
	for i := range t.Len() {
		if d.Float() || t.DType.Float() {
			c.Put(i, t.Get(i))
		} else {
			c.PutInt(i, t.Int(i))
		}
	}
	return c
}

// choosing picks an option for an edge.
func (e Edge) choosing(choice, option string) Edge {
	plain := e.Make
	e.Make = func(op *Op, d DType) *Call {
		c := plain(op, d)
		picked := map[string]string{choice: option}
		for k, v := range c.Choice {
			picked[k] = v
		}
		c.Choice = picked
		c.Out = c.outputs(func(a *Arg) DType { return a.Type(d) })
		return c
	}
	return e
}

// also adds another profile's answer to an edge.
func (e Edge) also(profile string, want Answer) Edge {
	e.Want[profile] = want
	return e
}

func values(v ...float64) Answer {
	if len(v) == 0 {
		v = []float64{}
	}
	return Answer{Out: [][]float64{v}}
}

func refused(code string) Answer { return Answer{Code: code} }

func param(name string, v float64) map[string]Tensor {
	return map[string]Tensor{name: Scalar(F64, v)}
}

// Edge is an edge case with its declared answer in one or more profiles.
type Edge struct {
	Name, Says string
	Make       func(op *Op, d DType) *Call
	Want       map[string]Answer // by profile; "ieee" is always there
}

// Answer is what a profile declares for an edge case: values of each output in
// row-major order (nil: that output is not looked at), or a refusal's code.
type Answer struct {
	Out  [][]float64
	Code string
}
