//go:build !unix

package main

import (
	"context"
	"os/exec"
	"time"
)

// command prepares a command that is stopped when ctx ends.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = 5 * time.Second
	return cmd
}
