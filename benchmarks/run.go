package benchmarks

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/seed-210c9500/assay/reference"
)

// ErrWrong is returned by Run when rows were not timed, or their times thrown
// away, because their outputs are wrong. The other rows have been printed.
var ErrWrong = errors.New("wrong outputs")

// runner is one run: its options and what it learned so far.
type runner struct {
	Options
	wrong    int
	verdicts map[string]verdict // by row: the reference is asked in the first pass alone
	out      printer
	deadline time.Time
}

// Run times what opts ask for and prints it to w in the Go benchmark format.
func Run(w io.Writer, opts Options) error {
	r, groups, err := newRunner(opts)
	if err != nil {
		return err
	}
	r.out = printer{w: w, width: widest(groups)}
	r.out.header()
	total, done := len(groups)*r.Count, 0
	for range r.Count {
		for _, g := range groups {
			budget := time.Duration(0)
			if r.Budget > 0 {
				budget = max(1, time.Until(r.deadline)) / time.Duration(total-done)
			}
			if err := r.group(g, budget); err != nil {
				return err
			}
			if done++; r.Progress != nil {
				r.Progress(done, total)
			}
		}
	}
	switch {
	case r.out.err != nil:
		return r.out.err
	case r.wrong > 0:
		return fmt.Errorf("%d rows not timed: %w", r.wrong, ErrWrong)
	case r.out.rows == 0:
		return errors.New("nothing was timed: no variant takes these calls")
	}
	return nil
}

func newRunner(opts Options) (*runner, []*group, error) {
	r := &runner{Options: opts, verdicts: map[string]verdict{}}
	if r.Log == nil {
		r.Log = os.Stderr
	}
	r.Count = max(r.Count, 1)
	r.deadline = time.Now().Add(r.Budget)
	groups, err := r.plan()
	return r, groups, err
}

// refuse names a row that is not timed.
func (r *runner) refuse(name string, err error) {
	r.wrong++
	fmt.Fprintf(r.Log, "%s: FAIL, not timed: %v\n", name, err)
}

// group judges and times the rows of one shape and prints them.
func (r *runner) group(g *group, budget time.Duration) error {
	start := time.Now()
	b := newBed(g)
	var subjects []*subject
	timed := map[*subject]*row{}
	for i := range g.rows {
		row := &g.rows[i]
		v, err := r.verdict(b, row)
		if err != nil {
			return err
		}
		if v.err != nil {
			continue
		}
		s := b.subject(row, v)
		subjects = append(subjects, s)
		timed[s] = row
		b.yard(row)
	}
	clear(b.truths)
	for _, y := range b.yards {
		subjects = append(subjects, &y.subject)
	}
	if budget > 0 {
		budget = max(1, budget-time.Since(start))
	}
	measure(subjects, budget, func(s *subject, err error) {
		if row := timed[s]; row != nil {
			r.refuse(row.name(), err)
			r.verdicts[row.name()] = verdict{err: err}
			delete(timed, s)
		}
	})
	for _, y := range b.yards {
		r.out.yard(g, y)
	}
	for _, s := range subjects {
		if row := timed[s]; row != nil {
			r.out.row(row, s, b.yard(row), r.verdicts[row.name()])
		}
	}
	return r.out.err
}

// verdict judges a row, once, and logs what keeps it from being timed.
func (r *runner) verdict(b *bed, row *row) (verdict, error) {
	name := row.name()
	if v, known := r.verdicts[name]; known {
		_, err := b.call(row)
		return v, err
	}
	v, err := b.judge(row)
	switch {
	case errors.Is(err, reference.ErrUnsupported):
		fmt.Fprintf(r.Log, "%s: UNSUPPORTED: %v\n", name, err)
		v.err = err
	case errors.Is(err, ErrWrong):
		v.err = err
		r.refuse(name, err)
	case err != nil:
		return v, fmt.Errorf("%s: %w", name, err)
	case v.err != nil:
		r.refuse(name, v.err)
	}
	r.verdicts[name] = v
	return v, nil
}
