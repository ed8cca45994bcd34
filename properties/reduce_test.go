package properties

import (
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

// A row as wide as a real vocabulary comes down to a few logits, for bugs that a
// few logits show.
func TestReduceWideRows(t *testing.T) {
	for _, bug := range []struct {
		name, op string
		vocab    int
		plant    func(k *specimen)
		logit    func(draw *Draw, i int) float64
	}{
		{"sum skips the last V%8", "softmax", 128251, func(k *specimen) {
			k.sum = func(x []float32) float32 { return sequential(x[:len(x)/8*8]) }
		}, func(draw *Draw, i int) float64 {
			if i >= 128248 {
				return 9
			}
			return normal(draw, i)
		}},
		{"probabilities below 1e-6 flushed", "softmax", 128256, func(k *specimen) {
			k.out = func(p float32) float32 {
				if p < 1e-6 {
					return 0
				}
				return p
			}
		}, normal},
		{"maximum initialised to 0", "softmax", 128256, func(k *specimen) {
			k.max = func(x []float32) float32 {
				m := float32(0)
				for _, v := range x {
					m = max(m, v)
				}
				return m
			}
		}, func(draw *Draw, i int) float64 { return normal(draw, i) - 140 }},
		{"label's logit read from label-1", "cross_entropy", 128256, func(k *specimen) {
			k.at = func(label int) int { return label - 1 }
		}, normal},
		{"exponent clamped at -20", "softmax", 128256, func(k *specimen) {
			k.exp = func(x, m, T float32) float32 { return sound().exp(max(x-m, -20), 0, T) }
		}, func(draw *Draw, i int) float64 { return 6 * draw.Normal() }},
	} {
		t.Run(bug.name, func(t *testing.T) {
			op, err := reference.ByName(bug.op)
			if err != nil {
				t.Fatal(err)
			}
			k := &specimen{recipe: sound()}
			bug.plant(k)
			f := failing(t, k, op, bug.vocab, bug.logit)
			n := f.Call.In[0].Len()
			t.Logf("%d logits to %d: %s\n%s", bug.vocab, n, f.Input, f.String())
			if n > 8 {
				t.Errorf("reduced to %d logits, want 8 or fewer", n)
			}
		})
	}
}

// A maximum over the first 1,024 logits needs more than those to be wrong: the
// row keeps its width and loses its content.
func TestReduceValues(t *testing.T) {
	k := &specimen{recipe: sound()}
	k.max = func(x []float32) float32 { return sound().max(x[:min(len(x), 1024)]) }
	f := failing(t, k, reference.Ops[0], 128256, func(draw *Draw, i int) float64 {
		if i == 90000 {
			return 200
		}
		return normal(draw, i)
	})
	x := f.Call.In[0]
	kinds := map[uint64]bool{}
	for i := range x.Len() {
		kinds[x.Bits(i)] = true
	}
	t.Logf("%d logits, %d different: %s", x.Len(), len(kinds), f.Input)
	if x.Len() < 1025 || x.Len() > 1032 || len(kinds) > 3 {
		t.Errorf("%d logits, %d different ones, want hardly more than 1025 with 3 or fewer", x.Len(), len(kinds))
	}
}

func normal(draw *Draw, _ int) float64 { return 2.5 * draw.Normal() }

// failing judges one wide row and returns the reduced finding.
func failing(t *testing.T, k *specimen, op *reference.Op, vocab int, logit func(*Draw, int) float64) *Finding {
	t.Helper()
	draw := NewDraw(5, op.Name)
	x := Matrix(reference.F32, 1, vocab, func(_, i int) float64 { return logit(draw, i) })
	r, err := suite{}.check(t.Context(), k.impl(), Options{Seed: 5, Only: true, Extra: []Case{NewCase("G12", "planted", 5, ask(op, x, draw))}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Findings {
		if r.Findings[i].Status == Fail {
			return &r.Findings[i]
		}
	}
	t.Fatal("nothing was found")
	return nil
}
