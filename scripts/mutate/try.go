package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"time"
)

// tryAll tries mutants, several at a time, and reports progress.
func (s *suite) tryAll(ctx context.Context, mutants []*Mutant, jobs int, out io.Writer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := make(chan *Mutant)
	progress := newProgress(out, len(mutants))
	var wg sync.WaitGroup
	for range jobs {
		wg.Go(func() {
			for m := range work {
				if err := s.try(ctx, m); err != nil {
					cancel(err)
					return
				}
				progress.done(m.Status)
			}
		})
	}
feed:
	for _, m := range mutants {
		select {
		case work <- m:
		case <-ctx.Done():
			break feed
		}
	}
	close(work)
	wg.Wait()
	if err := context.Cause(ctx); errors.Is(err, context.Canceled) {
		return errors.New("interrupted")
	} else if err != nil {
		return err
	}
	// A full disk or a busy machine fails tests as a mutant does.
	return s.runBaseline(ctx, false)
}

// try runs the tests on one mutant until a package fails.
func (s *suite) try(ctx context.Context, m *Mutant) error {
	start := time.Now()
	defer func() { m.Seconds = time.Since(start).Seconds() }()
	dir, err := os.MkdirTemp(s.tmp, "m")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	overlay, err := s.overlay(m, dir)
	if err != nil {
		return err
	}
	for _, p := range s.order(m) {
		began := time.Now()
		out, err := s.goTest(ctx, p, overlay, s.limit(p))
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err == nil {
			s.learn(p, m, false, time.Since(began))
			continue
		}
		m.By = p.path
		switch {
		case timedOut.MatchString(out):
			m.Status = TimedOut
		case notBuilt.MatchString(out) || out == "":
			m.Status, m.Why = Broken, tail(out)
			return nil
		default:
			m.Status = Killed
			if t := failed.FindStringSubmatch(out); t != nil {
				m.Test = t[1]
			}
		}
		s.learn(p, m, true, time.Since(began))
		return nil
	}
	m.Status = Survived
	same, err := s.sameCode(ctx, m, overlay)
	if same {
		m.Status = Identical
	}
	return err
}

// progress prints a line now and then.
type progress struct {
	mu     sync.Mutex
	out    io.Writer
	start  time.Time
	total  int
	n      int
	counts map[Status]int
}

func newProgress(out io.Writer, total int) *progress {
	return &progress{out: out, start: time.Now(), total: total, counts: map[Status]int{}}
}

func (p *progress) done(s Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	p.counts[s]++
	if p.n%10 != 0 || p.n == p.total {
		return
	}
	spent := time.Since(p.start)
	left := spent * time.Duration(p.total-p.n) / time.Duration(p.n)
	fmt.Fprintf(p.out, "%d/%d: %d killed, %d not, %s/s, about %s left\n", p.n, p.total,
		p.counts[Killed]+p.counts[TimedOut], p.n-p.counts[Killed]-p.counts[TimedOut],
		strconv.FormatFloat(float64(p.n)/spent.Seconds(), 'f', 1, 64), left.Round(time.Second))
}
