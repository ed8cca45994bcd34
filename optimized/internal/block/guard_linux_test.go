package block

import (
	"syscall"
	"testing"
	"unsafe"

	"github.com/klauspost/cpuid/v2"
)

// fence is memory between two pages without access.
type fence struct{ data []float32 }

func newFence(t *testing.T) fence {
	page := syscall.Getpagesize()
	size := (4*Chunk + page - 1) / page * page
	b, err := syscall.Mmap(-1, 0, size+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(b) })
	for _, p := range [][]byte{b[:page], b[page+size:]} {
		if err := syscall.Mprotect(p, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	return fence{unsafe.Slice((*float32)(unsafe.Pointer(&b[page])), size/4)}
}

// at returns n elements that end at the page behind or start at the one before.
func (f fence) at(n int, end bool) []float32 {
	if end {
		return f.data[len(f.data)-n:]
	}
	return f.data[:n]
}

// TestFences runs every kernel on slices that touch pages without access:
// reading or writing one element outside the slice is a fault.
func TestFences(t *testing.T) {
	eachISA(t, func(t *testing.T, isa ISA) {
		if isa == AVX2 && cpuid.CPU.HypervisorVendorString == "TCGTCGTCGTCG" {
			t.Skip("QEMU's VMASKMOVPS reads the words outside its mask, which processors do not")
		}
		fx, fd := newFence(t), newFence(t)
		s := Temperature(1)
		var lanes [Lanes]float32
		for _, n := range lengths() {
			for _, end := range []bool{false, true} {
				x, d := fx.at(n, end), fd.at(n, end)
				for i := range x {
					x[i] = float32(i%7) - 3
				}
				m, mag := Scan(isa, x)
				p := Power(m, &s)
				for _, mag := range []uint32{mag, 0x7f800000} {
					Terms(isa, d, x, p, &s, mag, &lanes)
					Terms(isa, nil, x, p, &s, mag, &lanes)
				}
				Mul(isa, d, x, 2)
			}
		}
	})
}
