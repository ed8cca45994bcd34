package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/seed-210c9500/assay/benchmarks"
	"github.com/seed-210c9500/assay/properties"
	"github.com/seed-210c9500/assay/properties/logits"
	"github.com/seed-210c9500/assay/properties/wire"
	"github.com/seed-210c9500/assay/reference"
)

// The exit codes.
const (
	exitHeld   = 0
	exitFailed = 1
	exitTool   = 2
)

// app is the command with what it works on. The tests hand in kernels of their
// own, planted wrong.
type app struct {
	variants       []*reference.Variant
	logits         func() (*wire.File, error) // the embedded ones
	stdout, stderr io.Writer
	narrow         func(*properties.Options) // tests try less; nil: everything
}

// Main runs the command line and returns the exit code. Ctrl-C ends a run at the
// next case, with a report marked incomplete; a second one ends the process.
func Main(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	a := &app{variants: benchmarks.Variants(), logits: logits.SmolLM2, stdout: stdout, stderr: stderr}
	return a.main(ctx, args)
}

// verdict is an exit code that has said all it has to say.
type verdict int

func (v verdict) Error() string { return fmt.Sprintf("exit %d", int(v)) }

func (a *app) main(ctx context.Context, args []string) int {
	root := &cobra.Command{
		Use:           "assay",
		Short:         "Verify the probability kernels of language models",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.AddCommand(a.listCommand(), a.verifyCommand(), a.explainCommand(), a.reproCommand(), a.benchCommand(), a.diffCommand(), a.mutantsCommand(), a.initCommand(), a.versionCommand())
	root.SetArgs(args)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	err := root.ExecuteContext(ctx)
	var v verdict
	switch {
	case err == nil:
		return exitHeld
	case errors.As(err, &v):
		return int(v)
	}
	fmt.Fprintf(a.stderr, "assay: %v\n", err)
	return exitTool
}
