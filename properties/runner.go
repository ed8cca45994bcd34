package properties

import (
	"cmp"
	"context"
	"encoding/hex"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/seed-210c9500/assay/reference"
)

// runner puts the same cases to every candidate.
type runner struct {
	suite
	o    Options
	on   []*candidate
	done int
}

// candidate is an implementation, and what became of the operation and element
// type at hand.
type candidate struct {
	*asker
	stopped  atomic.Bool // cancelled, hung, or the first failure was enough
	k        reference.Contract
	row      *Row // nil when it was stopped before
	outcomes []outcome
	findings []Finding
}

// over says that nobody is left to be asked.
func (r *runner) over() bool {
	return !slices.ContainsFunc(r.on, func(c *candidate) bool { return !c.stopped.Load() })
}

// kind judges one operation in one element type. rest counts the kinds still to
// come, this one included, for the progress.
func (r *runner) kind(ctx context.Context, k kind, plan func() []Case, rest int) error {
	var asked []*candidate
	for _, c := range r.on {
		if c.stopped.Load() {
			continue
		}
		if c.enter(k, r.o); c.row.Status != Unsupported {
			asked = append(asked, c)
		}
	}
	if len(asked) == 0 {
		return nil
	}
	cases := plan()
	r.judge(ctx, asked, cases, rest)
	for _, c := range asked {
		if err := r.conclude(ctx, c, cases); err != nil {
			return err
		}
	}
	return nil
}

// planned makes the cases of each kind when they are asked for, and has those of
// the next kind that somebody takes made meanwhile.
func (r *runner) planned(kinds []kind) []func() []Case {
	plans := make([]func() []Case, len(kinds))
	next := func() {}
	for i := len(kinds) - 1; i >= 0; i-- {
		after := next
		plan := sync.OnceValue(func() []Case { return r.plan(kinds[i].op, kinds[i].d, r.o) })
		plans[i] = func() []Case {
			go after()
			return plan()
		}
		if r.taken(kinds[i]) {
			next = func() { plan() }
		}
	}
	return plans
}

// taken says that a candidate has kernels of a kind.
func (r *runner) taken(k kind) bool {
	return slices.ContainsFunc(r.on, func(c *candidate) bool {
		_, err := c.impl.Contract(k.op, k.d)
		return err == nil
	})
}

// enter opens the row of an operation and element type.
func (c *candidate) enter(k kind, o Options) {
	c.toll.Store(0)
	c.row = &Row{Op: k.op.Name, Variant: c.impl.Name(), DType: k.d.String(), Counts: map[Status]int{}, FailedIn: map[string]int{}, Laws: map[string]int{}, Classes: map[string]int{}}
	contract, err := c.impl.Contract(k.op, k.d)
	if err != nil {
		c.row.Status, c.row.Reason = Unsupported, err.Error()
		return
	}
	if o.Contract != nil {
		o.Contract(&contract)
	}
	c.k, c.row.Contract = contract, contract.String()
	for p := range probes {
		if !c.impl.Can(Probe(p)) {
			c.row.Without = append(c.row.Without, Probe(p).String())
		}
	}
}

// conclude sums up the outcomes of a row.
func (r *runner) conclude(ctx context.Context, c *candidate, cases []Case) error {
	t := tally{row: c.row, waive: r.o.Waive, sum: newSum()}
	givenUp := c.toll.Load() >= mostToll
	for i := range c.outcomes {
		if err := c.outcomes[i].err; err != nil && ctx.Err() == nil {
			return err
		}
		t.add(&cases[i], &c.outcomes[i])
	}
	t.excuse()
	c.row.SameBits = hex.EncodeToString(t.sum.Sum(nil)[:16])
	m := newMemory()
	defer m.release()
	x := m.examiner(c)
	if !c.stopped.Load() {
		t.concurrency(ctx, x, cases, c.outcomes, r.o.Effort.reach().together)
	}
	c.findings = t.worst(ctx, x, r)
	c.row.Status = t.status()
	if givenUp {
		c.row.Untried = len(cases) - c.row.Cases
	}
	c.outcomes = nil
	return nil
}

