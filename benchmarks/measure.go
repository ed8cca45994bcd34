package benchmarks

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/seed-210c9500/assay/reference"
)

const (
	epoch     = time.Millisecond // the shortest time between two readings of the clock
	rounds    = 20               // without a budget
	minRounds = 5
	maxRounds = 400
	unwarmed  = 20 * time.Millisecond // a call this long leaves no cache as it was
)

// subject is what is timed: a row, or one of the yardsticks.
type subject struct {
	run   func() error
	call  *reference.Call // nil for a yardstick
	bits  uint64          // of the outputs judged
	iters int             // calls an epoch
	total int             // calls timed
	best  time.Duration   // of one epoch
}

// ns is the time of one call in the fastest epoch.
func (s *subject) ns() float64 { return float64(s.best.Nanoseconds()) / float64(s.iters) }

// calibrate chooses the number of calls an epoch takes.
func (s *subject) calibrate() error {
	for s.iters = 1; ; s.iters *= 2 {
		d, err := s.time()
		if err != nil {
			return err
		}
		if d >= epoch/2 {
			iters := int(float64(s.iters)*float64(epoch)/float64(d)) + 1
			s.best = time.Duration(float64(d) * float64(iters) / float64(s.iters)) // a guess, until the first epoch
			s.iters = iters
			return nil
		}
	}
}

// time is how long iters calls take.
func (s *subject) time() (time.Duration, error) {
	start := time.Now()
	for range s.iters {
		if err := s.run(); err != nil {
			return 0, err
		}
	}
	return time.Since(start), nil
}

// epoch times the subject once more and looks at what it wrote.
func (s *subject) epoch() error {
	if s.call != nil {
		poison(s.call)
	}
	if s.total == 0 || s.best/time.Duration(s.iters) < unwarmed {
		if err := s.run(); err != nil {
			return err
		}
	}
	d, err := s.time()
	if err != nil {
		return err
	}
	if s.call != nil && bits(s.call) != s.bits {
		return fmt.Errorf("%w: the outputs changed while it was timed", ErrWrong)
	}
	if s.total == 0 || d < s.best {
		s.best = d
	}
	s.total += s.iters
	return nil
}

// measure lets the subjects take turns until the time is up, or for the given
// rounds. A subject that fails is out; the others go on.
func measure(subjects []*subject, budget time.Duration, failed func(*subject, error)) {
	runtime.GC()
	start := time.Now()
	live := slices.DeleteFunc(slices.Clone(subjects), func(s *subject) bool {
		err := s.calibrate()
		if err != nil {
			failed(s, err)
		}
		return err != nil
	})
	for round := 0; len(live) > 0; round++ {
		spent := time.Since(start)
		if round >= maxRounds || budget == 0 && round >= rounds || budget > 0 && round >= minRounds && spent >= budget {
			return
		}
		out := map[*subject]bool{}
		for i := range live {
			s := live[turn(i, round, len(live))]
			if err := s.epoch(); err != nil {
				failed(s, err)
				out[s] = true
			}
		}
		live = slices.DeleteFunc(live, func(s *subject) bool { return out[s] })
	}
}

// turn is who comes i-th of n in a round: the order rotates, and runs backwards
// every second round.
func turn(i, round, n int) int {
	if round%2 == 1 {
		i = n - 1 - i
	}
	return (i + round/2) % n
}

// allocs is the number of heap allocations of one call.
func allocs(run func() error) float64 {
	const calls = 3
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range calls {
		run() // it has been judged: it does not fail
	}
	runtime.ReadMemStats(&after)
	return float64((after.Mallocs - before.Mallocs) / calls) // rounded down: others allocate too
}

// yardstick copies or reads a number of bytes.
type yardstick struct {
	subject
	kind, impl string
	bytes      int64 // moved: a copy reads one half of them and writes the other
}

func newYardstick(kind string, bytes int64) *yardstick {
	y := &yardstick{kind: kind, bytes: bytes, impl: "memmove"}
	from := make([]byte, bytes/2*2)
	for i := range from {
		from[i] = 1 // pages never written are one page of zeros
	}
	if kind == "copy" {
		to := from[len(from)/2:]
		from = from[:len(from)/2]
		y.run = func() error { copy(to, from); return nil }
		return y
	}
	y.impl = reading.name
	y.run = func() error {
		if !reading.read(from) {
			return errors.New("the halves of the read differ")
		}
		return nil
	}
	return y
}
