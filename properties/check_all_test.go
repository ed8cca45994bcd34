package properties

import (
	"reflect"
	"testing"

	"github.com/seed-210c9500/assay/reference"
)

// tabled makes an implementation of several operations of one body: the
// reference's answer, changed by bend.
func tabled(name string, ops []string, bend func(c *reference.Call)) Implementation {
	var rows []*reference.Variant
	for _, op := range ops {
		rows = append(rows, &reference.Variant{Op: op, Name: name, DTypes: []reference.DType{reference.F32}, Contract: reference.DefaultContract(reference.F32),
			Run: func(c *reference.Call) error {
				want, err := c.Truth()
				if err != nil {
					return err
				}
				for o, t := range c.Out {
					for i, v := range widened(want.Out[o]) {
						t.Put(i, v)
					}
				}
				bend(c)
				return nil
			}})
	}
	return Table(name, rows)
}

// Kernels judged side by side get the reports that they get alone: what they
// share is the reference's, nothing of each other's answers.
func TestTogetherAsAlone(t *testing.T) {
	o := Options{Ops: []string{"softmax", "top_p_filter", "sample_logits", "multinomial_counts"}, DTypes: []reference.DType{reference.F32}, Seed: 11, Effort: Quick}
	impls := []Implementation{
		tabled("chooses", o.Ops, func(c *reference.Call) { // another token, or one token more, where there is one
			last := c.Out[len(c.Out)-1]
			if !last.DType.Float() && last.Len() > 2 {
				last.PutInt(1, last.Int(1)+1)
			}
		}),
		tabled("scales", o.Ops, func(c *reference.Call) {
			if y := c.Out[0]; y.DType.Float() && y.Len() > 8 {
				y.Put(3, y.Get(3)*1.01)
			}
		}),
		tabled("right", o.Ops, func(*reference.Call) {}),
		tabled("spoils", o.Ops, func(c *reference.Call) {
			if x := c.In[0]; x.Len() > 40 {
				x.Put(7, 0.25)
			}
		}),
	}
	together, err := CheckAll(t.Context(), impls, o)
	if err != nil {
		t.Fatal(err)
	}
	for i, impl := range impls {
		alone, err := Check(t.Context(), impl, o)
		if err != nil {
			t.Fatal(err)
		}
		if failed := alone.Summary[string(Fail)]; (failed > 0) != (impl.Name() != "right") {
			t.Errorf("%s: %d failures", impl.Name(), failed)
		}
		if !reflect.DeepEqual(alone.Rows, together[i].Rows) {
			t.Errorf("%s: rows differ:\nalone    %+v\ntogether %+v", impl.Name(), alone.Rows, together[i].Rows)
		}
		if len(alone.Findings) != len(together[i].Findings) {
			t.Errorf("%s: %d findings alone, %d together", impl.Name(), len(alone.Findings), len(together[i].Findings))
			continue
		}
		for j, f := range alone.Findings {
			if g := together[i].Findings[j]; f.Case != g.Case || f.Law != g.Law || f.Variant != g.Variant {
				t.Errorf("%s: finding %d is %s %s alone, %s %s (%s) together", impl.Name(), j, f.Case, f.Law, g.Case, g.Law, g.Variant)
			}
		}
	}
}

// What hangs on a choice is worked out for each choice: a nucleus of three tokens
// shares the mass otherwise than one of two.
func TestBoundFollowsTheChoice(t *testing.T) {
	op, err := reference.ByName("top_p_filter")
	if err != nil {
		t.Fatal(err)
	}
	c := op.NewCall(map[string]reference.Tensor{"x": reference.Of(reference.F32, []int{1, 3}, 0, 0, 0), "p": reference.Scalar(reference.F32, 2.0/3)}, nil)
	s := newSheet(NewCase("G08", "", 1, c))
	k := reference.DefaultContract(reference.F32)
	for kept, want := range map[int64]float64{2: 1.0 / 2, 3: 1.0 / 3} {
		got := &reference.Call{Op: op, In: c.In, Out: []reference.Tensor{c.Out[0].Clone(), c.Out[1].Clone()}}
		got.Out[op.Output("kept")].PutInt(0, kept)
		b := s.solve(c).bound(got, k, 0)
		if !(b.Lo[0] > want-1e-3 && b.Hi[0] < want+1e-3) {
			t.Errorf("kept %d: y[0] in [%v, %v], want about %v", kept, b.Lo[0], b.Hi[0], want)
		}
	}
}