// judge puts the cases to the workers, each case to all candidates by the worker
// who took it, beginning with another one: calls of one implementation wait for
// each other. The outcomes lie in the order of the cases whoever worked them out.
func (r *runner) judge(ctx context.Context, asked []*candidate, cases []Case, rest int) {
	for _, c := range asked {
		c.outcomes = make([]outcome, len(cases))
	}
	total := r.done + len(cases)*len(asked)*rest
	truths := truthsOf(cases)
	order := r.order(cases)
	var next atomic.Int64
	var mu sync.Mutex
	var group sync.WaitGroup
	for worker := range min(r.o.Jobs, len(cases)) {
		group.Go(func() {
			m := newMemory()
			defer m.release()
			for {
				n := int(next.Add(1)) - 1
				if n >= len(cases) || r.over() {
					return
				}
				i := order[n]
				s := newSheet(cases[i])
				s.truth, s.previous = truths[i], previous(cases, truths, i)
				for n := range asked {
					c := asked[(n+worker)%len(asked)]
					if ctx.Err() != nil {
						c.stopped.Store(true)
					}
					if c.stopped.Load() || c.toll.Load() >= mostToll {
						continue
					}
					r.put(ctx, c, m, s, cases, i)
					if r.o.Progress != nil {
						mu.Lock()
						r.done++
						r.o.Progress(r.done, total, c.row)
						mu.Unlock()
					}
				}
			}
		})
	}
	group.Wait()
	for _, c := range asked {
		for i := range c.outcomes {
			c.outcomes[i].settle(cases[i], c.impl)
		}
	}
}

// order is the widest cases first, so that no worker is left with one at the end;
// a run that stops at the first failure meets the small ones first.
func (r *runner) order(cases []Case) []int {
	order := make([]int, len(cases))
	for i := range order {
		order[i] = i
	}
	if !r.o.FailFast && !r.o.Hunt {
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(cost(&cases[b]), cost(&cases[a])) })
	}
	return order
}

// put judges one candidate on the i-th case.
func (r *runner) put(ctx context.Context, c *candidate, m *memory, s *sheet, cases []Case, i int) {
	o := &c.outcomes[i]
	*o = m.examiner(c).examine(ctx, s, r.steps(c.impl, cases, i))
	if !small(&cases[i]) || cases[i].Layout.Guard != NoGuard {
		o.settle(cases[i], c.impl) // too large to be kept until the end
	}
	failed := (r.o.FailFast || r.o.Hunt) && o.status.failed() && (r.o.Waive == nil || !r.o.Waive(o.finding))
	switch {
	case ctx.Err() != nil, c.hung.Load(), failed:
		c.stopped.Store(true)
	}
	if failed && r.o.FailFast {
		for _, other := range r.on {
			other.stopped.Store(true)
		}
	}
}

// small says that a case is cheap to keep, and to ask the reference about.
func small(c *Case) bool { return c.Call.In[0].Len() <= 4096 }

// truthsOf asks the reference about each case when that is first wanted, by its own
// worker or the next case's, and keeps the answer where it is small.
func truthsOf(cases []Case) []func() (*reference.Call, error) {
	truths := make([]func() (*reference.Call, error), len(cases))
	for i := range cases {
		truths[i] = cases[i].Call.Truth
		if small(&cases[i]) {
			truths[i] = sync.OnceValues(truths[i])
		}
	}
	return truths
}

// previous is the reference's answer to the case before, where that has outputs
// of the same shapes.
func previous(cases []Case, truths []func() (*reference.Call, error), i int) *reference.Call {
	if i == 0 || !small(&cases[i]) || !sameQuestion(cases[i].Call, cases[i-1].Call) {
		return nil
	}
	want, _ := truths[i-1]()
	return want
}

// steps chooses what is done with the i-th case: one awkward layout in turn, or
// all of them.
func (r *runner) steps(impl Implementation, cases []Case, i int) steps {
	c := &cases[i]
	s := steps{again: true, vacuity: true, every: r.o.Every}
	list := layouts(impl, c.Call.Op)
	if r.o.Effort.reach().each || c.Edge != nil || s.every {
		s.layouts = list
	} else if len(list) > 0 {
		s.layouts = list[i%len(list):][:1]
	}
	turn := r.o.Effort.reach().laws
	switch {
	case s.every:
		turn = 1
	case turn > 1 && !small(c):
		turn *= 4
	}
	for j, law := range r.laws {
		if r.due(&law, c, i+j, turn) && law.binds(c, impl) {
			s.laws = append(s.laws, law)
		}
	}
	return s
}

// due says whether it is a law's turn.
func (r *runner) due(l *Law, c *Case, at, turn int) bool {
	if l.Heavy {
		return r.o.Effort != Quick || c.Call.DType() == reference.F32
	}
	return at%turn == 0
}

func (l *Law) binds(c *Case, impl Implementation) bool {
	if !slices.Contains(l.Ops, c.Call.Op.Name) || l.Classes != nil && !slices.Contains(l.Classes, c.Class) {
		return false
	}
	return !slices.ContainsFunc(l.Needs, func(p Probe) bool { return !impl.Can(p) })
}

// sameQuestion says that two calls have outputs of the same shapes.
func sameQuestion(a, b *reference.Call) bool {
	for i := range a.Out {
		if a.Out[i].Absent() != b.Out[i].Absent() || !a.Out[i].Absent() && !sameShape(a.Out[i], b.Out[i]) {
			return false
		}
	}
	return true
}

// failed says that a status is a kernel's fault.
func (s Status) failed() bool { return s == Fail || s == Crash || s == Timeout }
