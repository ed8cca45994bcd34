package properties

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/seed-210c9500/assay/reference"
)

// concurrency calls the kernel from several goroutines at once, each with its
// own question, over and over. The answers must be those it gave when it was
// asked alone: scratch memory that calls share shows here.
func (t *tally) concurrency(ctx context.Context, x *examiner, cases []Case, outcomes []outcome, limit time.Duration) {
	if !x.can(Concurrent) {
		return
	}
	var picked []*Case
	for i := range cases {
		if outcomes[i].status == Pass && len(picked) < 2*callers {
			picked = append(picked, &cases[i])
		}
	}
	// The widest of the first few dozen: short calls hardly overlap.
	for i := range cases {
		for j := range picked {
			if outcomes[i].status == Pass && cases[i].Call.In[0].Len() > picked[j].Call.In[0].Len() && cases[i].Call.In[0].Len() <= 1<<14 && !slices.Contains(picked, &cases[i]) {
				picked[j] = &cases[i]
				break
			}
		}
	}
	if len(picked) < 2 {
		return
	}
	t.row.Laws["concurrent"] += len(picked)
	if f, c := x.together(ctx, picked, limit); f != nil {
		f.sign(*c, x.asker.impl)
		t.row.breaks(f.Law, c.Class)
		t.row.Counts[Pass]--
		t.row.Counts[t.take(c, f)]++
	}
}

// callers is how many goroutines call at once.
const callers = 4

// together calls for the time given, and each case twice at least.
func (x *examiner) together(ctx context.Context, cases []*Case, limit time.Duration) (*Finding, *Case) {
	alone := make([]*reference.Call, len(cases))
	for i, c := range cases {
		p := place(c.Call, Layout{}, fresh)
		if x.asker.ask(ctx, p.call) != nil {
			return nil, nil
		}
		alone[i] = p.answer(c.Call)
	}
	end := time.Now().Add(limit)
	var mu sync.Mutex
	var found *Finding
	var culprit *Case
	var group sync.WaitGroup
	for caller := range callers {
		group.Go(func() {
			for round := 0; round < 2 || time.Now().Before(end); round++ {
				for i := range cases {
					i = (i + caller*len(cases)/callers) % len(cases)
					f := x.oneOfMany(ctx, cases[i], alone[i], round)
					mu.Lock()
					if f != nil && found == nil {
						found, culprit = f, cases[i]
					}
					stop := found != nil || ctx.Err() != nil
					mu.Unlock()
					if stop {
						return
					}
				}
			}
		})
	}
	group.Wait()
	return found, culprit
}

func (x *examiner) oneOfMany(ctx context.Context, c *Case, alone *reference.Call, round int) *Finding {
	p := place(c.Call, Layout{Poison: Poison(round % 3)}, fresh)
	err := x.asker.unlocked(ctx, []*reference.Call{p.call})[0]
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return &Finding{Law: "concurrent", Status: statusOf(err), Says: fmt.Sprintf("called from %d goroutines at once it failed: %v", callers, err)}
	}
	got := p.answer(c.Call)
	if o, i := different(alone, got); o >= 0 {
		t := alone.Out[o]
		return &Finding{Law: "concurrent", Status: Fail, Out: c.Call.Op.Out[o].Name, Index: unflatten(t.Shape, i), Got: Num(got.Out[o].Get(i)), Ref: Num(t.Get(i)), Call: got,
			Says: fmt.Sprintf("called from %d goroutines at once, %s%v is %g; called alone, %g", callers, c.Call.Op.Out[o].Name, unflatten(t.Shape, i), got.Out[o].Get(i), t.Get(i))}
	}
	return nil
}
