package properties

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-210c9500/assay/reference"
)

// asker runs an implementation's kernels for all workers, one call after the
// other: what a kernel does when called from several goroutines at once is for
// one probe to find out, and must not make every other finding a matter of luck.
type asker struct {
	impl  Implementation
	limit time.Duration
	mu    sync.Mutex
	hung  atomic.Bool // a call never came back: the implementation cannot be asked again
	idle  hands

	// toll is what the crashes and timeouts of a row's kernel have cost: where
	// kernels live in a process of their own each of them costs a new one.
	toll atomic.Int32
}

// A row is given up at this toll: after twenty crashes, or three timeouts.
const (
	mostToll    = 20
	crashToll   = 1
	timeoutToll = 7
)

// ask runs one call to its end, the time limit or the cancellation.
func (a *asker) ask(ctx context.Context, c *reference.Call) error {
	return a.askAll(ctx, []*reference.Call{c})[0]
}

func (a *asker) askAll(ctx context.Context, calls []*reference.Call) []error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.unlocked(ctx, calls)
}

// unlocked is askAll for the probe that calls from several goroutines.
func (a *asker) unlocked(ctx context.Context, calls []*reference.Call) []error {
	if a.hung.Load() {
		return repeated(len(calls), fmt.Errorf("%w: an earlier call has not come back", ErrTimeout))
	}
	if err := ctx.Err(); err != nil {
		return repeated(len(calls), err)
	}
	h := a.idle.take()
	h.limit.Reset(a.limit)
	h.asked <- func() { h.done <- survive(ctx, a.impl, calls) }
	select {
	case errs := <-h.done:
		h.limit.Stop()
		a.count(errs)
		a.idle.put(h)
		return errs
	case <-ctx.Done():
		close(h.asked)
		return repeated(len(calls), ctx.Err())
	case <-h.limit.C:
		close(h.asked)
		a.hung.Store(true)
		return repeated(len(calls), fmt.Errorf("%w: no answer after %v", ErrTimeout, a.limit))
	}
}

func (a *asker) count(errs []error) {
	for _, err := range errs {
		switch {
		case errors.Is(err, ErrCrash):
			a.toll.Add(crashToll)
		case errors.Is(err, ErrTimeout):
			a.toll.Add(timeoutToll)
		}
	}
}

// rest lets go of the goroutines that ran kernels.
func (a *asker) rest() { a.idle.clear() }

// survive turns a panic, and a fault at a protected page, into an error. A fault
// in a goroutine that the kernel starts itself cannot be caught.
func survive(ctx context.Context, impl Implementation, calls []*reference.Call) (errs []error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			errs = repeated(len(calls), crashed(p))
		}
	}()
	errs = impl.Run(ctx, calls)
	if len(errs) != len(calls) {
		return repeated(len(calls), fmt.Errorf("%w: %d answers to %d calls", ErrCrash, len(errs), len(calls)))
	}
	return errs
}

func repeated(n int, err error) []error {
	errs := make([]error, n)
	for i := range errs {
		errs[i] = err
	}
	return errs
}

// crashed makes an error of what a kernel panicked with.
func crashed(p any) error {
	if at, ok := p.(interface{ Addr() uintptr }); ok {
		return &fault{at.Addr()}
	}
	return fmt.Errorf("%w: panic: %v", ErrCrash, p)
}

// fault is an access to memory that is not there, or is protected.
type fault struct{ at uintptr }

func (f *fault) Error() string { return fmt.Sprintf("%v: fault at address %#x", ErrCrash, f.at) }
func (f *fault) Unwrap() error { return ErrCrash }
