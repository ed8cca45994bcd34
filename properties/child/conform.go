package child

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/properties/wire"
	"github.com/seed-210c9500/assay/reference"
)

// Conform tests an adapter, not its kernels: whether a command speaks the protocol
// in the corners too. It returns everything that it found wrong.
func Conform(ctx context.Context, o Options) error {
	c, err := Start(ctx, o)
	if err != nil {
		return err
	}
	defer c.Close()
	var wrong []error
	note := func(what string, err error) {
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", what, err))
		}
	}
	note("a message that it does not know", c.talk(ctx, map[string]string{"message": "sing"}, map[string]string{"message": "unknown"}))
	note("a batch of no calls", c.talk(ctx, map[string]string{"message": "run", "request": "7", "calls": "0"},
		map[string]string{"message": "answer", "request": "7"}))
	note("an operation that nobody has", c.talk(ctx, map[string]string{"message": "run", "request": "18446744073709551615", "calls": "1", "0.op": "no_such_operation", "0.dtype": "f32", "0.outputs": ""},
		map[string]string{"message": "answer", "request": "18446744073709551615", "0.status": "unsupported"}))
	note("a second hello", c.talk(ctx, map[string]string{"message": "hello"}, map[string]string{"message": "hello"}))
	for _, op := range reference.Ops {
		for _, d := range op.DTypes() {
			if _, ok := c.offer.kernels[kernel{op.Name, d}]; ok && c.starts == 1 { // not those of one that was ended
				note(op.Name+" "+d.String(), c.batched(ctx, op, d))
			}
		}
	}
	if p := c.running; p != nil {
		c.Close()
		if !p.command.ProcessState.Success() {
			note("the end of its input", errors.New(p.command.ProcessState.String()+p.printed.words()))
		}
	}
	return errors.Join(wrong...)
}

// talk sends a message and compares the answer's words.
func (c *Child) talk(ctx context.Context, say, want map[string]string) error {
	if err := c.up(ctx); err != nil {
		return err
	}
	f, err := c.running.exchange(ctx, &wire.File{Metadata: say}, helloLimit, c.o.Timeout)
	if err != nil {
		c.running = nil
		return err
	}
	for key, value := range want {
		if f.Metadata[key] != value {
			return &Fault{key, quoted([]byte(clip(f.Metadata[key]))), strconv.Quote(value)}
		}
	}
	return nil
}

// batched asks for an operation's edge cases, from no elements on, one by one and
// all at once: the answers must be the same bits.
func (c *Child) batched(ctx context.Context, op *reference.Op, d reference.DType) error {
	var alone, together []*reference.Call
	for i := range op.Edges {
		alone, together = append(alone, op.Edges[i].Make(op, d)), append(together, op.Edges[i].Make(op, d))
	}
	at := make([]error, len(alone))
	for i := range alone {
		at[i] = c.Run(ctx, alone[i:i+1])[0]
		if errors.Is(at[i], properties.ErrCrash) || errors.Is(at[i], properties.ErrTimeout) || isFault(at[i]) {
			return fmt.Errorf("%s: %w", op.Edges[i].Name, at[i])
		}
	}
	for i, err := range c.Run(ctx, together) {
		if fmt.Sprint(err) != fmt.Sprint(at[i]) {
			return fmt.Errorf("%s: alone: %v; in a batch: %v", op.Edges[i].Name, at[i], err)
		}
		for o, t := range together[i].Out {
			if !t.Absent() && err == nil && !slices.Equal(bytesOf(t), bytesOf(alone[i].Out[o])) {
				return fmt.Errorf("%s: %s has other bits in a batch than alone", op.Edges[i].Name, op.Out[o].Name)
			}
		}
	}
	return nil
}
