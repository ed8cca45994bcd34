package properties

import (
	"os"
	"syscall"
)

// guards are mappings between two pages that nobody may touch, one for each
// operand, used again for the next case.
type guards map[int]mapping

type mapping struct{ whole, open []byte }

// guarding says whether this system has protected pages.
const guarding = true

// after hands out n bytes that end where a protected page begins.
func (g guards) after(operand, n int) []byte {
	mem := g.room(operand, n)
	return mem[len(mem)-n:]
}

// before hands out n bytes that begin where a protected page ends.
func (g guards) before(operand, n int) []byte { return g.room(operand, n)[:n] }

// room maps memory for an operand. Where the system refuses, the memory is
// plain: the layout then probes less, and says nothing wrong.
func (g guards) room(operand, n int) []byte {
	if m, ok := g[operand]; ok && len(m.open) >= n {
		return m.open
	}
	if m, ok := g[operand]; ok {
		syscall.Munmap(m.whole)
		delete(g, operand)
	}
	page := os.Getpagesize()
	size := (2*n + page) / page * page
	whole, err := syscall.Mmap(-1, 0, size+2*page, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return fresh(operand, n)
	}
	open := whole[page : page+size : page+size]
	if syscall.Mprotect(open, syscall.PROT_READ|syscall.PROT_WRITE) != nil {
		syscall.Munmap(whole)
		return fresh(operand, n)
	}
	g[operand] = mapping{whole, open}
	return open
}

// release unmaps everything. Nothing placed here may be used afterwards.
func (g guards) release() {
	for operand, m := range g {
		syscall.Munmap(m.whole)
		delete(g, operand)
	}
}
