package properties

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-210c9500/assay/reference"
)

// Check judges an implementation: every operation it has, in every element type,
// on every class of input that applies. What is wrong with the kernels stands in
// the report; an error means that the check itself could not be done, or that no
// case ran. The report is there in either case, with Complete false when the
// context ended first.
func Check(ctx context.Context, impl Implementation, o Options) (*Report, error) {
	return suite{Classes, Laws}.check(ctx, impl, o)
}

// Run is Check in a test: a subtest for each operation and element type, and an
// error for each finding.
func Run(t *testing.T, impl Implementation, opts ...func(*Options)) {
	t.Helper()
	suite{Classes, Laws}.run(t, impl, opts...)
}

func (s suite) run(t *testing.T, impl Implementation, opts ...func(*Options)) {
	t.Helper()
	o := Options{Effort: Normal}
	if testing.Short() {
		o.Effort = Quick
	}
	for _, f := range opts {
		f(&o)
	}
	report, err := s.check(t.Context(), impl, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range report.Rows {
		t.Run(row.Op+"/"+row.DType, func(t *testing.T) {
			if row.Status == Unsupported {
				t.Skip(row.Reason)
			}
			t.Logf("seed %d: %d cases, worst err/bound %.3g, %.3g ULP", report.Seed, row.Cases, row.Worst, row.MaxULP)
			for _, f := range report.Findings {
				if f.Op == row.Op && f.DType == row.DType && f.Status != Profile {
					t.Errorf("%s", f.String())
				}
			}
		})
	}
}

func (s suite) check(ctx context.Context, impl Implementation, o Options) (*Report, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	r := &runner{suite: s, o: o, asker: &asker{impl: impl, limit: o.Timeout}}
	report := &Report{Schema: Schema, Seed: o.Seed, Complete: true, Summary: map[string]int{},
		Machine: map[string]string{"os": runtime.GOOS, "arch": runtime.GOARCH, "go": runtime.Version()}}
	kinds := o.kinds()
	for i, k := range kinds {
		row, findings, err := r.row(ctx, k, len(kinds)-i)
		if err != nil {
			return report, err
		}
		report.Rows = append(report.Rows, *row)
		report.Findings = append(report.Findings, findings...)
		for status, n := range row.Counts {
			report.Summary[string(status)] += n
		}
		report.Summary["cases"] += row.Cases
		if r.stopped.Load() {
			report.Complete = false
			break
		}
	}
	if report.Summary["cases"] == 0 && ctx.Err() == nil {
		return report, fmt.Errorf("properties: no case of %s ran%s", impl.Name(), reasons(report.Rows))
	}
	return report, nil
}

func reasons(rows []Row) string {
	var seen []string
	for _, r := range rows {
		if r.Reason != "" && !slices.Contains(seen, r.Reason) {
			seen = append(seen, r.Reason)
		}
	}
	if len(seen) == 0 {
		return ""
	}
	return ": " + strings.Join(seen, "; ")
}

// complete fills in what was left open, and refuses names that do not exist.
func (o *Options) complete() error {
	if o.Effort == 0 {
		o.Effort = Normal
	}
	if o.Jobs <= 0 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	for _, name := range o.Ops {
		if _, err := reference.ByName(name); err != nil {
			return err
		}
	}
	for o.Seed == 0 {
		var b [8]byte
		if _, err := rand.Read(b[:]); err != nil {
			return err
		}
		o.Seed = binary.LittleEndian.Uint64(b[:]) >> 11 // exact in a JSON number
	}
	return nil
}

// kind is what a row of the report is about.
type kind struct {
	op *reference.Op
	d  reference.DType
}

// kinds are those asked for, in the order of the table.
func (o *Options) kinds() []kind {
	var kinds []kind
	for _, op := range reference.Ops {
		if o.Ops != nil && !slices.Contains(o.Ops, op.Name) {
			continue
		}
		for _, d := range op.DTypes() {
			if o.DTypes == nil || slices.Contains(o.DTypes, d) {
				kinds = append(kinds, kind{op, d})
			}
		}
	}
	return kinds
}

type runner struct {
	suite
	o       Options
	asker   *asker
	stopped atomic.Bool // cancelled, hung, or the first failure was enough
	done    int
}

// row judges one operation in one element type. rest counts the rows still to
// come, this one included, for the progress.
func (r *runner) row(ctx context.Context, k kind, rest int) (*Row, []Finding, error) {
	row := &Row{Op: k.op.Name, Variant: r.asker.impl.Name(), DType: k.d.String(), Counts: map[Status]int{}, Laws: map[string]int{}, Classes: map[string]int{}}
	contract, err := r.asker.impl.Contract(k.op, k.d)
	if err != nil {
		row.Status, row.Reason = Unsupported, err.Error()
		return row, nil, nil
	}
	if r.o.Contract != nil {
		r.o.Contract(&contract)
	}
	row.Contract = contract.String()
	cases := r.plan(k.op, k.d, r.o)
	outcomes := r.judge(ctx, row, contract, cases, rest)
	t := tally{row: row, sum: newSum()}
	for i := range outcomes {
		if err := outcomes[i].err; err != nil && ctx.Err() == nil {
			return row, nil, err
		}
		t.add(&cases[i], &outcomes[i])
	}
	row.SameBits = hex.EncodeToString(t.sum.Sum(nil)[:16])
	x := r.examiner(contract)
	defer x.guards.release()
	if !r.stopped.Load() {
		t.concurrency(ctx, x, cases, outcomes)
	}
	findings := t.worst(ctx, x, r)
	row.Status = t.status()
	return row, findings, nil
}

func (r *runner) examiner(k reference.Contract) *examiner {
	return &examiner{asker: r.asker, k: k, arena: arena{}, guards: guards{}}
}

// judge puts the cases to the workers. The outcomes lie in the order of the
// cases whoever worked them out.
func (r *runner) judge(ctx context.Context, row *Row, k reference.Contract, cases []Case, rest int) []outcome {
	outcomes := make([]outcome, len(cases))
	var next atomic.Int64
	var mu sync.Mutex
	var group sync.WaitGroup
	for range min(r.o.Jobs, len(cases)) {
		group.Go(func() {
			x := r.examiner(k)
			defer x.guards.release()
			for {
				i := int(next.Add(1)) - 1
				if i >= len(cases) {
					return
				}
				if r.stopped.Load() || ctx.Err() != nil {
					r.stopped.Store(true)
					return
				}
				outcomes[i] = x.examine(ctx, cases[i], r.steps(cases, i))
				if cases[i].Call.In[0].Len() > 4096 || cases[i].Layout.Guard != NoGuard {
					x.settle(cases[i], &outcomes[i]) // too large to be kept until the end
				}
				switch s := outcomes[i].status; {
				case ctx.Err() != nil, r.asker.hung.Load(), r.o.FailFast && s.failed():
					r.stopped.Store(true)
				}
				if r.o.Progress != nil {
					mu.Lock()
					r.done++
					r.o.Progress(r.done, r.done+(len(cases)-i-1)+len(cases)*(rest-1), row)
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	x := r.examiner(k)
	for i := range outcomes {
		x.settle(cases[i], &outcomes[i])
	}
	return outcomes
}

// steps chooses what is done with the i-th case: one awkward layout in turn, or
// all of them.
func (r *runner) steps(cases []Case, i int) steps {
	c := &cases[i]
	s := steps{again: true, vacuity: true}
	list := layouts(r.asker.impl, c.Call.Op)
	if r.o.Effort.reach().each || c.Edge != nil {
		s.layouts = list
	} else if len(list) > 0 {
		s.layouts = list[i%len(list):][:1]
	}
	turn := r.o.Effort.reach().laws
	if turn > 1 && c.Call.In[0].Len() > 4096 {
		turn *= 4
	}
	for j, law := range r.laws {
		if (i+j)%turn == 0 && law.binds(c, r.asker.impl) {
			s.laws = append(s.laws, law)
		}
	}
	if i > 0 && c.Call.In[0].Len() <= 4096 && sameQuestion(c.Call, cases[i-1].Call) {
		if want, err := cases[i-1].Call.Truth(); err == nil {
			s.previous = want
		}
	}
	return s
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
