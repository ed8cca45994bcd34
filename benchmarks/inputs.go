package benchmarks

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

// Distributions are the kinds of rows of logits, the default first.
var Distributions = []string{"zipf", "gauss"}

// seed of all inputs: two runs time the same numbers.
const seed = 1

// valid makes a call of the operation that none of its domains refuses, with
// the arguments a language model would bring.
func valid(op *reference.Op, dims reference.Dims, d reference.DType, logits string) (*reference.Call, error) {
	in := map[string]reference.Tensor{}
	for i := range op.In {
		a := &op.In[i]
		shape := make([]int, len(a.Dims))
		for j, name := range a.Dims {
			size, ok := sizeOf(name, dims)
			if !ok {
				return nil, fmt.Errorf("%s: shape %s lacks %s, a size of %s", op.Name, dimsKey(dims), name, a.Name)
			}
			shape[j] = size
		}
		fill := filling(op.Name, a.Name)
		switch {
		case fill == nil && (a.Optional || a.Default != nil):
			continue
		case fill == nil:
			return nil, fmt.Errorf("%s: no typical value for %s: add one to benchmarks/inputs.go", op.Name, a.Name)
		}
		draw := properties.NewDraw(seed, a.Name, logits)
		in[a.Name] = fill(draw, reference.NewTensor(a.Type(d), shape...), dims, logits)
	}
	c := op.NewCall(in, nil)
	return c, c.Check()
}

// sizeOf is a size of an argument. Offsets are one more than there are lists.
func sizeOf(name string, dims reference.Dims) (int, bool) {
	if name == "history" || name == "token" {
		return dims["rows"] * said, true
	}
	base, ends := strings.CutSuffix(name, "+1")
	size, ok := dims[base]
	if ends {
		size++
	}
	return size, ok
}

// filler fills an argument with what a language model's user would bring.
type filler = func(draw *properties.Draw, t reference.Tensor, dims reference.Dims, logits string) reference.Tensor

// filling finds what fills an argument: by operation and name where a name means
// several things, else by name. What is optional and has none is left out, what
// has a default keeps it.
func filling(op, name string) filler {
	for _, key := range []string{op + "." + name, name} {
		for _, table := range []map[string]filler{typical, typicalSelection, typicalStatistics} {
			if fill := table[key]; fill != nil {
				return fill
			}
		}
	}
	return nil
}

// typical fills arguments of operations on logits, masses and tokens.
var typical = map[string]filler{
	"x": logitsOf,
	"label": func(draw *properties.Draw, t reference.Tensor, dims reference.Dims, _ string) reference.Tensor {
		for i := range t.Len() {
			t.PutInt(i, int64(draw.Intn(dims["vocab"])))
		}
		return t
	},
	"p": func(draw *properties.Draw, t reference.Tensor, dims reference.Dims, logits string) reference.Tensor {
		if len(t.Shape) == 2 { // a distribution, not the mass of a nucleus
			return distributions(draw, t, dims, logits)
		}
		t.Put(0, 0.9)
		return t
	},
	"q": distributions,
	"dy": func(draw *properties.Draw, t reference.Tensor, _ reference.Dims, _ string) reference.Tensor {
		return each(t, func() float64 { return draw.Normal() })
	},
	"joint": func(draw *properties.Draw, t reference.Tensor, _ reference.Dims, _ string) reference.Tensor {
		n := float64(max(t.Len(), 1))
		return each(t, func() float64 { return (0.5 + draw.Float()) / n })
	},
	"nll": func(draw *properties.Draw, t reference.Tensor, _ reference.Dims, _ string) reference.Tensor {
		return each(t, func() float64 { return -4 * math.Log(1-draw.Float()) })
	},
	"lp": func(draw *properties.Draw, t reference.Tensor, _ reference.Dims, _ string) reference.Tensor {
		return each(t, func() float64 { return 4 * math.Log(1-draw.Float()) })
	},
	"lq": func(draw *properties.Draw, t reference.Tensor, _ reference.Dims, _ string) reference.Tensor {
		return each(t, func() float64 { return 4 * math.Log(1-draw.Float()) })
	},
	"lengths": func(_ *properties.Draw, t reference.Tensor, dims reference.Dims, _ string) reference.Tensor {
		for i := range t.Len() {
			t.PutInt(i, int64(dims["length"]))
		}
		return t
	},
	"bytes": func(_ *properties.Draw, t reference.Tensor, dims reference.Dims, _ string) reference.Tensor {
		t.PutInt(0, int64(4*dims["rows"])) // about four bytes a token of English
		return t
	},
	"y":                  logitsOf,
	"softmax_backward.y": distributions,
	"u":                  uniform,
}

// each fills a tensor from f.
func each(t reference.Tensor, f func() float64) reference.Tensor {
	for i := range t.Len() {
		t.Put(i, f())
	}
	return t
}

func logitsOf(draw *properties.Draw, t reference.Tensor, _ reference.Dims, logits string) reference.Tensor {
	return rowsOf(draw, t, logits)
}

// distributions are the softmax of rows of logits.
func distributions(draw *properties.Draw, t reference.Tensor, _ reference.Dims, logits string) reference.Tensor {
	rowsOf(draw, t, logits)
	if t.Len() == 0 {
		return t
	}
	vocab := t.Shape[len(t.Shape)-1]
	for first := 0; first < t.Len(); first += vocab {
		sum := 0.0
		for i := range vocab {
			v := math.Exp(t.Get(first+i) - 18)
			sum += v
			t.Put(first+i, v)
		}
		for i := range vocab {
			t.Put(first+i, t.Get(first+i)/sum)
		}
	}
	return t
}

// rowsOf fills a matrix of logits, each row anew.
func rowsOf(draw *properties.Draw, t reference.Tensor, logits string) reference.Tensor {
	if t.Len() == 0 {
		return t
	}
	vocab := t.Shape[len(t.Shape)-1]
	for first := 0; first < t.Len(); first += vocab {
		if logits == "gauss" {
			for i := range vocab {
				t.Put(first+i, draw.Normal())
			}
			continue
		}
		// The token of rank r has weight r^-1.1, blurred a little so that no
		// two rows are permutations of each other.
		for i, rank := range permutation(draw, vocab) {
			t.Put(first+i, 18-1.1*math.Log(float64(rank+1))+0.1*draw.Normal())
		}
	}
	return t
}

func permutation(draw *properties.Draw, n int) []int {
	p := make([]int, n)
	for i := range p {
		j := draw.Intn(i + 1)
		p[i] = p[j]
		p[j] = i
	}
	return p
}

// writesRow reports whether the operation writes as much as it reads.
func writesRow(op *reference.Op) bool {
	return slices.ContainsFunc(op.Out, func(a reference.Arg) bool {
		return !a.Optional && slices.Equal(a.Dims, op.In[0].Dims)
	})
}

// moved is the number of bytes the operation must move.
func moved(op *reference.Op, dims reference.Dims, d reference.DType) int64 {
	_, bytes := op.Work(dims) // at four bytes an element
	return bytes * int64(width(d)) / 4
}

func width(d reference.DType) int {
	switch d {
	case reference.BF16, reference.F16:
		return 2
	case reference.F32, reference.I32:
		return 4
	}
	return 8
}
