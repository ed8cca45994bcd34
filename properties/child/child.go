package child

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/reference"
)

// Options say what to run and how long to wait for it.
type Options struct {
	Name    string        // of the implementation, in reports
	Command []string      // the program and its arguments
	Env     []string      // NAME=value, over the environment of this process
	Timeout time.Duration // for the answer to a batch; 0: 10 seconds
	Startup time.Duration // for the answer to hello; 0: 60 seconds
}

// Child is an implementation in a process of its own.
type Child struct {
	o     Options
	offer *offer

	mu       sync.Mutex
	running  *process // nil when it has to be started
	asked    uint64   // requests, over all processes
	most     int      // calls in a batch: fewer after one took too long
	starts   int
	finished error // why it is not to be started again
}

var errClosed = fmt.Errorf("%w: it was closed", properties.ErrCrash)

// A batch is no larger than this.
const (
	batchCalls = 64
	batchBytes = 16 << 20
)

// Start runs the command and asks what it has.
func Start(ctx context.Context, o Options) (*Child, error) {
	if len(o.Command) == 0 {
		return nil, errors.New("child: no command")
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Startup <= 0 {
		o.Startup = 60 * time.Second
	}
	c := &Child{o: o, most: batchCalls}
	if err := c.up(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, err)
	}
	return c, nil
}

// up starts the process, if none runs, and exchanges hellos.
func (c *Child) up(ctx context.Context) error {
	if c.running != nil {
		return nil
	}
	p, err := start(c.o.Command, c.o.Env)
	if err != nil {
		return fmt.Errorf("%w: it could not be started: %w", properties.ErrCrash, err)
	}
	f, err := p.exchange(ctx, greeting, helloLimit, c.o.Startup)
	if err != nil {
		return fmt.Errorf("%w (at its start)", err)
	}
	said, err := readHello(f)
	if err != nil {
		p.close()
		return fmt.Errorf("%w%s", err, p.printed.words())
	}
	if c.offer == nil {
		c.offer = said
	}
	c.running = p
	c.starts++
	return nil
}

// Name is the one given in the options.
func (c *Child) Name() string { return c.o.Name }

// Adapter is what speaks the protocol, in its own words.
func (c *Child) Adapter() string { return c.offer.adapter }

// Watches are the probes that the child makes by itself.
func (c *Child) Watches() []string { return slices.Clone(c.offer.probes) }

// Ops are the operations that it has kernels of, in the order of the table.
func (c *Child) Ops() []string {
	var names []string
	for _, op := range reference.Ops {
		if slices.ContainsFunc(op.DTypes(), func(d reference.DType) bool { _, ok := c.offer.kernels[kernel{op.Name, d}]; return ok }) {
			names = append(names, op.Name)
		}
	}
	return names
}

// Starts counts how often the process was started.
func (c *Child) Starts() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.starts
}

// Contract is what the child declared in its hello.
func (c *Child) Contract(op *reference.Op, d reference.DType) (reference.Contract, error) {
	k, ok := c.offer.kernels[kernel{op.Name, d}]
	switch {
	case ok:
		return k, nil
	case slices.Contains(c.Ops(), op.Name):
		return k, fmt.Errorf("%s/%s has no %v: %w", c.o.Name, op.Name, d, reference.ErrUnsupported)
	}
	return k, fmt.Errorf("%s has no %s: %w", c.o.Name, op.Name, reference.ErrUnsupported)
}

// Can is false for every probe: none of them can be carried over.
func (c *Child) Can(properties.Probe) bool { return false }

// Longest is how long Run may take for one call: two starts, and the call.
func (c *Child) Longest() time.Duration { return 2*c.o.Startup + 2*c.o.Timeout }

// Close ends the process.
func (c *Child) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finished = errClosed
	if c.running != nil {
		c.running.close()
		c.running = nil
	}
	return nil
}
