package properties

import (
	"os"
	"sync"
	"syscall"
)

// guards are mappings between two pages that nobody may touch, one for each
// operand, used again for the next case.
type guards map[int]mapping

type mapping struct{ open []byte }

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
	g.putBack(operand)
	if m, ok := takeIdle(n); ok {
		g[operand] = m
		return m.open
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
	g[operand] = mapping{open}
	return open
}

// release gives the mappings to whoever needs some next. They are never
// unmapped: a kernel that still writes when it has returned would bring down the
// whole process, from a goroutine where nothing can be recovered.
func (g guards) release() {
	for operand := range g {
		g.putBack(operand)
	}
}

// idle are the mappings nobody uses at the moment.
var idle struct {
	sync.Mutex
	list []mapping
}

func (g guards) putBack(operand int) {
	if m, ok := g[operand]; ok {
		delete(g, operand)
		idle.Lock()
		idle.list = append(idle.list, m)
		idle.Unlock()
	}
}

func takeIdle(n int) (mapping, bool) {
	idle.Lock()
	defer idle.Unlock()
	for i, m := range idle.list {
		if len(m.open) >= n {
			idle.list = append(idle.list[:i], idle.list[i+1:]...)
			return m, true
		}
	}
	return mapping{}, false
}
