//go:build !unix

package child

import "os"

// connect uses standard input and output: there are no other descriptors to hand
// down.
func (p *process) connect(in, out *os.File) {
	p.command.Stdin, p.command.Stdout = in, out
}

func (p *process) kill() { p.command.Process.Kill() }
