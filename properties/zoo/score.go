package zoo

import (
	"context"
	"fmt"
	"slices"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

// Catch is what became of a wrong kernel.
type Catch struct {
	ID    string `json:"id"`
	Bug   string `json:"bug"`
	Hard  bool   `json:"hard"`
	Law   string `json:"law,omitempty"`   // what caught it; "" where it escaped
	Class string `json:"class,omitempty"` // on a case of which class
	Cases int    `json:"cases"`           // judged until then
	Late  bool   `json:"late,omitempty"`  // quick effort had found nothing
}

// Score is what the harness makes of the zoo's kernels of one operation.
type Score struct {
	Op      string   `json:"op"`
	Wrong   []Catch  `json:"wrong"`
	Right   []string `json:"right"`
	Accused []string `json:"accused"` // findings against right kernels
}

// Caught counts the wrong kernels that were caught.
func (s *Score) Caught() (n int) {
	for _, c := range s.Wrong {
		if c.Law != "" {
			n++
		}
	}
	return n
}

// Median is the number of cases until the first catch.
func Median(scores ...*Score) int {
	var all []int
	for _, s := range scores {
		for _, c := range s.Wrong {
			if c.Law != "" {
				all = append(all, c.Cases)
			}
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// Of lists the kernels of one operation.
func Of(op *reference.Op) (wrong, right []Kernel) { return wrongOf(op), family(op) }

// Try lets the harness judge kernels of one operation at quick effort: each wrong
// one until something is found, the right ones to the end.
func Try(ctx context.Context, op string, wrong, right []Kernel, o properties.Options) (*Score, error) {
	o.Ops, o.Effort = []string{op}, properties.Quick
	s := &Score{Op: op, Accused: []string{}}
	if err := s.tryRight(ctx, right, o); err != nil {
		return nil, err
	}
	return s, s.tryWrong(ctx, wrong, o)
}

func (s *Score) tryRight(ctx context.Context, right []Kernel, o properties.Options) error {
	if len(right) == 0 {
		return nil
	}
	var impls []properties.Implementation
	for i := range right {
		impls = append(impls, right[i].Implementation())
		s.Right = append(s.Right, right[i].ID)
	}
	reports, err := properties.CheckAll(ctx, impls, o)
	if err != nil {
		return err
	}
	for i, r := range reports {
		for j := range r.Findings {
			s.Accused = append(s.Accused, r.Findings[j].String())
		}
		if n := r.Summary[string(properties.Fail)] + r.Summary[string(properties.Profile)]; n > 0 && len(r.Findings) == 0 {
			s.Accused = append(s.Accused, fmt.Sprintf("%s: %d findings", right[i].ID, n))
		}
	}
	return nil
}

// tryWrong judges wrong kernels side by side, each until its first finding: at
// quick effort, and those that this leaves at the usual one.
func (s *Score) tryWrong(ctx context.Context, wrong []Kernel, o properties.Options) error {
	o.Hunt, o.DTypes = true, nil // each in the types it has
	s.Wrong = make([]Catch, len(wrong))
	left := make([]int, len(wrong))
	for i := range wrong {
		s.Wrong[i] = Catch{ID: wrong[i].ID, Bug: wrong[i].Bug, Hard: wrong[i].Hard()}
		left[i] = i
	}
	for _, o.Effort = range []properties.Effort{properties.Quick, properties.Normal} {
		if len(left) == 0 {
			break
		}
		var impls []properties.Implementation
		for _, i := range left {
			impls = append(impls, wrong[i].Implementation())
		}
		reports, err := properties.CheckAll(ctx, impls, o)
		if err != nil {
			return err
		}
		var still []int
		for n, r := range reports {
			if c := &s.Wrong[left[n]]; !c.take(r, o.Effort) {
				still = append(still, left[n])
			}
		}
		left = still
	}
	return ctx.Err()
}

// take notes what a report has against a kernel; false for nothing.
func (c *Catch) take(r *properties.Report, effort properties.Effort) bool {
	c.Cases += r.Summary["cases"]
	for _, f := range r.Findings {
		if f.Status == properties.Fail || f.Status == properties.Crash || f.Status == properties.Timeout {
			c.Law, c.Class, c.Late = f.Law, f.Class, effort != properties.Quick
			return true
		}
	}
	return false
}
