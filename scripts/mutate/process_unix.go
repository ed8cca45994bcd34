//go:build unix

package main

import (
	"context"
	"os/exec"
	"syscall"
	"time"
)

// command prepares a command that is stopped with all it has started: a test
// binary would outlive the go command otherwise.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}
