package child

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/properties/wire"
	"github.com/seed-210c9500/assay/reference"
)

// greeting is the host's hello.
var greeting = &wire.File{Metadata: map[string]string{"message": "hello"}}

// Run puts the calls to the child in batches. Where a batch ends it, the child is
// started again and each half of the batch is put to it alone, down to the call
// that did it: that one is ErrCrash, ErrTimeout or a *Fault, and the others have
// their answers.
func (c *Child) Run(ctx context.Context, calls []*reference.Call) []error {
	c.mu.Lock()
	defer c.mu.Unlock()
	errs := make([]error, len(calls))
	for lo := 0; lo < len(calls); {
		n := c.batch(calls[lo:])
		c.halve(ctx, calls[lo:lo+n], errs[lo:lo+n])
		lo += n
	}
	return errs
}

// batch is how many of the calls go together: one at least.
func (c *Child) batch(calls []*reference.Call) int {
	n, size := 0, 0
	for n < len(calls) && n < c.most {
		if size += volume(calls[n]); n > 0 && size > batchBytes {
			break
		}
		n++
	}
	return n
}

// volume is the bytes that a call sends and gets.
func volume(c *reference.Call) int {
	n := 0
	for _, list := range [][]reference.Tensor{c.In, c.Out} {
		for _, t := range list {
			if !t.Absent() {
				n += t.Len() * width(t.DType)
			}
		}
	}
	return n
}

// halve puts a batch to the child, and its halves where that ended it. It reports
// whether one call alone ended it.
func (c *Child) halve(ctx context.Context, calls []*reference.Call, errs []error) (found bool) {
	err := c.try(ctx, calls, errs)
	if err == nil {
		return false
	}
	n := len(calls)
	if n == 1 || ctx.Err() != nil || c.finished != nil {
		for i := range errs {
			errs[i] = err
		}
		return true
	}
	if errors.Is(err, properties.ErrTimeout) {
		c.most = max(1, n/2) // it may be slow, and no more than that
	}
	first := c.halve(ctx, calls[:n/2], errs[:n/2])
	second := c.halve(ctx, calls[n/2:], errs[n/2:])
	if !first && !second && !errors.Is(err, properties.ErrTimeout) {
		errs[n-1] = fmt.Errorf("%w (in a batch of %d calls; none of them does it alone)", err, n)
	}
	return true
}

// try is one exchange. An error means that the child is ended, and that no call
// was answered.
func (c *Child) try(ctx context.Context, calls []*reference.Call, errs []error) error {
	if c.finished != nil {
		return c.finished
	}
	limit := answerLimit(calls)
	if sent := 1<<16 + volume(calls[0]); len(calls) == 1 && sent > FrameLimit || limit > FrameLimit {
		errs[0] = fmt.Errorf("%w: the call does not fit a frame of %d bytes", reference.ErrUnsupported, FrameLimit)
		return nil
	}
	if err := c.up(ctx); err != nil {
		if ctx.Err() == nil {
			c.finished = err // it started once: another try would end as this one
		}
		return err
	}
	c.asked++
	f, err := c.running.exchange(ctx, request(c.asked, properties.CaseOf(ctx), calls), limit, c.o.Timeout)
	if err == nil {
		if err = readAnswer(f, c.asked, calls, errs); err == nil {
			return nil
		}
		err = c.running.blame(err)
	}
	c.running = nil
	return err
}
