package child

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/properties/wire"
)

// grace is how long a process that closed its side may take to be gone.
const grace = time.Second

// process is one run of the command. After the first error it is of no more use.
type process struct {
	command *exec.Cmd
	to      *os.File // requests
	answers reader
	from    *os.File
	printed tail
	gone    chan struct{} // closed when the process has been waited for

	once  sync.Once
	cause error // why it was ended, nil when it went by itself
}

// start runs the command, connected by pipes of its own where the system can
// hand down descriptors.
func start(command, env []string) (*process, error) {
	p := &process{command: exec.Command(command[0], command[1:]...), gone: make(chan struct{})}
	in, to, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	from, out, err := os.Pipe()
	if err != nil {
		in.Close()
		to.Close()
		return nil, err
	}
	widen(to)
	widen(from)
	p.to, p.from, p.answers.from = to, from, from
	p.command.Env = append(os.Environ(), env...)
	p.command.Stderr, p.command.WaitDelay = &p.printed, grace
	p.connect(in, out)
	err = p.command.Start()
	in.Close()
	out.Close()
	if err != nil {
		to.Close()
		from.Close()
		return nil, err
	}
	go func() {
		p.command.Wait() // what became of it is in ProcessState
		close(p.gone)
	}()
	return p, nil
}

// end kills the process, and all it started, and says why; the first cause stays.
// It does not wait: whoever reads or writes meets a closed pipe.
func (p *process) end(cause error) {
	p.once.Do(func() {
		p.cause = cause
		p.kill()
		p.to.Close()
		p.from.Close()
	})
}

// exchange sends a request and waits for the answer, for a time. An error is what
// the process is to be blamed for, and it is ended then.
func (p *process) exchange(ctx context.Context, request *wire.File, limit int, within time.Duration) (*wire.File, error) {
	late := time.AfterFunc(within, func() { p.end(fmt.Errorf("%w: no answer after %v", properties.ErrTimeout, within)) })
	cancelled := context.AfterFunc(ctx, func() { p.end(ctx.Err()) })
	var answer *wire.File
	err := writeFrame(p.to, request)
	if err == nil {
		answer, err = p.answers.frame(limit)
	}
	late.Stop() // what comes now is for another reason
	cancelled()
	if err != nil {
		return nil, p.blame(err)
	}
	return answer, nil
}

// blame ends the process and puts into words why.
func (p *process) blame(err error) error {
	var fault *Fault
	spoke := errors.As(err, &fault)
	if !spoke { // it closed its side: it may be on its way out, with a status
		select {
		case <-p.gone:
		case <-time.After(grace):
		}
	}
	byItself := p.isGone()
	p.end(nil)
	select {
	case <-p.gone: // all that it printed is here
	case <-time.After(2 * grace):
	}
	switch {
	case p.cause != nil:
		return fmt.Errorf("%w%s", p.cause, p.printed.words())
	case spoke:
		return fmt.Errorf("%w%s", fault, p.printed.words())
	case byItself:
		return fmt.Errorf("%w: %v%s", properties.ErrCrash, p.command.ProcessState, p.printed.words())
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: it closed its output and stayed%s", properties.ErrCrash, p.printed.words())
	}
	return fmt.Errorf("%w: %v%s", properties.ErrCrash, err, p.printed.words())
}

func (p *process) isGone() bool {
	select {
	case <-p.gone:
		return true
	default:
		return false
	}
}

// close lets the process end by itself: its input is at an end.
func (p *process) close() {
	p.to.Close()
	select {
	case <-p.gone:
	case <-time.After(grace):
	}
	p.end(nil)
	<-p.gone
}
