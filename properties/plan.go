package properties

import (
	"fmt"
	"slices"
	"time"

	"github.com/seed-210c9500/assay/reference"
)

// suite is what is walked: the package's tables, or a test's own.
type suite struct {
	classes []Class
	laws    []Law
}

// reach is how far an effort goes.
type reach struct {
	sizes    []int // largest vocabularies that every class is asked for
	wide     []int // vocabularies of which one case each is taken, from the first class that has one
	budget   int   // elements of logits a row of the report may cost; 0: no limit
	each     bool  // every case in every layout, instead of one layout in turn
	laws     int   // a case hears every laws-th law, in turn; a wide one a quarter of those
	runs     int   // runs that the reduction of a finding may take
	reduce   time.Duration
	together time.Duration // for which a row's kernel is called from several goroutines at once
}

func (e Effort) reach() reach {
	switch e {
	case Quick:
		return reach{sizes: []int{130}, wide: []int{128256}, budget: 14_000, laws: 4, runs: 500, reduce: 2 * time.Second, together: 5 * time.Millisecond}
	case Thorough:
		return reach{sizes: []int{130, 1025, 32768, 262144}, each: true, laws: 1, runs: 2000, reduce: 5 * time.Second, together: 200 * time.Millisecond}
	}
	return reach{sizes: []int{130, 1025}, wide: []int{32000, 128256, 151936}, budget: 60_000, each: true, laws: 1, runs: 2000, reduce: 5 * time.Second, together: 40 * time.Millisecond}
}

// plan lists the cases of one operation and element type, in a fixed order, each
// once.
func (s suite) plan(op *reference.Op, d reference.DType, o Options) []Case {
	var cases []Case
	seen := map[string]bool{}
	add := func(c Case) {
		if key := c.ID + c.Layout.String(); !seen[key] && c.Call.Op == op && c.Call.DType() == d {
			seen[key] = true
			cases = append(cases, c)
		}
	}
	if !o.Only {
		for i := range op.Edges {
			e := &op.Edges[i]
			c := NewCase("edge", e.Name, o.Seed, e.Make(op, d))
			c.Edge = e
			add(c)
		}
		r := o.Effort.reach()
		var made []Case
		for _, size := range r.sizes {
			for i := range s.classes {
				made = append(made, s.make(&s.classes[i], op, d, size, o.Seed)...)
			}
		}
		for _, c := range thin(made, r.budget) {
			add(c)
		}
		for _, c := range largeCases(op, d, o) {
			add(c)
		}
		for _, vocab := range r.wide {
			if o.Effort == Quick && d != reference.F32 {
				continue
			}
			if c, ok := s.wide(op, d, vocab, o.Seed); ok {
				add(c)
			}
		}
	}
	for _, c := range o.Extra {
		add(c)
	}
	return cases
}

func (s suite) make(class *Class, op *reference.Op, d reference.DType, size int, seed uint64) []Case {
	if class.Ops != nil && !slices.Contains(class.Ops, op.Name) {
		return nil
	}
	return class.Make(op, d, size, NewDraw(seed, class.Name, op.Name, d.String(), fmt.Sprint(size)))
}

// wideClasses are asked first for a wide row: a heavy head with a long tail, one
// logit above the others, near-uniform.
var wideClasses = []string{"G12", "G06", "G08", "G05"}

// wide makes one case of a given vocabulary, or takes it from the first class that
// has one.
func (s suite) wide(op *reference.Op, d reference.DType, vocab int, seed uint64) (Case, bool) {
	if !slices.Contains(op.In[0].Dims, "vocab") {
		return Case{}, false
	}
	if variesIn(op, "x") {
		b := &batch{class: "G12", op: op, d: d, size: vocab, draw: NewDraw(seed, "wide", op.Name, d.String(), fmt.Sprint(vocab))}
		wideRow(b)
		return b.cases[0], b.cases[0].Call.Check() == nil
	}
	order := make([]*Class, len(s.classes))
	for i := range s.classes {
		order[i] = &s.classes[i]
	}
	rank := func(c *Class) int {
		if i := slices.Index(wideClasses, c.Name); i >= 0 {
			return i
		}
		return len(wideClasses)
	}
	slices.SortStableFunc(order, func(a, b *Class) int { return rank(a) - rank(b) })
	for _, class := range order {
		for _, c := range s.make(class, op, d, vocab, seed) {
			if c.Call.Dims()["vocab"] == vocab && c.Call.Check() == nil {
				return c, true
			}
		}
	}
	return Case{}, false
}

// cost is what a case weighs against the budget: its numbers, and something for
// being a case at all.
func cost(c *Case) int { return volume(c.Call) + 50 }

// volume counts the numbers that a call is given.
func volume(c *reference.Call) int {
	n := 0
	for _, t := range c.In {
		if !t.Absent() {
			n += t.Len()
		}
	}
	return n
}

// thin keeps within a budget by taking cases evenly from each class, the cheap
// classes whole.
func thin(cases []Case, budget int) []Case {
	total := 0
	byClass := map[string]int{}
	for i := range cases {
		total += cost(&cases[i])
		byClass[cases[i].Class] += cost(&cases[i])
	}
	if budget == 0 || total <= budget {
		return cases
	}
	share := level(byClass, budget)
	var kept []Case
	spent, passed := map[string]int{}, map[string]int{}
	for i := range cases {
		name, n := cases[i].Class, cost(&cases[i])
		passed[name] += n
		// Spend in step with the class's list, so that what is kept is spread over it.
		if due := float64(share) / float64(byClass[name]) * float64(passed[name]); byClass[name] <= share || spent[name] == 0 || float64(spent[name]) < due-float64(n)/2 {
			spent[name] += n
			kept = append(kept, cases[i])
		}
	}
	return kept
}

// level finds the most that each class may cost so that all together stay within
// the budget.
func level(byClass map[string]int, budget int) int {
	lo, hi := 0, budget
	for lo < hi {
		mid, sum := (lo+hi+1)/2, 0
		for _, n := range byClass {
			sum += min(n, mid)
		}
		if sum <= budget {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return lo
}

// layouts are the awkward places of memory that a kernel can stand.
func layouts(impl Implementation, op *reference.Op) []Layout {
	if !impl.Can(RedZones) {
		return nil
	}
	list := []Layout{{Offset: 1, Poison: PoisonLarge}, {Offset: 7, Poison: PoisonDead}}
	if guarding {
		list = append(list, Layout{Guard: GuardAfter, Poison: PoisonLarge}, Layout{Guard: GuardBefore})
	}
	if impl.Can(Strides) {
		list = append(list, Layout{Offset: 3, Padding: 5, Poison: PoisonLarge})
	}
	if impl.Can(InPlace) && slices.ContainsFunc(op.Out, func(a reference.Arg) bool { return a.InPlace != "" }) {
		list = append(list, Layout{Offset: 2, InPlace: true})
	}
	return list
}
