package child

import (
	"os"
	"syscall"
)

// pipeBytes is what a pipe should hold: a row of a large vocabulary goes over in
// a few steps then, where the 64 KiB of an ordinary pipe take a switch of process
// each.
const pipeBytes = 1 << 20

// widen makes a pipe larger; one that the system refuses to is as good, only
// slower.
func widen(f *os.File) {
	const setPipeSize = 1031 // F_SETPIPE_SZ of linux/fcntl.h
	if raw, err := f.SyscallConn(); err == nil {
		raw.Control(func(fd uintptr) { syscall.Syscall(syscall.SYS_FCNTL, fd, setPipeSize, pipeBytes) })
	}
}
