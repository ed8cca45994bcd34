package properties

import (
	"maps"
	"slices"

	"github.com/seed-210c9500/assay/reference"
)

// argument is an input, or the option of a choice, given by name.
type argument struct {
	name   string
	tensor reference.Tensor
	option string
}

// scalar gives a parameter one value for the whole call.
func (b *batch) scalar(name string, v float64) argument {
	return argument{name: name, tensor: reference.Scalar(b.typeOf(name), v)}
}

// vector gives a value per row, or per class.
func (b *batch) vector(name string, v ...float64) argument {
	return argument{name: name, tensor: reference.Vector(b.typeOf(name), v...)}
}

// integers gives integers per row; one alone and scalar where single is set.
func (b *batch) integers(name string, v ...int64) argument {
	t := reference.NewTensor(b.typeOf(name), len(v))
	for i, n := range v {
		t.PutInt(i, n)
	}
	return argument{name: name, tensor: t}
}

// integer gives one integer for the whole call.
func (b *batch) integer(name string, v int64) argument {
	t := reference.NewTensor(b.typeOf(name))
	t.PutInt(0, v)
	return argument{name: name, tensor: t}
}

func option(choice, picked string) argument { return argument{name: choice, option: picked} }

func (b *batch) typeOf(name string) reference.DType {
	return b.op.In[b.op.Input(name)].Type(b.d)
}

// has reports whether the operation takes an input.
func (b *batch) has(name string) bool { return b.op.Input(name) >= 0 }

// usualMasses are nucleus masses people use.
var usualMasses = []float64{0.9, 0.5, 0.95, 0.3, 0.99, 0.7, 0.05, 0.999}

// perRow says that the operation has a parameter of this name that may differ from
// row to row.
func (b *batch) perRow(name string) bool {
	i := b.op.Input(name)
	return i >= 0 && (b.op.In[i].PerRow || slices.Equal(b.op.In[i].Dims, []string{"rows"}))
}

// arguments sorts what is given into inputs and choices, and goes through the
// options of an open choice in turn.
func (b *batch) arguments(given []argument) (in map[string]reference.Tensor, choice map[string]string) {
	in, choice = map[string]reference.Tensor{}, map[string]string{}
	for _, g := range given {
		if g.option != "" {
			choice[g.name] = g.option
		} else {
			in[g.name] = g.tensor
		}
	}
	if b.has("softcap") && choice["mask"] == "" {
		choice["mask"] = "none" // causality hides most of a short case
	}
	turn := len(b.cases)
	for _, name := range slices.Sorted(maps.Keys(b.op.Choices)) {
		options := b.op.Choices[name]
		if choice[name] == "" {
			choice[name] = options[turn%len(options)]
		}
		turn /= len(options) // so that two choices meet in every combination
	}
	return in, choice
}

// dress gives every argument that a case needs and leaves open a plain value
// that tells rows apart.
func (b *batch) dress(in map[string]reference.Tensor) {
	first := in[b.op.In[0].Name]
	rows, vocab := first.Shape[0], first.Shape[len(first.Shape)-1]
	missing := func(name string) bool {
		_, given := in[name]
		return b.has(name) && !given
	}
	each := func(name string, f func(r int) float64) {
		v := make([]float64, rows)
		for r := range v {
			v[r] = f(r)
		}
		in[name] = b.vector(name, v...).tensor
	}
	b.dressSelection(first, in, missing)
	if missing("label") {
		each("label", func(r int) float64 { return float64(b.label(first, r, vocab)) })
	}
	if missing("u") && in["seed"].Absent() {
		each("u", func(int) float64 { return b.draw.Float() })
	}
	if missing("p") {
		each("p", func(int) float64 { return usualMasses[b.draw.Intn(len(usualMasses))] })
	}
	for i := range b.op.In {
		if a := &b.op.In[i]; companions[a.Name] != nil && missing(a.Name) && slices.Contains(a.Dims, "vocab") {
			in[a.Name] = b.companion(first, in, a.Name)
		}
	}
	b.dressTokens(in, missing, each)
	b.dressStatistics(in, missing)
}

// label picks the first class, the last, the likeliest or any, in turn.
func (b *batch) label(x reference.Tensor, r, vocab int) int {
	if vocab == 0 {
		return 0
	}
	switch (r + len(b.cases)) % 4 {
	case 0:
		return b.draw.Intn(vocab)
	case 1:
		return vocab - 1
	case 2:
		return 0
	}
	best := 0
	for i := range vocab {
		if x.Get(r*vocab+i) > x.Get(r*vocab+best) {
			best = i
		}
	}
	return best
}
