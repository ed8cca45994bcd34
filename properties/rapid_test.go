package properties

import (
	"slices"
	"testing"

	"github.com/seed-210c9500/assay/reference"
	"pgregory.net/rapid"
)

// ingredients is what a case is made from, not the case: rapid then shrinks a
// class, a width and a seed, in moments, where shrinking a tensor takes minutes.
type ingredients struct {
	class int
	op    *reference.Op
	d     reference.DType
	size  int
	seed  uint64
}

// specimens lists the operations that the specimens of these tests perform.
func specimens() []*reference.Op {
	var ops []*reference.Op
	for _, op := range reference.Ops {
		if slices.Contains([]string{"softmax", "cross_entropy", "top_p_filter", "sample_logits"}, op.Name) {
			ops = append(ops, op)
		}
	}
	return ops
}

func recipes(s suite) *rapid.Generator[ingredients] {
	return rapid.Custom(func(t *rapid.T) ingredients {
		return ingredients{
			class: rapid.IntRange(0, len(s.classes)-1).Draw(t, "class"),
			op:    rapid.SampledFrom(specimens()).Draw(t, "op"),
			d:     rapid.SampledFrom([]reference.DType{reference.F32, reference.BF16, reference.F16}).Draw(t, "dtype"),
			size:  rapid.IntRange(1, 70).Draw(t, "size"),
			seed:  rapid.Uint64Range(1, 1<<20).Draw(t, "seed"),
		}
	})
}

// verdictOn judges a kernel on the cases of one recipe.
func verdictOn(t *rapid.T, s suite, k *specimen, r ingredients) *Finding {
	x := &examiner{asker: &asker{impl: k.impl(), limit: 30e9}, k: reference.DefaultContract(r.d), memory: newMemory()}
	defer x.guards.release()
	list := layouts(x.asker.impl, r.op)
	for i, c := range s.make(&s.classes[r.class], r.op, r.d, r.size, r.seed) {
		o := x.examine(t.Context(), newSheet(c), steps{again: true, layouts: list[i%len(list):][:1]})
		if o.err != nil {
			t.Fatal(o.err)
		}
		if o.finding != nil {
			return o.finding
		}
	}
	return nil
}

// Whatever rapid draws, a right kernel is not accused.
func TestRapidRight(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		k := &specimen{recipe: sound()}
		k.sum = lanes
		if f := verdictOn(rt, plain, k, recipes(plain).Draw(rt, "recipe")); f != nil {
			rt.Fatal(f.String())
		}
	})
}

// And a wrong one is caught within rapid's usual number of draws.
func TestRapidWrong(t *testing.T) {
	k := &specimen{recipe: sound()}
	k.sum = func(x []float32) float32 { return sequential(x) + 1e-4 }
	caught := 0
	rapid.Check(t, func(rt *rapid.T) {
		if verdictOn(rt, plain, k, recipes(plain).Draw(rt, "recipe")) != nil {
			caught++
		}
	})
	if caught == 0 {
		t.Error("a sum with 1e-4 added was never caught")
	}
	t.Logf("caught by %d recipes", caught)
}
