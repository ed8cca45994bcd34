//go:build unix

package child

import (
	"os"
	"syscall"
)

// connect hands the process its ends of the pipes as descriptors 3 and 4, and
// makes it the head of a group, which can be ended as a whole.
func (p *process) connect(in, out *os.File) {
	p.command.ExtraFiles = []*os.File{in, out}
	p.command.Env = append(p.command.Env, inVariable+"=3", outVariable+"=4")
	p.command.Stdout = &p.printed
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

func (p *process) kill() { syscall.Kill(-p.command.Process.Pid, syscall.SIGKILL) }
