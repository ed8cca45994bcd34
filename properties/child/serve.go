package child

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/properties/wire"
	"github.com/seed-210c9500/assay/reference"
)

// The environment variables that hold the child's descriptors.
const (
	inVariable  = "ASSAY_IN_FD"
	outVariable = "ASSAY_OUT_FD"
)

// Pipes are the child's side of the connection: the descriptors that its
// environment names, else standard input and output.
func Pipes() (in, out *os.File, err error) {
	if in, err = descriptor(inVariable, os.Stdin); err != nil {
		return nil, nil, err
	}
	out, err = descriptor(outVariable, os.Stdout)
	return in, out, err
}

func descriptor(variable string, standard *os.File) (*os.File, error) {
	s := os.Getenv(variable)
	if s == "" {
		return standard, nil
	}
	fd, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return nil, fmt.Errorf("%s is %q: want the number of a descriptor", variable, s)
	}
	return os.NewFile(uintptr(fd), variable), nil
}

// Serve answers a host's requests with the kernels of an implementation until the
// input ends.
func Serve(ctx context.Context, in io.Reader, out io.Writer, adapter string, impl properties.Implementation) error {
	r := &reader{from: in}
	for {
		f, err := r.frame(FrameLimit)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := writeFrame(out, respond(ctx, f, adapter, impl)); err != nil {
			return err
		}
	}
}

func respond(ctx context.Context, f *wire.File, adapter string, impl properties.Implementation) *wire.File {
	switch f.Metadata["message"] {
	case "hello":
		return hello(adapter, kernelsOf(impl))
	case "run":
		calls, errs, err := readRequest(f)
		if err != nil {
			return &wire.File{Metadata: map[string]string{"message": "unknown", "text": err.Error()}}
		}
		for n, c := range calls {
			if errs[n] == nil {
				errs[n] = impl.Run(ctx, []*reference.Call{c})[0]
			}
		}
		return answer(f.Metadata["request"], calls, errs)
	}
	return &wire.File{Metadata: map[string]string{"message": "unknown"}}
}

func kernelsOf(impl properties.Implementation) map[kernel]reference.Contract {
	kernels := map[kernel]reference.Contract{}
	for _, op := range reference.Ops {
		for _, d := range op.DTypes() {
			if k, err := impl.Contract(op, d); err == nil {
				kernels[kernel{op.Name, d}] = k
			}
		}
	}
	return kernels
}
